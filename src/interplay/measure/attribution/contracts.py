"""What can be asked of attribution, and what it answers."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.visits.contracts import VISIT

PERIOD_DAYS = 30  # where nobody says since when
LOOKBACK = Micros(30 * DAY)
LOOKBACK_MAX = Micros(366 * DAY)
HALF_LIFE = Micros(7 * DAY)
TOUCHES_MAX = 10  # steps that are touches
CHANNELS_MAX = 200
"""More would be no channels any more, and Markov's chains grow with their square."""
ON_PATHS_MAX = 50_000_000
"""Touches on all paths together, where one touch may be on several."""
CHANNEL = "utm_source"
DIRECT = "direct"
VISITS = (FunnelStep((VISIT,)),)


class Model(StrEnum):
    """How the credit for a conversion is spread over the touches before it."""

    FIRST = "first"
    LAST = "last"
    LAST_NON_DIRECT = "last_non_direct"  # the last that was not direct, if there is one
    LINEAR = "linear"
    POSITION = "position"  # 40 % to the first and the last, the rest between
    TIME_DECAY = "time_decay"  # half as much for each half-life that a touch is older
    MARKOV = "markov"  # by what would be lost without the channel
    SHAPLEY = "shapley"  # equally among the channels of a path


class AskAttribution(Struct, frozen=True):
    """Which channels are credited with the conversions of [since, until)? None: the last 30 days, and now.

    `is_since_last`: touches count for the next conversion alone. `is_first`: of each customer only the very first
    conversion, so that `last` says which touch activated her.
    """

    conversion: FunnelStep
    touches: tuple[FunnelStep, ...] = VISITS
    by: str = CHANNEL  # a field of the touches
    value: str = ""  # a field of the conversion
    linked: str = ""  # a field of which touches and conversion have the same value
    lookback: Micros = LOOKBACK
    half_life: Micros = HALF_LIFE
    is_since_last: bool = False
    is_first: bool = False
    direct: str = DIRECT  # what a touch without a channel is called
    since: Micros | None = None
    until: Micros | None = None
    customers: str = ""  # criteria, or the name of a segment
    at: Micros | None = None
    lang: Lang = "en"


class Credit(Struct, frozen=True):
    """What a model gives to a channel. Values are in major units of money, or as they are."""

    conversions: float
    value: float


class ChannelSeen(Struct, frozen=True):
    """A channel: on how many paths that led to a conversion it was, and its credit by model."""

    channel: str
    paths: int
    credits: dict[Model, Credit]


class Attribution(Struct, frozen=True):
    """The answer. For each model the channels' credits and what is unattributed sum to the whole."""

    since: str
    until: str
    conversions: int
    value: float
    currency: str  # of money, else empty
    unattributed: Credit  # conversions without a touch in the time before, or of nobody
    null_paths: int  # customers with touches and no conversion: only Markov counts them
    immature: int  # whose touches may still lead to one
    channels: tuple[ChannelSeen, ...]
    definition: str
