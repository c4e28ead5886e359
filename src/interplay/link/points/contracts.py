"""What the rest may know of points: the documents, what is asked, and what is answered.

A unit's amounts are whole units; money is integer minor units of the brand's currency (分).
"""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import CustomerId, Micros, SubjectId

POINTS = "points"
EARNING = "earning"

EARNED = "points.earned"
SPENT = "points.spent"
REFUNDED = "points.refunded"
EXPIRED = "points.expired"
EXPIRING = "points.expiring"
ADJUSTED = "points.adjusted"
CLOSED = "points.closed"

AMOUNT_MAX = 1_000_000_000_000
TEXT_CHARS_MAX = 500


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """The name for people."""

    zh: str
    en: str


class RefundPolicy(StrEnum):
    """What a refund takes back of points that its order gave.

    only_pending     those that could not be spent yet, and nothing else
    within_balance   those, and of the rest as many as are there
    negative         all of them; what is not there is owed
    """

    ONLY_PENDING = "only_pending"
    WITHIN_BALANCE = "within_balance"
    NEGATIVE = "negative"


class Rounding(StrEnum):
    """How a fraction of a point is rounded, once, at the end."""

    FLOOR = "floor"
    HALF_EVEN = "half_even"


class Worth(Struct, frozen=True, forbid_unknown_fields=True):
    """So many points are so much money: 100 points, 100 分."""

    points: int
    money: int


class Expiry(Struct, frozen=True, forbid_unknown_fields=True):
    """When points end: so many days after they were earned, or at the end of the n-th calendar year after it."""

    days: int | None = None
    years: int | None = None  # 0: at the end of the year in which they were earned


class PointsDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `points`: a unit that is earned and spent. Its name is the unit's."""

    label: Label
    worth: Worth | None = None  # without it they cannot be spent as money and cost nothing
    pending_days: int = 0  # until the return window closes
    expires: Expiry | None = None  # None: never
    notice_days: int = 30  # before they expire; 0: no notice
    refunds: RefundPolicy = RefundPolicy.WITHIN_BALANCE
    adjust_alone_max: int = 0  # more needs an approver who is not the asker
    funder: str = "brand"
    note: str = ""


class Multiplier(Struct, frozen=True, forbid_unknown_fields=True):
    """So many times the points, where all that is said here holds. Of those that hold the highest counts, alone."""

    times: str  # "2", "1.5": exact
    tiers: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()  # 1 Monday … 7 Sunday
    days_of_month: tuple[int, ...] = ()
    from_on: str | None = None  # a date
    until_on: str | None = None  # a date, exclusive


class Caps(Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many points; what goes beyond is cut off, not refused."""

    fact: int | None = None  # by one fact
    day: int | None = None  # to one customer on one day
    customer: int | None = None  # to one customer, ever
    total: int | None = None  # to all together


class EarningDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `earning`: which fact gives how many points of which unit, to whom."""

    unit: str
    fact: str
    fixed: int | None = None  # so many, or
    points: int | None = None  # so many for each `per` of `field`
    per: int | None = None
    field: str = "value"
    where: str | None = None  # a condition on the fact: event.value >= 5000
    segments: tuple[str, ...] = ()  # only who is in one of these live segments
    not_segments: tuple[str, ...] = ()  # and in none of these
    sources: tuple[str, ...] = ()  # only facts from these senders
    multipliers: tuple[Multiplier, ...] = ()
    caps: Caps = Caps()
    rounding: Rounding = Rounding.FLOOR
    campaign: str = ""
    enabled: bool = True
    note: str = ""


class Earned(Struct, frozen=True):
    """What an act of earning keeps for a refund: so many points for so much money."""

    unit: str
    rule: str
    rule_version: int
    amount: int
    base: int  # minor units that were paid, or 0
    subject: SubjectId
    order: str | None
    step: int  # which of its steps gives
    counts: tuple[int, ...] = ()  # which count against caps
    cost: int = 0
    funder: str = ""
    campaign: str = ""


class Spend(Struct, frozen=True):
    """Spend points, as money or for a gift. `hold_until`: undone at that instant unless settled."""

    key: str
    unit: str
    subject: SubjectId
    points: int
    is_money: bool = False  # then `points` must be worth whole minor units
    order: str | None = None
    reason: str | None = None
    by: str = ""
    hold_until: Micros | None = None


class Adjust(Struct, frozen=True):
    """Give or take points by hand. A negative amount takes, and never more than there is."""

    key: str
    unit: str
    subject: SubjectId
    amount: int
    reason: str
    asker: str
    approver: str


class PointsBalance(Struct, frozen=True):
    """What a customer holds of one unit. `money` is what the available ones are worth."""

    unit: str
    label: Label
    available: int
    pending: int
    expiring: int
    expires_at: Micros | None
    money: int | None


class Wallet(Struct, frozen=True):
    """What a customer holds of every unit."""

    customer: CustomerId
    balances: tuple[PointsBalance, ...]


class Liability(Struct, frozen=True):
    """What all customers together hold of a unit, and what that is worth."""

    unit: str
    available: int
    pending: int
    expired: int  # not yet written off
    owed: int  # by customers; not positive
    money: int | None  # of what is available and pending, without what is owed


class Month(Struct, frozen=True):
    """A month of one unit: opening + earned − refunded − spent − expired + adjusted − held − erased = closing."""

    unit: str
    month: str  # 2026-01, in the brand's zone
    opening: int
    earned: int
    refunded: int
    spent: int
    expired: int
    adjusted: int
    held: int
    closing: int
    erased: int = 0  # of customers who were erased; nobody can spend it any more


class Closed(Struct, frozen=True):
    """A closed month. `is_new` is false when it was closed before; `now` differs where entries came in since."""

    month: Month
    now: Month
    is_new: bool
