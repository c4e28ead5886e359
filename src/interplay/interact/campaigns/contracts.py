"""What the rest of the product may know about campaigns: the document, its states, what can be asked, what comes of it.

Amounts of money are integers in minor units of the brand's currency (分). An expected no is `acts.contracts.Refused`.
"""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from interplay.interact.abuse.contracts import Guard
from interplay.interact.mechanics.api import MECHANICS
from interplay.interact.mechanics.contracts import Award
from interplay.kernel.ids import Micros, SubjectId
from interplay.link.quotes.contracts import Choice, Label

CAMPAIGN = "campaign"
"""The kind of a campaign's document."""

LAUNCHED = "campaign.launched"
PAUSED = "campaign.paused"
RESUMED = "campaign.resumed"
ENDED = "campaign.ended"
SETTLED = "campaign.settled"
PRIZE_GIVEN = "prize.given"
PRIZE_COLLECTED = "prize.collected"

BY_CUSTOMER = "customer"
"""Who plays by herself: what her phone says of a play is not the brand's word."""
PLAY_KEY_CHARS_MAX = 100


class Promise(StrEnum):
    """To whom the campaign is promised. What is promised in public is withheld from nobody."""

    PUBLIC = "public"  # on a pack, on a poster, for payment
    INVITED = "invited"  # to who is invited, or in a segment


class HoldoutBy(StrEnum):
    """What is held out."""

    CUSTOMER = "customer"
    STORE = "store"
    CITY = "city"  # the stores of a city
    BATCH = "batch"  # of item codes


class Metric(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """By what it is measured: how many facts of a name, or the sum of one of their fields."""

    fact: str
    field: str = ""
    within_days: int = 30  # after who could play came to know of it
    target: float | None = None  # how much of it all who were offered it shall do together; money in major units


class Goal(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What for."""

    text: Label
    metric: Metric


class Holdout(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is not offered it, so that its effect can be known."""

    percent: int
    by: HoldoutBy = HoldoutBy.CUSTOMER


class Points(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a unit."""

    unit: str
    amount: int


class Prize(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is given: one of a coupon, points, chances to play, goods, or only words."""

    label: Label
    coupon: str = ""  # a template
    points: Points | None = None
    chances: int = 0  # of this campaign
    goods: str = ""  # a product, handed over in a store or sent
    stock: int | None = None  # how many there are; None: no limit
    per_day_max: int | None = None
    per_customer_max: int | None = None
    cost: int = 0  # of each, where no template or unit says it
    funder: str = ""


class Limits(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often a part may be played."""

    per_customer_max: int | None = None
    per_customer_day_max: int | None = None
    per_day_max: int | None = None
    total_max: int | None = None


class Price(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a play costs beyond those that are free: points of a unit, or chances of this campaign."""

    points: Points | None = None
    chances: int = 0
    free_per_day: int = 0
    free: int = 0  # in the whole campaign


class Texts(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a customer reads."""

    title: Label
    rules: Label  # the legal conditions
    how: Label | None = None


class Pacing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How fast the budget may be spent."""

    per_day: int


_parts = [(name, one.settings | None, None) for name, one in MECHANICS.items()]

Part: Any = msgspec.defstruct(
    "Part",
    [
        ("label", Label | None, None),
        ("limits", Limits, Limits()),
        ("price", Price | None, None),
        *_parts,
    ],
    frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, module=__name__,
)  # fmt: skip
"""A part of a campaign: one mechanic, by its name, and how often it may be played."""


class CampaignDocument(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A document of kind `campaign`. Nothing of it happens before it is started."""

    label: Label
    goal: Goal
    starts: str
    ends: str
    texts: Texts
    parts: dict[str, Part]
    prizes: dict[str, Prize] = {}
    promise: Promise = Promise.PUBLIC
    holdout: Holdout | None = None  # invited: 10 percent of customers, where nothing is said
    customers: Choice = Choice()  # live segments
    channels: tuple[str, ...] = ()  # none named: all
    stores: tuple[str, ...] = ()
    limits: Limits = Limits()  # of all parts together
    choose_one: bool = False  # who has played one part plays no other
    budget: int | None = None
    pacing: Pacing | None = None
    collect_days: int = 30  # how long goods can be collected after the end
    guard: Guard | None = None  # what is done about abuse; none named: nothing
    enabled: bool = True
    note: str = ""


class State(StrEnum):
    """Where a campaign stands. Scheduled, live and ended are also a matter of the time."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"
    SETTLED = "settled"


class Snapshot(Struct, frozen=True):
    """What a version promised, frozen when it was started: the document, and what it names, by their versions."""

    name: str
    version: int
    content: CampaignDocument
    coupons: dict[str, int]  # template → version
    segments: dict[str, str]  # name → criteria, as they stood
    starts_at: Micros
    ends_at: Micros
    cities: dict[str, str] = {}  # store → its city, as it stood
    holdout_by: HoldoutBy | None = None
    holdout_percent: int = 0
    digest: str = ""  # SHA-256 over all of it, hex


class Running(Struct, frozen=True):
    """A campaign that was started. `changes`: how often its state or version was changed, as far as is known."""

    snapshot: Snapshot
    state: State
    changed_at: Micros
    changes: int = 0


class Change(StrEnum):
    """What staff can do with a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    SETTLE = "settle"


class Play(Struct, frozen=True, kw_only=True):
    """A move of a customer in a part of a campaign."""

    key: str
    campaign: str
    part: str
    subject: SubjectId
    move: dict[str, Any] = {}
    channel: str = "web"
    store: str = ""
    device: str = ""
    address: str = ""
    solution: str = ""  # of a challenge
    by: str = ""


class Won(Struct, frozen=True):
    """A prize that somebody has now. `code` is a coupon's, or what goods are collected with."""

    prize: str
    label: Label
    coupon: str = ""
    code: str = ""
    points: Points | None = None
    chances: int = 0
    goods: str = ""
    unit: int = 0
    waits: bool = False  # for a review


class Kept(Struct, frozen=True, array_like=True):
    """What a receipt says of a play beside what its steps did. `begins`: which of them was the plan's first."""

    campaign: str
    version: int
    part: str
    mechanic: str
    awards: tuple[Award, ...]
    says: dict[str, Any]
    waits: bool = False
    begins: int = 0


class Collect(Struct, frozen=True, kw_only=True):
    """Hand over goods to who shows the code of a prize."""

    key: str
    code: str
    store: str = ""
    device: str = ""
    by: str = ""


class Collected(Struct, frozen=True):
    """Goods that were handed over."""

    campaign: str
    prize: str
    label: Label
    goods: str
    is_new: bool = True


class Played(Struct, frozen=True):
    """What came of a play."""

    campaign: str
    part: str
    mechanic: str
    outcome: str = ""
    play_no: int = 0  # by which a play of a draw is found in what is published of it
    won: tuple[Won, ...] = ()
    says: dict[str, Any] = {}
    act: int = 0
    is_new: bool = True


class Refusal(StrEnum):
    """Why not. The value is the key of the sentence."""

    NOT_YET = "campaign.not_yet"
    OVER = "campaign.over"
    PAUSED = "campaign.paused"
    NOT_OFFERED = "campaign.not_offered"
    NOT_HERE = "campaign.not_here"
    DAY_FULL = "campaign.day_full"
    FULL = "campaign.full"
    PLAYED_TODAY = "campaign.played_today"
    PLAYED_OUT = "campaign.played_out"
    NO_CHANCES = "campaign.no_chances"
    BUDGET = "campaign.budget"
    PRIZE_DAY = "campaign.prize_day"
    PRIZE_CUSTOMER = "campaign.prize_customer"
    CHOSEN_OTHER = "campaign.chosen_other"
    NO_PRIZE = "campaign.no_prize"
