"""Whether a question about cohorts can be asked, and about which time it is."""

from typing import NamedTuple

from msgspec import Struct

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.measure.cohorts.contracts import (
    CELLS_MAX,
    PERIODS_MAX,
    SINCE,
    AskCohorts,
    AskLifecycle,
    AskStickiness,
    Per,
)
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.reading.api import check_field, fits
from interplay.measure.reading.contracts import Fits, Words

EARLIEST = Micros(0)  # no fact is from before 1970
LATEST = Micros(7_258_118_400_000_000)  # 2200-01-01T00:00:00Z
LENGTH = {Per.DAY: 0, Per.WEEK: 1, Per.MONTH: 2}


class Plan(Struct, frozen=True):
    """Cohorts that can be asked about: bit 0 for the start, bit 1 for coming back."""

    start: Fits
    returned: Fits


class Period(NamedTuple):
    """[since, until), as asked but for what is not known yet."""

    since: Micros
    until: Micros


def plan(ask: AskCohorts, words: Words) -> Plan:
    """Return what cohorts look for. Raises AppError."""
    start = fact(ask.start, "start", words)
    returned = start if ask.returned is None else fact(ask.returned, "return", words)
    if ask.by:
        check_field(words, "by", ask.by, start.facts, may_be_basic=True)
    return Plan(start, returned)


def fact(step: FunnelStep, place: str, words: Words) -> Fits:
    """Return which facts are looked for. Raises AppError."""
    if step.optional:
        raise AppError("cohorts.optional", step=place)
    return fits(words, place, step.facts, step.where)


def check_periods(ask: AskCohorts) -> None:
    """Refuse more periods than are shown."""
    if not 0 <= ask.periods <= PERIODS_MAX:
        raise AppError("cohorts.periods", given=ask.periods, most=PERIODS_MAX)


def check_lengths(ask: AskStickiness) -> None:
    """Refuse to ask in how many months of a week somebody was active."""
    if LENGTH[ask.of] >= LENGTH[ask.per]:
        raise AppError("cohorts.lengths", per=ask.per.value, of=ask.of.value)


def period(ask: AskCohorts | AskStickiness | AskLifecycle, now: Micros) -> Period:
    """Return the time that is asked about. Raises AppError `cohorts.period`."""
    until = now if ask.until is None else ask.until
    since = Micros(min(until, now) - SINCE[ask.per]) if ask.since is None else ask.since
    since = max(since, EARLIEST)
    if since >= until or min(until, now) > LATEST:
        raise AppError("cohorts.period")
    return Period(since, min(until, now))


def check_size(cohorts: int, ask: AskCohorts) -> None:
    """Refuse a triangle that nobody could read, and that no answer should carry."""
    if cohorts * (ask.periods + 1) > CELLS_MAX:
        raise AppError("cohorts.cells", given=cohorts * (ask.periods + 1), most=CELLS_MAX)
