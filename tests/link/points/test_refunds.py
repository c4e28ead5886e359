"""A refund takes back what its order gave: in proportion, once, in any order, whoever she is by then."""

from itertools import permutations

import pytest

from interplay.kernel.time import DAY
from tests.stores import user


def test_a_refund_of_half_an_order_takes_half_of_its_points_once(shop):
    shop.open()
    shop.order(1, 10_000)
    shop.refund(1, 5_000, key="half")
    shop.refund(1, 5_000, key="half")
    assert shop.available() == 50
    (told,) = shop.facts("points.refunded")
    assert told == {
        "unit": "points", "amount": 50, "cost": -50, "funder": "brand", "rule": "purchases", "rule_version": 1,
        "order_id": "1",
    }  # fmt: skip


@pytest.mark.parametrize("parts", list(permutations((3_333, 3_334, 4_000))))
def test_parts_sum_up_to_the_whole_exactly_and_never_beyond(shop, parts):
    shop.open(rule={"points": 7, "per": 1_000})
    shop.order(1, 10_000)
    for part in parts:
        shop.refund(1, part)
    shop.order(2, 10_000)
    assert shop.available() == 70, "of the other order"
    assert sum(one["amount"] for one in shop.facts("points.refunded")) == 70
    assert sum(one["cost"] for one in shop.facts("points.refunded")) == -70


def test_a_refund_that_is_heard_before_its_order_takes_all_the_same(shop):
    shop.open()
    shop.refund(1, 4_000)
    shop.refund(1, 1_000)
    shop.order(1, 10_000)
    assert shop.available() == 50
    shop.refund(1, 5_000)
    assert shop.available() == 0


def test_points_of_a_part_of_the_money_are_refunded_in_proportion_to_all_of_it(shop):
    shop.open(rule={"field": "subtotal"})
    shop.order(1, 10_000, subtotal=8_000)
    assert shop.available() == 80
    shop.refund(1, 5_000)
    assert shop.available() == 40


@pytest.mark.parametrize("name", ["order.cancelled", "order.refunded"])
def test_a_cancelled_order_and_a_refund_without_an_amount_take_all(shop, name):
    shop.open()
    shop.order(1, 10_000)
    shop.refund(1, 2_500)
    shop.tell(name, user(1), order_id="1")
    assert shop.available() == 0
    shop.refund(1, 10_000)
    assert shop.available() == 0


def test_a_refund_by_whoever_tells_it_takes_from_whom_the_order_gave(shop):
    shop.open()
    shop.order(1, 10_000)
    shop.refund(1, 5_000, user(9))
    shop.refund(2, 5_000, user(1))
    assert shop.available() == 50


@pytest.mark.parametrize(
    ("policy", "pending_days", "left"),
    [
        ("only_pending", 0, 30),
        ("only_pending", 7, 20),
        ("within_balance", 0, 0),
        ("within_balance", 7, 20),
        ("negative", 0, -50),
        ("negative", 7, 20),
    ],
)
def test_the_policy_says_what_a_refund_takes_of_what_is_spent(shop, policy, pending_days, left):
    """100 of the order to be refunded, 20 by hand; where nothing is pending 90 are spent before."""
    shop.open(unit={"refunds": policy, "pending_days": pending_days, "adjust_alone_max": 100})
    shop.order(1, 10_000)
    shop.adjust("gift", 20)
    if not pending_days:
        shop.spend("much", 90)
    shop.refund(1, 8_000 if policy == "negative" and not pending_days else 10_000)
    assert shop.available() == left
    if pending_days:
        assert shop.balance().pending == 0


def test_a_debt_is_paid_by_what_comes_next(shop):
    shop.open(unit={"refunds": "negative"})
    shop.order(1, 10_000)
    shop.spend("all", 100)
    shop.refund(1)
    assert shop.available() == -100
    assert shop.spend("no", 1).arguments["available"] == 0
    shop.order(2, 15_000)
    assert shop.available() == 50


def test_a_refund_gives_back_what_was_counted_against_caps(shop):
    shop.open(rule={"caps": {"customer": 100}})
    shop.order(1, 10_000)
    shop.refund(1, 6_000)
    shop.order(2, 10_000)
    assert shop.available() == 100


def test_a_refund_after_a_merge_takes_from_the_whole_wallet_and_an_unmerge_moves_nothing(shop):
    shop.open()
    shop.order(1, 10_000, user(1))
    shop.order(2, 10_000, user(2))
    shop.spend("mine", 80, user(1))
    shop.merge(user(1), user(2))
    assert shop.available(user(1)) == 120
    shop.refund(1, 10_000, user(2))
    assert shop.available(user(2)) == 20
    shop.unmerge(user(1), user(2))
    assert (shop.available(user(1)), shop.available(user(2))) == (0, 20)


def test_points_that_expired_are_not_taken_from_others(shop):
    shop.open(unit={"expires": {"days": 10}})
    shop.order(1, 10_000)
    shop.clock.at += 9 * DAY
    shop.order(2, 10_000)
    shop.follow()
    shop.clock.at += 2 * DAY
    shop.refund(1, 10_000)
    assert shop.available() == 100


def test_a_refund_in_a_currency_without_a_rate_takes_nothing_and_says_so(shop):
    shop.open()
    shop.order(1, 10_000)
    shop.refund(1, currency="USD")
    assert shop.available() == 100
    (told,) = shop.facts("act.refused")
    assert (told["act"], told["reason"]) == ("points.refund", "points.no_rate")
    shop.refund(2, currency="USD")
    assert len(shop.facts("act.refused")) == 1, "an order that gave nothing is nobody's concern"
    shop.refund(1, 5_000, currency="USD", rate="7.10")
    assert shop.available() == 50
