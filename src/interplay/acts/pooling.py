"""Stock and units: things that are all alike by their number, others one by one with their owner.

waiting → held → owned → held → used        void from anywhere before it is used
"""

from enum import IntEnum
from typing import NamedTuple

from interplay.acts.contracts import Claim, Effect, Hand, Issue, Mint, RefusedError, Take, Use, Void
from interplay.acts.doing import Doing
from interplay.acts.store import units


class UnitState(IntEnum):
    """Expiry is not one of them: it is a fact about time."""

    WAITING = 1
    HELD = 2
    OWNED = 3
    USED = 4
    VOID = 5


TAKE = "UPDATE pools SET available = available - ? WHERE name = ? AND available >= ?"
ADD = (
    "INSERT INTO pools (name, minted, available) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
    " SET minted = pools.minted + excluded.minted, available = pools.available + excluded.available RETURNING pool"
)
GIVE = "UPDATE pools SET available = available + ? WHERE name = ?"
AVAILABLE = "SELECT available FROM pools WHERE name = ?"
NEXT = "SELECT unit FROM units WHERE pool = (SELECT pool FROM pools WHERE name = ?) AND state = 1 ORDER BY unit LIMIT 1"
BY_CODE = "SELECT unit, state FROM units WHERE digest = ? AND pool = (SELECT pool FROM pools WHERE name = ?)"
READ = "SELECT state, owner, valid_from, valid_until, coalesce(act, 0) FROM units WHERE unit = ?"
MOVE = "UPDATE units SET state = ?, owner = ?, act = ? WHERE unit = ? AND state = ?"
UNDO = f"{MOVE} AND act = ?"
SET_VALIDITY = "UPDATE units SET valid_from = ?, valid_until = ? WHERE unit = ?"


class Unit(NamedTuple):
    state: int
    owner: int | None
    valid_from: int
    valid_until: int | None
    act: int


def take(doing: Doing, place: int, step: Take) -> Effect:
    if doing.raw.execute(TAKE, (step.amount, step.pool, step.amount)).rowcount != 1:
        raise RefusedError(step.refusal, pool=step.pool, asked=step.amount, available=_available(doing, step.pool))
    return Effect(place, step.amount)


def undo_take(doing: Doing, step: Take, amount: int) -> None:
    doing.raw.execute(GIVE, (amount, step.pool))


def mint(doing: Doing, place: int, step: Mint) -> Effect:
    if doing.is_held:
        return Effect(place)
    if step.amount < 0 and _available(doing, step.pool) < -step.amount:
        raise RefusedError("acts.sold_out", pool=step.pool, asked=-step.amount, available=_available(doing, step.pool))
    doing.raw.execute(ADD, (step.pool, step.amount, step.amount)).fetchone()
    return Effect(place, step.amount)


def issue(doing: Doing, place: int, step: Issue) -> Effect:
    """Make a unit that is hers from the first moment."""
    if doing.is_held:
        return Effect(place)
    pool = doing.raw.execute(ADD, (step.pool, 1, 0)).fetchone()[0]
    unit = doing.next_unit()
    row = (unit, pool, UnitState.OWNED, step.subject, doing.act, step.valid_from, step.valid_until, None)
    doing.raw.insert_many(units, [row])
    return Effect(place, 1, unit=unit, former=UnitState.VOID)


def claim(doing: Doing, place: int, step: Claim) -> Effect:
    """Give the next unit that waits, or the one with this code."""
    if step.digest is None:
        found = doing.raw.execute(NEXT, (step.pool,)).fetchone()
        if found is None:
            raise RefusedError(step.refusal, pool=step.pool, asked=1, available=0)
    else:
        found = doing.raw.execute(BY_CODE, (step.digest, step.pool)).fetchone()
        if found is None:
            raise RefusedError("acts.unknown_unit")
        if found[1] != UnitState.WAITING:
            raise RefusedError(_SAID[UnitState(found[1])])
    unit = int(found[0])
    before = read(doing, unit)
    _move(doing, unit, UnitState.HELD if doing.is_held else UnitState.OWNED, step.subject, UnitState.WAITING)
    validity = None
    if step.valid_from or step.valid_until is not None:
        doing.raw.execute(SET_VALIDITY, (step.valid_from, step.valid_until, unit))
        validity = before.valid_from, before.valid_until
    return Effect(place, 1, unit=unit, former=UnitState.WAITING, before=before.act, validity=validity)


def use(doing: Doing, place: int, step: Use) -> Effect:
    unit, at = _to_use(doing, step), doing.now if step.at is None else min(step.at, doing.now)
    if at < unit.valid_from:
        raise RefusedError("acts.not_yet", valid_from=unit.valid_from)
    if unit.valid_until is not None and at >= unit.valid_until:
        raise RefusedError("acts.expired", valid_until=unit.valid_until)
    owner = unit.owner if unit.state == UnitState.OWNED else step.subject
    state = UnitState.HELD if doing.is_held else UnitState.USED
    _move(doing, step.unit, state, owner, UnitState(unit.state))
    return Effect(place, 1, unit=step.unit, former=unit.state, owner=unit.owner or 0, before=unit.act)


def hand(doing: Doing, place: int, step: Hand) -> Effect:
    if doing.is_held:
        return Effect(place)
    unit = _hers(doing, step.unit, step.subject)
    _move(doing, step.unit, UnitState.OWNED, step.to, UnitState.OWNED)
    return Effect(place, 1, unit=step.unit, former=UnitState.OWNED, owner=unit.owner or 0, before=unit.act)


def void(doing: Doing, place: int, step: Void) -> Effect:
    if doing.is_held:
        return Effect(place)
    unit = read(doing, step.unit)
    if unit.state not in (UnitState.WAITING, UnitState.OWNED):
        raise RefusedError(_SAID[UnitState(unit.state)])
    _move(doing, step.unit, UnitState.VOID, unit.owner, UnitState(unit.state))
    return Effect(place, 1, unit=step.unit, former=unit.state, owner=unit.owner or 0, before=unit.act)


def settle_claim(doing: Doing, step: Claim, effect: Effect) -> Effect:
    _move(doing, effect.unit, UnitState.OWNED, step.subject, UnitState.HELD)
    return effect


def settle_use(doing: Doing, step: Use, effect: Effect) -> Effect:
    owner = step.subject if effect.former == UnitState.WAITING else effect.owner
    _move(doing, effect.unit, UnitState.USED, owner or None, UnitState.HELD)
    return effect


def undo_unit(doing: Doing, effect: Effect, stands: UnitState, of: int) -> None:
    """Put a unit back to where it was before act `of`, if nobody has done anything with it since."""
    row = (effect.former, effect.owner or None, effect.before, effect.unit, int(stands), of)
    if doing.raw.execute(UNDO, row).rowcount != 1:
        state = UnitState(read(doing, effect.unit).state)
        raise RefusedError("acts.moved_on" if state is stands else _SAID[state])
    if effect.validity is not None:
        doing.raw.execute(SET_VALIDITY, (*effect.validity, effect.unit))


def read(doing: Doing, unit: int) -> Unit:
    """Return a unit. Refuses one that there is not."""
    found = doing.raw.execute(READ, (unit,)).fetchone()
    if found is None:
        raise RefusedError("acts.unknown_unit")
    return Unit(*found)


def _to_use(doing: Doing, step: Use) -> Unit:
    unit = read(doing, step.unit)
    if step.is_bearer and unit.state == UnitState.WAITING:
        return unit
    if step.subject is None:
        raise RefusedError("acts.not_yours" if unit.state == UnitState.OWNED else _SAID[UnitState(unit.state)])
    return _hers(doing, step.unit, step.subject)


def _hers(doing: Doing, number: int, subject: int) -> Unit:
    """Return a unit that is hers and free. State is told before ownership only to its owner."""
    unit = read(doing, number)
    if unit.owner not in doing.spendable(subject):  # type: ignore[arg-type]
        raise RefusedError("acts.not_yours")
    if unit.state != UnitState.OWNED:
        raise RefusedError(_SAID[UnitState(unit.state)])
    return unit


def _move(doing: Doing, unit: int, state: UnitState, owner: int | None, stands: UnitState) -> None:
    if doing.raw.execute(MOVE, (int(state), owner, doing.act, unit, int(stands))).rowcount != 1:
        raise RefusedError(_SAID[UnitState(read(doing, unit).state)])


def _available(doing: Doing, pool: str) -> int:
    found = doing.raw.execute(AVAILABLE, (pool,)).fetchone()
    return 0 if found is None else int(found[0])


_SAID = {
    UnitState.WAITING: "acts.nobodys",
    UnitState.HELD: "acts.held_elsewhere",
    UnitState.OWNED: "acts.taken",
    UnitState.USED: "acts.used",
    UnitState.VOID: "acts.void",
}
