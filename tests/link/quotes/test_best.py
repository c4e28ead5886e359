"""The best combination, against trying everything."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from random import Random

import msgspec
import pytest

from interplay.kernel.errors import AppError
from interplay.link.quotes import api
from interplay.link.quotes.best import TRIES_MAX
from interplay.link.quotes.contracts import (
    AmountOff,
    Basket,
    Benefit,
    BuyGet,
    Choice,
    CountForPrice,
    Exchange,
    Gift,
    Offer,
    PercentOff,
    PointsWish,
    Quote,
    ShippingOff,
    Shopper,
)
from tests.link.quotes.shop import basket, compiled, coupon, line, priced, promotion, why_not

BASKETS = 200
SHOPPER = Shopper(points=10_000)
WORDS = ("o0", "c0", "g", "promotions", "coupons", "points")


def worth(quote: Quote) -> int:
    return sum(one.cost for one in quote.applied)


def every_quote(
    offers: api.Promotions, one: Basket, coupons: Sequence[Offer], wish: PointsWish | None
) -> Iterator[Quote]:
    """Yield the quote of every order of every choice of coupons that can be used together.

    The promotions that one of them cannot stand beside are declined.
    """
    names = [policy.offer.name for policy in offers.policies]
    for size in range(len(coupons) + 1):
        for order in permutations(coupons, size):
            declined = {name for name in names for used in order if cannot_stand(offers, name, used)}
            quote = api.quote(offers, one, SHOPPER, coupons=order, points=wish, without=declined)
            if len(api.used_coupons(quote)) == len(order):
                yield quote


def cannot_stand(offers: api.Promotions, name: str, used: Offer) -> bool:
    """Say by the words alone whether a promotion and a coupon exclude each other."""
    terms = next(policy.offer.terms for policy in offers.policies if policy.offer.name == name)
    return bool(
        (terms.group and terms.group == used.terms.group)
        or {used.name, used.terms.group, "coupons"} & set(terms.excludes) - {""}
        or {name, terms.group, "promotions"} & set(used.terms.excludes) - {""}
    )


def random_benefit(chance: Random) -> Benefit:
    return chance.choice(
        (
            Benefit(amount=AmountOff(chance.randint(1, 40_00), chance.choice((1, None)))),
            Benefit(amount=AmountOff(chance.choice((5_00, 10_00, 20_00)))),
            Benefit(percent=PercentOff(chance.choice((5, 10, 30, "12.5")), chance.choice((None, 20_00)))),
            Benefit(percent=PercentOff(chance.choice((5, 10, 30, "12.5")))),
            Benefit(buy_get=BuyGet(chance.randint(1, 2))),
            Benefit(count_for_price=CountForPrice(2, chance.choice((20_00, 50_00)))),
            Benefit(exchange=Exchange(chance.choice(((), ("p1",), ("p2", "p3"))), 1, chance.choice((0, 5_00)))),
            Benefit(gift=Gift("mug", 1, chance.choice((0, 15_00)))),
            Benefit(shipping=ShippingOff(chance.choice((None, 6_00)))),
        )
    )


def random_terms(chance: Random) -> dict[str, object]:
    return {
        "spend_min": chance.choice((0, 0, 60_00, 120_00)),
        "categories": Choice(chance.choice(((), (), ("tea",), ("cups", "tea")))),
        "group": chance.choice(("", "", "", "g")),
        "excludes": chance.choice(((), (), (), (chance.choice(WORDS),))),
        "priority": chance.randint(0, 2),
        "per_basket_max": chance.choice((1, 2)),
    }


def random_case(chance: Random) -> tuple[api.Promotions, Basket, list[Offer], PointsWish | None]:
    lines = [
        line(f"p{n}", chance.randint(1, 3), chance.randint(1, 60_00), chance.choice(("tea", "cups", "cake")))
        for n in range(chance.randint(1, 6))
    ]
    offers = [promotion(f"o{n}", random_benefit(chance), **random_terms(chance)) for n in range(chance.randint(0, 3))]
    coupons = [coupon(f"c{n}", random_benefit(chance), **random_terms(chance)) for n in range(chance.randint(1, 4))]
    if chance.random() < 0.3:  # another of a template
        coupons.insert(chance.randint(0, 4), msgspec.structs.replace(coupons[0], source="c0-2"))
    wish = PointsWish(chance.choice((500, 10_000))) if chance.random() < 0.3 else None
    return compiled(*offers), basket(*lines, shipping=chance.choice((0, 12_00))), coupons, wish


def test_200_random_baskets_against_every_combination():
    chance, gains, declines = Random(20261118), 0, 0
    for _ in range(BASKETS):
        offers, one, coupons, wish = random_case(chance)
        best = api.best(offers, one, SHOPPER, coupons=coupons, points=wish)
        every = list(every_quote(offers, one, coupons, wish))
        most = max(map(worth, every))
        assert worth(best) == most
        used = [len(api.used_coupons(quote)) for quote in every if worth(quote) == most]
        assert len(api.used_coupons(best)) == min(used)
        gains += most > worth(api.quote(offers, one, SHOPPER, coupons=coupons, points=wish))
        declines += bool(api.declined_promotions(best))
    assert gains > BASKETS // 5, "the order presented is not the best too often for the test to say something"
    assert declines > 5


def test_the_best_quote_is_the_quote_of_what_it_uses():
    chance = Random(7)
    for _ in range(50):
        offers, one, coupons, wish = random_case(chance)
        best = api.best(offers, one, SHOPPER, coupons=coupons, points=wish)
        by_source = {offer.source: offer for offer in coupons}
        used = [by_source[source] for source in api.used_coupons(best)]
        again = api.quote(offers, one, SHOPPER, coupons=used, points=wish, without=api.declined_promotions(best))
        assert (again.lines, again.applied, again.payable) == (best.lines, best.applied, best.payable)
        assert api.stale(again, best.fingerprint) is None
        told = {one.source for one in (*best.applied, *best.refused)}
        assert by_source.keys() <= told


def test_a_percentage_is_used_before_an_amount_where_that_is_worth_more():
    coupons = [coupon("amount", Benefit(amount=AmountOff(10_00))), coupon("percent", Benefit(percent=PercentOff(50)))]
    assert api.quote(compiled(), priced(100_00), coupons=coupons).payable == 45_00
    best = api.best(compiled(), priced(100_00), coupons=coupons)
    assert (best.payable, api.used_coupons(best)) == (40_00, ("percent-1", "amount-1"))


def test_a_coupon_that_adds_nothing_is_kept():
    coupons = [coupon("a", Benefit(percent=PercentOff(100))), coupon("b", Benefit(amount=AmountOff(100_00)))]
    best = api.best(compiled(), priced(100_00), coupons=coupons)
    assert api.used_coupons(best) == ("a-1",)
    assert why_not(best, "b-1") == "nothing_left"


def test_of_two_alike_the_one_presented_first_is_used():
    benefit = Benefit(amount=AmountOff(5_00))
    coupons = [coupon("c", benefit, number, per_basket_max=2) for number in (2, 1, 3)]
    assert api.used_coupons(api.best(compiled(), priced(7_00), coupons=coupons)) == ("c-2", "c-1")


def test_of_two_that_exclude_each_other_the_other_says_why():
    coupons = [
        coupon("small", Benefit(amount=AmountOff(5_00)), group="g"),
        coupon("large", Benefit(amount=AmountOff(8_00)), group="g"),
    ]
    best = api.best(compiled(), priced(100_00), coupons=coupons)
    assert (api.used_coupons(best), why_not(best, "small-1")) == (("large-1",), "group")


@pytest.mark.parametrize(("off", "uses"), [(9_99, ()), (10_00, ()), (10_01, ("alone-1",))])
def test_a_promotion_is_declined_for_a_coupon_worth_more(off, uses):
    offers = compiled(promotion("always", Benefit(amount=AmountOff(10_00))))
    coupons = [coupon("alone", Benefit(amount=AmountOff(off)), excludes=("promotions",))]
    best = api.best(offers, priced(100_00), coupons=coupons)
    assert api.used_coupons(best) == uses
    assert api.declined_promotions(best) == ({"always"} if uses else set())


def test_coupons_of_one_group_are_never_too_many():
    coupons = [coupon(f"c{n:03}", Benefit(amount=AmountOff(n + 1)), group="g") for n in range(100)]
    best = api.best(compiled(), priced(100_00), coupons=coupons)
    assert api.used_coupons(best) == ("c099-1",)


def test_too_many_that_combine_are_refused():
    coupons = [coupon(f"c{n}", Benefit(percent=PercentOff(n + 1))) for n in range(12)]
    with pytest.raises(AppError) as told:
        api.best(compiled(), priced(*range(1_00, 20_00, 97)), coupons=coupons)
    assert (told.value.code, told.value.params) == ("quotes.too_many_coupons", {"allowed": TRIES_MAX})


def test_too_many_that_each_do_without_another_promotion_are_refused():
    off = Benefit(amount=AmountOff(1_00))
    offers = compiled(*(promotion(f"o{n}", off) for n in range(10)))
    coupons = [coupon(f"c{n}", off, excludes=(f"o{n}",)) for n in range(10)]
    assert api.used_coupons(api.best(offers, priced(100_00), coupons=coupons[:2])) == ()
    with pytest.raises(AppError, match="in more than 64 ways"):
        api.best(offers, priced(100_00), coupons=coupons)


def test_those_that_cannot_apply_do_not_count():
    coupons = [coupon(f"c{n}", Benefit(percent=PercentOff(n + 1)), spend_min=500_00) for n in range(40)]
    best = api.best(compiled(), priced(100_00), coupons=coupons)
    assert api.used_coupons(best) == ()
    assert {why_not(best, one.source) for one in coupons} == {"spend"}
