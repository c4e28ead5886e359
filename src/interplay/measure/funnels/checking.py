"""Whether a funnel can be asked, and what its conditions say: every mistake with its step."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from interplay.collect.facts.contracts import Declared
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.measure.funnels.contracts import (
    EXCLUDED_MAX,
    PERIOD,
    STEPS_MAX,
    STEPS_MIN,
    WITHIN_MAX,
    AskFunnel,
    Excluded,
    From,
    GroupedBy,
    Mode,
)
from interplay.measure.reading.api import check_field, fits
from interplay.measure.reading.contracts import Fits, Words

EARLIEST = Micros(0)  # no fact is from before 1970


class Plan(Struct, frozen=True):
    """A funnel that can be asked: bit k for step k, then one for each excluded fact."""

    steps: tuple[Fits, ...]
    excluded: tuple[Fits, ...]
    between: tuple[tuple[int, int], ...]  # of each excluded fact: after which step and before which, from 0


def plan(ask: AskFunnel, known: Collection[str], declared: Declared, brand: Brand) -> Plan:
    """Return what a funnel looks for. `known`: names of facts, declared or received. Raises AppError."""
    _check_shape(ask)
    words = Words("funnels", known, declared, brand)
    steps = tuple(fits(words, str(number), one.facts, one.where) for number, one in enumerate(ask.steps, 1))
    excluded = tuple(fits(words, "—", one.facts, one.where) for one in ask.excluded)
    for word, facts in (("linked", steps), ("by", steps[:1] if ask.grouped_by is GroupedBy.FIRST else steps)):
        if field := getattr(ask, word):
            names = [fact for one in facts for fact in one.facts]
            check_field(words, word, field, names, may_be_basic=word == "by")
    if ask.mode is Mode.UNORDERED:
        names = [name for one in ask.steps for name in one.facts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise AppError("funnels.overlap", given=", ".join(twice))
    last = len(ask.steps)
    return Plan(steps, excluded, tuple((one.after - 1, (one.before or last) - 1) for one in ask.excluded))


def period(ask: AskFunnel, now: Micros) -> tuple[Micros, Micros]:
    """Return when attempts begin. Raises AppError `funnels.period`."""
    until = now if ask.until is None else ask.until
    since = max(Micros(until - PERIOD), EARLIEST) if ask.since is None else ask.since
    if since >= until:
        raise AppError("funnels.period")
    return since, until


def _check_shape(ask: AskFunnel) -> None:
    if not STEPS_MIN <= len(ask.steps) <= STEPS_MAX:
        raise AppError("funnels.steps", given=len(ask.steps), least=STEPS_MIN, most=STEPS_MAX)
    if not 0 < ask.within <= WITHIN_MAX:
        raise AppError("funnels.within")
    if ask.steps[0].optional or ask.steps[-1].optional:
        raise AppError("funnels.ends")
    if len(ask.excluded) > EXCLUDED_MAX:
        raise AppError("funnels.many_excluded", given=len(ask.excluded), most=EXCLUDED_MAX)
    for one in ask.excluded:
        _check_between(ask, one)
    for word, other in _impossible(ask):
        raise AppError("funnels.apart", word=word, other=other)


def _check_between(ask: AskFunnel, excluded: Excluded) -> None:
    after, before = excluded.after, excluded.before or len(ask.steps)
    if not 1 <= after < before <= len(ask.steps):
        raise AppError("funnels.between", after=after, before=before, steps=len(ask.steps))
    if ask.steps[after - 1].optional or ask.steps[before - 1].optional:
        raise AppError("funnels.between_optional", after=after, before=before)


def _impossible(ask: AskFunnel) -> Iterator[tuple[str, str]]:
    """Yield what cannot be asked together."""
    for is_so, other in ((ask.mode is Mode.UNORDERED, "unordered"), (ask.window is From.STEP, "--window step")):
        if is_so and any(step.optional for step in ask.steps):
            yield "?", other
        if is_so and ask.excluded:
            yield "--exclude", other
    if ask.window is From.STEP and ask.mode is not Mode.ORDERED:
        yield ask.mode.value, "--window step"
    if ask.linked and ask.mode is Mode.STRICT:
        yield "--linked", "strict"
