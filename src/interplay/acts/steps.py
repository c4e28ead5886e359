"""Every kind of step: how it is done, what settles it after a hold, and how it is taken back."""

from typing import assert_never

from interplay.acts import counters, ledger, linking, pooling, scoring
from interplay.acts.contracts import (
    Attempt,
    Claim,
    Count,
    Credit,
    Debit,
    Draw,
    Effect,
    Hand,
    Issue,
    Join,
    Mint,
    Open,
    Refuse,
    RefusedError,
    Score,
    Step,
    Still,
    Take,
    Undo,
    Use,
    Void,
    Within,
)
from interplay.acts.doing import Doing
from interplay.acts.pooling import UnitState

WAITS_FOR_SETTLING = (Credit, Mint, Issue, Hand, Void, Open, Score)
"""What a hold does not do yet: nobody may spend what may still be taken back."""


def do(doing: Doing, place: int, step: Step) -> Effect:
    """Do a step. Raises RefusedError."""
    match step:
        case Count():
            return counters.count(doing, place, step)
        case Credit():
            return ledger.credit(doing, place, step)
        case Debit():
            return ledger.debit(doing, place, step)
        case Take():
            return pooling.take(doing, place, step)
        case Mint():
            return pooling.mint(doing, place, step)
        case Issue():
            return pooling.issue(doing, place, step)
        case Claim():
            return pooling.claim(doing, place, step)
        case Use():
            return pooling.use(doing, place, step)
        case Hand():
            return pooling.hand(doing, place, step)
        case Void():
            return pooling.void(doing, place, step)
        case Open():
            return linking.open_group(doing, place, step)
        case Join():
            return linking.join(doing, place, step)
        case Score():
            return scoring.score(doing, place, step)
        case Within():
            return _within(doing, place, step)
        case Still():
            return counters.still(doing, place, step)
        case Attempt():
            return _attempt(doing, place, step)
        case Refuse():
            raise RefusedError(step.code, **step.arguments)
        case Draw() | Undo():
            raise TypeError("is done by who knows more than the step")
    assert_never(step)


def settle(doing: Doing, step: Step, effect: Effect) -> Effect:
    """Make what was held final. Raises RefusedError."""
    match step:
        case Debit():
            return ledger.settle_debit(doing, step, effect)
        case Claim():
            return pooling.settle_claim(doing, step, effect)
        case Use():
            return pooling.settle_use(doing, step, effect)
        case Credit() | Mint() | Issue() | Hand() | Void() | Open() | Score():
            return do(doing, effect.step, step)
    return effect


def amount_of(step: Step, effect: Effect) -> int:
    """Return how much of a step can be taken back at most."""
    return 0 if isinstance(step, Undo) else effect.amount


def undo(
    doing: Doing, step: Step, effect: Effect, amount: int, undone: int, how: Undo, *, of: int, held: bool
) -> Effect:
    """Take back so much of a step of act `of`, of which `undone` was taken back before. Raises RefusedError."""
    match step:
        case Credit():
            return ledger.undo_credit(doing, step, effect, amount, how)
        case Debit():
            return ledger.undo_debit(doing, step, effect, amount, undone, from_hold=held)
        case Count():
            counters.undo_count(doing, step, amount)
        case Take():
            pooling.undo_take(doing, step, amount)
        case Mint():
            pooling.mint(doing, effect.step, Mint(step.pool, -amount))
        case Claim() | Use() | Issue() | Hand() | Void():
            pooling.undo_unit(doing, effect, _stands(step, held=held), of)
        case Join():
            linking.undo_join(doing, step)
        case Open():
            linking.undo_open(doing, step)
        case Draw():
            for one in reversed(effect.inner):
                inner = step.outcomes[effect.former].steps[one.step]
                undo(doing, inner, one, one.amount, 0, how, of=of, held=False)
        case Score():
            scoring.undo_score(doing, step, effect, amount, of)
        case Attempt():
            for one in reversed(effect.inner):
                undo(doing, step.steps[one.step], one, one.amount, 0, how, of=of, held=False)
        case Within() | Still():
            pass
        case Undo() | Refuse():
            raise RefusedError("acts.not_undone")
    return Effect(effect.step, amount, unit=effect.unit)


def _attempt(doing: Doing, place: int, step: Attempt) -> Effect:
    if doing.is_held:
        raise RefusedError("acts.not_held")
    mark = doing.mark()
    try:
        with doing.tally.kept(), doing.tx.part():
            return Effect(place, 1, inner=tuple(do(doing, number, one) for number, one in enumerate(step.steps)))
    except RefusedError:
        doing.back_to(mark)
        return Effect(place)


def _stands(step: Claim | Use | Issue | Hand | Void, *, held: bool) -> UnitState:
    """Return in what state a unit must be for the step to be taken back."""
    if held:
        return UnitState.HELD
    if isinstance(step, Use):
        return UnitState.USED
    return UnitState.VOID if isinstance(step, Void) else UnitState.OWNED


def _within(doing: Doing, place: int, step: Within) -> Effect:
    if doing.now < step.opens_at:
        raise RefusedError(step.early, opens_at=step.opens_at)
    if step.closes_at is not None and doing.now >= step.closes_at:
        raise RefusedError(step.late, closes_at=step.closes_at)
    return Effect(place)
