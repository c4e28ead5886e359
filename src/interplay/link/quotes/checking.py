"""Whether a basket, a wish and offers can be quoted at all: mistakes of the caller, in his words."""

from collections.abc import Sequence

from interplay.kernel.errors import AppError
from interplay.link.quotes.contracts import (
    COUPONS_MAX,
    LINE_CHARS_MAX,
    LINES_MAX,
    POINTS,
    PRICE_MAX,
    QUANTITY_MAX,
    Basket,
    Offer,
    PointsWish,
)


def check(basket: Basket, currency: str, coupons: Sequence[Offer], wish: PointsWish | None) -> None:
    """Raise AppError `quotes.*` for amounts out of bounds, another currency, or something named twice."""
    if basket.currency != currency:
        raise AppError("quotes.currency", given=basket.currency, allowed=currency)
    if not 1 <= len(basket.lines) <= LINES_MAX:
        raise AppError("quotes.lines", given=len(basket.lines), allowed=LINES_MAX)
    names = set()
    for line in basket.lines:
        if not line.line.strip() or not line.line.isprintable() or len(line.line) > LINE_CHARS_MAX:
            raise AppError("quotes.line_name", given=line.line, allowed=LINE_CHARS_MAX)
        if line.line in names:
            raise AppError("quotes.line_twice", given=line.line)
        names.add(line.line)
        if type(line.quantity) is not int or not 1 <= line.quantity <= QUANTITY_MAX:
            raise AppError("quotes.line_quantity", line=line.line, given=line.quantity, allowed=QUANTITY_MAX)
        if type(line.unit_price) is not int or not 0 <= line.unit_price <= PRICE_MAX:
            raise AppError("quotes.line_price", line=line.line, given=line.unit_price, allowed=PRICE_MAX)
    if type(basket.shipping) is not int or not 0 <= basket.shipping <= PRICE_MAX:
        raise AppError("quotes.shipping", given=basket.shipping, allowed=PRICE_MAX)
    if len(coupons) > COUPONS_MAX:
        raise AppError("quotes.coupons", given=len(coupons), allowed=COUPONS_MAX)
    sources = {POINTS}
    for coupon in coupons:
        if coupon.source in sources:
            raise AppError("quotes.source_twice", given=coupon.source)
        sources.add(coupon.source)
    if wish is not None and (type(wish.points) is not int or not 0 <= wish.points <= PRICE_MAX):
        raise AppError("quotes.points", given=wish.points, allowed=PRICE_MAX)
