"""What can be asked of the last minutes, and what it answers."""

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros

MINUTES = 30
MINUTES_MAX = 180
TOP = 10
"""So many names of facts, channels and campaigns are shown; what is beyond is counted together."""


class AskRealtime(Struct, frozen=True):
    """What happened in the last minutes? The last of them is not over yet."""

    minutes: int = MINUTES
    at: Micros | None = None
    lang: Lang = "en"


class Minute(Struct, frozen=True):
    """One minute. Values are in major units of the brand's currency; people are customers, each once."""

    since: str  # ISO 8601, in the brand's time zone
    facts: int = 0
    people: int = 0
    orders: int = 0
    value: float = 0.0


class Counted(Struct, frozen=True):
    """How many facts are of a name, channel or campaign; None: they have none."""

    name: str | None
    facts: int


class Top(Struct, frozen=True):
    """The most frequent, and all others together."""

    most: tuple[Counted, ...]
    rest: int


class Realtime(Struct, frozen=True):
    """The answer, as of every fact that was stored when it was asked.

    `rate` is of facts a minute, of the minutes that are over; `before` the same of as many minutes an hour earlier.
    """

    at: str
    since: str
    position: int  # of the last fact in the log that it knows
    facts: int
    people: int
    of_nobody: int  # facts without any identifier
    plays: int
    orders: int
    value: float
    currency: str
    rate: float
    before: float
    minutes: tuple[Minute, ...]
    names: Top
    channels: Top
    campaigns: Top
    definition: str
