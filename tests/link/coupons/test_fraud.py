"""What somebody tries who wants more than is hers, and what happens to an honest till by mistake."""

import pytest

from interplay.bootstrap import coupons as couponing
from interplay.kernel.errors import AppError
from interplay.kernel.time import from_micros
from interplay.link.coupons import api
from interplay.link.coupons.contracts import AskedBasket
from interplay.link.quotes.contracts import LINES_MAX, Line
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.link.coupons.shop import LABEL, basket, template, why
from tests.stores import user

SALE = {
    "kind": "promotion", "name": "sale", "label": LABEL, "funder": "brand",
    "terms": {"benefit": {"percent": {"off_percent": 10}}},
}  # fmt: skip
POINTS = {"kind": "points", "name": "points", "label": LABEL, "worth": {"points": 1, "money": 1}}


def merge(shop, one, other):
    door = shop.door
    ask = identity.to_decide(
        DecisionKind.TOGETHER, one, other, actor="li", reason="",
        database=door.database, keys=door.keys, brand=door.home.settings.brand,
    )  # fmt: skip
    door.write(identity.decide, ask)


def test_a_stopped_shared_code_takes_nothing_off_any_more(shop):
    shop.apply(template(codes="shared", code="HELLO"))
    assert shop.redeem("HELLO").is_new
    shop.apply(template(codes="shared", code="HELLO", enabled=False))
    assert why(shop.redeem("HELLO")) == "coupon.stopped"
    assert shop.quote("HELLO").quote.discount == 0


def test_stopping_a_template_stops_the_codes_that_nobody_has_yet_of_every_version(shop):
    shop.apply(template(codes="imported"))
    api.import_codes(shop.coupons, shop.door, "spring", ["AAA-111", "BBB-222", "CCC-333"])
    anna = shop.somebody()
    hers = shop.claim(anna, code="AAA-111")
    shop.apply(template(codes="imported", enabled=False))
    assert why(shop.redeem("BBB-222")) == "coupon.stopped"
    assert why(shop.claim(anna, code="CCC-333")) == "coupon.stopped"
    assert shop.redeem(hers.code).is_new, "what she has is a promise"


def test_limits_are_those_of_today_and_terms_those_of_the_code(shop):
    shop.apply(template(codes="imported", total_max=1))
    api.import_codes(shop.coupons, shop.door, "spring", ["AAA-111", "BBB-222"])
    assert shop.redeem("AAA-111").is_new
    assert why(shop.redeem("BBB-222")) == "coupon.handed_out"
    shop.apply(template(codes="imported", total_max=2, terms={"benefit": {"amount": {"off_amount": 1}}}))
    assert shop.redeem("BBB-222").quote.discount == 2000


def test_the_budget_is_that_of_today(shop):
    shop.apply(template(budget=2000))
    anna = shop.somebody()
    codes = [shop.issue(anna).code for _ in range(3)]
    assert shop.redeem(codes[0]).is_new
    assert why(shop.redeem(codes[1])) == "coupon.budget"
    shop.apply(template(budget=4000))
    assert shop.redeem(codes[1]).is_new
    shop.apply(template(budget=3000))
    assert why(shop.redeem(codes[2])) == "coupon.budget"
    assert [(one.cost, one.budget) for one in api.sheet(shop.coupons).spent] == [(4000, 3000)]


def test_a_return_cannot_be_reversed_for_half_of_it_would_come_back(shop):
    shop.apply(POINTS, SALE, template())
    anna = shop.somebody()
    shop.points(anna, 1000)
    code = shop.issue(anna).code
    shop.redeem(code, points=1000, subject=anna, key="order")
    assert shop.take_back("order", key="back").is_whole
    assert why(couponing.reverse(shop.door, "back", "mistake", "li")) == "acts.not_undone"
    assert (shop.points(anna), shop.state(code)) == (1000, "owned")
    assert why(shop.take_back("order")) == "coupon.returned_all"


def test_the_goods_of_a_reversed_return_are_not_paid_back_again(shop):
    shop.apply(SALE)
    shop.redeem(key="order", wanted=basket(10000, 10000))
    assert shop.take_back("order", key="back", lines={"l0": 1}).refund.money == 9000
    assert why(couponing.reverse(shop.door, "back", "mistake", "li")) == "acts.not_undone"
    assert why(shop.take_back("order", lines={"l0": 1})) == "coupon.returned_more"


@pytest.mark.parametrize("name", ["", " ", "a\0b", "a\nb", "x" * 201])
def test_a_line_needs_an_id_that_can_be_counted_by(shop, name):
    wanted = AskedBasket("CNY", (Line(name, "p", 5, 1000), Line("b", "p", 1, 1000)))
    with pytest.raises(AppError) as mistake:
        shop.redeem(wanted=wanted)
    assert mistake.value.code == "quotes.line_name"


def test_a_basket_of_as_many_lines_as_there_may_be_comes_back_whole(shop):
    shop.apply(SALE)
    shop.redeem(key="order", wanted=basket(*[1000] * LINES_MAX))
    assert shop.take_back("order").refund.money == 900 * LINES_MAX


def test_one_customer_named_twice_in_a_list_gets_one_coupon(shop):
    shop.apply(template())
    anna, also_anna = shop.somebody(1), shop.somebody(2)
    merge(shop, anna, also_anna)
    for _ in range(2):
        first, second = couponing.issue(shop.door, "letter", "spring", [user(1), user(2)], "li")
        assert first.given.unit == second.given.unit
    assert len(api.wallet(shop.coupons, anna)) == 1


def test_who_has_the_code_of_her_coupon_cannot_spend_her_points(shop):
    shop.apply(POINTS, template(transferable=True))
    mallory, anna = shop.somebody(1), shop.somebody(2)
    shop.points(anna, 5000)
    code = shop.issue(mallory).code
    shop.transfer(code, mallory, anna)
    assert why(shop.redeem(code, points=5000)) == "quotes.points_customer"
    quoted = shop.quote(code, points=5000).quote
    assert (quoted.discount, quoted.points.points) == (2000, 0)
    assert shop.redeem(code, points=5000, fingerprint=quoted.fingerprint, key="order").points_step is None
    assert shop.points(anna) == 5000


def test_the_code_of_a_used_coupon_makes_nobody_its_owner(shop):
    tiers = {"kind": "promotion", "name": "club", "label": LABEL, "funder": "brand"}
    shop.apply({"kind": "segment", "name": "vip", "criteria": 'tag("vip")', "label": LABEL}, template())
    anna = shop.somebody()
    code = shop.issue(anna).code
    shop.redeem(code)
    shop.apply(tiers | {"terms": {"benefit": {"percent": {"off_percent": 10}}, "customers": {"but_not": ["vip"]}}})
    found = shop.quote(code)
    assert [one.refused.code for one in found.not_used] == ["coupon.used"], "the clerk is told what it is"
    assert [one.reason.code for one in found.quote.refused] == ["quotes.customer_unknown"]


def test_the_days_of_a_coupon_that_is_given_ahead_count_from_its_beginning(shop):
    terms = {"benefit": {"amount": {"off_amount": 1}}, "valid_from": "2026-01-20 10:00"}
    shop.apply(template(valid_days=2, terms=terms))
    given = shop.issue(shop.somebody())
    zone = shop.coupons.world.zone
    begins, ends = (from_micros(at).astimezone(zone) for at in (given.valid_from, given.valid_until))
    assert (begins.isoformat()[:16], ends.isoformat()[:16]) == ("2026-01-20T10:00", "2026-01-22T00:00")
