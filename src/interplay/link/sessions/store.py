"""The tables of sessions: who is signed in, who may say so, and what was used up."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, delete, insert, select, update

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.upsert import insert_or
from interplay.kernel.ids import Micros, SubjectId
from interplay.link.sessions.contracts import AddIssuer, Algorithm, Burn, Issuer, Method, Session

SUBJECTS_AT_ONCE_MAX = 400

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


def burn(tx: Tx, one: Burn, note: str | None = None) -> bool:
    """Use something up; return whether it had not been."""
    new = insert_or(tx.connection, used_tokens).values(digest=one.digest, until=one.until, note=note)
    return tx.connection.execute(new.on_conflict_do_nothing().returning(used_tokens.c.until)).first() is not None


def note_of(tx: Tx, digest: bytes) -> str | None:
    """Return who used something up."""
    return tx.connection.execute(select(used_tokens.c.note).where(used_tokens.c.digest == digest)).scalar()


def add(tx: Tx, digest: bytes, subject: SubjectId, method: Method, expires_at: int) -> int:
    """Add a session and return its number."""
    values = {"digest": digest, "subject": subject, "method": method.value, "expires_at": expires_at}
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
    """Return a session by its token's digest or its number."""
    which = customer_sessions.c.session == session if digest is None else customer_sessions.c.digest == digest
    with database.read() as connection:
        row = connection.execute(select(customer_sessions).where(which)).first()
    return None if row is None else _session(row)


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
    spent = select(used_tokens.c.digest).where(used_tokens.c.until < tx.world.now()).limit(rows_max)
    gone = [
        tx.connection.execute(delete(customer_sessions).where(customer_sessions.c.session.in_(old))).rowcount,
        tx.connection.execute(delete(used_tokens).where(used_tokens.c.digest.in_(spent))).rowcount,
    ]
    return max(gone) == rows_max


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


def _session(row: Any) -> Session:
    return Session(
        row.session, SubjectId(row.subject), Method(row.method), Micros(row.created_at), Micros(row.expires_at),
        None if row.revoked_at is None else Micros(row.revoked_at),
    )  # fmt: skip
