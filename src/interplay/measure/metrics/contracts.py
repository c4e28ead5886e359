"""What a metric is, what can be asked of it, and what it answers."""

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY

if TYPE_CHECKING:
    from interplay.measure.reading.api import Numbers

METRIC = "metric"

PERIOD = Micros(30 * DAY)  # where nobody says since when
BUCKETS_MAX = 1_000
DIMENSIONS_MAX = 3
GROUPS_MAX = 50
"""Of a breakdown the largest groups are shown; what is beyond is one group together."""


class Unit(StrEnum):
    """What a number counts. Money is in major units of the brand's currency, shares are from 0 to 1."""

    PEOPLE = "people"
    TIMES = "times"
    ITEMS = "items"
    MONEY = "money"
    SECONDS = "seconds"
    DAYS = "days"
    SHARE = "share"
    RATIO = "ratio"  # of two things: pages per visit
    POINTS = "points"
    SCORE = "score"
    INDEX = "index"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


class By(StrEnum):
    """How long the stretches are by which it is shown, in the brand's time zone. Weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Against(StrEnum):
    """What a number is compared with."""

    PREVIOUS = "previous"  # the equally long time just before
    YEAR = "year"  # the same days a year before


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """Words for people."""

    zh: str
    en: str

    def of(self, lang: Lang) -> str:
        """Return them in a language."""
        return self.zh if lang == "zh" else self.en


class DialectDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """Another way of counting the same thing that the field has, under the name of whose it is."""

    formula: str
    definition: Text


class MetricDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A metric, as a document of kind `metric` has it. `group` says where it is listed."""

    label: Text
    unit: Unit
    formula: str
    definition: Text
    group: str = "own"
    direction: Direction = Direction.UP
    dialects: dict[str, DialectDocument] = {}
    dimensions: tuple[str, ...] = ()  # those that make sense of it; any other can be asked for
    number: tuple[str, ...] = ()  # in the checklist of indicators
    needs: tuple[str, ...] = ()  # outside figures, by the template that brings them in


class TermKind(StrEnum):
    """What is done with facts."""

    COUNT = "count"
    PEOPLE = "people"
    SUM = "sum"
    AVERAGE = "average"
    MEDIAN = "median"
    P90 = "p90"
    DISTINCT = "distinct"
    LATEST = "latest"
    STOCK = "stock"
    MEDIAN_TIME = "median_time"
    P90_TIME = "p90_time"


class Term(Struct, frozen=True, tag_field="node", tag="term"):
    """A number of each cell, a stretch of time and a group. Spans are in microseconds; 0 or nothing: not asked for.

    at_least    people: whoever did it as often
    field       what is added up; count: only facts that have a value of it
    is_first    people: only each one's very first such fact
    is_last     people: only each one's last such fact of the stretch
    also        people: only who did one of these too, in the same stretch
    then        median_time, p90_time: how long until one of these, in seconds; who has not come to it yet is censored
    then        people: only who did one of these later than `after` after it, and within `within`
    mature      people: only facts since which as much time has passed
    """

    kind: TermKind
    facts: tuple[str, ...]
    where: str = ""
    field: str = ""
    at_least: int = 1
    is_first: bool = False
    is_last: bool = False
    also: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    then_where: str = ""
    after: int = 0
    within: int = 0
    mature: int = 0


class Constant(Struct, frozen=True, tag_field="node", tag="constant"):
    """A number as it is written."""

    number: float


class Operation(Struct, frozen=True, tag_field="node", tag="operation"):
    """`left op right`; a division by zero has no value."""

    op: str  # one of + - * /
    left: "Formula"
    right: "Formula"


Formula: TypeAlias = Term | Constant | Operation


class Metric(Struct, frozen=True):
    """A metric that can be asked for: its document with the formula read."""

    name: str
    document: MetricDocument
    formula: Formula
    dialects: dict[str, Formula]
    is_own: bool  # of the brand's documents


class AskMetrics(Struct, frozen=True):
    """What are these metrics, or all? Of the time [since, until); None: the last 30 days, and now.

    `dimensions` are fields of the facts (`channel`), traits (`profile.city`) or segments (`segment:vip`).
    """

    names: tuple[str, ...] = ()
    since: Micros | None = None
    until: Micros | None = None
    by: By | None = None
    dimensions: tuple[str, ...] = ()
    only: dict[str, str] = {}  # by field: only facts with this value of it
    customers: str = ""  # criteria, or the name of a segment: of whom it is asked
    against: Against | None = None
    dialect: str = ""
    targets: dict[str, float] = {}  # by metric: what is aimed at over the whole time
    at: Micros | None = None
    lang: Lang = "en"


class AskSides(Struct, frozen=True):
    """What are a metric's numbers of consecutive stretches, for each of some sets of dimensions?"""

    name: str
    edges: tuple[int, ...]  # stretch i is [edges[i], edges[i + 1])
    dimensions: tuple[tuple[str, ...], ...]
    at: Micros
    dialect: str = ""
    only: dict[str, str] = {}
    customers: str = ""


class Sides(NamedTuple):
    """Numbers of shape (stretches, groups). `value` is `above`, or `offset + scale · above ÷ below` of a quotient.

    above, below: sums over customers, which add up over groups; None where the metric is no sum nor quotient of sums.
    """

    groups: "list[tuple[str | None, ...] | None]"  # None: all smaller groups together
    value: "Numbers"
    above: "Numbers | None"
    below: "Numbers | None"
    offset: float = 0.0
    scale: float = 1.0
    begins: int | None = None  # when the first of its facts ever happened


class Figure(Struct, frozen=True):
    """A number, and between which bounds it lies with 95 percent where it is an estimate. None: it has no value."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Point(Struct, frozen=True):
    """A stretch of time; an open one is not over yet."""

    since: str  # ISO 8601, in the brand's time zone
    until: str
    figure: Figure
    is_open: bool = False


class Compared(Struct, frozen=True):
    """The same of another time, and by how much the number has changed since; None where that was nothing."""

    since: str
    until: str
    figure: Figure
    change: float | None  # 0.1: a tenth more


class MetricGroup(Struct, frozen=True):
    """Those of one value of each dimension; None: the fact has none. `is_rest`: all smaller groups together."""

    values: tuple[str | None, ...]
    figure: Figure
    points: tuple[Point, ...] = ()
    compared: Compared | None = None
    is_rest: bool = False


class MetricSeen(Struct, frozen=True):
    """A metric's answer."""

    name: str
    label: str
    group: str
    unit: Unit
    currency: str  # of money, else empty
    direction: Direction
    since: str  # ISO 8601, in the brand's time zone
    until: str
    figure: Figure
    definition: str
    points: tuple[Point, ...] = ()
    groups: tuple[MetricGroup, ...] = ()
    compared: Compared | None = None
    target: float | None = None
    of_target: float | None = None  # 1: reached
    dialect: str = ""
    why_not: str = ""  # where there is no number: the reason


class ListMetrics(Struct, frozen=True):
    """Which metrics are there?"""

    group: str = ""
    lang: Lang = "en"


class MetricView(Struct, frozen=True):
    """A metric of the catalogue, in words."""

    name: str
    label: str
    group: str
    unit: Unit
    direction: Direction
    formula: str
    definition: str
    dialects: dict[str, str]
    dimensions: tuple[str, ...]
    number: tuple[str, ...]
    needs: tuple[str, ...]
    is_own: bool


class Template(Struct, frozen=True):
    """How outside figures come in: a mapping document, and the first lines of a CSV file that it reads."""

    name: str
    mapping: str
    example: str
