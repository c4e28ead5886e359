"""One coupon from its issue to its end."""

import pytest

from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.link.coupons import api
from interplay.link.coupons.contracts import Issue
from tests.link.coupons.shop import basket, template, why


def test_a_coupon_is_issued_quoted_used_once_and_comes_back_with_the_whole_order(shop):
    shop.apply(template(campaign="may", budget=5000))
    anna = shop.somebody()
    given = shop.issue(anna, key="a")
    assert shop.issue(anna, key="a").code == given.code, "asking again gives the same one"
    assert shop.state(given.code) == "owned"
    quoted = shop.quote(given.code, wanted=basket(8000, 7000), store="s1")
    assert (quoted.quote.discount, quoted.quote.payable) == (2000, 13000)
    done = shop.redeem(
        given.code, wanted=basket(8000, 7000), key="r", fingerprint=quoted.quote.fingerprint, order="O1", store="s1"
    )
    assert (done.quote.payable, done.subject, done.coupons[0].cost) == (13000, anna, 2000)
    again = shop.redeem(
        given.code, wanted=basket(8000, 7000), key="r", fingerprint=quoted.quote.fingerprint, order="O1", store="s1"
    )
    assert (again.quote, again.is_new) == (done.quote, False)
    assert shop.state(given.code) == "used"
    assert why(shop.redeem(given.code)) == "coupon.used"
    (told,) = shop.told("coupon.redeemed")
    assert told == {
        "unit_no": given.unit, "template": "spring", "template_version": 1, "discount": 2000, "cost": 2000,
        "funder": "brand", "campaign_id": "may", "order_id": "O1", "store_id": "s1", "channel": "store",
        "currency": "CNY",
    }  # fmt: skip
    half = shop.take_back("r", lines={"l0": 1})
    assert (half.refund.money, half.units, half.is_whole) == (8000 - 1067, (), False)
    assert shop.state(given.code) == "used"
    rest = shop.take_back("r")
    assert (half.refund.money + rest.refund.money, rest.units, rest.is_whole) == (13000, (given.unit,), True)
    assert shop.state(given.code) == "owned"
    assert sum(one["cost"] for one in shop.told("coupon.reversed")) == 2000
    assert why(shop.take_back("r")) == "coupon.returned_all"
    assert api.sheet(shop.coupons).spent[0].cost == 0


def test_a_coupon_keeps_the_terms_of_the_version_it_was_given_under(shop):
    shop.apply(template())
    anna = shop.somebody()
    old = shop.issue(anna)
    shop.apply(template(terms={"benefit": {"amount": {"off_amount": 100}}}))
    new = shop.issue(anna)
    assert (old.version, new.version) == (1, 2)
    assert shop.quote(old.code).quote.discount == 2000
    assert shop.quote(new.code).quote.discount == 100


def test_limits_hold_for_all_the_customer_and_the_day(shop):
    shop.apply(template("few", total_max=3, per_day_max=2, per_customer_max=1))
    people = [shop.somebody(n) for n in range(5)]
    assert shop.issue(people[0], "few").is_new
    assert why(shop.issue(people[0], "few")) == "coupon.customer_full"
    assert shop.issue(people[1], "few").is_new
    assert why(shop.issue(people[2], "few")) == "coupon.day_full"
    shop.clock.at += DAY
    assert shop.issue(people[2], "few").is_new
    assert why(shop.issue(people[3], "few")) == "coupon.handed_out"


def test_a_limit_that_comes_later_counts_what_was_given_before(shop):
    shop.apply(template())
    anna = shop.somebody()
    assert shop.issue(anna).is_new
    shop.apply(template(per_customer_max=1))
    assert why(shop.issue(anna)) == "coupon.customer_full"


def test_issuing_to_a_list_again_gives_nobody_a_second_one(shop):
    shop.apply(template())
    asks = [Issue(key=f"list:{n}", template="spring", subject=shop.somebody(n)) for n in range(30)]
    first = list(api.issue_all(shop.coupons, shop.door, asks))
    again = list(api.issue_all(shop.coupons, shop.door, asks))
    assert [one.code for one in again] == [one.code for one in first]
    assert not any(one.is_new for one in again)
    (line,) = api.sheet(shop.coupons).lines
    assert (line.given, line.owned) == (30, 30)


def test_a_voided_coupon_is_no_more(shop):
    shop.apply(template())
    given = shop.issue(shop.somebody())
    assert shop.void(given.code, key="v").unit == given.unit
    assert shop.void(given.code, key="v").unit == given.unit
    assert why(shop.void(given.code)) == "acts.void"
    assert why(shop.redeem(given.code)) == "coupon.void"
    assert shop.told("coupon.voided")[0]["reason"] == "mistake"


def test_a_coupon_may_be_handed_on_where_its_template_says_so(shop):
    shop.apply(template("gift", transferable=True), template("mine"))
    anna, bob = shop.somebody(1), shop.somebody(2)
    given = shop.issue(anna, "gift")
    assert why(shop.transfer(given.code, bob, anna)) == "coupon.others"
    assert shop.transfer(given.code, anna, bob, key="t").code == given.code
    assert shop.transfer(given.code, anna, bob, key="t").is_new is False
    assert why(shop.redeem(given.code, subject=anna)) == "coupon.others"
    assert shop.redeem(given.code, subject=bob).is_new
    assert why(shop.transfer(given.code, bob, anna)) == "coupon.used"
    assert why(shop.transfer(shop.issue(anna, "mine").code, anna, bob)) == "coupon.not_transferable"
    assert [one["transfer"] for one in shop.told("coupon.transferred")] == ["given", "received"]


def test_a_held_order_keeps_its_coupon_until_it_is_committed_or_its_time_is_over(shop):
    shop.apply(template(budget=3000))
    anna = shop.somebody()
    given, other = shop.issue(anna), shop.issue(anna)
    held = shop.redeem(given.code, key="h", hold_seconds=60)
    assert (held.state, shop.state(given.code)) == ("held", "held")
    assert why(shop.redeem(given.code)) == "coupon.held"
    assert why(shop.redeem(other.code)) == "coupon.budget", "what is held counts"
    assert shop.told("coupon.redeemed") == []
    assert shop.commit("h").state == "done"
    assert shop.commit("h").state == "done"
    assert shop.state(given.code) == "used"
    assert len(shop.told("coupon.redeemed")) == 1
    assert why(shop.commit("nothing")) == "coupon.unknown_order"


def test_an_expired_hold_is_refused_and_its_coupon_free(shop):
    shop.apply(template())
    given = shop.issue(shop.somebody())
    shop.redeem(given.code, key="h", hold_seconds=60)
    shop.clock.at += 60_000_000
    assert why(shop.commit("h")) == "acts.hold_expired"
    assert shop.state(given.code) == "owned"
    assert shop.redeem(given.code).is_new


def test_a_held_order_that_comes_back_is_let_go(shop):
    shop.apply(template())
    anna = shop.somebody()
    shop.points(anna, 500)
    given = shop.issue(anna)
    shop.redeem(given.code, key="h", hold_seconds=60, points=300, subject=anna)
    assert shop.points(anna) == 200
    assert shop.take_back("h").refund is None
    assert shop.take_back("h").refund is None
    assert (shop.state(given.code), shop.points(anna)) == ("owned", 500)
    assert why(shop.commit("h")) == "acts.hold_expired"


def test_points_are_spent_with_the_order_and_come_back_by_line(shop):
    shop.apply(template())
    anna = shop.somebody()
    shop.points(anna, 1000)
    done = shop.redeem(wanted=basket(20000, 15000), key="r", subject=anna, points=100)
    assert [line.discounts["points"] for line in done.quote.lines] == [57, 43]
    assert shop.points(anna) == 900
    first = shop.take_back("r", lines={"l0": 1}, key="b")
    assert shop.take_back("r", lines={"l0": 1}, key="b").refund == first.refund, "once"
    assert shop.points(anna) == 900 + first.refund.points
    assert why(shop.take_back("r", lines={"l0": 1})) == "coupon.returned_more"
    shop.take_back("r", lines={"l1": 1})
    assert shop.points(anna) == 1000


def test_points_at_the_till_are_worth_what_their_document_says_and_are_told(shop):
    label = {"zh": "积分", "en": "points"}
    shop.apply({"kind": "points", "name": "points", "label": label, "worth": {"points": 100, "money": 200}})
    anna = shop.somebody()
    shop.points(anna, 1000)
    done = shop.redeem(wanted=basket(20000), key="r", subject=anna, points=100, order="O1", store="s1")
    assert (done.quote.payable, shop.points(anna)) == (19800, 900)
    assert shop.told("points.spent") == [
        {"unit": "points", "amount": 100, "value": 200, "order_id": "O1", "store_id": "s1", "channel": "store"}
    ]
    shop.apply({"kind": "points", "name": "points", "label": label})
    with pytest.raises(AppError) as no:
        shop.quote(wanted=basket(20000), subject=anna, points=100)
    assert no.value.code == "coupons.points_worth"


def test_an_offer_for_a_tier_is_for_those_who_have_it(shop):
    label = {"zh": "金卡", "en": "Gold"}
    unit = {"kind": "points", "name": "points", "label": label}
    tiers = [{"name": "gold", "at": 500, "label": label}]
    shop.apply(
        template(terms={"benefit": {"amount": {"off_amount": 100}}, "tiers": {"only": ["gold"]}}),
        {"kind": "tier", "name": "club", "label": label, "unit": "points", "window": {"days": 365}, "tiers": tiers},
        unit,
    )
    anna, bert = shop.somebody(1), shop.somebody(2)
    shop.points(anna, 500)
    shop.points(bert, 499)
    assert shop.quote(shop.issue(anna).code).quote.discount == 100
    (refused,) = shop.quote(shop.issue(bert).code).quote.refused
    assert refused.reason.code == "quotes.tier"


def test_what_she_gets_from_others_counts_against_what_she_may_have(shop):
    shop.apply(template("gift", transferable=True, per_customer_max=1))
    anna, bob, carl = (shop.somebody(number) for number in (1, 2, 3))
    first, second = shop.issue(anna, "gift").code, shop.issue(bob, "gift").code
    assert why(shop.transfer(first, anna, bob)) == "coupon.customer_full"
    assert shop.transfer(first, anna, carl).is_new
    assert why(shop.issue(carl, "gift")) == "coupon.customer_full"
    assert why(shop.transfer(second, bob, carl)) == "coupon.customer_full"
