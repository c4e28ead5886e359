"""Every kind of benefit under every rule of stacking, worked out by hand over one basket.

    a  2 × 100.00 = 200.00      b  1 × 50.00      shipping 12.00

Another promotion, `first`, takes 25.00 off: 20.00 off a and 5.00 off b.
"""

import pytest

from interplay.link.quotes import api
from interplay.link.quotes.contracts import AmountOff, Benefit, Choice, OfferKind, PointsWish, Quote, Shopper
from tests.link.quotes.shop import BENEFITS, basket, compiled, coupon, line, off_by, promotion, why_not

BASKET = basket(line("a", 2, 100_00), line("b", 1, 50_00), shipping=12_00)
FIRST = Benefit(amount=AmountOff(25_00))
FREE = {"shipping": 12_00}


def off(a: int, b: int) -> dict[str, int]:
    return {"a": a, "b": b}


ALONE = {
    "amount": off(40_00, 10_00),
    "percent": off(20_00, 5_00),
    "exchange": {"b": 40_00},
    "shipping": FREE,
    "gift": {},
    "buy_get": off(40_00, 10_00),  # the cheapest of three units, b, is free
    "count_for_price": off(40_00, 10_00),  # the two dearest, both of a, for 150.00
    "nth": off(20_00, 5_00),  # b at half price
}
AFTER_FIRST = {  # a 180.00, b 45.00
    "amount": off(40_00, 10_00),
    "percent": off(18_00, 4_50),
    "exchange": {"b": 35_00},
    "shipping": FREE,
    "gift": {},
    "buy_get": off(36_00, 9_00),
    "count_for_price": off(24_00, 6_00),
    "nth": off(18_00, 4_50),
}
FIRST_AFTER = {  # what `first` takes off after each
    **dict.fromkeys(ALONE, off(20_00, 5_00)),  # a : b is still 4 : 1
    "exchange": off(23_81, 1_19),  # a 200.00, b 10.00: 23.8095 and 1.1905
}
SECOND = {  # of two coupons of one template
    "amount": off(40_00, 10_00),
    "percent": off(18_00, 4_50),
    "exchange": "nothing_left",  # b costs 10.00 already
    "shipping": "no_shipping",
    "gift": {},
    "buy_get": off(32_00, 8_00),  # b costs 40.00
    "count_for_price": off(8_00, 2_00),  # both of a cost 160.00
    "nth": off(18_00, 4_50),
}
POINTS_AFTER = {  # 1,000 points are 10.00
    **dict.fromkeys(ALONE, off(8_00, 2_00)),
    "exchange": off(9_52, 48),  # 9.5238 and 0.4762
}
KINDS = tuple(BENEFITS)


def outcome(quote: Quote, source: str) -> object:
    """Return why an offer does not apply, or what it takes off each line."""
    return why_not(quote, source) or off_by(quote, source)


@pytest.mark.parametrize("kind", KINDS)
class TestTwoPromotions:
    def test_alone(self, kind):
        quote = api.quote(compiled(promotion("x", BENEFITS[kind])), BASKET)
        assert outcome(quote, "promotion:x") == ALONE[kind]
        assert quote.discount == sum(ALONE[kind].values())

    def test_the_one_of_lower_priority_works_on_what_the_other_left(self, kind):
        offers = compiled(promotion("first", FIRST, priority=1), promotion("x", BENEFITS[kind]))
        quote = api.quote(offers, BASKET)
        assert outcome(quote, "promotion:first") == off(20_00, 5_00)
        assert outcome(quote, "promotion:x") == AFTER_FIRST[kind]

    def test_priority_decides_and_not_the_order_of_the_documents(self, kind):
        offers = compiled(promotion("first", FIRST), promotion("x", BENEFITS[kind], priority=1))
        quote = api.quote(offers, BASKET)
        assert outcome(quote, "promotion:x") == ALONE[kind]
        assert outcome(quote, "promotion:first") == FIRST_AFTER[kind]

    def test_of_one_group_one_applies(self, kind):
        offers = compiled(promotion("first", FIRST, group="g", priority=1), promotion("x", BENEFITS[kind], group="g"))
        assert outcome(api.quote(offers, BASKET), "promotion:x") == "group"

    @pytest.mark.parametrize("excludes", ["first", "promotions", "g"])
    def test_what_it_excludes_was_there_first(self, kind, excludes):
        first = promotion("first", FIRST, group="g", priority=1)
        offers = (first, promotion("x", BENEFITS[kind], excludes=(excludes,)))
        assert outcome(api.quote(compiled(*offers), BASKET), "promotion:x") == "excluded"

    def test_it_is_excluded_by_what_was_there_first(self, kind):
        offers = (promotion("first", FIRST, excludes=("x",), priority=1), promotion("x", BENEFITS[kind]))
        assert outcome(api.quote(compiled(*offers), BASKET), "promotion:x") == "excluded"

    def test_an_offer_that_does_not_apply_excludes_nothing(self, kind):
        absent = promotion("first", FIRST, priority=1, group="g", excludes=("x",), spend_min=1_000_00)
        quote = api.quote(compiled(absent, promotion("x", BENEFITS[kind], group="g")), BASKET)
        assert outcome(quote, "promotion:x") == ALONE[kind]


@pytest.mark.parametrize("kind", KINDS)
class TestCoupons:
    def test_a_coupon_works_on_what_promotions_left(self, kind):
        quote = api.quote(compiled(promotion("first", FIRST)), BASKET, coupons=[coupon("x", BENEFITS[kind])])
        assert outcome(quote, "x-1") == AFTER_FIRST[kind]
        assert [one.kind for one in quote.applied] == [OfferKind.PROMOTION, OfferKind.COUPON]

    @pytest.mark.parametrize("excludes", ["promotions", "first"])
    def test_a_coupon_that_promotions_may_not_stand_beside_says_so(self, kind, excludes):
        coupons = [coupon("x", BENEFITS[kind], excludes=(excludes,))]
        quote = api.quote(compiled(promotion("first", FIRST)), BASKET, coupons=coupons)
        assert outcome(quote, "x-1") == "excluded"
        quote = api.quote(compiled(promotion("first", FIRST)), BASKET, coupons=coupons, without={"first"})
        assert outcome(quote, "promotion:first") == "declined"
        assert outcome(quote, "x-1") == ALONE[kind]

    def test_coupons_work_in_the_order_in_which_they_are_presented(self, kind):
        coupons = [coupon("first", FIRST), coupon("x", BENEFITS[kind])]
        assert outcome(api.quote(compiled(), BASKET, coupons=coupons), "x-1") == AFTER_FIRST[kind]
        quote = api.quote(compiled(), BASKET, coupons=coupons[::-1])
        assert (outcome(quote, "x-1"), outcome(quote, "first-1")) == (ALONE[kind], FIRST_AFTER[kind])
        assert [one.name for one in quote.applied] == (["first", "x"] if kind == "shipping" else ["x", "first"])

    def test_of_one_template_one_is_used(self, kind):
        coupons = [coupon("x", BENEFITS[kind], number) for number in (1, 2)]
        quote = api.quote(compiled(), BASKET, coupons=coupons)
        assert (outcome(quote, "x-1"), outcome(quote, "x-2")) == (ALONE[kind], "per_basket")

    def test_or_as_many_as_its_terms_say(self, kind):
        coupons = [coupon("x", BENEFITS[kind], number, per_basket_max=2, group="g") for number in (1, 2, 3)]
        quote = api.quote(compiled(), BASKET, coupons=coupons)
        assert (outcome(quote, "x-1"), outcome(quote, "x-2")) == (ALONE[kind], SECOND[kind])
        third = {"exchange": "nothing_left", "shipping": "no_shipping"}.get(kind, "per_basket")
        assert outcome(quote, "x-3") == third

    def test_of_one_group_one_is_used(self, kind):
        coupons = [coupon("first", FIRST, group="g"), coupon("x", BENEFITS[kind], group="g")]
        assert outcome(api.quote(compiled(), BASKET, coupons=coupons), "x-1") == "group"

    def test_a_coupon_that_no_other_coupon_may_stand_beside(self, kind):
        coupons = [coupon("first", FIRST, excludes=("coupons",)), coupon("x", BENEFITS[kind])]
        assert outcome(api.quote(compiled(), BASKET, coupons=coupons), "x-1") == "excluded"


def test_a_promotion_and_a_template_of_one_name_are_two_offers():
    free = promotion("x", BENEFITS["shipping"])
    quote = api.quote(compiled(free), BASKET, coupons=[coupon("x", BENEFITS["amount"])])
    assert [one.source for one in quote.applied] == ["x-1", "promotion:x"]
    free = promotion("x", BENEFITS["shipping"], group="g")
    quote = api.quote(compiled(free), BASKET, coupons=[coupon("x", BENEFITS["amount"], group="g")])
    assert outcome(quote, "promotion:x") == "group"


@pytest.mark.parametrize("kind", KINDS)
class TestPoints:
    def quote(self, kind, **terms):
        offers = compiled(promotion("x", BENEFITS[kind], **terms))
        return api.quote(offers, BASKET, Shopper(points=5_000), points=PointsWish(1_000))

    def test_points_pay_what_offers_left(self, kind):
        quote = self.quote(kind)
        assert outcome(quote, "promotion:x") == ALONE[kind]
        assert off_by(quote, "points") == POINTS_AFTER[kind]
        assert (quote.points.points, quote.points.money) == (1_000, 10_00)
        assert quote.payable == 262_00 - sum(ALONE[kind].values()) - 10_00

    def test_an_offer_may_exclude_points(self, kind):
        quote = self.quote(kind, excludes=("points",))
        if kind == "shipping":  # points come before it
            assert (outcome(quote, "promotion:x"), quote.points.money) == ("excluded", 10_00)
        else:
            assert (why_not(quote, "points"), quote.points.money) == ("excluded", 0)


@pytest.mark.parametrize("kind", KINDS)
class TestMinima:
    @pytest.mark.parametrize(("spend_min", "applies"), [(250_00, True), (250_01, False)])
    def test_the_spend_is_that_of_eligible_lines(self, kind, spend_min, applies):
        spend_min -= 50_00 * (kind == "exchange")  # what it is exchanged for is not what is spent
        quote = api.quote(compiled(promotion("x", BENEFITS[kind], spend_min=spend_min)), BASKET)
        assert outcome(quote, "promotion:x") == (ALONE[kind] if applies else "spend")

    def test_what_an_offer_before_took_off_is_not_spent(self, kind):
        offers = (promotion("first", FIRST, priority=1), promotion("x", BENEFITS[kind], spend_min=200_00 + 25_01))
        assert outcome(api.quote(compiled(*offers), BASKET), "promotion:x") == "spend"

    @pytest.mark.parametrize(("quantity_min", "applies"), [(3, True), (4, False)])
    def test_units_are_counted(self, kind, quantity_min, applies):
        quantity_min -= kind == "exchange"
        quote = api.quote(compiled(promotion("x", BENEFITS[kind], quantity_min=quantity_min)), BASKET)
        assert outcome(quote, "promotion:x") == (ALONE[kind] if applies else "quantity")

    def test_nothing_eligible(self, kind):
        offer = promotion("x", BENEFITS[kind], products=Choice(("z",)))
        got = outcome(api.quote(compiled(offer), basket(line("c", 1, 5_00), shipping=12_00)), "promotion:x")
        assert got == ("item_missing" if kind == "exchange" else "no_line")
