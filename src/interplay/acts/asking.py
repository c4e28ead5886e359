"""Whether an act makes sense at all, before anything is looked up: amounts, names, numbers of things."""

from collections.abc import Iterator

from interplay.acts.contracts import (
    AMOUNT_MAX,
    CAP_MAX,
    KEY_CHARS_MAX,
    STEPS_MAX,
    Act,
    Attempt,
    Count,
    Credit,
    Debit,
    Draw,
    Hand,
    Mint,
    Refused,
    Score,
    Step,
    Take,
    Undo,
)
from interplay.kernel.ids import SubjectId

_WITH_AMOUNT = (Count, Credit, Debit, Take, Score)


def mistake(act: Act) -> Refused | None:
    """Return why an act can never be done, or None."""
    if not 0 < len(act.key) <= KEY_CHARS_MAX:
        return Refused("acts.key_length", {"chars": len(act.key), "allowed": KEY_CHARS_MAX})
    if len(act.steps) > STEPS_MAX:
        return Refused("acts.steps", {"steps": len(act.steps), "allowed": STEPS_MAX})
    return next((wrong for step in all_steps(act.steps) if (wrong := _wrong(step)) is not None), None)


def all_steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Yield every step, those of a draw's outcomes and of attempts too."""
    for step in steps:
        yield step
        if isinstance(step, Draw):
            for outcome in step.outcomes:
                yield from all_steps(outcome.steps)
        elif isinstance(step, Attempt):
            yield from all_steps(step.steps)


def people(act: Act) -> Iterator[SubjectId]:
    """Yield everybody an act is about."""
    if act.subject is not None:
        yield act.subject
    for step in all_steps(act.steps):
        if (subject := getattr(step, "subject", None)) is not None:
            yield subject
        if isinstance(step, Hand):
            yield step.to
        if isinstance(step, Attempt):
            yield from (tell.subject for tell in (*step.tells, *step.instead) if tell.subject is not None)
        if isinstance(step, Draw):
            yield from (tell.subject for one in step.outcomes for tell in one.tells if tell.subject is not None)
    for tell in act.tells:
        if tell.subject is not None:
            yield tell.subject


def _wrong(step: Step) -> Refused | None:
    match step:
        case Mint() if step.amount and abs(step.amount) <= AMOUNT_MAX:
            return None
        case Draw():
            return _wrong_draw(step)
        case Attempt() if any(isinstance(one, (Draw, Undo, Attempt)) for one in step.steps):
            return Refused("acts.attempt")
        case Undo() if step.amount is None or 0 < step.amount <= AMOUNT_MAX:
            return None
        case Count() if step.cap is not None and not 0 <= step.cap <= CAP_MAX:
            return Refused("acts.cap", {"cap": step.cap, "allowed": CAP_MAX})
    amount = getattr(step, "amount", 1)
    if isinstance(step, (*_WITH_AMOUNT, Mint, Undo)) and not 0 < amount <= AMOUNT_MAX:
        return Refused("acts.amount", {"asked": amount, "allowed": AMOUNT_MAX})
    return None


def _wrong_draw(step: Draw) -> Refused | None:
    names = [one.name for one in step.outcomes]
    weights = [one.weight for one in step.outcomes]
    is_named = step.fallback in names and (step.pity_after is None or step.pity in names)
    if not is_named or len(set(names)) < len(names) or min(weights) < 0 or not 0 < sum(weights) <= AMOUNT_MAX:
        return Refused("acts.odds", {"campaign": step.campaign})
    if any(isinstance(one, (Draw, Undo, Attempt)) for outcome in step.outcomes for one in outcome.steps):
        return Refused("acts.odds", {"campaign": step.campaign})
    return None
