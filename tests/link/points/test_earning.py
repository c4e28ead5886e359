"""Points come of facts by rules: once, rounded as said, up to the caps, to whom the rule means."""

from contextlib import closing

import pytest

from interplay.acts import api as acts
from interplay.bootstrap import loyalty
from interplay.collect.facts.api import Declarations
from interplay.engine.log.contracts import Origin
from interplay.engine.log.read import LogReader
from interplay.kernel.time import DAY, HOUR
from interplay.link.points import api as points
from tests.stores import fact, user


def test_an_order_gives_its_points_once_however_often_it_is_told(shop):
    shop.open()
    shop.order(1, 12_345)
    assert shop.available() == 123
    shop.order(1, 12_345)
    shop.order(1, 99_999, key="once more, with another sum")
    assert shop.available() == 123
    (earned,) = shop.facts("points.earned")
    assert earned == {
        "unit": "points", "amount": 123, "cost": 123, "funder": "brand", "rule": "purchases", "rule_version": 1,
        "order_id": "1",
    }  # fmt: skip
    assert [one["reason"] for one in shop.facts("act.refused")] == ["acts.group_taken"] * 2


@pytest.mark.parametrize(
    ("rule", "value", "points"),
    [
        ({}, 99, 0),
        ({}, 100, 1),
        ({}, 199, 1),
        ({"rounding": "half_even"}, 150, 2),
        ({"rounding": "half_even"}, 250, 2),
        ({"rounding": "half_even"}, 151, 2),
        ({"points": 3, "per": 200}, 199, 2),
        ({"multipliers": [{"times": "1.5"}]}, 300, 4),
        ({"multipliers": [{"times": "1.5"}, {"times": "3", "weekdays": [4]}]}, 300, 9),
        ({"multipliers": [{"times": "3", "weekdays": [5]}]}, 300, 3),
        ({"multipliers": [{"times": "2", "days_of_month": [1]}]}, 300, 6),
        ({"multipliers": [{"times": "2", "from_on": "2026-01-01", "until_on": "2026-01-02"}]}, 300, 6),
        ({"multipliers": [{"times": "2", "until_on": "2026-01-01"}]}, 300, 3),
        ({"caps": {"fact": 5}}, 10_000, 5),
        ({"where": "event.value >= 5000"}, 4_999, 0),
        ({"where": "event.value >= 5000"}, 5_000, 50),
        ({"points": None, "per": None, "fixed": 7}, 1, 7),
        ({"sources": ["till"]}, 10_000, 0),
        ({"enabled": False}, 10_000, 0),
        ({}, -500, 0),
    ],
)
def test_a_rule_gives_what_it_says(shop, rule, value, points):
    """The clock stands at 08:00 on Thursday, 1 January 2026, in the brand's zone."""
    shop.open(rule=rule)
    shop.order(1, value)
    assert shop.available() == points


def test_caps_cut_off_what_goes_beyond_and_days_begin_in_the_brands_zone(shop):
    shop.open(rule={"caps": {"day": 50, "customer": 120}})
    for number in range(3):
        shop.order(number, 3_000)
    assert shop.available() == 50
    shop.clock.at += 16 * HOUR - 1
    shop.order(4, 1_000)
    assert shop.available() == 50, "it is not midnight yet in Shanghai"
    shop.clock.at += 1
    shop.order(5, 9_000)
    shop.clock.at += DAY
    shop.order(6, 9_000)
    assert shop.available() == 120
    shop.order(7, 9_000, user(2))
    assert shop.available(user(2)) == 50


def test_two_cards_of_one_person_share_a_cap(shop):
    shop.open(rule={"caps": {"customer": 50}})
    shop.order(1, 4_000)
    shop.order(2, 4_000, user(2))
    assert (shop.available(), shop.available(user(2))) == (40, 40)
    shop.merge(user(1), user(2))
    shop.order(3, 4_000)
    assert shop.available() == 80, "what is beyond by the merge stays, and nothing more is given"
    shop.order(4, 4_000, user(3))
    shop.merge(user(3), user(4))
    shop.order(5, 4_000, user(4))
    assert shop.available(user(3)) == 50


def test_a_total_cap_is_for_everybody_together(shop):
    shop.open(rule={"caps": {"total": 100}})
    for number in range(4):
        shop.order(number, 3_000, user(number))
    assert sum(shop.available(user(number)) for number in range(4)) == 100


def test_a_rule_speaks_of_what_follows_it(shop):
    shop.order(1, 10_000)
    shop.open()
    assert shop.available() == 0
    shop.order(2, 10_000)
    shop.apply({"kind": "earning", "name": "purchases", "unit": "points", "fact": "order.completed", "fixed": 1})
    shop.order(3, 10_000)
    assert shop.available() == 101, "the second by the first version, the third by the second"
    assert [one["rule_version"] for one in shop.facts("points.earned")] == [1, 2]


def test_a_backfill_gives_nothing_until_it_is_asked_to_and_then_once(shop):
    shop.open(rule={"caps": {"day": 150}})
    told = [
        fact("order.completed", user(1), key=n, fields={"order_id": str(n), "value": 10_000}, origin=Origin.BACKFILL)
        for n in (1, 2)
    ]
    told.append(
        fact("order.refunded", user(1), key=3, fields={"order_id": "1", "value": 4_000}, origin=Origin.BACKFILL)
    )
    positions = [one.position for one in shop.store(*told)]
    assert shop.available() == 0
    given = loyalty.give_for(shop, positions)
    assert (given.facts, given.refunds, given.amounts) == (2, 1, {"points": 150})
    assert shop.available() == 110
    again = loyalty.give_for(shop, positions)
    assert (again.facts, again.refunds, again.amounts) == (0, 0, {})
    assert shop.available() == 110


def test_what_a_backfill_would_give_is_seen_before_with_caps_and_orders_that_are_told_twice(shop):
    shop.open(rule={"caps": {"day": 250}, "campaign": "summer"})
    numbers = (1, 2, 2, 3)
    told = [
        fact("order.completed", user(1), key=i, fields={"order_id": str(n), "value": 10_000}, origin=Origin.BACKFILL)
        for i, n in enumerate(numbers)
    ]
    positions = [one.position for one in shop.store(*told)]
    (seen,) = foreseen(shop, positions).units
    assert (seen.unit, seen.facts, seen.amount, seen.cost) == ("points", 2, 200, 200)
    given = loyalty.give_for(shop, positions)
    assert (given.facts, given.refused, given.amounts) == (2, 1, {"points": 200})
    assert foreseen(shop, positions[:2]).units == ()


def foreseen(shop, positions):
    declarations = Declarations(shop.database, shop.home.settings.brand, shop.keys)
    with closing(LogReader(shop.database)) as reader:
        return points.foresee(declarations, loyalty.store_of(shop.home), reader, positions, lambda _: None)


def test_a_pause_keeps_what_happens_meanwhile_for_afterwards(shop):
    shop.open()
    shop.write(acts.pause, True)
    shop.order(1, 10_000)
    assert shop.available() == 0
    shop.write(acts.pause, False)
    assert shop.available() == 100


def test_pending_points_cannot_be_spent_before_the_return_window_closes(shop):
    shop.open(unit={"pending_days": 7, "expires": {"days": 30}})
    shop.order(1, 10_000)
    assert (shop.balance().available, shop.balance().pending) == (0, 100)
    shop.clock.at += 7 * DAY - 1
    assert shop.spend("early", 1).code == "points.balance"
    shop.clock.at += 1
    assert (shop.balance().available, shop.balance().pending) == (100, 0)
    assert shop.spend("now", 100).is_new


@pytest.mark.parametrize(
    ("expires", "days"), [({"days": 30}, 30), ({"years": 0}, 364), ({"years": 1}, 364 + 365), (None, None)]
)
def test_points_are_gone_from_the_very_instant(shop, expires, days):
    """The year ends at midnight in Shanghai, 8 hours before it does in Greenwich."""
    shop.open(unit={"expires": expires})
    shop.order(1, 10_000)
    if days is None:
        assert shop.balance().expires_at is None
        return
    ends = shop.clock.at + days * DAY + (16 * HOUR if "years" in expires else 0)
    assert shop.balance().expires_at == ends
    shop.clock.at = ends - 1
    assert shop.available() == 100
    shop.clock.at = ends
    assert shop.available() == 0
    assert shop.spend("late", 1).code == "points.balance"
