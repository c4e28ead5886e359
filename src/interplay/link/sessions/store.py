"""The tables of sessions: who is signed in, who may say so, and what was used up."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, delete, insert, select, update

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.upsert import insert_or
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY
from interplay.link.sessions.contracts import AddIssuer, Algorithm, AskCode, Burn, Issuer, KeptCode, Method, Session

SUBJECTS_AT_ONCE_MAX = 400
FIND = "SELECT session, subject, method, created_at, expires_at, revoked_at, is_claimed FROM customer_sessions"

# SQLite makes INTEGER PRIMARY KEY the row's own address; PostgreSQL needs a BIGINT.
_Address = BigInteger().with_variant(Integer(), "sqlite")

customer_sessions = Table(
    "customer_sessions",
    metadata,
    Column("session", _Address, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the token, which is not kept"),
    Column("subject", BigInteger, nullable=False, index=True, comment="the strongest identifier that signed in"),
    Column("method", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("expires_at", BigInteger, nullable=False, index=True, comment="microseconds UTC; exclusive"),
    Column("revoked_at", BigInteger, comment="microseconds UTC"),
    Column("is_claimed", Integer, comment="1: of a cookie that anybody may name"),
)

session_issuers = Table(
    "session_issuers",
    metadata,
    Column("name", Text, primary_key=True, comment="iss of its tokens"),
    Column("algorithm", Text, nullable=False),
    Column("key", LargeBinary, nullable=False, comment="shared secret or public key, sealed with the key of nobody"),
    Column("created_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("revoked_at", BigInteger, comment="microseconds UTC"),
)

used_tokens = Table(
    "used_tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="keyed digest of what may be used once"),
    Column("until", BigInteger, nullable=False, index=True, comment="microseconds UTC: it is refused by its age then"),
    Column("note", Text, comment="who used it, where the same may ask again"),
)

phone_codes = Table(
    "phone_codes",
    metadata,
    Column("number", _Address, primary_key=True),
    Column("phone", LargeBinary, nullable=False, index=True, comment="keyed digest"),
    Column("address", LargeBinary, nullable=False, index=True, comment="keyed digest of who asked"),
    Column("code", LargeBinary, nullable=False, comment="keyed digest of phone and code"),
    Column("sealed", LargeBinary, comment="to whom and what, sealed with the key of nobody; null once used"),
    Column("created_at", BigInteger, nullable=False, index=True, comment="microseconds UTC"),
    Column("expires_at", BigInteger, nullable=False, comment="microseconds UTC; exclusive"),
    Column("tries", Integer, nullable=False),
    Column("used_at", BigInteger, comment="microseconds UTC"),
)


def burn(tx: Tx, one: Burn, note: str | None = None) -> bool:
    """Use something up; return whether it had not been."""
    new = insert_or(tx.connection, used_tokens).values(digest=one.digest, until=one.until, note=note)
    return tx.connection.execute(new.on_conflict_do_nothing().returning(used_tokens.c.until)).first() is not None


def note_of(tx: Tx, digest: bytes) -> str | None:
    """Return who used something up."""
    return tx.connection.execute(select(used_tokens.c.note).where(used_tokens.c.digest == digest)).scalar()


def add(tx: Tx, digest: bytes, subject: SubjectId, method: Method, expires_at: int, *, is_claimed: bool) -> int:
    """Add a session and return its number."""
    values = {"digest": digest, "subject": subject, "method": method.value, "expires_at": expires_at}
    values["is_claimed"] = int(is_claimed)
    made = tx.connection.execute(insert(customer_sessions).values(created_at=tx.world.now(), **values))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def revoke(tx: Tx, session: int) -> SubjectId | None:
    """End a session; return whose it was, or None where it had ended."""
    is_it = (customer_sessions.c.session == session) & customer_sessions.c.revoked_at.is_(None)
    ended = update(customer_sessions).where(is_it).values(revoked_at=tx.world.now())
    found = tx.connection.execute(ended.returning(customer_sessions.c.subject)).first()
    return None if found is None else SubjectId(found[0])


def find_in(tx: Tx, digest: bytes) -> Session | None:
    row = tx.connection.execute(select(customer_sessions).where(customer_sessions.c.digest == digest)).first()
    return None if row is None else _session(row)


def find(database: Database, *, digest: bytes | None = None, session: int | None = None) -> Session | None:
    """Return a session by its token's digest or its number. By hand: each request of a customer begins with it."""
    which, value = ("session", session) if digest is None else ("digest", digest)
    with closing(database.connect_reader()) as raw:
        row = raw.execute(f"{FIND} WHERE {which} = ?", (value,)).fetchone()
    return None if row is None else _session(_Row(*row))


def of(database: Database, subjects: Sequence[SubjectId]) -> list[Session]:
    """Return the sessions of a person's subjects, the oldest first."""
    found = []
    with database.read() as connection:
        for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
            some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
            query = select(customer_sessions).where(customer_sessions.c.subject.in_(some))
            found += [_session(row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: one.session)


def erase(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        tx.connection.execute(delete(customer_sessions).where(customer_sessions.c.subject.in_(some)))


def purge(tx: Tx, sessions_before: int, rows_max: int) -> bool:
    """Forget what has ended long enough ago, some of it; return whether there may be more."""
    old = select(customer_sessions.c.session).where(customer_sessions.c.expires_at < sessions_before).limit(rows_max)
    codes = select(phone_codes.c.number).where(phone_codes.c.created_at < tx.world.now() - DAY).limit(rows_max)
    spent = select(used_tokens.c.digest).where(used_tokens.c.until < tx.world.now()).limit(rows_max)
    gone = [
        tx.connection.execute(delete(customer_sessions).where(customer_sessions.c.session.in_(old))).rowcount,
        tx.connection.execute(delete(phone_codes).where(phone_codes.c.number.in_(codes))).rowcount,
        tx.connection.execute(delete(used_tokens).where(used_tokens.c.digest.in_(spent))).rowcount,
    ]
    return max(gone) == rows_max


def add_code(tx: Tx, ask: AskCode, sealed: bytes, expires_at: Micros) -> int:
    """Add a code and return its number."""
    values = {"phone": ask.phone, "address": ask.address, "code": ask.code, "sealed": sealed, "tries": 0}
    made = tx.connection.execute(
        insert(phone_codes).values(**values, created_at=tx.world.now(), expires_at=expires_at)
    )  # fmt: skip
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def code_times(
    tx: Tx, rows_max: int, *, phone: bytes | None = None, address: bytes | None = None, skipped: int = 0
) -> list[int]:
    """Return when codes were sent, the newest first: to a phone, to an address, or to anybody."""
    query = select(phone_codes.c.created_at).order_by(phone_codes.c.created_at.desc())
    if phone is not None:
        query = query.where(phone_codes.c.phone == phone)
    if address is not None:
        query = query.where(phone_codes.c.address == address)
    return [int(at) for at in tx.connection.execute(query.offset(skipped).limit(rows_max)).scalars()]


def newest_code(tx: Tx, phone: bytes) -> KeptCode | None:
    """Return the code that was sent to a phone last: those before it are good for nothing."""
    query = select(phone_codes).where(phone_codes.c.phone == phone).order_by(phone_codes.c.number.desc()).limit(1)
    row = tx.connection.execute(query).first()
    return None if row is None else _code(row)


def code(database: Database, number: int) -> KeptCode | None:
    with database.read() as connection:
        row = connection.execute(select(phone_codes).where(phone_codes.c.number == number)).first()
    return None if row is None else _code(row)


def count_try(tx: Tx, number: int, tries_max: int) -> bool:
    """Count a try; return whether there was one left."""
    is_open = (phone_codes.c.number == number) & (phone_codes.c.tries < tries_max) & phone_codes.c.used_at.is_(None)
    counted = update(phone_codes).where(is_open).values(tries=phone_codes.c.tries + 1)
    return tx.connection.execute(counted).rowcount == 1


def use_code(tx: Tx, number: int) -> None:
    used = update(phone_codes).where(phone_codes.c.number == number)
    tx.connection.execute(used.values(used_at=tx.world.now(), sealed=None))


def erase_codes(tx: Tx, phones: Sequence[bytes]) -> None:
    """Forget the codes that were sent to these phones."""
    tx.connection.execute(delete(phone_codes).where(phone_codes.c.phone.in_(phones)))


def add_issuer(tx: Tx, ask: AddIssuer) -> bool:
    """Add an issuer; return whether its name was free."""
    new = insert_or(tx.connection, session_issuers).values(
        name=ask.name, algorithm=ask.algorithm.value, key=ask.sealed, created_at=tx.world.now()
    )
    return tx.connection.execute(new.on_conflict_do_nothing().returning(session_issuers.c.name)).first() is not None


def revoke_issuer(tx: Tx, name: str) -> bool:
    which = (session_issuers.c.name == name) & session_issuers.c.revoked_at.is_(None)
    return tx.connection.execute(update(session_issuers).where(which).values(revoked_at=tx.world.now())).rowcount == 1


def issuers(database: Database) -> list[Issuer]:
    """Return every issuer, revoked ones too."""
    with database.read() as connection:
        rows = connection.execute(
            select(session_issuers).order_by(session_issuers.c.created_at, session_issuers.c.name)
        )
        return [_issuer(row) for row in rows]


def issuer(database: Database, name: str) -> tuple[Issuer, bytes] | None:
    """Return an issuer and its sealed key."""
    with database.read() as connection:
        row = connection.execute(select(session_issuers).where(session_issuers.c.name == name)).first()
    return None if row is None else (_issuer(row), row.key)


def _issuer(row: Any) -> Issuer:
    revoked_at = None if row.revoked_at is None else Micros(row.revoked_at)
    return Issuer(row.name, Algorithm(row.algorithm), Micros(row.created_at), revoked_at)


def _code(row: Any) -> KeptCode:
    used_at = None if row.used_at is None else Micros(row.used_at)
    return KeptCode(
        row.number, row.code, row.sealed, Micros(row.created_at), Micros(row.expires_at), row.tries, used_at
    )  # fmt: skip


class _Row(NamedTuple):
    session: int
    subject: int
    method: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    is_claimed: int | None


def _session(row: Any) -> Session:
    return Session(
        row.session, SubjectId(row.subject), Method(row.method), Micros(row.created_at), Micros(row.expires_at),
        None if row.revoked_at is None else Micros(row.revoked_at), bool(row.is_claimed),
    )  # fmt: skip
