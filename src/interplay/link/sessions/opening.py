"""Sessions begin, are looked up and end. Beginning one posts the fact that the rules of identity join on."""

from base64 import urlsafe_b64encode
from collections.abc import Collection, Sequence
from hashlib import sha256

from interplay.collect.facts.api import identifier, strongest_first
from interplay.collect.facts.contracts import Identifier, IdentifierKind
from interplay.collect.ingest.api import told
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.erasure import identifiers_in, is_known
from interplay.engine.log.subjects import subject_in
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.timers.api import Timer, schedule, schedule_once
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY, HOUR, SECOND
from interplay.link.sessions import store
from interplay.link.sessions.contracts import (
    LINKED,
    SIGNED_IN,
    SIGNED_OUT,
    SOURCE,
    STARTED,
    Burn,
    Close,
    Given,
    Method,
    Open,
    Opened,
    Session,
)
from interplay.unify.identity import api as identity

PREFIX = "cs_"
TOKEN_BYTES = 32
LIFE = 24 * HOUR
PURGE_TIMER = "sessions.purge"
PURGED_AT_ONCE_MAX = 400

_ANONYMOUS = IdentifierKind.ANONYMOUS_ID.value
_NOBODYS = frozenset({_ANONYMOUS, IdentifierKind.DEVICE.value})


def new_token(world: World) -> str:
    """Return the token of a new session, which is not kept."""
    return PREFIX + urlsafe_b64encode(world.random_bytes(TOKEN_BYTES)).decode().rstrip("=")


def digest_of(token: str) -> bytes:
    """Return the digest by which a token is kept. It has 256 random bits, so there is nothing to guess."""
    return sha256(token.encode("utf8", "surrogatepass")).digest()


def session_of(database: Database, token: str, now: int) -> Session:
    """Return the session of a token. Raises AppError `sessions.unknown`, `sessions.ended`, `sessions.expired` (401)."""
    return alive(store.find(database, digest=digest_of(token)), now)


def session_by_number(database: Database, number: int, now: int) -> Session:
    """Return a session by its number, as above."""
    return alive(store.find(database, session=number), now)


def alive(session: Session | None, now: int) -> Session:
    """Return a session that has not ended, as above."""
    if session is None:
        raise AppError("sessions.unknown", status=401)
    if session.revoked_at is not None:
        raise AppError("sessions.ended", status=401)
    if now >= session.expires_at:
        raise AppError("sessions.expired", status=401)
    return session


def to_open(
    database: Database,
    brand: Brand,
    token: str,
    method: Method,
    who: Sequence[tuple[str, str]],
    given: Given,
    burn: Burn | None = None,
) -> Open:
    """Return the command's message. Raises AppError `customers.identifier`, `sessions.nobody`."""
    blocked = identity.blocked_values(database, brand)
    named = _named(who, brand, blocked)
    cookie = _named([(_ANONYMOUS, given.anonymous_id)] if given.anonymous_id else [], brand, blocked)
    if method is Method.ANONYMOUS:
        named = cookie or named
    if not named or (method is not Method.ANONYMOUS and named[0][0] in _NOBODYS):
        raise AppError("sessions.nobody", status=403)
    former = digest_of(given.former) if given.former else None
    return Open(digest_of(token), method, named, given.channel, former, burn, cookie)


def _named(
    who: Sequence[tuple[str, str]], brand: Brand, blocked: Collection[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    found = []
    for kind, value in who:
        one = identifier(kind, value, brand.region)
        if one is None:
            raise AppError("customers.identifier", kind=kind, given=value)
        found.append(one)
    return tuple((one.kind, one.value) for one in strongest_first(found) if (one.kind, one.value) not in blocked)


def open_session(keys: SubjectKeys, appender: Appender) -> Command[Open, Opened]:
    """Return the command. Raises AppError `sessions.replayed` (409) for what was used before, and changes nothing."""

    def run(tx: Tx, ask: Open) -> Opened:
        return begin(tx, keys, appender, ask)

    return Command("sessions.open", Open, Opened, run)


def begin(tx: Tx, keys: SubjectKeys, appender: Appender, ask: Open) -> Opened:
    """Begin a session, inside a command."""
    if ask.burn is not None and not store.burn(tx, ask.burn):
        raise AppError("sessions.replayed", status=409)
    named, hearsay = _with_former(tx, keys, ask)
    fields = {"channel": ask.channel, "method": ask.method.value}
    name = STARTED if ask.method is Method.ANONYMOUS else SIGNED_IN
    said = {field: value for field, value in fields.items() if value is not None}
    now, number = tx.world.now(), ask.digest.hex()
    facts = [told(SOURCE, name, now, number, said, identifiers=named)]
    if hearsay:
        both = (named[0], *hearsay)
        facts.append(told(SOURCE, LINKED, now, f"cookie:{number}", {}, identifiers=both, is_trusted=False))
    appender.append_all(tx, [Append(facts)])
    subject = subject_in(tx, keys.digest(*named[0]))
    assert subject is not None  # its fact was appended in this transaction
    expires_at = Micros(now + LIFE)
    is_claimed = ask.method is Method.ANONYMOUS and bool(ask.cookie)
    session = store.add(tx, ask.digest, subject, ask.method, expires_at, is_claimed=is_claimed)
    keep_purging(tx)
    return Opened(session, expires_at)


def close_session(appender: Appender) -> Command[Close, bool]:
    """Return the command that signs out; it answers whether there was anything to end."""

    def run(tx: Tx, ask: Close) -> bool:
        subject = store.revoke(tx, ask.session)
        if subject is not None and is_known(tx, subject):
            fact = told(SOURCE, SIGNED_OUT, tx.world.now(), f"out:{ask.session}", {}, subject)
            appender.append_all(tx, [Append([fact])])
        return subject is not None

    return Command("sessions.close", Close, bool, run)


def keep_purging(tx: Tx) -> None:
    """Have what has ended forgotten from now on."""
    schedule_once(tx, Timer(PURGE_TIMER, "", Micros(tx.world.now() + DAY)))


def purge(tx: Tx, _: Timer) -> None:
    """Forget sessions a day after they ended, and what was used up and is too old by now; look again in a day."""
    now = tx.world.now()
    is_full = store.purge(tx, now - DAY, PURGED_AT_ONCE_MAX)
    schedule(tx, Timer(PURGE_TIMER, "", Micros(now + (SECOND if is_full else DAY))))


def _with_former(
    tx: Tx, keys: SubjectKeys, ask: Open
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return the identifiers that are proven, and those that are only named: cookies of the site.

    The anonymous session before ends. Its identifier is proven where it is ours: only who has the session's token can
    bring it. A cookie anybody can name, who begins a session too.
    """
    cookie = () if ask.method is Method.ANONYMOUS else ask.cookie
    former = None if ask.former is None else store.find_in(tx, ask.former)
    if former is None or former.method is not Method.ANONYMOUS or former.revoked_at is not None:
        return ask.identifiers, cookie
    if tx.world.now() >= former.expires_at:
        return ask.identifiers, cookie
    store.revoke(tx, former.session)
    before = tuple(identifiers_in(tx, keys, [former.subject]))
    if former.is_claimed:
        return ask.identifiers, tuple(dict.fromkeys((*cookie, *before)))
    named = [Identifier(*one) for one in (*ask.identifiers, *before)]
    return tuple((one.kind, one.value) for one in strongest_first(named)), cookie
