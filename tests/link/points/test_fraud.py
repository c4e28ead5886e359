"""What somebody tries who wants more points than are hers, or wants another's gone."""

import pytest

from interplay.bootstrap import loyalty
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.link.points import rules
from tests.stores import user


def test_a_cap_is_not_free_again_for_points_that_were_spent_before_the_refund(shop):
    shop.open(unit={"refunds": "within_balance"}, rule={"caps": {"customer": 100}})
    given = 0
    for number in range(4):
        shop.order(number, 10_000)
        if there := shop.available():
            shop.spend(f"gift-{number}", there)
        given += there
        shop.refund(number)
    assert given == 100


@pytest.mark.parametrize(("policy", "pending_days"), [("within_balance", 0), ("only_pending", 7), ("negative", 0)])
def test_a_cap_is_free_again_for_what_a_refund_took(shop, policy, pending_days):
    shop.open(unit={"refunds": policy, "pending_days": pending_days}, rule={"caps": {"customer": 100, "total": 100}})
    shop.order(1, 10_000)
    shop.refund(1, 4_000)
    shop.refund(1, 6_000)
    shop.order(2, 20_000)
    balance = shop.balance()
    assert balance.available + balance.pending == 100


def test_a_part_that_was_spent_stays_counted(shop):
    shop.open(rule={"caps": {"customer": 100}})
    shop.order(1, 10_000)
    shop.spend("gift", 70)
    shop.refund(1)
    assert shop.available() == 0
    shop.order(2, 10_000)
    assert shop.available() == 30


def test_a_refund_of_a_sender_whom_the_rule_does_not_trust_takes_nothing(shop):
    shop.open(rule={"sources": ["erp", "shop"]})
    shop.tell("order.cancelled", user(2), order_id="2", source="page")
    shop.order(1, 10_000, source="erp")
    shop.refund(1, 10_000, user(2), source="page")
    assert shop.available() == 100
    shop.refund(1, 5_000, source="shop")
    assert shop.available() == 50
    shop.tell("order.cancelled", user(2), order_id="1", source="page")
    shop.refund(1, 5_000, source="erp")
    assert shop.available() == 0, "what strangers say is not counted either"
    shop.refund(2, 3_000, source="erp")
    shop.order(2, 10_000, source="erp")
    assert shop.available() == 70


def test_a_month_adds_up_when_somebody_was_erased_in_it(shop):
    shop.open()
    shop.order(1, 10_000)
    shop.order(2, 5_000, user(2))
    shop.follow()
    shop.erase(shop.subject())
    month = loyalty.show_month(shop, "points", "2026-01")
    assert (month.earned, month.erased, month.closing) == (150, 100, 50)
    assert rules.closing_of(month) == month.closing
    shop.clock.at += 40 * DAY
    assert loyalty.close(shop, "points", "2026-01").month == month


def test_the_month_after_the_last_is_none(shop):
    shop.open()
    with pytest.raises(AppError) as mistake:
        loyalty.show_month(shop, "points", "9999-12")
    assert mistake.value.code == "points.month"
