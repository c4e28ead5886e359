"""Points and other units: lots that are given and eaten, and the double entry that says where every unit went.

A wallet is all lots of all subjects of a person. Lots stay where they were given and a debit says which it ate, so that
a merge and an unmerge move nothing. A debt is a lot below zero; what comes in pays it first.
"""

from collections.abc import Sequence
from typing import NamedTuple

from interplay.acts.contracts import CUSTOMERS, EXPIRED, HELD, Credit, Debit, Effect, RefusedError, Undo
from interplay.acts.doing import Doing, marks
from interplay.acts.store import ledger_lots
from interplay.kernel.ids import Micros, SubjectId

OPEN_LOTS = (
    "SELECT lot, remaining, active_from, coalesce(expires_at, 4611686018427387904), subject FROM ledger_lots"
    " WHERE unit = ? AND remaining <> 0 AND subject IN ({}) ORDER BY 4, active_from, lot"
)
FAR = 4611686018427387904  # 2^62: after every instant
CHANGE = "UPDATE ledger_lots SET remaining = remaining + ? WHERE lot = ?"
READ_LOT = "SELECT remaining, active_from, coalesce(expires_at, 4611686018427387904) FROM ledger_lots WHERE lot = ?"
WRITTEN_OFF = (
    "SELECT coalesce(sum(CASE WHEN account = 'expired' THEN amount WHEN act < 0 AND EXISTS (SELECT 1 FROM"
    " ledger_entries AS other WHERE other.act = one.act AND other.account = 'expired') THEN -amount ELSE 0 END), 0)"
    " FROM ledger_entries AS one WHERE lot = ?"
)
READ_ROOM = "SELECT remaining, amount FROM ledger_lots WHERE lot = ?"
PAYERS = (
    "SELECT DISTINCT one.lot FROM ledger_entries AS one JOIN ledger_entries AS paid ON paid.act = one.act"
    " JOIN ledger_lots AS debt ON debt.lot = paid.lot AND debt.amount = 0"
    " WHERE paid.lot = ? AND paid.amount > 0 AND one.lot <> ? AND one.amount < 0 AND one.account = 'customers'"
    " AND one.unit = paid.unit ORDER BY one.lot"
)


class Lot(NamedTuple):
    lot: int
    remaining: int
    active_from: int
    expires_at: int  # FAR: never
    subject: int

    def is_open(self, now: int) -> bool:
        return self.active_from <= now < self.expires_at


def credit(doing: Doing, place: int, step: Credit) -> Effect:
    """Give a lot."""
    if doing.is_held:
        return Effect(place)
    lot = _new_lot(doing, step.unit, step.subject, step.amount, step.amount, step.active_from, step.expires_at)
    doing.enter(step.unit, step.source, -step.amount)
    doing.enter(step.unit, CUSTOMERS, step.amount, lot)
    if step.active_from <= doing.now:
        settle_debts(doing, step.unit, step.subject)
    return Effect(place, step.amount, lot=lot)


def debit(doing: Doing, place: int, step: Debit) -> Effect:
    """Eat lots, the earliest to expire first."""
    parts = _eat(doing, step, doing.spendable(step.subject))
    account = HELD if doing.is_held else step.to
    for lot, amount in parts:
        doing.enter(step.unit, CUSTOMERS, -amount, lot)
    doing.enter(step.unit, account, step.amount)
    return Effect(place, step.amount, parts=tuple(parts))


def settle_debit(doing: Doing, step: Debit, effect: Effect) -> Effect:
    """Let what was held be spent."""
    doing.enter(step.unit, HELD, -step.amount)
    doing.enter(step.unit, step.to, step.amount)
    return effect


def undo_debit(doing: Doing, step: Debit, effect: Effect, amount: int, undone: int, *, from_hold: bool) -> Effect:
    """Give back into the lots it came from, the last eaten first; what has expired meanwhile is not to be spent."""
    back = [part for lot, some in _tail(effect.parts, undone, amount) for part in _give_back(doing, step, lot, some)]
    doing.enter(step.unit, HELD if from_hold else step.to, -amount)
    settle_debts(doing, step.unit, step.subject)
    return Effect(effect.step, amount, parts=tuple(back))


def undo_credit(doing: Doing, step: Credit, effect: Effect, amount: int, how: Undo) -> Effect:
    """Take back what was given: from its own lot, then as the undo allows.

    What expired unspent is taken where it went, so that it makes no difference whether it was written off by now.
    """
    remaining, active_from, expires_at = doing.raw.execute(READ_LOT, (effect.lot,)).fetchone()
    if how.if_pending and active_from <= doing.now:
        return Effect(effect.step)
    own = max(min(remaining, amount), 0)
    parts = [(effect.lot, own)] if own else []
    if own:
        doing.raw.execute(CHANGE, (-own, effect.lot))
    gone = min(_written_off(doing, effect.lot), amount - own) if expires_at <= doing.now else 0
    if gone:
        doing.enter(step.unit, EXPIRED, -gone, effect.lot)
    if (rest := amount - own - gone) and (how.from_balance or how.may_owe):
        debit = Debit(step.unit, step.subject, rest, may_owe=how.may_owe)
        parts += _eat(doing, debit, doing.wallet(step.subject), at_most=not how.may_owe)
    for lot, some in parts:
        doing.enter(step.unit, CUSTOMERS, -some, lot)
    taken = gone + sum(some for _, some in parts)
    if taken:
        doing.enter(step.unit, step.source, taken)
    return Effect(effect.step, taken, parts=tuple(parts))


def settle_debts(doing: Doing, unit: str, subject: SubjectId) -> None:
    """Pay what a wallet owes with what it has by now."""
    lots = _open_lots(doing, unit, doing.wallet(subject))
    if not any(lot.remaining < 0 for lot in lots):
        return
    debts = [lot for lot in lots if lot.remaining < 0]
    owed = min(-sum(lot.remaining for lot in debts), sum(max(lot.remaining, 0) for lot in lots))
    for lots_of, sign in (([lot for lot in lots if lot.remaining > 0], -1), (debts, 1)):
        rest = owed
        for lot in lots_of:
            if some := min(abs(lot.remaining), rest):
                rest -= some
                doing.raw.execute(CHANGE, (sign * some, lot.lot))
                doing.enter(unit, CUSTOMERS, sign * some, lot.lot)


def _written_off(doing: Doing, lot: int) -> int:
    """Return how much of a lot expired and was written off, without what was taken back of that."""
    found = doing.raw.execute(WRITTEN_OFF, (lot,)).fetchone()
    here = (amount for _, _, _, account, of, amount in doing.entries if account == EXPIRED and of == lot)
    return int(found[0]) + sum(here)


def _give_back(doing: Doing, step: Debit, lot: int, some: int) -> list[tuple[int, int]]:
    """Give back into a lot what it can take. What a debt was paid with meanwhile goes to the lots that paid it."""
    back: list[tuple[int, int]] = []
    rest = some
    for one in (lot, *_payers(doing, lot)):
        remaining, amount = doing.raw.execute(READ_ROOM, (one,)).fetchone()
        if put := min(rest, max(amount - remaining, 0)):
            rest -= put
            doing.raw.execute(CHANGE, (put, one))
            doing.enter(step.unit, CUSTOMERS, put, one)
            back.append((one, put))
    if rest:
        new = _new_lot(doing, step.unit, step.subject, rest, rest, Micros(0), None)
        doing.enter(step.unit, CUSTOMERS, rest, new)
        back.append((new, rest))
    return back


def _payers(doing: Doing, debt: int) -> list[int]:
    """Return the lots that paid a debt, in this very act too; of any other lot none."""
    found = [lot for (lot,) in doing.raw.execute(PAYERS, (debt, debt)).fetchall()]
    here = [(lot, amount) for _, _, _, account, lot, amount in doing.entries if account == CUSTOMERS]
    if any(lot == debt and amount > 0 for lot, amount in here):
        found += [lot for lot, amount in here if lot is not None and lot != debt and amount < 0]
    return list(dict.fromkeys(found))


def _eat(doing: Doing, step: Debit, wallet: Sequence[SubjectId], *, at_most: bool = False) -> list[tuple[int, int]]:
    lots = _open_lots(doing, step.unit, wallet)
    there = sum(lot.remaining for lot in lots)
    wanted = min(step.amount, max(there, 0)) if at_most else step.amount
    if wanted > there and not step.may_owe:
        raise RefusedError(step.refusal, unit=step.unit, asked=step.amount, available=max(there, 0))
    rest = min(wanted, max(there, 0))
    parts: list[tuple[int, int]] = []
    for lot in lots:
        if rest and lot.remaining > 0:
            some = min(lot.remaining, rest)
            rest -= some
            doing.raw.execute(CHANGE, (-some, lot.lot))
            parts.append((lot.lot, some))
    if (debt := wanted - sum(some for _, some in parts)) > 0:
        parts.append((_new_lot(doing, step.unit, step.subject, 0, -debt, Micros(0), None), debt))
    return parts


def _open_lots(doing: Doing, unit: str, wallet: Sequence[SubjectId]) -> list[Lot]:
    """Return what a wallet may spend now, and what it owes, in the order in which it is eaten."""
    rows = doing.raw.execute(OPEN_LOTS.format(marks(len(wallet))), (unit, *wallet)).fetchall()
    lots = [lot for lot in map(Lot._make, rows) if lot.is_open(doing.now)]
    for lot in lots:
        doing.lots[lot.lot] = lot.subject, lot.active_from, None if lot.expires_at == FAR else lot.expires_at
    return lots


def _new_lot(
    doing: Doing, unit: str, subject: SubjectId, amount: int, remaining: int, active_from: Micros,
    expires_at: Micros | None,
) -> int:  # fmt: skip
    lot = doing.next_lot()
    row = (lot, unit, subject, doing.act, amount, remaining, active_from, expires_at)
    doing.raw.insert_many(ledger_lots, [row])
    doing.lots[lot] = (subject, active_from, expires_at)
    return lot


def _tail(parts: tuple[tuple[int, int], ...], skipped: int, amount: int) -> list[tuple[int, int]]:
    """Return the last `amount` of the parts before the last `skipped`."""
    back: list[tuple[int, int]] = []
    for lot, some in reversed(parts):
        passed = min(some, skipped)
        skipped -= passed
        if taken := min(some - passed, amount):
            amount -= taken
            back.append((lot, taken))
    return back
