"""What a rule's points may cost: in money, to the last minor unit, whoever comes first."""

import pytest

from interplay.bootstrap import loyalty
from interplay.kernel.errors import AppError
from tests.link.points.shop import RULE, UNIT
from tests.stores import user


def cost(shop):
    shop.follow()
    (rule,) = loyalty.costs(shop)
    return rule.cost


def refused(shop):
    return [(one["act"], one["reason"]) for one in shop.facts("act.refused")]


def test_what_goes_beyond_a_budget_is_refused_whole_and_what_fits_is_given(shop):
    shop.open(rule={"budget": 250})
    shop.order(1, 10_000, user(1))
    shop.order(2, 10_000, user(2))
    shop.order(3, 10_000, user(3))
    shop.order(4, 5_000, user(4))
    assert [shop.available(user(n)) for n in (1, 2, 3, 4)] == [100, 100, 0, 50]
    assert refused(shop) == [("points.earn", "points.budget")]
    assert cost(shop) == 250
    (told,) = loyalty.costs(shop)
    assert (told.rule, told.unit, told.funder, told.budget) == ("purchases", "points", "brand", 250)


def test_a_budget_counts_money_and_not_points(shop):
    shop.open(unit={"worth": {"points": 100, "money": 50}}, rule={"budget": 100})
    shop.order(1, 20_000, user(1))
    shop.order(2, 200, user(2))
    assert (shop.available(user(1)), shop.available(user(2)), cost(shop)) == (200, 0, 100)


def test_what_was_given_before_the_budget_counts_too_and_a_larger_one_goes_on(shop):
    shop.open()
    shop.order(1, 10_000)
    assert cost(shop) == 100
    shop.open(rule={"budget": 150})
    shop.order(2, 10_000)
    assert shop.available() == 100
    shop.open(rule={"budget": 200})
    shop.order(3, 10_000)
    assert (shop.available(), cost(shop)) == (200, 200)


def test_what_refunds_take_back_is_free_again_to_the_last_minor_unit(shop):
    shop.open(unit={"worth": {"points": 3, "money": 2}}, rule={"budget": 66})
    shop.order(1, 10_000, user(1))
    assert cost(shop) == 66
    for part in (3_333, 3_333, 3_334):
        shop.refund(1, part, user(1))
    assert cost(shop) == 0
    shop.order(2, 10_000, user(2))
    assert (shop.available(user(2)), cost(shop)) == (100, 66)


def test_a_refund_before_its_order_leaves_the_cost_of_the_rest(shop):
    shop.open(rule={"budget": 1_000})
    shop.refund(1, 4_000)
    shop.order(1, 10_000)
    assert (shop.available(), cost(shop)) == (60, 60)


def test_a_cancelled_order_costs_nothing(shop):
    shop.open(rule={"budget": 100})
    shop.order(1, 10_000)
    assert cost(shop) == 100
    shop.tell("order.cancelled", user(1), order_id="1")
    assert cost(shop) == 0


def test_points_that_cost_nothing_have_no_budget(shop):
    free = {name: given for name, given in UNIT.items() if name != "worth"}
    with pytest.raises(AppError) as wrong:
        shop.apply(free, {**RULE, "budget": 100})
    assert "would never be used up" in str(wrong.value)
    assert "worth" in wrong.value.text("zh")
