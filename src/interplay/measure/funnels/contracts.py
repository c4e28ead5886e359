"""What can be asked of a funnel, and what it answers."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.certainty.contracts import Share

STEPS_MIN, STEPS_MAX = 2, 16
EXCLUDED_MAX = 8
WITHIN_MAX = Micros(366 * DAY)
PERIOD = Micros(30 * DAY)  # where nobody says since when
GROUPS_MAX = 25
"""Of a breakdown the largest groups are shown; what is beyond is one group together."""


class Mode(StrEnum):
    """In which order the steps have to come."""

    ORDERED = "ordered"  # anything may happen between
    STRICT = "strict"  # nothing of the customer's may happen between
    UNORDERED = "unordered"  # any order: how many of the steps, not which


class From(StrEnum):
    """Where the window begins."""

    FIRST = "first"  # with the first step, for all of them
    STEP = "step"  # anew with each step: a dialect of other products, which counts more


class GroupedBy(StrEnum):
    """Whose field decides in which group an attempt is."""

    FIRST = "first"  # the fact of the first step
    LAST = "last"  # the fact of the last step that was reached


class FunnelStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Any of these facts; where a condition on the fact's own fields is given, only those for which it is true."""

    facts: tuple[str, ...]
    where: str = ""
    optional: bool = False  # it may be left out


class Excluded(Struct, frozen=True, forbid_unknown_fields=True):
    """A fact that ends an attempt between two steps, which are numbered from 1; without them anywhere in between."""

    facts: tuple[str, ...]
    where: str = ""
    after: int = 1
    before: int | None = None  # None: the last


class AskFunnel(Struct, frozen=True):
    """How many customers come how far? Attempts that begin in [since, until); None: the last 30 days, and now."""

    steps: tuple[FunnelStep, ...]
    within: Micros
    mode: Mode = Mode.ORDERED
    window: From = From.FIRST
    since: Micros | None = None
    until: Micros | None = None
    excluded: tuple[Excluded, ...] = ()
    linked: str = ""  # a field that all facts of an attempt have the same value of: one order, one item
    by: str = ""  # a field by whose values customers are grouped
    grouped_by: GroupedBy = GroupedBy.FIRST
    customers: str = ""  # criteria, or the name of a segment: of whom it is asked
    at: Micros | None = None  # as of when it is asked; what happened later is not known then. None: now
    lang: Lang = "en"


class StepSeen(Struct, frozen=True):
    """A step and who came to it. Seconds are those since the step before that was done."""

    step: str  # as it is written
    label: str
    customers: int
    of_first: Share
    of_before: Share  # of the step before that may not be left out
    seconds_median: float | None
    seconds_p90: float | None
    optional: bool = False


class Immature(Struct, frozen=True):
    """Whoever only began so lately that the window is still open: she counts in no rate yet."""

    entered: int
    converted: int  # so far


class GroupSeen(Struct, frozen=True):
    """Customers of one value; None is those whose fact has none."""

    value: str | None
    steps: tuple[int, ...]  # how many came to each
    converted: Share
    is_rest: bool = False  # of all the smaller groups together


class Funnel(Struct, frozen=True):
    """Who came how far, each customer once, by her best attempt. Steps and rates are of those whose window is over."""

    since: str  # ISO 8601, UTC
    until: str
    entered: int
    converted: Share
    steps: tuple[StepSeen, ...]
    immature: Immature
    void: int  # customers all of whose attempts an excluded fact ended
    seconds_median: float | None  # from the first step to the last
    seconds_p90: float | None
    definition: str
    items: "Items | None" = None  # where facts are linked
    groups: tuple[GroupSeen, ...] = ()


class Items(Struct, frozen=True):
    """The same by customer and value of the linking field: how many such pairs came to each step."""

    steps: tuple[int, ...]
    unlinked: int  # facts of the steps that have no value of it, and count for nothing
