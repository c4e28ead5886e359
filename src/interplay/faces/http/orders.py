"""What tills and staff send and read of coupons and orders. Amounts are integers in the currency's minor unit."""

from typing import Annotated

from litestar.params import HeaderParameter
from msgspec import Meta, Struct

from interplay.acts.contracts import Refused
from interplay.faces.http.shapes import Identifier
from interplay.kernel.i18n import Lang
from interplay.kernel.time import iso
from interplay.link.coupons import api as coupons
from interplay.link.coupons.api import Coupons
from interplay.link.coupons.contracts import (
    HOLD_SECONDS,
    PRESENTED_MAX,
    AskedBasket,
    CouponView,
    Given,
    Quoted,
    Redemption,
    Returned,
    Sheet,
    SheetLine,
    Spent,
)
from interplay.link.quotes import api as quotes
from interplay.link.quotes.contracts import Applied, Label, Quote, Reason, ReturnedLine

KEY_CHARS_MAX = 100

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=KEY_CHARS_MAX)]
"""The key of what is asked: the same key gives the same answer, and is refused with another body."""

Code = Annotated[str, Meta(min_length=1, max_length=200)]
Points = Annotated[int, Meta(ge=0, le=10**12)]


class QuoteAsk(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A basket, the codes that were shown, in their order, and who is shopping if she is known.

    `best`: find the best of these codes and the promotions; then present `coupons` and `without` of the answer.
    """

    basket: AskedBasket
    coupons: Annotated[list[Code], Meta(max_length=PRESENTED_MAX)] = []
    customer: Identifier | None = None
    points: Points = 0
    best: bool = False


class OrderAsk(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was quoted, and the fingerprint of the quote: what has changed meanwhile is refused."""

    basket: AskedBasket
    fingerprint: Annotated[str, Meta(min_length=1, max_length=64)]
    coupons: Annotated[list[Code], Meta(max_length=PRESENTED_MAX)] = []
    customer: Identifier | None = None
    points: Points = 0
    without: Annotated[list[str], Meta(max_length=1_000)] = []
    order: Annotated[str, Meta(max_length=200)] = ""


class HoldAsk(OrderAsk, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order that is about to be paid, and for how long it is held."""

    seconds: int = HOLD_SECONDS


class CommitAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What was held, by its `redemption`, or an order that was not. One of them."""

    redemption: Annotated[str, Meta(max_length=300)] | None = None
    order: OrderAsk | None = None


class ReverseAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What comes back of an order: units of lines, or, without `lines`, all that is left. A held one is let go."""

    redemption: Annotated[str, Meta(min_length=1, max_length=300)]
    lines: dict[str, int] | None = None
    shipping: bool = False


class RefusedItem(Struct, frozen=True):
    """An expected no: `text` is its sentence in the caller's language."""

    code: str
    text: str
    params: dict[str, int | str]


class LineItem(Struct, frozen=True):
    """A line with what is taken off it by each offer; `points` of money are among the discounts."""

    line: str
    price: int
    discounts: dict[str, int]
    points: int
    payable: int


class AppliedItem(Struct, frozen=True):
    """An offer that applied. `code` is a coupon's, as it was shown; `gift` goods that are added."""

    source: str
    name: str
    money: int
    lines: list[str]
    code: str | None = None
    gift: str | None = None
    gift_quantity: int = 0


class NotAppliedItem(Struct, frozen=True):
    """An offer or a code that did not apply, and why."""

    source: str | None
    name: str | None
    code: str | None
    reason: RefusedItem


class QuoteItem(Struct, frozen=True):
    """What a basket costs. To hold or commit it, send the same basket, `coupons` and `without`, and the fingerprint."""

    fingerprint: str
    currency: str
    price: int
    discount: int
    payable: int
    shipping: int
    points: int
    points_money: int
    lines: list[LineItem]
    applied: list[AppliedItem]
    not_applied: list[NotAppliedItem]
    coupons: list[str]
    without: list[str]


class OrderItem(Struct, frozen=True):
    """An order that is held or done, or why it is neither. `redemption` names it from now on."""

    refused: RefusedItem | None = None
    redemption: str | None = None
    state: str | None = None
    held_until: str | None = None
    quote: QuoteItem | None = None
    is_new: bool = False


class ReturnItem(Struct, frozen=True):
    """What to pay back, and what the customer has again; or why nothing comes back."""

    refused: RefusedItem | None = None
    money: int = 0
    shipping: int = 0
    points: int = 0
    lines: list[ReturnedLine] = []
    coupons_back: int = 0
    is_whole: bool = False
    is_new: bool = False


class CouponItem(Struct, frozen=True):
    """A coupon as it stands."""

    code: str
    template: str
    version: int
    label: Label
    state: str
    valid_from: str | None
    valid_until: str | None


class GivenItem(Struct, frozen=True):
    """A coupon that a customer has now, or why she does not."""

    refused: RefusedItem | None = None
    code: str | None = None
    template: str | None = None
    version: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    is_new: bool = False


class SheetItem(Struct, frozen=True):
    """Where all coupons are, by template and version, and what the templates have cost."""

    at: str
    lines: list[SheetLine]
    spent: list[Spent]


class Telling:
    """How answers are written for one caller."""

    def __init__(self, state: Coupons, lang: Lang) -> None:
        self._state = state
        self._lang = lang

    def refused(self, why: Refused) -> RefusedItem:
        return RefusedItem(why.code, coupons.sentence(self._state, why, self._lang), dict(why.arguments))

    def quoted(self, found: Quoted) -> QuoteItem:
        not_used = [NotAppliedItem(None, None, one.code, self.refused(one.refused)) for one in found.not_used]
        return self._quote(found.quote, dict(found.codes), not_used)

    def order(self, found: Redemption | Refused) -> OrderItem:
        if isinstance(found, Refused):
            return OrderItem(self.refused(found))
        until = None if found.until is None else iso(found.until)
        return OrderItem(None, found.key, found.state, until, self._quote(found.quote, {}, []), found.is_new)

    def returned(self, found: Returned | Refused) -> ReturnItem:
        if isinstance(found, Refused):
            return ReturnItem(self.refused(found))
        refund = found.refund
        if refund is None:
            return ReturnItem(is_whole=True, is_new=found.is_new)
        return ReturnItem(
            None, refund.money, refund.shipping, refund.points, list(refund.lines), len(found.units), found.is_whole,
            found.is_new,
        )  # fmt: skip

    def given(self, found: Given | Refused) -> GivenItem:
        if isinstance(found, Refused):
            return GivenItem(self.refused(found))
        until = None if found.valid_until is None else iso(found.valid_until)
        begins = iso(found.valid_from) if found.valid_from else None
        return GivenItem(None, found.code, found.template, found.version, begins, until, found.is_new)

    def _quote(self, found: Quote, codes: dict[str, str], not_used: list[NotAppliedItem]) -> QuoteItem:
        refused = [
            NotAppliedItem(one.source, one.name, codes.get(one.source), self._reason(one.reason))
            for one in found.refused
        ]
        used = quotes.used_coupons(found)
        return QuoteItem(
            found.fingerprint, found.currency, found.price, found.discount, found.payable, found.shipping.payable,
            found.points.points, found.points.money,
            [LineItem(one.line, one.price, one.discounts, one.points, one.payable) for one in found.lines],
            [_applied(one, codes) for one in found.applied],
            [*refused, *not_used],
            [codes[source] for source in used if source in codes],
            sorted(quotes.declined_promotions(found)),
        )  # fmt: skip

    def _reason(self, reason: Reason) -> RefusedItem:
        return self.refused(Refused(reason.code.value, reason.args))


def coupon_item(view: CouponView) -> CouponItem:
    begins = iso(view.valid_from) if view.valid_from else None
    until = None if view.valid_until is None else iso(view.valid_until)
    return CouponItem(view.code, view.template, view.version, view.label, view.state, begins, until)


def sheet_item(sheet: Sheet) -> SheetItem:
    return SheetItem(iso(sheet.at), list(sheet.lines), list(sheet.spent))


def _applied(one: Applied, codes: dict[str, str]) -> AppliedItem:
    gift = one.gift
    return AppliedItem(
        one.source, one.name, one.money, list(one.lines), codes.get(one.source), gift.product if gift else None,
        gift.quantity if gift else 0,
    )  # fmt: skip
