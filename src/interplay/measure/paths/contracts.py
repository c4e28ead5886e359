"""What can be asked of paths, and what is answered."""

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, MINUTE
from interplay.measure.funnels.contracts import FunnelStep

PERIOD = Micros(30 * DAY)  # where nobody says since when
PAUSE = Micros(30 * MINUTE)
DEPTH_MAX = 10
STEPS_MAX = 50
SHOWN_MAX = 50
PATHS_SHOWN = 20


class AskPaths(Struct, frozen=True):
    """What follows what, in stretches without a pause? Those that begin in [since, until); None: the last 30 days.

    Without `steps` it is what is done online, and what somebody came for. `start`: only from this on; `end`: only up
    to this, and counted back from it. Of `start` and `end` one at most.
    """

    steps: tuple[FunnelStep, ...] = ()
    by: str = ""  # a field: what has another value of it is another step
    start: FunnelStep | None = None
    end: FunnelStep | None = None
    depth: int = 5
    shown: int = 8  # steps at each depth; all others are one
    pause: Micros = PAUSE
    keeps_repeats: bool = False  # else a step again and again is one
    since: Micros | None = None
    until: Micros | None = None
    customers: str = ""  # criteria, or the name of a segment
    at: Micros | None = None
    lang: Lang = "en"


class Node(Struct, frozen=True):
    """A step at a depth, from 0. `ended`: stretches that end with it; `longer`: that go on beyond what is shown.

    `step` None: all steps that are not shown by themselves.
    """

    depth: int
    step: str | None
    stretches: int
    customers: int
    ended: int
    longer: int


class Link(Struct, frozen=True):
    """How many stretches go from a step at a depth to one at the next, and how long that takes."""

    depth: int
    step: str | None
    then: str | None
    stretches: int
    seconds_median: float


class WholePath(Struct, frozen=True):
    """The first steps of stretches that are alike."""

    steps: tuple[str | None, ...]
    stretches: int


class Paths(Struct, frozen=True):
    """The answer. Into each node go as many stretches as out of it and end with it."""

    since: str
    until: str
    stretches: int
    customers: int
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    paths: tuple[WholePath, ...]  # the most frequent
    definition: str
