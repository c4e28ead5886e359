"""Set, cancel and fire timers. A timer's handler runs in the transaction that removes the timer: once.

Nothing may depend on a timer having fired: expiry is tested at use.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from msgspec import Struct
from sqlalchemy import delete, func, select, update

from interplay.engine.oltp.contracts import GROUP_IS_LOST, Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.upsert import insert_or
from interplay.engine.timers.store import timers
from interplay.kernel.errors import in_journal
from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR, SECOND

FIRED_AT_ONCE_MAX = 100
RETRY_FIRST = 10 * SECOND
RETRY_MAX = 6 * HOUR

log = structlog.get_logger()


class Timer(Struct, frozen=True):
    """What fires."""

    kind: str
    key: str
    due_at: Micros
    message: bytes = b""


class Fire(Struct, frozen=True):
    """Fire what is due."""

    due_max: int = FIRED_AT_ONCE_MAX


Handler = Callable[[Tx, Timer], None]


def schedule(tx: Tx, timer: Timer) -> None:
    """Set a timer; one of the same kind and key is moved."""
    values = {"due_at": timer.due_at, "message": timer.message, "attempts": 0, "reason": None}
    tx.connection.execute(
        insert_or(tx.connection, timers)
        .values(kind=timer.kind, key=timer.key, **values)
        .on_conflict_do_update(index_elements=["kind", "key"], set_=values)
    )


def schedule_once(tx: Tx, timer: Timer) -> bool:
    """Set a timer unless there is one of the same kind and key; return whether it is new."""
    new = insert_or(tx.connection, timers).values(
        kind=timer.kind, key=timer.key, due_at=timer.due_at, message=timer.message, attempts=0
    )
    return tx.connection.execute(new.on_conflict_do_nothing().returning(timers.c.key)).first() is not None


def find(tx: Tx, kind: str, key: str) -> Timer | None:
    """Return a timer, inside a transaction."""
    row = tx.connection.execute(select(timers).where(timers.c.kind == kind, timers.c.key == key)).first()
    return None if row is None else Timer(row.kind, row.key, Micros(row.due_at), row.message)


def cancel(tx: Tx, kind: str, key: str) -> bool:
    """Remove a timer; return whether there was one."""
    return tx.connection.execute(delete(timers).where(timers.c.kind == kind, timers.c.key == key)).rowcount == 1


def next_due(database: Database) -> Micros | None:
    """Return when the next timer is due, or None."""
    with database.read() as connection:
        return connection.execute(select(func.min(timers.c.due_at))).scalar()


def due_by_key(database: Database, kind: str) -> dict[str, Micros]:
    """Return when each timer of a kind is due."""
    with database.read() as connection:
        rows = connection.execute(select(timers.c.key, timers.c.due_at).where(timers.c.kind == kind))
        return {row.key: Micros(row.due_at) for row in rows}


def firing(handlers: Mapping[str, Handler]) -> Command[Fire, int]:
    """Return the command that fires due timers, earliest first, and answers how many it took."""

    def fire(tx: Tx, ask: Fire) -> int:
        now = tx.world.now()
        due = tx.connection.execute(
            select(timers)
            .where(timers.c.due_at <= now)
            .order_by(timers.c.due_at)
            .limit(ask.due_max)
            .with_for_update(skip_locked=True)
        ).all()
        for row in due:
            _fire_one(tx, handlers.get(row.kind), row)
        return len(due)

    return Command("timers.fire", Fire, int, fire)


def _fire_one(tx: Tx, handler: Handler | None, row: Any) -> None:
    """Remove one timer and run its handler; when that fails, keep the timer for later, with the reason."""
    is_it = (timers.c.kind == row.kind) & (timers.c.key == row.key)
    try:
        with tx.part():
            tx.connection.execute(delete(timers).where(is_it))
            if handler is None:
                raise LookupError(f"nothing handles timers of kind {row.kind!r}")
            handler(tx, Timer(row.kind, row.key, Micros(row.due_at), row.message))
    except GROUP_IS_LOST:
        raise
    except Exception as error:  # noqa: BLE001 - the worker loop: one timer's bug must not stop the others
        log.error("timer failed", kind=row.kind, key=row.key, reason=in_journal(error))
        wait = min(RETRY_FIRST << min(row.attempts, 20), RETRY_MAX)
        tx.connection.execute(
            update(timers)
            .where(is_it)
            .values(due_at=tx.world.now() + wait, attempts=row.attempts + 1, reason=str(error)[:500])
        )
