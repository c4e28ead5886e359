"""What the rest of the product may know of order files: what is read of an order, and what could not be done for it.

The sale has happened: no refusal loses it. What cannot be done becomes a fact for people to look at:
`order.questioned`.
"""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.link.quotes.contracts import Line

QUESTIONED = "order.questioned"
SOURCE = "orders"
SOLD = "order.completed"
REFUNDED = "order.refunded"
CANCELLED = "order.cancelled"
FACTS = (SOLD, REFUNDED, CANCELLED)
"""What an order file may become: a till says what was sold and what came back, and nothing else."""
CARD = "card_no"
IDENTIFIERS = (CARD, "phone")
LATE_DAYS_MAX = 31
"""How old a sale may be to have anything done for it; an older one is history."""
CODES_MAX = 20
BYTES_MAX = 8 * 1024 * 1024
"""Of a file that a till sends; the command line reads files of any size."""


class Numbers(StrEnum):
    """Where an order's number is the only one of its kind."""

    STORE = "store"  # each store counts for itself: the store is put in front
    BRAND = "brand"


class Doubt(StrEnum):
    """What there is to look at beside what coupons and quotes refuse. The value is the key of the sentence."""

    CARD = "orders.card_unknown"
    NUMBER = "orders.number_used"
    LATE = "orders.late"
    NOBODYS_POINTS = "orders.nobodys_points"
    FEWER_POINTS = "orders.fewer_points"
    RETURN_LINES = "orders.return_lines"
    RETURN_PRODUCT = "orders.return_product"


class Upload(Struct, frozen=True, kw_only=True):
    """Whose file it is."""

    store: str
    file: str  # its name, for people
    numbers: Numbers = Numbers.STORE
    device: str = ""
    by: str = ""


class Item(Struct, frozen=True):
    """A row of an order as the file has it: a line's own name where it has one, a product, how many."""

    line: str
    product: str
    quantity: int


class Sale(Struct, frozen=True):
    """An order, or what came back of one, as far as something is to be done about it."""

    name: str
    digest: bytes
    at: Micros
    line: int  # of the file
    number: str  # empty: it has none
    codes: tuple[str, ...]
    points: int
    value: int | None
    lines: tuple[Line, ...]
    items: tuple[Item, ...]


class Why(Struct, frozen=True):
    """Why something could not be done, in words."""

    code: str
    zh: str
    en: str
    coupon: str = ""


class Question(Struct, frozen=True):
    """Something for people to look at: which order, on which line of the file, and why."""

    line: int
    order: str
    why: Why

    def text(self, lang: Lang) -> str:
        return self.why.zh if lang == "zh" else self.why.en


class Settled(Struct, frozen=True):
    """What was done now about the orders of a file; what was done before is not among it."""

    redeemed: int = 0  # orders whose coupons were used, or points spent
    returned: int = 0
    questions: tuple[Question, ...] = ()
