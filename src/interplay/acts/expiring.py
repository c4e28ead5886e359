"""What expires by itself is written off in slices. Nobody could spend it any more: expiry is tested at use."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import delete, select

from interplay.acts.contracts import CUSTOMERS, EXPIRED, SOURCE, Telling, Wallet
from interplay.acts.doing import marks
from interplay.acts.moving import moved
from interplay.acts.moving import told as told_of
from interplay.acts.store import counters, ledger_entries
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.contracts import NewFact, Origin
from interplay.engine.log.erasure import erased_among
from interplay.engine.oltp.contracts import Command, Tx
from interplay.kernel.ids import Micros, SubjectId

LOTS_AT_ONCE_MAX = 500

FIND = (
    "SELECT lot, subject, remaining, expires_at FROM ledger_lots"
    " WHERE unit = ? AND expires_at <= ? AND remaining <> 0 ORDER BY expires_at, lot LIMIT ?"
)
EMPTY = "UPDATE ledger_lots SET remaining = 0 WHERE lot IN ({})"
OWES = "SELECT 1 FROM ledger_lots WHERE unit = ? AND remaining < 0 LIMIT 1"
DEBTS = "SELECT lot, remaining FROM ledger_lots WHERE unit = ? AND remaining < 0 AND subject IN ({}) ORDER BY lot"
PAY = "UPDATE ledger_lots SET remaining = remaining + ? WHERE lot = ?"
NEXT_ENTRY = "SELECT coalesce(max(entry), 0) + 1 FROM ledger_entries"


class Expire(Struct, frozen=True):
    """Write off what has expired of a unit, some lots at once; `fact` tells each owner of it."""

    unit: str
    fact: str
    lots_max: int = LOTS_AT_ONCE_MAX


def expire(appender: Appender, telling: Telling, wallet: Wallet) -> Command[Expire, int]:
    """Return the command; it answers how many lots it wrote off, fewer than `lots_max` when none is left."""

    def run(tx: Tx, ask: Expire) -> int:
        now = tx.world.now()
        lots = tx.raw.execute(FIND, (ask.unit, now, ask.lots_max)).fetchall()
        if not lots:
            return 0
        first = tx.raw.execute(NEXT_ENTRY).fetchone()[0]
        paid = _pay_debts(tx, wallet, ask.unit, lots) if tx.raw.execute(OWES, (ask.unit,)).fetchone() else []
        left = [(lot, subject, rest - _sum(paid, lot), ends) for lot, subject, rest, ends in lots]
        tx.raw.execute(EMPTY.format(marks(len(lots))), [lot for lot, *_ in lots])
        write_off(tx, first, ask.unit, [(CUSTOMERS, lot, amount) for lot, amount in paid])
        rows: list[tuple[str, int | None, int]] = [(CUSTOMERS, lot, -rest) for lot, _, rest, _ in left if rest]
        rows.append((EXPIRED, None, sum(rest for _, _, rest, _ in left)))
        write_off(tx, first + len(paid), ask.unit, rows)  # by itself: what paid a debt has not expired
        gone = erased_among(tx, [SubjectId(subject) for _, subject, _, _ in left])
        told = [_told(telling, ask, now, *lot) for lot in left if lot[2] and lot[1] not in gone]
        debts = moved(tx.raw, [(-first, now, ask.unit, CUSTOMERS, lot, amount) for lot, amount in paid], {}, (), now)
        alive = {place: amount for place, amount in debts.items() if place.subject not in gone}
        told += told_of(telling, alive, now, f"expiry:{first}", Origin.LIVE)
        if told:
            appender.append_all(tx, [Append(told)])
        return len(lots)

    return Command("acts.expire", Expire, int, run)


def forget_counts(tx: Tx, first: str, until: str, scopes_max: int) -> int:
    """Forget what was counted under scopes of [first, until), some of them; return of how many.

    For windows that are over: what is given back to one of them later changes nothing.
    """
    scope = counters.c.scope
    some = select(scope).distinct().where(scope >= first, scope < until).order_by(scope).limit(scopes_max)
    scopes = list(tx.connection.execute(some).scalars())
    tx.connection.execute(delete(counters).where(scope.in_(scopes)))
    return len(scopes)


def write_off(tx: Tx, first: int, unit: str, rows: Sequence[tuple[str, int | None, int]]) -> None:
    """Write entries of no act, (account, lot, amount) each; together they are one, with a number below zero."""
    now = tx.world.now()
    tx.raw.insert_many(ledger_entries, [
        (first + i, -first, now, unit, account, lot, amount) for i, (account, lot, amount) in enumerate(rows)
    ])  # fmt: skip


def _pay_debts(tx: Tx, wallet: Wallet, unit: str, lots: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int]]:
    """Let what expires pay first what its owner owes; return (lot, amount) of both sides."""
    paid: list[tuple[int, int]] = []
    wallets = wallet(tx, {SubjectId(subject) for _, subject, _, _ in lots})
    for lot, subject, remaining, _ in lots:
        subjects = wallets[SubjectId(subject)]
        rest = remaining
        for debt, owed in tx.raw.execute(DEBTS.format(marks(len(subjects))), (unit, *subjects)).fetchall():
            if some := min(rest, -owed):
                rest -= some
                tx.raw.execute(PAY, (some, debt))
                paid += [(lot, -some), (debt, some)]
    return paid


def _sum(paid: Sequence[tuple[int, int]], lot: int) -> int:
    return -sum(amount for one, amount in paid if one == lot)


def _told(
    telling: Telling, ask: Expire, now: Micros, lot: int, subject: int, remaining: int, expires_at: int
) -> NewFact:
    fields: dict[str, object] = {"unit": ask.unit, "amount": remaining, "expired_at": expires_at}
    return telling(SOURCE, ask.fact, now, f"expired:{lot}:{now}", fields, SubjectId(subject), Origin.LIVE)
