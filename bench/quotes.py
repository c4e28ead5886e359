"""Quotes of a basket of 20 lines against 50 promotions, on one core."""

import random
from collections.abc import Callable
from time import perf_counter

from bench.figures import Figure, Limit, Settings
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.link.quotes import api
from interplay.link.quotes.contracts import (
    AmountOff,
    Basket,
    Benefit,
    BuyGet,
    Choice,
    CountForPrice,
    Gift,
    Line,
    NthOff,
    Offer,
    OfferKind,
    PercentOff,
    ShippingOff,
    Shopper,
    Terms,
)

LINES = 20
PROMOTIONS = 50
BASKETS = 200
PRODUCTS = 5_000
CATEGORIES = 12
COUPONS = 6
TARGET = 3_000
SECONDS = 2.0
NOON = Micros(1_794_974_400_000_000)


def measure(settings: Settings) -> list[Figure]:
    """Quote baskets again and again; what every offer applying to every line costs is a detail."""
    chance = random.Random(settings.seed)
    baskets = [basket(chance) for _ in range(BASKETS)]
    mixed = api.compiled([offer(chance, number) for number in range(PROMOTIONS)], Brand("Bench"))
    each = api.compiled([amount(number) for number in range(PROMOTIONS)], Brand("Bench"))
    shopper = Shopper(dict.fromkeys(api.asked(mixed), True), "gold")
    coupons = [coupon(chance, number) for number in range(COUPONS)]
    applied = sum(len(api.quote(mixed, one, shopper).applied) for one in baskets) / BASKETS
    seconds = settings.seconds(SECONDS)
    value = _rate(lambda one: api.quote(mixed, one, shopper), baskets, seconds)
    details = {
        "promotions that apply to a basket": applied,
        f"all {PROMOTIONS} apply to every line": _rate(lambda one: api.quote(each, one, shopper), baskets, seconds / 2),
        f"the best of {COUPONS} coupons": _rate(
            lambda one: api.best(mixed, one, shopper, coupons=coupons), baskets, seconds / 2
        ),
    }
    return [
        Figure(
            row="quotes",
            what=f"baskets of {LINES} lines against {PROMOTIONS} promotions",
            value=value,
            unit="/s",
            limit=Limit("lines × promotions by hand: a category compared, a price summed", _by_hand_rate(baskets)),
            target=f"{TARGET:,}/s",
            is_met=value >= TARGET,
            details=details,
        )
    ]


def basket(chance: random.Random) -> Basket:
    """Return 20 lines of a shop of 5,000 products in 12 categories."""
    lines = []
    for number in range(LINES):
        product = chance.randrange(PRODUCTS)
        categories = (f"c{product % CATEGORIES}",)
        price = 9_90 + product * 37 % 30_000
        lines.append(Line(f"l{number:02}", f"p{product}", chance.choice((1, 1, 1, 2, 3)), price, "", categories))
    return Basket("CNY", tuple(lines), NOON, "s1", "store", shipping=12_00)


def offer(chance: random.Random, number: int) -> Offer:
    """Return one of a shop's promotions: most for a category or two, some for a store, hours, or a segment."""
    benefits = (
        Benefit(amount=AmountOff(chance.choice((5_00, 20_00, 50_00)), None)),
        Benefit(percent=PercentOff(chance.choice((5, 10, "12.5")), 100_00)),
        Benefit(percent=PercentOff(10)),
        Benefit(nth=NthOff(2, 50)),
        Benefit(buy_get=BuyGet(2, 1)),
        Benefit(count_for_price=CountForPrice(3, 299_00)),
        Benefit(gift=Gift("mug", worth=8_00)),
        Benefit(shipping=ShippingOff(6_00)),
    )
    within = Choice(tuple({f"c{chance.randrange(CATEGORIES)}" for _ in range(2)}))
    terms = Terms(
        benefits[number % len(benefits)],
        spend_min=chance.choice((50_00, 200_00, 500_00)),
        categories=Choice() if number % 10 == 0 else within,
        stores=Choice((f"s{chance.randrange(3)}", "s9")) if number % 5 == 1 else Choice(),
        customers=Choice((f"segment-{number}",)) if number % 5 == 2 else Choice(),
        hours=(chance.choice(("11:00-14:00", "18:00-22:00")),) if number % 5 == 3 else (),
        group=f"g{number % 12}" if number % 2 else "",
        priority=chance.randrange(5),
    )
    return Offer(f"promotion:o{number}", OfferKind.PROMOTION, f"o{number}", 1, terms, "brand", "bench")


def amount(number: int) -> Offer:
    terms = Terms(Benefit(amount=AmountOff(1_00)))
    return Offer(f"promotion:o{number}", OfferKind.PROMOTION, f"o{number}", 1, terms, "brand", "bench")


def coupon(chance: random.Random, number: int) -> Offer:
    benefit = Benefit(amount=AmountOff(10_00)) if number % 2 else Benefit(percent=PercentOff(5 + number))
    terms = Terms(benefit, spend_min=chance.choice((0, 100_00)))
    return Offer(f"coupon-{number}", OfferKind.COUPON, f"template-{number}", 1, terms, "brand", "bench")


def _rate(ask: Callable[[Basket], object], baskets: list[Basket], seconds: float) -> float:
    """Return answers a second, over at least one round."""
    count, began = 0, perf_counter()
    while not count or perf_counter() - began < seconds:
        for one in baskets:
            ask(one)
        count += len(baskets)
    return count / (perf_counter() - began)


def _by_hand_rate(baskets: list[Basket]) -> float:
    wanted = [f"c{number % CATEGORIES}" for number in range(PROMOTIONS)]

    def by_hand(one: Basket) -> int:
        most = 0
        for category in wanted:
            spend = 0
            for line in one.lines:
                if category in line.categories:
                    spend += line.unit_price * line.quantity
            most += spend // 10
        return most

    return _rate(by_hand, baskets, SECONDS / 4)
