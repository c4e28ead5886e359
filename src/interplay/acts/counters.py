"""Limits: how much of what may be used in a window is used."""

from collections.abc import Iterable, Iterator

from interplay.acts.contracts import Count, Effect, RefusedError, Step, Still
from interplay.acts.doing import Doing
from interplay.acts.tally import Counter
from interplay.kernel.ids import SubjectId

NO_CAP = 2**62


def counter_of(step: Count | Still) -> Counter:
    return (step.scope, 0, 0) if isinstance(step, Still) else (step.scope, step.window, step.subject or 0)


def counters_of(steps: Iterable[Step]) -> Iterator[Counter]:
    """Yield what steps count or look at, to be read all at once."""
    return (counter_of(step) for step in steps if isinstance(step, (Count, Still)))


def count(doing: Doing, place: int, step: Count) -> Effect:
    """Take from what is left, or refuse."""
    cap = NO_CAP if step.cap is None else step.cap
    used = doing.tally.used([counter_of(step), *_others(doing, step.subject, step)])
    if used + step.amount > cap:
        raise RefusedError(step.refusal, scope=step.scope, cap=cap, asked=step.amount)
    doing.tally.change(counter_of(step), step.amount)
    return Effect(place, step.amount, used=used + step.amount)


def still(doing: Doing, place: int, step: Still) -> Effect:
    """Refuse where a counter has moved."""
    if doing.tally.used([counter_of(step)]) != step.used:
        raise RefusedError(step.refusal, scope=step.scope)
    return Effect(place)


def undo_count(doing: Doing, step: Count, amount: int) -> None:
    """Give back in the same window."""
    if doing.tally.used([counter_of(step)]) >= amount:
        doing.tally.change(counter_of(step), -amount)


def _others(doing: Doing, subject: SubjectId | None, step: Count) -> list[Counter]:
    """Return the counters of her other subjects."""
    if subject is None:
        return []
    return [(step.scope, step.window, one) for one in doing.wallet(subject) if one != subject]
