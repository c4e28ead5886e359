"""Secrets of endpoints, kept sealed; and whether the other side has said that it wants nothing more."""

from msgspec import Struct
from sqlalchemy import select, update

from interplay.engine.delivery.contracts import State
from interplay.engine.delivery.signing import SECRET_BYTES, secret_text
from interplay.engine.delivery.store import endpoints
from interplay.engine.log.erasure import log_end
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.upsert import insert_or
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY

FORMER_MICROS = DAY


class SetSecret(Struct, frozen=True):
    """Give an endpoint its first secret, or another one; the former signs as well until `former_until`."""

    kind: str
    name: str
    sealed: bytes
    is_rotating: bool
    former_until: Micros


class Stop(Struct, frozen=True):
    """Send nothing more to this version of an endpoint's document."""

    kind: str
    name: str
    version: int


class Resume(Struct, frozen=True):
    """Send again."""

    kind: str
    name: str


def new_secret(world: World, keys: SubjectKeys, kind: str, name: str, *, is_rotating: bool) -> tuple[SetSecret, str]:
    """Return the command's message that sets a new secret, and its text, which is shown once."""
    secret = world.random_bytes(SECRET_BYTES)
    until = Micros(world.now() + FORMER_MICROS)
    return SetSecret(kind, name, keys.seal(NOBODY, secret), is_rotating, until), secret_text(secret)


def _set_secret(tx: Tx, ask: SetSecret) -> None:
    """Refuse a second secret that is not meant to be one: who asks twice would else sign with what nobody knows."""
    is_it = (endpoints.c.kind == ask.kind) & (endpoints.c.name == ask.name)
    row = tx.connection.execute(select(endpoints.c.secret).where(is_it)).first()
    former = None if row is None else row.secret
    if former is not None and not ask.is_rotating:
        raise AppError("delivery.secret_there", status=409, name=ask.name)
    values = {
        "secret": ask.sealed,
        "former_secret": former,
        "former_until": None if former is None else ask.former_until,
    }
    new = insert_or(tx.connection, endpoints).values(kind=ask.kind, name=ask.name, **values)
    tx.connection.execute(new.on_conflict_do_update(index_elements=["kind", "name"], set_=values))


def _stop(tx: Tx, ask: Stop) -> None:
    values = {"stopped_version": ask.version, "stopped_at": tx.world.now()}
    new = insert_or(tx.connection, endpoints).values(kind=ask.kind, name=ask.name, **values)
    tx.connection.execute(new.on_conflict_do_update(index_elements=["kind", "name"], set_=values))


def _resume(tx: Tx, ask: Resume) -> bool:
    """Answer whether it had been stopped."""
    is_it = (endpoints.c.kind == ask.kind) & (endpoints.c.name == ask.name)
    stopped = update(endpoints).where(is_it, endpoints.c.stopped_version.is_not(None))
    values = {"stopped_version": None, "stopped_at": None, "resumed_after": log_end(tx)}
    return tx.connection.execute(stopped.values(values)).rowcount == 1


set_secret = Command("delivery.set_secret", SetSecret, None, _set_secret)
stop = Command("delivery.stop", Stop, None, _stop)
resume = Command("delivery.resume", Resume, bool, _resume)


def states(database: Database, kind: str) -> dict[str, State]:
    """Return what is kept about the endpoints of a kind, by name."""
    with database.read() as connection:
        rows = connection.execute(select(endpoints).where(endpoints.c.kind == kind)).all()
    return {
        row.name: State(
            row.secret is not None, row.former_until, row.stopped_version, row.stopped_at, row.resumed_after or 0
        )
        for row in rows
    }


def secrets(database: Database, keys: SubjectKeys, kind: str, now: int) -> dict[str, tuple[bytes, ...]]:
    """Return the secrets that sign for each endpoint of a kind now, the newest first."""
    with database.read() as connection:
        rows = connection.execute(select(endpoints).where(endpoints.c.kind == kind)).all()
    return {row.name: tuple(_opened(keys, row.secret, row.former_secret, row.former_until, now)) for row in rows}


def _opened(
    keys: SubjectKeys, secret: bytes | None, former: bytes | None, former_until: int | None, now: int
) -> list[bytes]:
    sealed = [secret, former if former_until is not None and now < former_until else None]
    opened = [keys.open(NOBODY, one) for one in sealed if one is not None]
    return [one for one in opened if one is not None]
