"""What can be asked of distributions, and what is answered."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.certainty.contracts import Share
from interplay.measure.funnels.contracts import FunnelStep

PERIOD = Micros(30 * DAY)  # where nobody says since when
BINS_MAX = 100
COUNTS = (1, 2, 3, 4, 5, 6, 11, 21, 51, 101)
"""Where the bins of counts begin where nobody says; before them is 0 where everybody is asked about."""


class Of(StrEnum):
    """What is taken of each customer."""

    TIMES = "times"
    DAYS = "days"  # of the brand's calendar, on which she did it
    SUM = "sum"
    MEAN = "mean"


class AskDistribution(Struct, frozen=True):
    """How many customers did it how often in [since, until)? None: the last 30 days, and now.

    `bins`: where they begin; the last has no end. `is_of_all`: also those who did it never, who have 0.
    """

    fact: FunnelStep
    of: Of = Of.TIMES
    field: str = ""  # of SUM and MEAN
    bins: tuple[float, ...] = ()
    is_of_all: bool = False
    since: Micros | None = None
    until: Micros | None = None
    customers: str = ""  # criteria, or the name of a segment
    at: Micros | None = None
    lang: Lang = "en"


class DistributionBin(Struct, frozen=True):
    """How many customers have from `since` to before `until`; None: without end."""

    since: float | None
    until: float | None
    customers: Share


class Distribution(Struct, frozen=True):
    """The answer. Amounts of money are in major units. `without`: who did it, but no fact of hers has the field."""

    since: str
    until: str
    customers: int
    mean: float | None
    median: float | None
    p90: float | None
    bins: tuple[DistributionBin, ...]
    without: int
    currency: str  # of money, else empty
    definition: str
