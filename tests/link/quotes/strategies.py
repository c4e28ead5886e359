"""Random baskets and offers: few products, few categories and few words, so that they meet."""

from hypothesis import strategies as st

from interplay.link.quotes.contracts import (
    AmountOff,
    Basket,
    Benefit,
    BuyGet,
    Choice,
    CountForPrice,
    Exchange,
    Gift,
    Line,
    NthOff,
    Offer,
    OfferKind,
    PercentOff,
    PointsTerms,
    PointsWish,
    ShippingOff,
    Terms,
)
from tests.link.quotes.shop import NOON

CATEGORIES = ("tea", "cups", "cake")
PRODUCTS = tuple(f"p{n}" for n in range(8))
times = st.sampled_from([None, 1, 2])
percents = st.sampled_from([1, 10, 33, 50, 100, "12.5", "66.67"])
offs = st.integers(1, 60_00)

benefits = st.one_of(
    st.builds(AmountOff, offs, times).map(lambda one: Benefit(amount=one)),
    st.builds(PercentOff, percents, st.none() | offs).map(lambda one: Benefit(percent=one)),
    st.builds(
        Exchange, st.just(()) | st.sampled_from([("p0",), ("p1", "p2")]), st.integers(1, 3), st.integers(0, 9_00)
    ).map(lambda one: Benefit(exchange=one)),
    st.builds(ShippingOff, st.none() | st.integers(1, 15_00)).map(lambda one: Benefit(shipping=one)),
    st.builds(Gift, st.just("mug"), st.integers(1, 2), st.integers(0, 9_00), times).map(lambda one: Benefit(gift=one)),
    st.builds(BuyGet, st.integers(1, 3), st.integers(1, 2), times).map(lambda one: Benefit(buy_get=one)),
    st.builds(CountForPrice, st.integers(1, 4), st.integers(0, 60_00), times).map(
        lambda one: Benefit(count_for_price=one)
    ),
    st.builds(NthOff, st.integers(2, 4), percents, times).map(lambda one: Benefit(nth=one)),
)
choices = st.just(Choice()) | st.builds(
    Choice, st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple), st.just(())
)
words = st.sampled_from(["o0", "o1", "c0", "c1", "g", "h", "promotions", "coupons", "points"])
terms = st.builds(
    Terms,
    benefits,
    spend_min=st.sampled_from([0, 0, 20_00, 80_00]),
    quantity_min=st.sampled_from([0, 0, 3]),
    categories=choices,
    stores=st.sampled_from([Choice(), Choice(), Choice(("elsewhere",))]),
    group=st.sampled_from(["", "", "g", "h"]),
    excludes=st.just(()) | st.lists(words, max_size=2, unique=True).map(tuple),
    per_basket_max=st.integers(1, 2),
    priority=st.integers(0, 2),
)


@st.composite
def baskets(draw: st.DrawFn, lines_max: int = 6) -> Basket:
    names = draw(st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=lines_max, unique=True))
    lines = [
        Line(
            f"l-{name}", name, draw(st.integers(1, 4)), draw(st.integers(0, 50_00)),
            categories=tuple(draw(st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True))),
        )
        for name in names
    ]  # fmt: skip
    return Basket("CNY", tuple(lines), NOON, shipping=draw(st.sampled_from([0, 12_00])))


@st.composite
def promotions(draw: st.DrawFn, most: int = 4) -> list[Offer]:
    return [
        Offer(f"promotion:o{n}", OfferKind.PROMOTION, f"o{n}", 1, draw(terms))
        for n in range(draw(st.integers(0, most)))
    ]


@st.composite
def coupons(draw: st.DrawFn, most: int = 3) -> list[Offer]:
    """Return coupons of a few templates, sometimes several of one."""
    templates = [draw(terms) for _ in range(2)]
    numbers = draw(st.lists(st.integers(0, 1), max_size=most))
    return [Offer(f"c{of}-{n}", OfferKind.COUPON, f"c{of}", 1, templates[of]) for n, of in enumerate(numbers)]


wishes = st.none() | st.builds(
    PointsWish,
    st.sampled_from([0, 60, 900, 30_000]),
    st.builds(PointsTerms, st.sampled_from([1, 100]), st.sampled_from([1, 100, 3]), st.sampled_from([1, 60]), percents),
)
