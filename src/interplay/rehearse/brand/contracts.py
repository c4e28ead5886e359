"""The simulated people, what they do, and the truth about them. Amounts are fen (分); instants are Micros."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import Micros

Json = dict[str, object]
"""One message of a sender, as its SDK would put it on the wire."""


class Habit(StrEnum):
    COMMUTER = "commuter"
    FAMILY = "family"
    AFTERNOON = "afternoon"
    HOME_BREWER = "home_brewer"
    CASUAL = "casual"
    BROWSER = "browser"
    STAFF = "staff"


class Stage(StrEnum):
    """Where a person stands in the simulated days: there throughout, arriving in them, or leaving early."""

    SETTLED = "settled"
    NEW = "new"
    LAPSED = "lapsed"


class Store(Struct, frozen=True):
    id: str
    city: str
    zh: str
    en: str


class Product(Struct, frozen=True):
    """`weight` is how often it is chosen, `warmth` (0–1) how well it sells when it is hot outside."""

    sku: str
    zh: str
    en: str
    category: str
    shelf: str
    price: int
    weight: int
    warmth: float
    has_code: bool = False


class Person(Struct, frozen=True):
    """One human being and every identifier that is theirs; an empty one is an identifier they do not have.

    `anonymous_ids` are the cookies of their browsers; a family's tablet is in both its owners' tuples.
    They are around on the days `first_day <= day < until_day` of the simulation; `energy` multiplies their visits.
    """

    number: int
    name: str
    gender: str
    birthday: str
    city: str
    store: Store
    habit: Habit
    stage: Stage
    first_day: int
    until_day: int
    energy: float
    user_id: str
    phone: str
    email: str
    openid: str
    card_no: str
    anonymous_ids: tuple[str, ...]
    favourites: tuple[Product, ...]

    def identifiers(self) -> frozenset[tuple[str, str]]:
        """Return (kind, value) of all that is theirs, whether it was ever sent or not."""
        singles = (
            ("user_id", self.user_id),
            ("phone", self.phone),
            ("email", self.email),
            ("openid", self.openid),
            ("card_no", self.card_no),
        )
        cookies = [("anonymous_id", value) for value in self.anonymous_ids]
        return frozenset([(kind, value) for kind, value in singles if value] + cookies + self.signup_identifiers())

    def signup_identifiers(self) -> list[tuple[str, str]]:
        """Return what a sign-up of the Sensors dialect says: old and new id, which share one space of ids there."""
        return [("anonymous_id", value) for value in (self.openid, self.user_id) if self.openid and self.user_id]


class Line(Struct, frozen=True):
    """Some units of one product in an order; `discount` is for all of them together."""

    product: Product
    quantity: int
    discount: int

    @property
    def paid(self) -> int:
        return self.product.price * self.quantity - self.discount


class TillOrder(Struct, frozen=True):
    """An order, or with `refund_of` the return of a whole one, as rung up at a till.

    `card_no` and `phone` are what the till was told, which may be nothing, or a phone mistyped.
    `person` is who really stood there, None for a passer-by whom nobody knows.
    """

    order_no: str
    at: Micros
    store: Store
    lines: tuple[Line, ...]
    person: Person | None = None
    card_no: str = ""
    phone: str = ""
    refund_of: str = ""

    @property
    def value(self) -> int:
        return sum(line.paid for line in self.lines)

    @property
    def is_anonymous(self) -> bool:
        return not (self.card_no or self.phone)


class Door(StrEnum):
    WEB = "web"
    MINI_PROGRAM = "mini_program"


class StepKind(StrEnum):
    """What a visitor of the shop's site or mini-program does; every step is one message on the wire."""

    LAUNCH = "launch"
    PAGE = "page"
    PRODUCT = "product"
    CART = "cart"
    CHECKOUT = "checkout"
    SIGN_IN = "sign_in"
    PROFILE = "profile"
    ORDER = "order"
    REFUND = "refund"
    CHECK_IN = "check_in"
    SCAN = "scan"
    REVIEW = "review"
    QUIZ = "quiz"


class Step(Struct, frozen=True):
    """`is_known` says whether the sender knew the user id at that moment."""

    kind: StepKind
    at: Micros
    is_known: bool
    lines: tuple[Line, ...] = ()
    order_no: str = ""
    text: str = ""  # the page's path, the coupon's or item's code, the review's words, the quiz's answer
    rating: int = 0
    store: Store | None = None

    @property
    def value(self) -> int:
        return sum(line.paid for line in self.lines)


class Session(Struct, frozen=True):
    """One person's steps on one device; `person` is None on a tablet that passers-by browse on in a store."""

    number: int
    door: Door
    visitor: str  # anonymous id or openid
    steps: tuple[Step, ...]
    person: Person | None = None

    @property
    def at(self) -> Micros:
        return self.steps[0].at


Happening = TillOrder | Session


class Lengths(Struct, frozen=True):
    """How much there is to send: messages of the web shop and of the mini-program, and rows of the tills' file."""

    segment: int
    sensors: int
    order_rows: int


class Tally(Struct):
    """Orders and refunds of somebody, in number and fen."""

    orders: int = 0
    value: int = 0
    refunds: int = 0
    refunded: int = 0


class Truth(Struct, frozen=True):
    """What really happened, to compare answers with.

    people      every simulated person by number
    seen        (kind, value) of the identifiers that were really sent, by person; those of nobody under None
    connected   the same, in groups that the person's own facts connect: what can be known of her, by person
    known       tallies of orders that carried an identifier, by person; those under a mistyped phone under None
    anonymous   orders at the till that carried no identifier, whoever paid them
    facts       how many facts of each name the three streams hold, an order being one whatever its lines
    households  numbers of people who sign in on one tablet, so that linking by its cookie makes them one customer
    mistyped    phones typed wrong at a till; nobody's
    online      whole yuan of each order of the web shop and the mini-program, added up, and of those that came back
    """

    people: dict[int, Person]
    seen: dict[int | None, set[tuple[str, str]]]
    connected: dict[int, tuple[frozenset[tuple[str, str]], ...]]
    known: dict[int | None, Tally]
    anonymous: Tally
    facts: dict[str, int]
    households: tuple[frozenset[int], ...]
    mistyped: frozenset[str]
    online: tuple[int, int] = (0, 0)
