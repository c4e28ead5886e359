"""Spending, giving back, adjusting, expiring, closing months: each once, each refused with its reason."""

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.bootstrap import loyalty
from interplay.bootstrap.registry import CUSTOMER_DATA
from interplay.engine.log.customer_data import Whom
from interplay.engine.oltp.contracts import Command
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.link.points import api as points
from interplay.link.points import rules
from tests.stores import user


def test_points_are_spent_as_money_once_and_only_in_whole_amounts(shop):
    shop.open(unit={"worth": {"points": 200, "money": 3}})
    shop.order(1, 100_000)
    paid = shop.spend("till-1", 400, is_money=True)
    assert paid.is_new
    assert not shop.spend("till-1", 400, is_money=True).is_new
    assert shop.available() == 600
    assert shop.facts("points.spent") == [{"unit": "points", "amount": 400, "value": 6}]
    assert shop.spend("till-2", 100, is_money=True) == Refused(
        "points.not_whole", {"asked": 100, "points": 200, "money": 3}
    )
    with pytest.raises(AppError) as wrong:
        shop.spend("till-1", 200, is_money=True)
    assert wrong.value.code == "acts.key_reused"


@pytest.mark.parametrize("amount", [0, -5, 10**13])
def test_amounts_that_are_none_are_refused(shop, amount):
    shop.open()
    shop.order(1, 10_000)
    with pytest.raises(AppError) as wrong:
        shop.spend("k", amount)
    assert wrong.value.code == "points.amount"
    assert shop.available() == 100


def test_a_unit_without_worth_is_no_money(shop):
    shop.open(unit={"worth": None})
    shop.order(1, 10_000)
    assert shop.spend("k", 10, is_money=True) == Refused("points.not_money", {"unit": "points"})
    assert shop.facts("points.earned")[0]["cost"] == 0
    with pytest.raises(AppError) as wrong:
        points.unit_of(shop.units(), "gold")
    assert wrong.value.code == "points.unit"


def test_a_held_spending_is_settled_or_let_go_by_itself(shop):
    shop.open()
    shop.order(1, 10_000)
    shop.follow()
    until = shop.clock.at + DAY
    for key, is_kept in (("kept", True), ("left", False), ("late", None)):
        ask = points.Spend(key, "points", shop.subject(), 30, hold_until=until)
        assert points.spend(shop.home.acts, shop.database, shop, shop.units(), ask).state == "held"
        if is_kept is not None:
            points.settle(shop.home.acts, shop, key, is_kept=is_kept)
    assert shop.available() == 40
    shop.clock.at = until
    assert points.settle(shop.home.acts, shop, "late").code == "acts.hold_expired"
    assert [one["amount"] for one in shop.facts("points.spent")] == [30]


def test_what_was_spent_goes_back_where_it_came_from(shop):
    shop.open(unit={"expires": {"days": 10}})
    shop.order(1, 10_000)
    shop.spend("gift", 80)
    back = points.unspend(shop.home.acts, shop, "r1", "gift", 30, shop.subject())
    assert back.is_new
    assert not points.unspend(shop.home.acts, shop, "r1", "gift", 30, shop.subject()).is_new
    assert shop.available() == 50
    assert points.unspend(shop.home.acts, shop, "r2", "gift", 60, shop.subject()).code == "acts.undone_already"
    shop.clock.at += 10 * DAY
    points.unspend(shop.home.acts, shop, "r3", "gift", 50, shop.subject())
    assert shop.available() == 0, "it has expired meanwhile"


def test_an_adjustment_needs_a_reason_and_beyond_a_limit_another_approver(shop):
    shop.open(unit={"adjust_alone_max": 50, "expires": {"days": 10}})
    shop.tell("customer.identified", user(1))
    assert shop.adjust("a", 50, asker="li", approver="li").is_new
    assert shop.adjust("b", 51, asker="li", approver=" LI ") == Refused("points.approver", {"asked": 51, "allowed": 50})
    assert shop.adjust("b", 51, asker="li", approver="wang").is_new
    assert not shop.adjust("b", 51, asker="li", approver="wang").is_new
    assert shop.adjust("c", -200).code == "points.balance"
    assert shop.adjust("d", -100).is_new
    assert shop.available() == 1
    assert [one["amount"] for one in shop.facts("points.adjusted")] == [50, 51, -100]
    assert [one["cost"] for one in shop.facts("points.adjusted")] == [50, 51, -100]
    with pytest.raises(AppError) as wrong:
        shop.adjust("e", 1, approver=" ")
    assert wrong.value.code == "points.text"


def test_what_ends_is_announced_once_and_written_off(shop):
    shop.open(unit={"expires": {"days": 60}, "notice_days": 30})
    for number in range(3):
        shop.order(number, 10_000, user(number))
    shop.order(7, 5_000, user(0))
    shop.follow()
    shop.clock.at += 30 * DAY
    loyalty.expire(shop)
    assert shop.facts("points.expiring") == [], "thirty days before, not earlier"
    shop.clock.at += 1
    for _ in range(2):
        loyalty.expire(shop)
    assert sorted(one["amount"] for one in shop.facts("points.expiring")) == [100, 100, 150]
    shop.spend("some", 40, user(0))
    shop.clock.at += 30 * DAY - 1
    assert shop.available(user(0)) == 0, "before anybody wrote it off"
    for _ in range(2):
        loyalty.expire(shop)
    assert sum(one["amount"] for one in shop.facts("points.expired")) == 310
    assert acts.totals(shop.database, "points")["customers"] == 0


def test_a_month_adds_up_to_the_ledger_and_is_closed_once(shop):
    shop.open(unit={"expires": {"days": 40}, "pending_days": 3})
    shop.order(1, 10_000)
    shop.order(2, 5_000, user(2))
    shop.follow()
    shop.clock.at += 4 * DAY
    shop.refund(1, 2_000)
    shop.spend("a", 30)
    shop.adjust("b", 12)
    with pytest.raises(AppError) as wrong:
        loyalty.close(shop, "points", "2026-01")
    assert wrong.value.code == "points.month_open"
    shop.clock.at += 28 * DAY
    closed = loyalty.close(shop, "points", "2026-01")
    assert closed.is_new
    assert closed.month == closed.now
    table = closed.month
    assert (table.opening, table.earned, table.refunded, table.spent, table.expired) == (0, 150, 20, 30, 0)
    assert (table.adjusted, table.held, table.closing) == (12, 0, 112)
    shop.clock.at += 20 * DAY
    loyalty.expire(shop)
    shop.clock.at += 10 * DAY
    second = loyalty.close(shop, "points", "2026-02").month
    assert (second.opening, second.expired, second.closing) == (112, 112, 0)
    for one in (table, second):
        assert rules.closing_of(one) == one.closing
    again = loyalty.close(shop, "points", "2026-01")
    assert (again.is_new, again.month, again.now) == (False, table, table)
    assert len(shop.facts("points.closed")) == 2
    for month in ("2026-13", "soon", "2026-1"):
        with pytest.raises(AppError) as wrong:
            loyalty.close(shop, "points", month)
        assert wrong.value.code == "points.month"


def test_a_month_adds_up_when_a_customer_was_erased(shop):
    shop.open()
    shop.order(1, 10_000)
    shop.order(2, 5_000, user(2))
    shop.spend("a", 30)
    whom = Whom((shop.subject(user(1)),), None)
    data = next(one for one in CUSTOMER_DATA if one.name == "acts")
    erase = Command("test.erase", type(None), None, lambda tx, _: data.erase(tx, shop.keys, whom, None))
    shop.write(erase, None)
    month = loyalty.show_month(shop, "points", "2026-01")
    assert (month.earned, month.spent, month.erased, month.closing) == (150, 30, 70, 50)
    assert rules.closing_of(month) == month.closing


def test_what_customers_hold_is_known_in_points_and_money(shop):
    shop.open(unit={"worth": {"points": 100, "money": 50}, "refunds": "negative", "pending_days": 1})
    shop.order(1, 10_000)
    shop.order(2, 20_000, user(2))
    shop.follow()
    shop.clock.at += DAY
    shop.spend("all", 100)
    shop.refund(1)
    shop.order(3, 1_000, user(3))
    shop.follow()
    (found,) = loyalty.liability(shop)
    assert (found.available, found.pending, found.expired, found.owed, found.money) == (200, 10, 0, -100, 105)
