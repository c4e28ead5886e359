"""Alerts of a store: what fires, what is quiet, what is unknown, and what is told of it once."""

import random

import pytest

from interplay.bootstrap.watching import LATE, Watch
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR
from interplay.measure.alerts import api as alerts
from interplay.measure.alerts.contracts import AskAlerts, State
from tests.stores import NOW, Store, fact, user

MIDNIGHT = NOW - 8 * HOUR  # of the brand's clocks: 2026-01-01 in Asia/Shanghai
DAYS = 75
BROKEN = 9


def alert(**content):
    return {"kind": "alert", "name": "checkout", "metric": "orders", "change": 0.2, **content}


def orders(broken=True, days=DAYS, seed=1, per_day=40):
    """Return orders of many days until midnight; on the last nine, on phones hardly any come through."""
    rng, told = random.Random(seed), []
    for day in range(days):
        for number in range(per_day + rng.randrange(-6, 7)):
            channel = rng.choice(["web", "web", "web", "app", "store"])
            if broken and day >= days - BROKEN and channel == "web" and rng.random() < 0.95:
                continue
            at = MIDNIGHT - (days - day) * DAY + rng.randrange(DAY)
            fields = {"channel": channel, "value": 1_000}
            told.append(fact("order.completed", user(number), key=(day, number), at=at, fields=fields))
    return told


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def asked(shop, *names, at=NOW, **more):
    return shop.ask(alerts.ask, AskAlerts(names, at, **more))


def test_what_is_broken_is_named_since_when(shop):
    shop.apply(alert(dimensions=["channel"]))
    shop.store(*orders())
    (found,) = asked(shop)
    assert (found.state, found.since, found.until) == (
        State.FIRING, "2025-12-31T00:00+08:00", "2026-01-01T00:00+08:00",
    )  # fmt: skip
    assert found.value < 0.8 * found.expected
    assert found.low < found.expected < found.high
    assert (found.cause.dimensions, found.cause.values) == (("channel",), ("web",))
    assert found.cause.since == "2025-12-23T00:00+08:00"
    assert found.cause.share > 0.8
    assert "channel = web, since 2025-12-23" in found.text
    assert "原因在于 channel = web" in asked(shop, lang="zh")[0].text


def test_usual_days_are_quiet_and_the_open_day_is_not_judged(shop):
    shop.apply(alert())
    shop.store(*orders(broken=False))
    (found,) = asked(shop, at=NOW + 5 * HOUR)  # hardly any orders today
    assert (found.state, found.cause) == (State.QUIET, None)
    assert found.until == "2026-01-01T00:00+08:00"
    assert asked(shop, at=MIDNIGHT - 1)[0].until == "2025-12-31T00:00+08:00"
    assert asked(shop, at=MIDNIGHT)[0].until == "2026-01-01T00:00+08:00"


def test_no_orders_at_all_is_a_change_too(shop):
    shop.apply(alert())
    shop.store(*(one for one in orders(broken=False) if one.occurred_at < MIDNIGHT - DAY))
    (found,) = asked(shop)
    assert (found.state, found.value) == (State.FIRING, 0.0)


@pytest.mark.parametrize(("content", "days", "reason"), [
    ({}, 20, "four stretches"), ({"least": 500}, DAYS, "less than 500"),
    ({"metric": "average_order_value", "only": {"channel": "kiosk"}}, DAYS, "no number"),
])  # fmt: skip
def test_too_little_is_unknown_and_never_quiet(shop, content, days, reason):
    shop.apply(alert(**content))
    shop.store(*orders(broken=False, days=days))
    (found,) = asked(shop)
    assert found.state is State.UNKNOWN
    assert reason in found.reason


@pytest.mark.parametrize(("content", "state"), [
    ({"above": 20}, State.FIRING), ({"below": 20}, State.QUIET), ({"above": 1_000, "below": 60}, State.FIRING),
])  # fmt: skip
def test_bounds_need_no_past(shop, content, state):
    shop.apply({"kind": "alert", "name": "checkout", "metric": "orders", **content})
    shop.store(*orders(broken=False, days=3))
    (found,) = asked(shop)
    assert (found.state, found.expected) == (state, None)
    assert found.began == (
        "2025-12-30T00:00+08:00" if state is State.FIRING and "below" not in content else found.began
    )


def test_a_bound_of_a_young_store_names_no_cause_and_of_an_older_one_only_what_it_knows(shop):
    shop.apply({"kind": "alert", "name": "checkout", "metric": "orders", "below": 25, "dimensions": ["channel"]})
    shop.store(*orders(broken=False, days=3))
    shop.store(*(one for one in orders(days=12) if one.occurred_at < MIDNIGHT - 3 * DAY))
    assert asked(shop, at=NOW - 11 * DAY)[0].cause is None
    (found,) = asked(shop, at=NOW - 3 * DAY)
    assert found.state is State.FIRING
    assert found.cause is None or found.cause.since >= "2025-12-20"


def test_an_empty_store_is_unknown_of_shares_and_of_counts(shop):
    shop.apply(alert(), {"kind": "alert", "name": "rate", "metric": "refund_rate", "change": 0.1})
    assert [one.state for one in asked(shop)] == [State.UNKNOWN, State.UNKNOWN]


def test_what_is_not_enabled_is_shown_only_by_its_name(shop):
    shop.apply(alert(enabled=False))
    assert asked(shop) == []
    assert asked(shop, "checkout")[0].name == "checkout"
    with pytest.raises(AppError, match="checkout"):
        asked(shop, "elsewhere")


@pytest.mark.parametrize("by", ["hour", "week"])
def test_hours_and_weeks_are_judged_by_their_like(shop, by):
    shop.apply(alert(by=by, least=0))
    shop.store(*orders(broken=False, days=60))
    (found,) = asked(shop)
    assert found.expected is not None
    assert found.state is not State.UNKNOWN


@pytest.mark.parametrize(("content", "told"), [
    ({"metric": "ordres"}, "orders"), ({"above": 1}, "either a change"), ({"change": None}, "either a change"),
    ({"change": -0.1}, "above 0"), ({"by": "month"}, "hour, day or week"), ({"dialect": "ga4"}, "no dialect"),
    ({"dimensions": ["a", "b", "c", "d"]}, "at most 3"), ({"change": None, "above": 1, "below": 2}, "larger"),
])  # fmt: skip
def test_a_wrong_document_is_refused_in_words(shop, content, told):
    with pytest.raises(AppError, match=told):
        shop.apply({key: one for key, one in alert(**content).items() if one is not None})


def test_it_is_told_once_that_one_fires_and_once_that_it_is_over(shop):
    shop.apply(alert(dimensions=["channel"]))
    shop.store(*orders())
    shop.clock.at = NOW + LATE

    def looked():
        return [one.name for one in Watch(shop.home, shop, shop).look()]  # each as after a restart

    assert looked() == ["alert.raised"]
    assert looked() == []
    shop.clock.at += DAY
    usual = [fact("order.completed", user(n), key=("later", n), at=NOW - 8 * HOUR + n * HOUR // 2,
                  fields={"channel": "web", "value": 1_000}) for n in range(40)]  # fmt: skip
    shop.store(*usual)
    assert looked() == ["alert.ended"]
    assert looked() == []
    assert [row.name for row in shop.rows() if row.name.startswith("alert.")] == ["alert.raised", "alert.ended"]
    (found,) = asked(shop, at=shop.clock.at)
    assert (found.state, found.is_told) == (State.QUIET, False)
