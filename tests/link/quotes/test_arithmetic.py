"""What each kind takes off, to the last 分, and how it is spread."""

import pytest

from interplay.kernel.errors import AppError
from interplay.link.quotes import api
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
    PercentOff,
    PointsTerms,
    PointsWish,
    ShippingOff,
    Shopper,
)
from interplay.link.quotes.policies import LINES_KNOWN_MAX
from tests.link.quotes.shop import NOON, basket, compiled, coupon, line, off_by, priced, promotion, why_not


def off(benefit: Benefit, one: Basket, **terms: object) -> dict[str, int]:
    return off_by(api.quote(compiled(promotion("x", benefit, **terms)), one), "promotion:x")


def test_half_of_350_capped_at_70_is_40_and_30():
    assert off(Benefit(percent=PercentOff(50, 70_00)), priced(200_00, 150_00)) == {"l0": 40_00, "l1": 30_00}


def test_50_off_from_200_over_200_and_150():
    assert off(Benefit(amount=AmountOff(50_00)), priced(200_00, 150_00), spend_min=200_00) == {"l0": 28_57, "l1": 21_43}


def test_100_points_worth_1_over_the_same():
    quote = api.quote(compiled(), priced(200_00, 150_00), Shopper(points=100), points=PointsWish(100))
    assert off_by(quote, "points") == {"l0": 57, "l1": 43}
    assert [one.points for one in quote.lines] == [57, 43]


@pytest.mark.parametrize(
    ("benefit", "prices", "expected"),
    [
        (AmountOff(10_00), (3_33, 3_33, 3_34), (3_33, 3_33, 3_34)),  # all there is
        (AmountOff(50_00), (10_00, 20_00), (10_00, 20_00)),  # never more than that
        (AmountOff(1), (5_00, 5_00), (1, 0)),  # of equal remainders the earlier line
        (AmountOff(1_00), (10, 10, 10), (10, 10, 10)),
        (AmountOff(2), (1_00, 1_00, 1_00), (1, 1, 0)),
        (AmountOff(1_00), (0, 10_00), (0, 1_00)),  # what is free stays free
        (PercentOff(10), (5, 0), (0, 0)),  # 0.5 to even
        (PercentOff(10), (15, 0), (2, 0)),  # 1.5 to even
        (PercentOff(10), (25, 0), (2, 0)),  # 2.5 to even
        (PercentOff("12.5"), (100_00, 60_00), (12_50, 7_50)),
        (PercentOff("33.33"), (100_00, 0), (33_33, 0)),
        (PercentOff(100), (1_23, 4_56), (1_23, 4_56)),
    ],
)
def test_amounts_and_percentages(benefit, prices, expected):
    kind = Benefit(amount=benefit) if isinstance(benefit, AmountOff) else Benefit(percent=benefit)
    assert off(kind, priced(*prices)) == {f"l{n}": part for n, part in enumerate(expected) if part}


@pytest.mark.parametrize(
    ("spend", "times_max", "expected"),
    [(199_99, None, 0), (200_00, None, 20_00), (399_99, None, 20_00), (650_00, None, 60_00), (650_00, 2, 40_00)],
)
def test_so_much_off_each_time_the_spend_is_reached(spend, times_max, expected):
    got = off(Benefit(amount=AmountOff(20_00, times_max)), priced(spend), spend_min=200_00)
    assert got == ({"l0": expected} if expected else {})


@pytest.mark.parametrize(
    ("benefit", "quantities", "expected"),
    [  # units of 30.00, 20.00 and 10.00
        (Benefit(buy_get=BuyGet(2, 1)), (1, 1, 1), 10_00),
        (Benefit(buy_get=BuyGet(2, 1)), (1, 1, 0), 0),
        (Benefit(buy_get=BuyGet(2, 1)), (3, 2, 1), 30_00),  # six units, two free: 10.00 and 20.00
        (Benefit(buy_get=BuyGet(2, 1, times_max=1)), (3, 2, 1), 10_00),
        (Benefit(buy_get=BuyGet(1, 1)), (3, 0, 0), 30_00),
        (Benefit(buy_get=BuyGet(1, 2)), (0, 0, 3), 20_00),
        (Benefit(count_for_price=CountForPrice(3, 50_00)), (1, 1, 1), 10_00),
        (Benefit(count_for_price=CountForPrice(2, 45_00)), (1, 2, 1), 5_00),  # 30 + 20 is 5 more, 20 + 10 is not
        (Benefit(count_for_price=CountForPrice(2, 25_00)), (1, 2, 2), 30_00),  # 50 − 25, 30 − 25; one unit is left over
        (Benefit(count_for_price=CountForPrice(2, 25_00, times_max=1)), (1, 2, 2), 25_00),
        (Benefit(count_for_price=CountForPrice(1, 15_00)), (1, 1, 1), 20_00),
        (Benefit(count_for_price=CountForPrice(4, 1)), (1, 1, 1), 0),
        (Benefit(nth=NthOff(2, 50)), (1, 1, 0), 10_00),
        (Benefit(nth=NthOff(2, 50)), (1, 1, 1), 5_00),
        (Benefit(nth=NthOff(3, 100)), (2, 2, 2), 20_00),
        (Benefit(nth=NthOff(2, "12.5")), (0, 0, 4), 2_50),
        (Benefit(exchange=Exchange(quantity=2, price=5_00)), (1, 1, 1), 40_00),  # the dearest two
        (Benefit(exchange=Exchange(("c",), quantity=9)), (1, 1, 2), 20_00),  # there are only two
    ],
)
def test_units(benefit, quantities, expected):
    lines = zip("abc", quantities, (30_00, 20_00, 10_00), strict=True)
    one = basket(*(line(name, count, price) for name, count, price in lines if count))
    assert sum(off(benefit, one).values()) == expected


def test_what_is_exchanged_alone_is_discounted_and_does_not_count_as_spent():
    one = basket(line("a", 1, 100_00), line("mug", 1, 39_00))
    benefit = Benefit(exchange=Exchange(("mug",), price=1_00))
    assert off(benefit, one, spend_min=100_00) == {"mug": 38_00}
    assert off(benefit, one, spend_min=100_01) == {}


def test_gifts_are_given_as_often_as_the_spend_is_reached_and_cost_what_they_are_worth():
    gift = Benefit(gift=Gift("mug", quantity=2, worth=8_00, times_max=3))
    quote = api.quote(compiled(promotion("x", gift, spend_min=100_00)), priced(250_00))
    assert (quote.payable, quote.applied[0].gift.quantity, quote.applied[0].cost) == (250_00, 4, 32_00)


@pytest.mark.parametrize(("off_max", "expected"), [(None, 12_00), (5_00, 5_00), (50_00, 12_00)])
def test_shipping(off_max, expected):
    quote = api.quote(compiled(promotion("x", Benefit(shipping=ShippingOff(off_max)))), priced(10_00, shipping=12_00))
    assert quote.shipping.discounts == {"promotion:x": expected}
    assert (quote.payable, quote.discount) == (22_00 - expected, expected)


class TestEligibleLines:
    TERMS = (
        ({"products": Choice(("a",))}, {"a"}),
        ({"products": Choice(("sku-b",))}, {"b"}),  # a SKU as well as a product
        ({"products": Choice(("a",)), "categories": Choice(("tea",))}, {"a", "b"}),  # either
        ({"categories": Choice(("tea", "cups"))}, {"b", "c"}),
        ({"categories": Choice((), ("tea",))}, {"a", "c"}),
        ({"categories": Choice(("drinks",), ("tea",))}, {"a"}),  # out is stronger than in
        ({"products": Choice((), ("a", "sku-b"))}, {"c"}),
    )

    @pytest.mark.parametrize(("terms", "eligible"), TERMS)
    def test_products_skus_and_categories(self, terms, eligible):
        one = basket(
            line("a", 1, 10_00, "drinks"),
            Line("b", "b", 1, 10_00, "sku-b", ("drinks", "tea")),
            line("c", 1, 10_00, "cups"),
        )
        assert off(Benefit(percent=PercentOff(10)), one, **terms) == dict.fromkeys(sorted(eligible), 1_00)

    def test_only_eligible_lines_count_for_the_spend(self):
        one = basket(line("a", 1, 60_00, "tea"), line("b", 1, 60_00))
        benefit = Benefit(amount=AmountOff(10_00))
        assert off(benefit, one, categories=Choice(("tea",)), spend_min=60_00) == {"a": 10_00}
        quote = api.quote(compiled(promotion("x", benefit, categories=Choice(("tea",)), spend_min=60_01)), one)
        assert quote.refused[0].reason.args == {"spend_minor": 60_00, "spend_min_minor": 60_01, "short_minor": 1}


def test_a_set_of_promotions_forgets_lines_and_answers_alike():
    """More different lines than it remembers."""
    offers = compiled(promotion("x", Benefit(percent=PercentOff(10)), products=Choice(("p7",))))
    first = basket(line("p7", 1, 10_00), line("p8", 1, 10_00))
    before = api.quote(offers, first)
    for start in range(0, LINES_KNOWN_MAX + 1, 500):
        api.quote(offers, basket(*(line(f"q{n}", 1, 1) for n in range(start, start + 500))))
    assert api.quote(offers, first) == before


class TestPoints:
    def spent(self, wish: int, *prices: int, available: int = 10**9, **terms: object) -> tuple[int, int] | str:
        quote = api.quote(
            compiled(), priced(*prices), Shopper(points=available), points=PointsWish(wish, PointsTerms(**terms))
        )
        return why_not(quote, "points") or (quote.points.points, quote.points.money)

    @pytest.mark.parametrize(
        ("wish", "terms", "expected"),
        [
            (1_000, {}, (1_000, 10_00)),
            (50_000, {}, (20_000, 200_00)),  # no more than there is to pay
            (5, {"per": 3, "worth": 1}, (3, 1)),  # 5 points are worth 1, and so are 3
            (2, {"per": 3, "worth": 1}, "points_few"),
            (10**6, {"per": 1, "worth": 3}, (6_666, 199_98)),  # one more would be lost
            (1_000, {"step": 100}, (1_000, 10_00)),
            (1_050, {"step": 100}, "points_step"),
            (51_000, {"step": 300}, (19_800, 198_00)),  # whole steps within the price
            (50_000, {"share_max": 30}, (6_000, 60_00)),
            (50_000, {"share_max": "12.5"}, (2_500, 25_00)),
            (1_000, {"spend_min": 200_01}, "spend"),
            (1_000, {"products": Choice(("l0",))}, (1_000, 10_00)),
            (1_000, {"products": Choice(("z",))}, "no_line"),
            (0, {}, (0, 0)),
        ],
    )
    def test_how_many_are_taken(self, wish, terms, expected):
        assert self.spent(wish, 200_00, **terms) == expected

    def test_no_more_than_she_has(self):
        assert self.spent(1_000, 200_00, available=999) == "points_short"

    def test_nothing_is_left_to_pay(self):
        assert self.spent(1_000, 0) == "nothing_left"

    def test_they_come_before_shipping_and_pay_none_of_it(self):
        offers = compiled(promotion("free", Benefit(shipping=ShippingOff()), spend_min=10_00))
        quote = api.quote(offers, priced(10_00, shipping=5_00), Shopper(points=10_000), points=PointsWish(10_000))
        assert (quote.points.money, quote.shipping.payable) == (10_00, 5_00)
        assert why_not(quote, "promotion:free") == "spend"  # nothing is left of it


class TestMistakes:
    ONE = line("a", 1, 10_00)

    @pytest.mark.parametrize(
        ("one", "code"),
        [
            (Basket("USD", (ONE,), NOON), "quotes.currency"),
            (Basket("CNY", (), NOON), "quotes.lines"),
            (basket(*(line(f"l{n}", 1, 1) for n in range(501))), "quotes.lines"),
            (basket(ONE, ONE), "quotes.line_twice"),
            (basket(line("a", 0, 1)), "quotes.line_quantity"),
            (basket(line("a", -1, 1)), "quotes.line_quantity"),
            (basket(line("a", 10_001, 1)), "quotes.line_quantity"),
            (basket(line("a", 1.5, 1)), "quotes.line_quantity"),
            (basket(line("a", True, 1)), "quotes.line_quantity"),
            (basket(line("a", 1, -1)), "quotes.line_price"),
            (basket(line("a", 1, 9.9)), "quotes.line_price"),
            (basket(line("a", 1, 10**12 + 1)), "quotes.line_price"),
            (basket(ONE, shipping=-1), "quotes.shipping"),
        ],
    )
    def test_baskets_that_cannot_be(self, one, code):
        with pytest.raises(AppError) as told:
            api.quote(compiled(), one)
        assert told.value.code == code
        assert told.value.text("en") != told.value.text("zh")

    def test_coupons_that_cannot_be(self):
        twice = [coupon("c", Benefit(amount=AmountOff(1)))] * 2
        with pytest.raises(AppError, match="presented twice"):
            api.quote(compiled(), priced(10_00), coupons=twice)
        many = [coupon("c", Benefit(amount=AmountOff(1)), number) for number in range(201)]
        with pytest.raises(AppError, match="201 coupons are too many"):
            api.best(compiled(), priced(10_00), coupons=many)

    @pytest.mark.parametrize("benefit", [Benefit(), Benefit(amount=AmountOff(1), gift=Gift("mug"))])
    def test_terms_that_no_check_has_seen(self, benefit):
        with pytest.raises(AppError, match="exactly one of"):
            api.quote(compiled(), priced(10_00), coupons=[coupon("c", benefit)])

    @pytest.mark.parametrize("points", [-1, 10**12 + 1, 1.5])
    def test_points_that_cannot_be(self, points):
        with pytest.raises(AppError, match="points are an integer"):
            api.quote(compiled(), priced(10_00), points=PointsWish(points))
