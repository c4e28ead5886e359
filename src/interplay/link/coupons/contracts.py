"""What the rest of the product may know about coupons: templates, what can be asked, and what comes of it.

Amounts are integers in minor units of the brand's currency (分). An expected no is `acts.contracts.Refused`: a code of
`Refusal` here, of acts or of quotes, and what stands in its sentence.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from interplay.acts.contracts import Refused, Tell
from interplay.kernel.ids import Micros, SubjectId
from interplay.link.quotes.contracts import Basket, Choice, Label, Line, Quote, Refund, Terms

COUPON = "coupon"
"""The kind of a template's document; its name is the coupon's template."""
POOL = "coupon:"
POINTS_UNIT = "points"
LIST_MAX = 10_000
PRESENTED_MAX = 20
"""How many codes are presented with one basket."""
HOLD_SECONDS = 300
HOLD_SECONDS_MAX = 3_600

ISSUED = "coupon.issued"
CLAIMED = "coupon.claimed"
TRANSFERRED = "coupon.transferred"
REDEEMED = "coupon.redeemed"
REVERSED = "coupon.reversed"
VOIDED = "coupon.voided"
PROMOTION_APPLIED = "promotion.applied"
PROMOTION_REVERSED = "promotion.reversed"
REDEMPTION = "coupons.redeem"
RETURN = "coupons.return"
"""The kinds of acts of an order, and of what comes back of it."""


class Codes(StrEnum):
    """How a coupon is shown."""

    PERSONAL = "personal"  # each has its own code, made by us
    SHARED = "shared"  # one code for everybody
    IMPORTED = "imported"  # codes that were made elsewhere


class GoesBack(StrEnum):
    """When a used coupon is the customer's again."""

    WHOLE_ORDER = "whole_order"  # when everything has come back
    NEVER = "never"


class CouponDocument(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A document of kind `coupon`: the template. A coupon keeps the terms of the version that it was given under."""

    label: Label
    terms: Terms
    funder: str
    campaign: str = ""
    codes: Codes = Codes.PERSONAL
    code: str = ""  # the shared one
    starts_after_days: int = 0  # 0: at once; else at midnight, so many days later
    valid_days: int | None = None  # the first day counts; it ends at midnight
    total_max: int | None = None
    per_day_max: int | None = None
    per_customer_max: int | None = None
    budget: int | None = None  # that all redemptions together may cost
    cost: int | None = None  # of one redemption, where it is not what was taken off
    transferable: bool = False
    claimable: bool = False  # customers may take one without a code
    claimers: Choice = Choice()  # segments that may claim
    goes_back: GoesBack = GoesBack.WHOLE_ORDER
    enabled: bool = True  # else no more are given; those that were stay good
    note: str = ""


class Template(Struct, frozen=True):
    """One version of a template."""

    name: str
    version: int
    document: CouponDocument

    @property
    def pool(self) -> str:
        return f"{POOL}{self.name}@{self.version}"


class Refusal(StrEnum):
    """Why not. The value is the key of the sentence."""

    FORGED = "coupon.forged"
    UNKNOWN = "coupon.unknown"
    STOPPED = "coupon.stopped"
    NOT_CLAIMABLE = "coupon.not_claimable"
    NEEDS_CODE = "coupon.needs_code"
    NOT_FOR_HER = "coupon.not_for_her"
    ENDED = "coupon.ended"
    HANDED_OUT = "coupon.handed_out"
    DAY_FULL = "coupon.day_full"
    CUSTOMER_FULL = "coupon.customer_full"
    BUDGET = "coupon.budget"
    NOT_TRANSFERABLE = "coupon.not_transferable"
    OTHERS = "coupon.others"
    NOBODYS = "coupon.nobodys"
    HELD = "coupon.held"
    CLAIMED = "coupon.claimed_already"
    USED = "coupon.used"
    VOID = "coupon.void"
    NEEDS_CUSTOMER = "coupon.needs_customer"
    UNKNOWN_ORDER = "coupon.unknown_order"
    OTHER_STORE = "coupon.other_store"
    RETURNED_MORE = "coupon.returned_more"
    RETURNED_ALL = "coupon.returned_all"
    MEANWHILE = "coupon.meanwhile"
    SHIPPING_RETURNED = "coupon.shipping_returned"


class Issue(Struct, frozen=True, kw_only=True):
    """Give somebody a coupon."""

    key: str
    template: str
    subject: SubjectId
    by: str = ""


class Claim(Struct, frozen=True, kw_only=True):
    """Somebody takes a coupon: by a code, or of a template that is open to all."""

    key: str
    subject: SubjectId
    template: str = ""
    code: str = ""
    by: str = ""


class Transfer(Struct, frozen=True, kw_only=True):
    """Somebody gives her coupon to somebody else."""

    key: str
    code: str
    subject: SubjectId
    to: SubjectId
    by: str = ""


class Void(Struct, frozen=True, kw_only=True):
    """Take a coupon back for good."""

    key: str
    code: str
    reason: str
    by: str = ""


class Given(Struct, frozen=True):
    """A coupon that somebody has now."""

    code: str
    unit: int
    template: str
    version: int
    valid_from: Micros = Micros(0)
    valid_until: Micros | None = None
    is_new: bool = True


class Voided(Struct, frozen=True):
    """A coupon that is no more."""

    unit: int
    template: str
    version: int


class AskedBasket(Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer is about to buy, as whoever asks sends it. The time is ours."""

    currency: str
    lines: tuple[Line, ...]
    shipping: int = 0

    def at(self, moment: Micros, store: str, channel: str) -> Basket:
        return Basket(self.currency, self.lines, moment, store, channel, self.shipping)


class Wish(Struct, frozen=True, kw_only=True):
    """A basket, the codes that were presented, in their order, and whose it is if she is known."""

    basket: AskedBasket
    codes: tuple[str, ...] = ()
    subject: SubjectId | None = None
    points: int = 0
    store: str = ""
    channel: str = "store"
    is_best: bool = False  # of a quote: find the best of these codes and the promotions


class Redeem(Struct, frozen=True, kw_only=True):
    """Make a quote binding. Without a `fingerprint` every presented coupon has to apply, whatever it then costs.

    `asked`: what tells a repetition from another asking, where that is not the wish. `tells`: what else is told of it.
    """

    key: str
    wish: Wish
    order: str = ""
    device: str = ""
    by: str = ""
    fingerprint: str | None = None
    without: tuple[str, ...] = ()  # promotions that the quote does without
    at: Micros | None = None  # when the sale was, where it is told afterwards
    asked: bytes | None = None
    tells: tuple[Tell, ...] = ()
    is_dry: bool = False  # say what would come of it, and do nothing


class Return(Struct, frozen=True, kw_only=True):
    """Take back an order, or units of its lines (line → units). `redemption` is the key of its act."""

    key: str
    redemption: str
    lines: Mapping[str, int] | None = None  # None: all that is left of it
    is_shipping: bool = False
    store: str = ""  # where; empty: anywhere
    by: str = ""


class NotUsed(Struct, frozen=True):
    """A code that could not be presented, and why."""

    code: str
    refused: Refused


class Quoted(Struct, frozen=True):
    """What a basket costs, with the codes that are no coupons of hers."""

    quote: Quote
    codes: Mapping[str, str]  # source in the quote → the code as it was presented
    not_used: tuple[NotUsed, ...] = ()


class UsedCoupon(Struct, frozen=True):
    """What an order used, and which steps of its act go back with it."""

    source: str
    template: str
    version: int
    unit: int  # 0: a shared code, used on the spot
    money: int
    cost: int
    fixed_cost: bool
    funder: str
    campaign: str
    subject: SubjectId | None
    uses: tuple[int, ...]
    cost_step: int
    goes_back: bool


class Redemption(Struct, frozen=True):
    """An order as it stands in its receipt. `key` names it when something comes back."""

    key: str
    order: str
    store: str
    quote: Quote
    coupons: tuple[UsedCoupon, ...] = ()
    points_step: int | None = None
    subject: SubjectId | None = None
    state: str = "done"  # held until it is committed
    until: Micros | None = None  # of a hold
    is_new: bool = True


class Returned(Struct, frozen=True):
    """What came back: what to pay back, points given back, and the coupons that are hers again.

    `refund` is None where the order was only held: nothing was paid yet.
    """

    redemption: str
    refund: Refund | None
    units: tuple[int, ...] = ()
    is_whole: bool = False
    is_new: bool = True


class CouponView(Struct, frozen=True):
    """A coupon as it stands. `state` says expired where only time has changed."""

    code: str
    unit: int
    template: str
    version: int
    label: Label
    state: str
    subject: SubjectId | None
    valid_from: Micros
    valid_until: Micros | None


class SheetLine(Struct, frozen=True):
    """One version of a template: where all its coupons are. Σ of the states is `given`."""

    template: str
    version: int
    funder: str
    campaign: str
    given: int
    waiting: int
    held: int
    owned: int
    expired: int
    used: int
    void: int


class Spent(Struct, frozen=True):
    """What a template has cost so far, of what it may; `on_the_spot` are uses of its shared code without a coupon."""

    template: str
    funder: str
    campaign: str
    cost: int
    budget: int | None
    on_the_spot: int


class Sheet(Struct, frozen=True):
    """The balance sheet of coupons at a moment."""

    at: Micros
    lines: tuple[SheetLine, ...]
    spent: tuple[Spent, ...]
