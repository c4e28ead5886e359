"""What an alert is, as a document of kind `alert`, and how it stands."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.measure.metrics.contracts import By, Text, Unit

ALERT = "alert"
RAISED, ENDED = "alert.raised", "alert.ended"
CHANGE_MIN = 0.2
LEAST = 30.0


class Way(StrEnum):
    """Which way a number has to go."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


class AlertDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `alert`: a metric, how long its stretches are, and either a bound or a change.

    change   how far it is from what is expected, 0.2: a fifth; it also has to lie outside of what is usual
    least    below so many expected facts or people in a stretch nothing is said: of a quotient, those it is of
    """

    metric: str
    label: Text | None = None
    by: By = By.DAY  # hour, day or week
    above: float | None = None
    below: float | None = None
    change: float | None = None
    way: Way = Way.BOTH
    dialect: str = ""
    only: dict[str, str] = {}
    customers: str = ""  # criteria, or the name of a segment
    dimensions: tuple[str, ...] | None = None  # where the cause is looked for; those of the metric when left out
    least: float = LEAST
    enabled: bool = True
    note: str = ""


class State(StrEnum):
    """How an alert stands."""

    FIRING = "firing"
    QUIET = "quiet"
    UNKNOWN = "unknown"


class AskAlerts(Struct, frozen=True):
    """How do alerts stand, of the last stretch that is over? Without names: all that are enabled."""

    names: tuple[str, ...] = ()
    at: Micros | None = None
    lang: Lang = "en"


class Cause(Struct, frozen=True):
    """What explains a change: one value of each dimension, since when, and how much of the change it is.

    `is_everywhere`: no part stands out, and values are empty. `without`: what the metric were without that part.
    """

    dimensions: tuple[str, ...]
    values: tuple[str | None, ...]
    since: str
    share: float | None  # of the whole change, 1: all of it
    without: float | None
    is_everywhere: bool = False


class AlertSeen(Struct, frozen=True):
    """An alert's answer. Expected, low and high are None where a bound is watched, or nothing can be expected."""

    name: str
    label: str
    metric: str
    unit: Unit
    state: State
    since: str  # the stretch that is judged, ISO 8601 in the brand's time zone
    until: str
    value: float | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    began: str | None = None  # when it began to fire
    cause: Cause | None = None
    is_told: bool = False  # the last that was told of it, as a fact, is that it fires
    reason: str = ""  # where it is unknown
    text: str = ""
    definition: str = ""
