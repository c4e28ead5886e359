"""Post, claim and settle deliveries to the outside.

A claim leases a delivery to one worker. When the lease ends without an answer (the worker died), a delivery
to a provider with idempotency keys is claimed again; any other becomes `uncertain` and is never repeated silently.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, func, select, tuple_, update

from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database, Lock
from interplay.engine.oltp.upsert import insert_or
from interplay.engine.outbox.store import outbox
from interplay.engine.timers.api import Timer, schedule, schedule_once
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, SECOND

RETRY_FIRST = 10 * SECOND
RETRY_MAX = 6 * HOUR
RETRY_AFTER_MAX = 24 * HOUR
ATTEMPTS_MAX = 12
AGAIN_AT_ONCE_MAX = 1_000
PURGE_TIMER = "outbox.purge"
PURGED_AT_ONCE_MAX = 400
DELIVERED_KEPT_DAYS = 30
OTHERS_KEPT_DAYS = 90


class State(StrEnum):
    WAITING = "waiting"
    HANDED = "handed"
    DELIVERED = "delivered"
    DEAD = "dead"  # refused for good, or tried too often
    UNCERTAIN = "uncertain"  # handed over, and nobody knows; staff decide
    WITHHELD = "withheld"  # not to be sent any more, for a reason that is nobody's failure


OPEN = (State.WAITING, State.HANDED)
ENDED = (State.DELIVERED, State.DEAD, State.WITHHELD)


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
    """How a delivery ended: delivered, failed (to be tried again unless `is_final`), or withheld because of `failure`.

    `retry_at` is the earliest instant that the other side wants to hear of it again.
    """

    kind: str
    key: str
    failure: str | None = None
    is_final: bool = False
    is_withheld: bool = False
    retry_at: Micros | None = None
    answer: bytes | None = None  # sealed


class Again(Struct, frozen=True):
    """Deliver again, with the same keys: one of any state, or those that ended in `states` since an instant."""

    kind: str
    key: str | None = None
    states: tuple[State, ...] = (State.DEAD,)
    since: Micros = Micros(0)
    until: Micros | None = None  # exclusive
    deliveries_max: int = AGAIN_AT_ONCE_MAX


class Kept(Struct, frozen=True):
    """A delivery as it is kept."""

    key: str
    state: State
    due_at: Micros  # of one that has ended: when
    attempts: int
    reason: str | None
    message: bytes
    answer: bytes | None


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


def post_all(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Put many deliveries in the outbox, each once per kind and key."""
    rows = [
        {
            "kind": one.kind, "key": one.key, "message": one.message,
            "state": State.WAITING, "due_at": tx.world.now(), "attempts": 0,
        }
        for one in deliveries
    ]  # fmt: skip
    if rows:
        tx.connection.execute(insert_or(tx.connection, outbox).on_conflict_do_nothing(), rows)


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
    if stands in ENDED:
        return State(stands)
    now = tx.world.now()
    if ask.is_withheld:
        state, due_at = State.WITHHELD, now
    elif ask.failure is None:
        state, due_at = State.DELIVERED, now
    elif ask.is_final or attempts >= ATTEMPTS_MAX:
        state, due_at = State.DEAD, now
    else:
        wanted = min(ask.retry_at or now, now + RETRY_AFTER_MAX)
        state, due_at = State.WAITING, max(now + min(RETRY_FIRST << attempts - 1, RETRY_MAX), wanted)
    tx.connection.execute(
        update(outbox).where(is_it).values(state=state, due_at=due_at, reason=ask.failure, answer=ask.answer)
    )
    return state


def _again(tx: Tx, ask: Again) -> int:
    """Let ended deliveries wait again with all attempts before them; answer how many."""
    now = tx.world.now()
    if ask.key is not None:
        which: ColumnElement[bool] = (outbox.c.key == ask.key) & (outbox.c.state != State.HANDED)
    else:
        ended = select(outbox.c.key).where(
            outbox.c.kind == ask.kind, outbox.c.state.in_(ask.states), outbox.c.due_at >= ask.since
        )
        if ask.until is not None:
            ended = ended.where(outbox.c.due_at < ask.until)
        which = outbox.c.key.in_(ended.order_by(outbox.c.due_at).limit(ask.deliveries_max))
    again = update(outbox).where(outbox.c.kind == ask.kind, which)
    return tx.connection.execute(again.values(state=State.WAITING, due_at=now, attempts=0)).rowcount


def purge(tx: Tx, _: Timer) -> None:
    """Forget deliveries that ended, or were last due, long ago: some now, the rest soon; look again in a day."""
    now = tx.world.now()
    kept_days = dict.fromkeys(State, OTHERS_KEPT_DAYS) | {State.DELIVERED: DELIVERED_KEPT_DAYS}
    is_full = False
    for state, days in kept_days.items():
        old = select(outbox.c.kind, outbox.c.key).where(outbox.c.state == state, outbox.c.due_at < now - days * DAY)
        these = tuple_(outbox.c.kind, outbox.c.key).in_(old.limit(PURGED_AT_ONCE_MAX))
        is_full = tx.connection.execute(delete(outbox).where(these)).rowcount == PURGED_AT_ONCE_MAX or is_full
    schedule(tx, Timer(PURGE_TIMER, "", Micros(now + (SECOND if is_full else DAY))))


def keep_purging(tx: Tx) -> None:
    """Have old deliveries purged from now on; called by whoever posts what shall not stay for ever."""
    schedule_once(tx, Timer(PURGE_TIMER, "", Micros(tx.world.now() + DAY)))


again = Command("outbox.again", Again, int, _again)
claim = Command("outbox.claim", Claim, list[Delivery], _claim, lock=Lock.NONE)
settle = Command("outbox.settle", Settle, State, _settle, lock=Lock.NONE)


def counts(database: Database, kind: str | None = None) -> dict[str, int]:
    """Return how many deliveries, of one kind or of all, are in each state."""
    with database.read() as connection:
        query = select(outbox.c.state, func.count().label("deliveries")).group_by(outbox.c.state)
        rows = connection.execute(query if kind is None else query.where(outbox.c.kind == kind))
        return {row.state: row.deliveries for row in rows}


def next_due(database: Database, kinds: Sequence[str]) -> dict[str, Micros]:
    """Return, for each kind with an open delivery, when the first of them is due or its lease ends."""
    found = {}
    with database.read() as connection:
        for kind in kinds:
            open_ones = (
                select(func.min(outbox.c.due_at)).where(outbox.c.kind == kind, outbox.c.state == state)
                for state in OPEN
            )
            dues = [due for query in open_ones if (due := connection.execute(query).scalar()) is not None]
            if dues:
                found[kind] = Micros(min(dues))
    return found


def kept(
    database: Database,
    kind: str,
    states: Sequence[State] = tuple(State),
    rows_max: int = 100,
    before: Micros | None = None,
) -> list[Kept]:
    """Return deliveries of a kind, those that ended or are due last first; `before` an instant pages back."""
    query = select(outbox).where(outbox.c.kind == kind, outbox.c.state.in_(states))
    if before is not None:
        query = query.where(outbox.c.due_at < before)
    with database.read() as connection:
        rows = connection.execute(query.order_by(outbox.c.due_at.desc(), outbox.c.key).limit(rows_max)).all()
    return [
        Kept(row.key, State(row.state), Micros(row.due_at), row.attempts, row.reason, row.message, row.answer)
        for row in rows
    ]
