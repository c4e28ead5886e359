"""What the rest of the product may know about quotes: baskets, terms, offers, and what comes of them.

Every amount is an integer in minor units of the brand's currency (分).
"""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros
from interplay.kernel.money import to_text

PROMOTION = "promotion"
POINTS = "points"
"""The source that a line's share of money from points stands under; also a word of `Terms.excludes`."""

LINES_MAX = 500
LINE_CHARS_MAX = 200
QUANTITY_MAX = 10_000
PRICE_MAX = 10**12
COUPONS_MAX = 200
"""Bounds of one basket: far beyond any shop, and every product of them fits 64 bits."""


class Weekday(StrEnum):
    """In the order in which Python counts them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """Which ones: those named in `only` (none named: every one), and never those named in `but_not`."""

    only: tuple[str, ...] = ()
    but_not: tuple[str, ...] = ()


class AmountOff(Struct, frozen=True, forbid_unknown_fields=True):
    """满减: so much off; `times_max` times where the spend holds `spend_min` that often, None: as often as it does."""

    off_amount: int
    times_max: int | None = 1


class PercentOff(Struct, frozen=True, forbid_unknown_fields=True):
    """折扣: percent off, 12 or "12.5", never more than `off_max`."""

    off_percent: int | str
    off_max: int | None = None


class Exchange(Struct, frozen=True, forbid_unknown_fields=True):
    """兑换 / 换购: units of these products, dearest first, for `price` each. No products named: the eligible lines."""

    products: tuple[str, ...] = ()
    quantity: int = 1
    price: int = 0


class ShippingOff(Struct, frozen=True, forbid_unknown_fields=True):
    """免运费: off the shipping fee, all of it or `off_max` at most."""

    off_max: int | None = None


class Gift(Struct, frozen=True, forbid_unknown_fields=True):
    """赠品: goods added to the basket; `worth` of one is its cost, and what the best combination counts."""

    product: str
    quantity: int = 1
    worth: int = 0
    times_max: int | None = 1


class BuyGet(Struct, frozen=True, forbid_unknown_fields=True):
    """买 n 送 m: of every `buy + get` units `get` are free; the cheapest of all eligible units are."""

    buy: int
    get: int = 1
    times_max: int | None = None


class CountForPrice(Struct, frozen=True, forbid_unknown_fields=True):
    """n 件 x 元: every `count` units, dearest first, cost `price` together, where they would cost more."""

    count: int
    price: int
    times_max: int | None = None


class NthOff(Struct, frozen=True, forbid_unknown_fields=True):
    """第 n 件折扣: of every `nth` units one costs `off` percent less; the cheapest of all eligible units do."""

    nth: int
    off_percent: int | str
    times_max: int | None = None


class Benefit(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is given. Exactly one."""

    amount: AmountOff | None = None
    percent: PercentOff | None = None
    exchange: Exchange | None = None
    shipping: ShippingOff | None = None
    gift: Gift | None = None
    buy_get: BuyGet | None = None
    count_for_price: CountForPrice | None = None
    nth: NthOff | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the benefits that are there; the check of a document refuses all but one."""
        return tuple(name for name in self.__struct_fields__ if getattr(self, name) is not None)

    @property
    def is_by_unit(self) -> bool:
        """Say whether it matters how many units a line has, and not only what the lines cost."""
        return self.amount is None and self.percent is None


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """What a promotion or a coupon promises, and when. The one structure of both.

    A line is eligible when its product, SKU or a category of it is chosen, and none of them is left out.
    `spend_min` and `quantity_min` are met by the eligible lines, by what they still cost when it is this offer's turn.
    `customers` are names of segments. `valid_*` are instants as text, read in the brand's zone, the end not included.
    `hours` are `"11:00-14:00"`; over midnight they belong to the day on which they begin.
    """

    benefit: Benefit
    spend_min: int = 0
    quantity_min: int = 0
    products: Choice = Choice()
    categories: Choice = Choice()
    stores: Choice = Choice()
    channels: Choice = Choice()
    customers: Choice = Choice()
    tiers: Choice = Choice()
    valid_from: str | None = None
    valid_until: str | None = None
    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[str, ...] = ()
    group: str = ""  # of the offers of one group, one applies to a basket
    excludes: tuple[str, ...] = ()  # names and groups of offers; and promotions, coupons, points
    per_basket_max: int = 1  # coupons of one template
    priority: int = 0  # promotions: higher first, then by name; coupons: which one to use where two are worth the same


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """The name for people."""

    zh: str
    en: str


class PromotionDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `promotion`: it applies by itself to every basket that meets its terms."""

    label: Label
    terms: Terms
    funder: str
    campaign: str = ""
    enabled: bool = True
    note: str = ""


class OfferKind(StrEnum):
    """The values are the words by which terms exclude all offers of the kind."""

    PROMOTION = "promotions"
    COUPON = "coupons"


class Offer(Struct, frozen=True):
    """Terms as they stand for one basket: a promotion, or one coupon."""

    source: str  # unique among the offers: promotion:NAME, or the coupon's id as its slice has it
    kind: OfferKind
    name: str  # of the document: the promotion's, or the coupon's template's
    version: int  # of the document
    terms: Terms
    funder: str = ""
    campaign: str = ""
    label: Label | None = None
    valid_from: Micros | None = None  # of this coupon, within the validity of its terms
    valid_until: Micros | None = None  # not included


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a basket. Goods by weight are one unit at what they cost."""

    line: str  # unique in the basket; refunds refer to it
    product: str
    quantity: int
    unit_price: int
    sku: str = ""
    categories: tuple[str, ...] = ()


class Basket(Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer is about to buy, where and when."""

    currency: str
    lines: tuple[Line, ...]
    at: Micros
    store: str = ""
    channel: str = ""
    shipping: int = 0  # the fee


class Shopper(Struct, frozen=True):
    """What is true of the customer. An answer that was not given refuses the offers that ask for it (see `asked`)."""

    answers: dict[str, bool] = {}  # segment → is she in it
    tiers: tuple[str, ...] = ()  # one of each ladder she is on
    points: int = 0  # that she can spend


class PointsTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """积分抵现: `per` points are worth `worth`, spent in multiples of `step`, for `share_max` percent at most."""

    per: int = 100
    worth: int = 100
    step: int = 1
    share_max: int | str = 100  # of what the eligible lines still cost
    spend_min: int = 0
    products: Choice = Choice()
    categories: Choice = Choice()


class PointsWish(Struct, frozen=True):
    """How many points she would spend, and by which terms. No more are taken than there is something to pay."""

    points: int
    terms: PointsTerms = PointsTerms()


class Refusal(StrEnum):
    """Why an offer, or points, did not apply. The value is the key of the sentence."""

    NOT_YET = "quotes.not_yet"  # valid_from
    ENDED = "quotes.ended"  # valid_until
    WEEKDAY = "quotes.weekday"  # weekdays: mon,sat
    HOURS = "quotes.hours"  # hours
    CHANNEL = "quotes.channel"  # channel
    STORE = "quotes.store"  # store
    TIER = "quotes.tier"  # tier
    CUSTOMER = "quotes.customer"  # customers
    CUSTOMER_UNKNOWN = "quotes.customer_unknown"  # segment
    DECLINED = "quotes.declined"
    NOT_BEST = "quotes.not_best"
    GROUP = "quotes.group"  # by, group
    EXCLUDED = "quotes.excluded"  # by
    PER_BASKET = "quotes.per_basket"  # count_max
    NO_LINE = "quotes.no_line"
    ITEM_MISSING = "quotes.item_missing"  # products
    QUANTITY = "quotes.quantity"  # quantity, quantity_min, short
    SPEND = "quotes.spend"  # spend_minor, spend_min_minor, short_minor
    NOTHING_LEFT = "quotes.nothing_left"
    NO_SHIPPING = "quotes.no_shipping"
    POINTS_SHORT = "quotes.points_short"  # points, available
    POINTS_CUSTOMER = "quotes.points_customer"
    POINTS_STEP = "quotes.points_step"  # points, step
    POINTS_FEW = "quotes.points_few"  # points
    STALE = "quotes.stale"


class Reason(Struct, frozen=True):
    """A refusal with its arguments; amounts are those whose names end in `_minor`."""

    code: Refusal
    args: dict[str, int | str] = {}

    def text(self, lang: Lang, currency: str) -> str:
        """Return the sentence for people, amounts in major units."""
        shown = {name: _shown(name, value, lang, currency) for name, value in self.args.items()}
        return say(self.code.value, lang, **shown)


class Refused(Struct, frozen=True):
    """An offer that did not apply, or points that were not spent (source `points`)."""

    source: str
    name: str
    reason: Reason


class Applied(Struct, frozen=True):
    """An offer that applied: what it took off, and what a giving fact has to say of it."""

    source: str
    kind: OfferKind
    name: str
    version: int
    funder: str
    campaign: str
    money: int  # off lines and shipping; 0 for a gift
    lines: tuple[str, ...]  # that it was given for, in the order of their ids
    gift: Gift | None = None  # with the quantity that is given
    label: Label | None = None

    @property
    def cost(self) -> int:
        """Return what it costs the funder: the money, and what the gifts are worth."""
        return self.money + (self.gift.worth * self.gift.quantity if self.gift else 0)


class QuotedLine(Struct, frozen=True):
    """A line and what is left of its price: `payable` = price − Σ discounts, never below 0."""

    line: str
    product: str
    sku: str
    quantity: int
    unit_price: int
    discounts: dict[str, int]  # by source, in the order in which they applied; points last
    points: int  # of the points spent, this line's
    payable: int

    @property
    def price(self) -> int:
        return self.quantity * self.unit_price


class QuotedShipping(Struct, frozen=True):
    fee: int
    discounts: dict[str, int]
    payable: int


class PointsSpent(Struct, frozen=True):
    points: int
    money: int


class Quote(Struct, frozen=True):
    """What a basket costs, and why.

    The fingerprint is that of the basket without its time, of the offers that applied with their versions, and of
    every amount: asked again at commit, a quote of another fingerprint is stale.
    """

    currency: str
    lines: tuple[QuotedLine, ...]  # in the order of the basket
    shipping: QuotedShipping
    applied: tuple[Applied, ...]  # in the order of the pipeline
    refused: tuple[Refused, ...]  # in the order of the pipeline
    points: PointsSpent
    price: int  # of all lines, and the shipping fee
    discount: int  # by offers, off lines and shipping; money from points is `points.money`
    payable: int  # price − discount − points.money
    fingerprint: str


class ReturnedLine(Struct, frozen=True):
    """What comes back of a line."""

    line: str
    quantity: int
    discounts: dict[str, int]  # by source, of what the line was discounted
    points: int  # to give back
    money: int  # to pay back


class SourceShare(Struct, frozen=True):
    """How much of an offer's discount is undone by a return, and whether by now all of it is. Gifts stand apart."""

    source: str
    money: int
    so_far: int  # with all returns before
    whole: int  # what the offer took off in all

    @property
    def is_undone(self) -> bool:
        """Say whether nothing of the offer is left, so that a coupon can be given back."""
        return self.so_far == self.whole


class Refund(Struct, frozen=True):
    """What a return comes to. Over all returns of an order the sums are the order's, to the last unit."""

    lines: tuple[ReturnedLine, ...]
    shipping: int  # money paid back for shipping
    money: int  # to pay back in all
    points: int  # to give back
    shares: tuple[SourceShare, ...]
    gifts: tuple[Applied, ...]  # offers whose gifts are due back: all lines that they were given for have come back


def _shown(name: str, value: int | str, lang: Lang, currency: str) -> int | str:
    if name == "weekdays":
        days = [say(f"quotes.day.{day}", lang) for day in str(value).split(",")]
        return ("、" if lang == "zh" else ", ").join(days)
    return to_text(value, currency) if isinstance(value, int) and name.endswith("_minor") else value
