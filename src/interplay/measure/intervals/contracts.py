"""What can be asked of intervals, and what is answered. Times are in seconds."""

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND
from interplay.measure.funnels.contracts import FunnelStep

PERIOD = Micros(30 * DAY)  # where nobody says since when
GROUPS_MAX = 25
BINS = tuple(
    one // SECOND
    for one in (
        0, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY,
        14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY, 180 * DAY, 365 * DAY,
    )
)  # fmt: skip
"""Where the bars of the picture begin, in seconds; the last has no end."""


class AskIntervals(Struct, frozen=True):
    """How long from `first` to the next `then` of the same customer? First facts in [since, until); None: 30 days."""

    first: FunnelStep
    then: FunnelStep
    linked: str = ""  # a field of which both have the same value
    by: str = ""  # a field of the first fact
    since: Micros | None = None
    until: Micros | None = None
    customers: str = ""  # criteria, or the name of a segment
    at: Micros | None = None
    lang: Lang = "en"


class Spread(Struct, frozen=True):
    """How long it took those for whom it is over."""

    count: int
    mean: float | None
    least: float | None
    p10: float | None
    p25: float | None
    median: float | None
    p75: float | None
    p90: float | None
    most: float | None


class Bin(Struct, frozen=True):
    """How many took from `since` to before `until` seconds; None: without end."""

    since: int
    until: int | None
    count: int


class IntervalGroup(Struct, frozen=True):
    """Those of one value; None: the fact has none. `is_rest`: all smaller groups together."""

    value: str | None
    spread: Spread
    open: int
    is_rest: bool = False


class Intervals(Struct, frozen=True):
    """The answer. `median_of_all`, `p90_of_all`: with those who are still at it censored; None: too few came to it."""

    since: str
    until: str
    spread: Spread
    open: int  # that wait still
    median_of_all: float | None
    p90_of_all: float | None
    bins: tuple[Bin, ...]
    groups: tuple[IntervalGroup, ...]
    definition: str
