"""What can be asked of a campaign's effect, and what it answers. Money is in minor units; shares are from 0 to 1."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.attribution.contracts import AskAttribution, Attribution, Model
from interplay.measure.certainty.contracts import Share
from interplay.measure.funnels.contracts import FunnelStep

METRICS_MAX = 20
ARMS_MAX = 10
WITHIN_MAX = Micros(366 * DAY)
CUSTOMERS_MIN = 100
"""In each arm: below it, means of skewed amounts are not yet near enough to normal for any of the intervals."""
DOERS_MIN = 10
"""Of both arms together, who did it at all; of a share also who did not."""
MISMATCH_P = 0.001
BASE_ERRORS_MIN = 5.0
"""How many of its standard errors the control's mean has to be from 0 for a relative lift to mean anything."""


class Kind(StrEnum):
    """What is taken of a customer's facts."""

    SHARE = "share"  # whether there is any
    COUNT = "count"
    SUM = "sum"  # of a field


class Unit(StrEnum):
    """What a value is of."""

    SHARE = "share"
    NUMBER = "number"
    MONEY = "money"  # minor units of the brand's currency


class Looks(StrEnum):
    """How often the interval may be looked at."""

    DAILY = "daily"  # always valid: as often as anybody likes, and stop when one likes
    ONCE = "once"  # at one moment that was fixed before


class Term(Struct, frozen=True):
    """What is counted or summed, of one step's facts. A count with a field is of facts that have a value of it."""

    kind: Kind
    step: FunnelStep
    field: str = ""
    at_least: int = 1  # share: of how many


class Side(Struct, frozen=True):
    """Terms with their factors, added up: 1 × orders, −1 × refunds."""

    parts: tuple[tuple[float, Term], ...]


class Metric(Struct, frozen=True):
    """A mean per customer or, with an `over`, the quotient of two sums over all customers of an arm.

    Without parts it is the metric of the catalogue that has its text as a name.
    """

    text: str
    of: Side = Side(())
    over: Side | None = None


class AskEffects(Struct, frozen=True):
    """What did a campaign bring? Of customers who met it, or would have, in [since, until); None: whenever.

    Without metrics or a window it is what the campaign's goal says.
    """

    campaign: str
    metrics: tuple[Metric, ...] = ()
    within: Micros | None = None  # from her own exposure on, and the same time before it for CUPED
    since: Micros | None = None
    until: Micros | None = None
    looks: Looks = Looks.DAILY
    cuped: bool = True
    winsorize: float | None = None  # the upper percentile, from 0 to 1, that no customer's sum exceeds
    margin: float | None = None  # what is left of a unit of money before the campaign's cost
    planned: dict[str, float] = {}  # arm → its planned weight; of all arms or of none
    at: Micros | None = None
    lang: Lang = "en"
    period: str = ""  # of the holdout of all campaigns, instead of a campaign: what all of them brought


class Estimate(Struct, frozen=True, tag="estimate"):
    """A number, between which bounds it lies, and its standard error."""

    value: float
    low: float
    high: float
    error: float


class Inconclusive(Struct, frozen=True, tag="inconclusive"):
    """It cannot be told, and why: a key and its sentence."""

    reason: str
    text: str = ""


class Verdict(StrEnum):
    """What an arm's metric comes to."""

    MORE = "more"
    LESS = "less"
    OPEN = "open"  # the interval has 0 in it
    UNREADABLE = "unreadable"


class ArmSeen(Struct, frozen=True):
    """How many are in an arm; `immature`: whose window is still open, in no number here."""

    arm: str
    customers: int
    immature: int
    is_control: bool = False


class ArmValue(Struct, frozen=True):
    """An arm's mean or quotient, as observed."""

    arm: str
    value: float | None


class Compared(Struct, frozen=True):
    """An arm beside the control. `smallest`: the effect that four of five such campaigns would have shown."""

    arm: str
    difference: Estimate | Inconclusive
    lift: Estimate | Inconclusive
    verdict: Verdict
    text: str
    smallest: float | None = None
    variance_saved: float = 0.0  # by CUPED, from 0 to 1


class MetricSeen(Struct, frozen=True):
    """A metric, arm by arm."""

    metric: str
    unit: Unit
    arms: tuple[ArmValue, ...]
    compared: tuple[Compared, ...]
    cap: float | None = None  # what winsorizing cut sums at


class SampleRatio(Struct, frozen=True, tag="ratio"):
    """Whether the arms are as large as was planned: below `MISMATCH_P` they are not."""

    p_value: float
    planned: dict[str, float]
    is_mismatch: bool


class ArmMoney(Struct, frozen=True):
    """What an arm's gifts cost per customer and, with a margin, what is left per customer beyond the control's."""

    arm: str
    cost: float  # of gifts, per customer of the arm
    profit: Estimate | Inconclusive


class GoalSeen(Struct, frozen=True):
    """How much of what is aimed at was done by who was offered it, within the goal's days; money in major units."""

    metric: str
    target: float
    reached: float
    share: float  # 1: reached
    customers: int  # who were offered it; of `open` the days are not over
    open: int


class Effects(Struct, frozen=True):
    """What a campaign brought. `inconclusive`: nothing can be compared, and the rest is empty."""

    campaign: str
    control: str
    arms: tuple[ArmSeen, ...]
    mixed: int  # customers who were merged and had met several arms: left out
    contaminated: Share  # of the control, who got something of the campaign
    sample_ratio: SampleRatio | Inconclusive
    metrics: tuple[MetricSeen, ...]
    money: tuple[ArmMoney, ...]
    conclusion: str  # a line for each metric, and one for each warning
    definition: str
    inconclusive: Inconclusive | None = None
    period: str = ""  # of all campaigns together, where it is not of one
    goal: GoalSeen | None = None  # where the campaign has a target


CAMPAIGN = "campaign_id"
"""The field by which facts name the campaign that they are of."""


class AskBeside(Struct, frozen=True):
    """Do campaigns bring what they are credited with? The question of attribution is by campaign."""

    attribution: AskAttribution
    looks: Looks = Looks.DAILY
    cuped: bool = True


class Agreement(StrEnum):
    """How a model's credit stands to what the holdout says."""

    AGREES = "agrees"  # it lies in the interval
    MORE = "more"  # more is credited than was brought
    LESS = "less"
    UNKNOWN = "unknown"


class Beside(Struct, frozen=True):
    """A campaign: what all who were offered it did beyond the held out, and how each model's credit stands to that.

    `value`: the same of the conversions' values, in major units of money; None where no value is asked for.
    """

    campaign: str
    offered: int  # customers who met it while it could be credited
    held_out: int
    brought: Estimate | Inconclusive
    value: Estimate | Inconclusive | None
    models: dict[Model, Agreement]
    text: str


class Besides(Struct, frozen=True):
    """Attribution, and the campaigns that held somebody out beside it."""

    attribution: Attribution
    campaigns: tuple[Beside, ...]
    definition: str
