"""Post, claim and settle deliveries to the outside.

A claim leases a delivery to one worker. When the lease ends without an answer (the worker died), a delivery
to a provider with idempotency keys is claimed again; any other becomes `uncertain` and is never repeated silently.
"""

from enum import StrEnum

from msgspec import Struct
from sqlalchemy import func, select, update

from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database, Lock
from interplay.engine.oltp.upsert import insert_or
from interplay.engine.outbox.store import outbox
from interplay.kernel.time import HOUR, SECOND

RETRY_FIRST = 10 * SECOND
RETRY_MAX = 6 * HOUR
ATTEMPTS_MAX = 12


class State(StrEnum):
    WAITING = "waiting"
    HANDED = "handed"
    DELIVERED = "delivered"
    DEAD = "dead"  # refused for good, or tried too often
    UNCERTAIN = "uncertain"  # handed over, and nobody knows; staff decide


class Delivery(Struct, frozen=True):
    kind: str
    key: str
    message: bytes
    attempts: int = 0


class Claim(Struct, frozen=True):
    """Take up to `deliveries_max` due deliveries of one kind for `lease_micros`."""

    kind: str
    is_repeatable: bool  # the provider knows idempotency keys
    deliveries_max: int = 100
    lease_micros: int = 60 * SECOND


class Settle(Struct, frozen=True):
    """How a delivery ended: delivered, or failed (to be tried again unless `is_final`)."""

    kind: str
    key: str
    failure: str | None = None
    is_final: bool = False


def post(tx: Tx, delivery: Delivery) -> bool:
    """Put a delivery in the outbox, once per kind and key; return whether it is new."""
    posted = tx.connection.execute(
        insert_or(tx.connection, outbox)
        .values(
            kind=delivery.kind, key=delivery.key, message=delivery.message,
            state=State.WAITING, due_at=tx.world.now(), attempts=0,
        )
        .on_conflict_do_nothing()
        .returning(outbox.c.key)
    )  # fmt: skip
    return posted.first() is not None


def _claim(tx: Tx, ask: Claim) -> list[Delivery]:
    now = tx.world.now()
    ended = (outbox.c.kind == ask.kind) & (outbox.c.state == State.HANDED) & (outbox.c.due_at <= now)
    after = State.WAITING if ask.is_repeatable else State.UNCERTAIN
    tx.connection.execute(update(outbox).where(ended).values(state=after))
    due = (outbox.c.kind == ask.kind) & (outbox.c.state == State.WAITING) & (outbox.c.due_at <= now)
    keys = select(outbox.c.key).where(due).order_by(outbox.c.due_at).limit(ask.deliveries_max)
    keys = keys.with_for_update(skip_locked=True)  # where several claim at once, each gets others
    rows = tx.connection.execute(
        update(outbox)
        .where(outbox.c.kind == ask.kind, outbox.c.key.in_(keys))
        .values(state=State.HANDED, due_at=now + ask.lease_micros, attempts=outbox.c.attempts + 1)
        .returning(outbox.c.kind, outbox.c.key, outbox.c.message, outbox.c.attempts)
    )
    return [Delivery(*row) for row in rows]


def _settle(tx: Tx, ask: Settle) -> State:
    """Note how a delivery ended and answer its state; what has ended for good stays as it is."""
    is_it = (outbox.c.kind == ask.kind) & (outbox.c.key == ask.key)
    query = select(outbox.c.state, outbox.c.attempts).where(is_it).with_for_update()
    stands, attempts = tx.connection.execute(query).one()
    if stands in (State.DELIVERED, State.DEAD):
        return State(stands)
    if ask.failure is None:
        state, due_at = State.DELIVERED, tx.world.now()
    elif ask.is_final or attempts >= ATTEMPTS_MAX:
        state, due_at = State.DEAD, tx.world.now()
    else:
        state, due_at = State.WAITING, tx.world.now() + min(RETRY_FIRST << attempts - 1, RETRY_MAX)
    tx.connection.execute(update(outbox).where(is_it).values(state=state, due_at=due_at, reason=ask.failure))
    return state


claim = Command("outbox.claim", Claim, list[Delivery], _claim, lock=Lock.NONE)
settle = Command("outbox.settle", Settle, State, _settle, lock=Lock.NONE)


def counts(database: Database) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    with database.read() as connection:
        rows = connection.execute(select(outbox.c.state, func.count().label("deliveries")).group_by(outbox.c.state))
        return {row.state: row.deliveries for row in rows}
