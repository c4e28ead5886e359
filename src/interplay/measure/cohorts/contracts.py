"""What can be asked of cohorts, and what it answers."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.certainty.contracts import Share
from interplay.measure.funnels.contracts import FunnelStep

COHORTS_MAX = 400
PERIODS_MAX = 400
CELLS_MAX = 20_000
GROUPS_MAX = 25
"""Of a breakdown the largest groups are shown; what is beyond is one group together."""


class Per(StrEnum):
    """A period of the brand's calendar: a day, a week from Monday, a month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


SINCE = {Per.DAY: Micros(30 * DAY), Per.WEEK: Micros(84 * DAY), Per.MONTH: Micros(365 * DAY)}
"""How far back is asked where nobody says since when."""
SPAN = {Per.DAY: Micros(DAY), Per.WEEK: Micros(7 * DAY), Per.MONTH: Micros(30 * DAY)}
"""How long a rolling period is."""


class Entry(StrEnum):
    """Which start facts make a customer one of a cohort."""

    FIRST = "first"  # her first of all, also before the time that is asked about
    EACH = "each"  # the first in each period: she may be in many cohorts


class Cut(StrEnum):
    """Where the periods after a start begin."""

    CALENDAR = "calendar"  # with the calendar's: period 0 is the one of the start
    ROLLING = "rolling"  # with the start itself: a day is 24 hours, a week 7 days, a month 30


class Back(StrEnum):
    """When she counts as back in a period."""

    BOUNDED = "bounded"  # in this period
    UNBOUNDED = "unbounded"  # in it or in any later one


class AskCohorts(Struct, frozen=True):
    """Who comes back? Cohorts of the periods in [since, until), made whole; None: some periods before, and now."""

    start: FunnelStep
    returned: FunnelStep | None = None  # None: the same fact again
    per: Per = Per.WEEK
    entry: Entry = Entry.FIRST
    cut: Cut = Cut.CALENDAR
    back: Back = Back.BOUNDED
    periods: int = 12  # after period 0
    since: Micros | None = None
    until: Micros | None = None
    by: str = ""  # a field of the start fact by whose values customers are grouped
    customers: str = ""  # criteria, or the name of a segment: of whom it is asked
    at: Micros | None = None  # as of when it is asked; what happened later is not known then. None: now
    lang: Lang = "en"


class Cell(Struct, frozen=True):
    """Who came back in a period: a share of those for whom it is over. Of the others, how many did so far."""

    returned: Share
    open: int  # for so many it has begun and is not over; they count in no share
    open_returned: int


class CohortSeen(Struct, frozen=True):
    """Whoever began in one period. Cells end with the last period that has begun for any of them."""

    begins_on: str  # ISO date, in the brand's zone
    customers: int
    is_open: bool  # the cohort's own period is not over: more may join
    cells: tuple[Cell, ...]  # from period 0


class CohortGroup(Struct, frozen=True):
    """All cohorts together, of customers of one value; None is those whose start fact has none."""

    value: str | None
    customers: int
    cells: tuple[Cell, ...]
    is_rest: bool = False  # of all the smaller groups together


class Cohorts(Struct, frozen=True):
    """Who came back. `entered` counts a customer once a cohort, `customers` once."""

    since: str  # ISO 8601, UTC
    until: str
    entered: int
    customers: int
    cohorts: tuple[CohortSeen, ...]
    mean: tuple[Cell, ...]  # of all cohorts, each weighted by those for whom the period is over
    definition: str
    groups: tuple[CohortGroup, ...] = ()


class AskStickiness(Struct, frozen=True):
    """In how many days (or weeks) of a period is each customer active?"""

    fact: FunnelStep
    per: Per = Per.MONTH
    of: Per = Per.DAY  # shorter than `per`
    since: Micros | None = None
    until: Micros | None = None
    customers: str = ""
    at: Micros | None = None
    lang: Lang = "en"


class StickinessSeen(Struct, frozen=True):
    """Who was active in a period, by in how many of its days: `active_in[0]` in one only, and so on."""

    begins_on: str
    is_open: bool  # it is not over: `active_in` is so far, and there is no ratio yet
    customers: int
    active_in: tuple[int, ...]  # as many as there are days, or weeks, in it
    mean: float | None  # days a customer
    ratio: float | None  # the mean of a day's customers to all of the period: DAU/MAU


class Stickiness(Struct, frozen=True):
    """How regularly customers come."""

    since: str
    until: str
    periods: tuple[StickinessSeen, ...]
    definition: str


class AskLifecycle(Struct, frozen=True):
    """Who is new, returning, back again, or gone?"""

    fact: FunnelStep
    per: Per = Per.WEEK
    since: Micros | None = None
    until: Micros | None = None
    customers: str = ""
    at: Micros | None = None
    lang: Lang = "en"


class LifecycleSeen(Struct, frozen=True):
    """A period's customers, each in one of the first three; `dormant` is a loss, and 0 or below."""

    begins_on: str
    is_open: bool  # it is not over: the counts are so far, and who is dormant cannot be said yet
    new: int  # active for the first time of all
    returning: int  # active in this period and in the one before
    resurrecting: int  # active in this period, not in the one before, but earlier
    dormant: int | None  # active in the period before, not in this one


class Lifecycle(Struct, frozen=True):
    """Where a period's customers come from, and who is missing."""

    since: str
    until: str
    periods: tuple[LifecycleSeen, ...]
    definition: str
