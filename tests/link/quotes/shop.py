"""Baskets and offers for the tests: short to write, everything in 分."""

from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.link.quotes import api
from interplay.link.quotes.contracts import (
    AmountOff,
    Basket,
    Benefit,
    BuyGet,
    CountForPrice,
    Exchange,
    Gift,
    Line,
    NthOff,
    Offer,
    OfferKind,
    PercentOff,
    Quote,
    ShippingOff,
    Terms,
)

BRAND = Brand("Test")
NOON = Micros(1_794_974_400_000_000)  # Wednesday, 2026-11-18 12:00 in Shanghai

BENEFITS = {
    "amount": Benefit(amount=AmountOff(50_00)),
    "percent": Benefit(percent=PercentOff(10)),
    "exchange": Benefit(exchange=Exchange(("b",), price=10_00)),
    "shipping": Benefit(shipping=ShippingOff()),
    "gift": Benefit(gift=Gift("mug", worth=8_00)),
    "buy_get": Benefit(buy_get=BuyGet(2, 1)),
    "count_for_price": Benefit(count_for_price=CountForPrice(2, 150_00)),
    "nth": Benefit(nth=NthOff(2, 50)),
}
"""One benefit of each kind."""


def line(name: str, quantity: int, unit_price: int, *categories: str) -> Line:
    return Line(name, name, quantity, unit_price, categories=categories)


def basket(*lines: Line, shipping: int = 0, **more: object) -> Basket:
    return Basket("CNY", lines, **{"at": NOON, "shipping": shipping, **more})  # type: ignore[arg-type]


def priced(*prices: int, shipping: int = 0) -> Basket:
    """Return a basket of one unit a line: l0, l1, …"""
    return basket(*(line(f"l{n}", 1, price) for n, price in enumerate(prices)), shipping=shipping)


def promotion(name: str, benefit: Benefit, **terms: object) -> Offer:
    return Offer(f"promotion:{name}", OfferKind.PROMOTION, name, 1, Terms(benefit, **terms), "brand", "autumn")  # type: ignore[arg-type]


def coupon(name: str, benefit: Benefit, number: int = 1, **terms: object) -> Offer:
    return Offer(f"{name}-{number}", OfferKind.COUPON, name, 1, Terms(benefit, **terms), "brand", "autumn")  # type: ignore[arg-type]


def compiled(*offers: Offer) -> api.Promotions:
    return api.compiled(offers, BRAND)


def off_by(quote: Quote, source: str) -> dict[str, int]:
    """Return what an offer took off each line, and off shipping."""
    found = {one.line: one.discounts[source] for one in quote.lines if source in one.discounts}
    return found | ({"shipping": quote.shipping.discounts[source]} if source in quote.shipping.discounts else {})


def why_not(quote: Quote, source: str) -> str:
    """Return the code by which an offer was refused, without its prefix; empty where it applied."""
    return next((one.reason.code.value.split(".")[1] for one in quote.refused if one.source == source), "")
