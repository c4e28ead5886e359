"""Cohorts as they are asked of a store: who counts, as of when, by what, and what may not be asked.

Cases named after PostHog restate what its public tests expect, in our words and with our fields.
"""

from contextlib import closing

import pytest

from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR
from interplay.measure.cohorts import api as cohorts
from interplay.measure.cohorts.contracts import AskCohorts, AskLifecycle, AskStickiness, Back, Cut, Entry, Per
from interplay.measure.funnels.contracts import FunnelStep
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import NOW, Store, cookie, fact, user

MONDAY = NOW - 45 * DAY - 8 * HOUR  # 2025-11-17, midnight in Shanghai
LATER = Micros(NOW + 400 * DAY)


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def did(who, *days, name="page.viewed", begin=MONDAY, hour=12, **fields):
    """Return a fact of somebody at noon of each day, counted from a Monday."""
    return [
        fact(name, who, at=begin + day * DAY + hour * HOUR, key=(name, who, begin, day, hour), fields=fields)
        for day in days
    ]


def days(count, begin=MONDAY):
    return {"since": Micros(begin), "until": Micros(begin + count * DAY), "per": Per.DAY}


def asked(shop, start="page.viewed", returned=None, **more):
    other = None if returned is None else cohorts.read_fact(returned)
    return shop.ask(cohorts.ask, AskCohorts(cohorts.read_fact(start), other, **{"at": LATER, **more}))


def back(cells):
    return [one.returned.count for one in cells]


def sizes(found):
    return [one.customers for one in found.cohorts]


def rows(found):
    """Return each cohort as other products show it: its size, then who came back in the periods after it."""
    return [[one.customers, *back(one.cells)[1:]] for one in found.cohorts]


def posthog_retention(shop):
    shop.store(*did(user(1), 0, 1, 2, 5, 6), *did(user(1), 5, hour=21), *did(user(2), 1, 2, 3, 6))


def test_posthog_retention_by_day(shop):
    posthog_retention(shop)
    found = asked(shop, **days(7), entry=Entry.EACH, periods=6)
    expected = [[1, 1, 1, 0, 0, 1, 1], [2, 2, 1, 0, 1, 2], [2, 1, 0, 1, 2], [1, 0, 0, 1], [0], [1, 1], [2]]
    assert [row[: 7 - number] for number, row in enumerate(rows(found))] == expected
    assert (found.entered, found.customers) == (9, 2)


def test_of_her_first_time_each_is_in_one_cohort(shop):
    posthog_retention(shop)
    found = asked(shop, **days(7), periods=6)
    assert rows(found)[:3] == [[1, 1, 1, 0, 0, 1, 1], [1, 1, 1, 0, 0, 1, 0], [0]]
    assert (found.entered, found.customers) == (2, 2)
    later = asked(shop, **days(5, MONDAY + DAY * 2), periods=1)
    assert sizes(later) == [0] * 5, "the first time of both was before"


def test_only_a_later_fact_is_coming_back(shop):
    shop.store(*did(user(1), 0), *did(user(2), 0), *did(user(2), 0, hour=13))
    assert back(asked(shop, **days(1), periods=1).cohorts[0].cells) == [1, 0]
    shop.store(*did(user(3), 0, name="order.completed", hour=11), *did(user(3), 0))
    found = asked(shop, "page.viewed", "order.completed", **days(1), periods=1)
    assert back(found.cohorts[0].cells) == [0, 0]


def test_unbounded_is_in_it_or_later(shop):
    shop.store(*did(user(1), 0, 3), *did(user(2), 0, 1), *did(user(3), 0, 20))
    bounded, unbounded = (asked(shop, **days(1), periods=4, back=one).cohorts[0] for one in Back)
    assert back(bounded.cells) == [0, 1, 0, 1, 0]
    assert back(unbounded.cells) == [3, 3, 2, 2, 1]


def test_a_rolling_day_is_twenty_four_hours_from_the_start(shop):
    shop.store(*did(user(1), 0, hour=23), *did(user(1), 1, hour=1), *did(user(2), 0, hour=1), *did(user(2), 1, hour=1))
    assert back(asked(shop, **days(1), periods=1).cohorts[0].cells) == [0, 2]
    assert back(asked(shop, **days(1), periods=1, cut=Cut.ROLLING).cohorts[0].cells) == [1, 1]


def test_a_period_that_is_not_over_is_in_no_share(shop):
    shop.store(*did(user(1), 0, 1), *did(user(2), 0, hour=1))
    noon = Micros(MONDAY + DAY + 13 * HOUR)
    calendar = asked(shop, **days(2), periods=5, at=noon)
    assert [one.is_open for one in calendar.cohorts] == [False, True]
    first = calendar.cohorts[0].cells
    assert [(one.returned.of, one.open, one.open_returned) for one in first] == [(2, 0, 0), (0, 2, 1)]
    assert first[1].returned.share is None
    assert calendar.mean[0].returned.of == 2
    rolling = asked(shop, **days(1), periods=5, at=noon, cut=Cut.ROLLING).cohorts[0].cells
    assert [(one.returned.count, one.returned.of, one.open, one.open_returned) for one in rolling] == [
        (0, 2, 0, 0), (0, 0, 2, 1),
    ]  # fmt: skip
    earlier = asked(shop, **days(1), periods=5, at=Micros(MONDAY + DAY + 2 * HOUR), cut=Cut.ROLLING).cohorts[0].cells
    assert [(one.returned.of, one.open) for one in earlier] == [(1, 1), (0, 1)]


def test_the_mean_weighs_cohorts_by_their_customers(shop):
    shop.store(*did(user(1), 0, 1), *(one for who in range(2, 5) for one in did(user(who), 1)), *did(user(2), 2))
    found = asked(shop, **days(2), periods=1)
    assert [one.cells[1].returned.share for one in found.cohorts] == [1.0, 1 / 3]
    mean = found.mean[1].returned
    assert (mean.count, mean.of, mean.share) == (2, 4, 0.5)
    assert 0 < mean.low < 0.5 < mean.high < 1


def test_periods_are_made_whole_and_are_the_brands(shop):
    shop.store(*did(user(1), 0, hour=1), *did(user(2), -1, hour=23), *did(user(3), 6, hour=23))
    middle = Micros(MONDAY + 3 * DAY)
    found = asked(shop, per=Per.WEEK, since=middle, until=Micros(middle + 1), periods=0)
    assert (found.since, found.until) == ("2025-11-16T16:00:00Z", "2025-11-23T16:00:00Z")
    assert [(one.begins_on, one.customers) for one in found.cohorts] == [("2025-11-17", 2)]
    months = asked(shop, per=Per.MONTH, since=middle, until=Micros(MONDAY + 20 * DAY), periods=0)
    assert [one.begins_on for one in months.cohorts] == ["2025-11-01", "2025-12-01"]


def test_a_condition_is_on_the_fact_it_stands_by(shop):
    shop.store(
        *did(user(1), 0, name="order.completed", value=500), *did(user(1), 1, 2, name="order.completed", value=90_000),
        *did(user(2), 0, name="order.completed", value=90_000),
    )  # fmt: skip
    found = asked(shop, "order.completed(event.value > 1000)", "order.completed | page.viewed", **days(2), periods=2)
    assert rows(found) == [[1, 0, 0], [1, 1, 0]]


def test_groups_are_by_the_start_fact_and_sum_to_all(shop):
    shop.store(
        *did(user(1), 0, name="product.viewed", product_id="tea"), *did(user(1), 1, name="product.viewed"),
        *did(user(2), 0, name="product.viewed"), *did(user(3), 0, name="product.viewed", product_id="tea"),
    )  # fmt: skip
    found = asked(shop, "product.viewed", **days(1), periods=1, by="product_id")
    assert [(one.value, one.customers, back(one.cells)) for one in found.groups] == [
        ("tea", 2, [0, 1]), (None, 1, [0, 0]),
    ]  # fmt: skip
    shop.store(*(one for n in range(30) for one in did(user(f"m{n}"), 0, name="product.viewed", product_id=f"p{n}")))
    found = asked(shop, "product.viewed", **days(1), periods=1, by="product_id")
    assert (len(found.groups), found.groups[-1].is_rest) == (26, True)
    assert sum(one.customers for one in found.groups) == found.entered == 33
    by_source = asked(shop, "product.viewed", **days(1), periods=1, by="source").groups
    assert [(one.value, one.customers) for one in by_source] == [("test", 33)]


def test_it_can_be_asked_of_a_segment(shop):
    shop.store(*did(user(1), 0, 1), *did(user(1), 0, name="cart.added"), *did(user(2), 0, 1))
    assert rows(asked(shop, **days(1), periods=1, customers='count("cart.added") >= 1')) == [[1, 1]]
    active = AskLifecycle(FunnelStep(("page.viewed",)), **days(1), customers='count("cart.added") >= 1', at=LATER)
    assert shop.ask(cohorts.lifecycle, active).periods[0].new == 1


def test_who_is_merged_is_one_and_begins_once(shop):
    shop.store(*did(cookie(1), 0), *did(user(1), 1))
    assert sizes(asked(shop, **days(2), periods=1)) == [1, 1]
    with closing(LogReader(shop.database)) as reader:
        one, other = (reader.subject_of(shop.keys.digest(*who)) for who in (cookie(1), user(1)))
    shop.write(identity.decide, identity.to_decide(
        DecisionKind.TOGETHER, one, other, actor="li", reason="", database=shop.database, keys=shop.keys,
        brand=shop.home.settings.brand,
    ))  # fmt: skip
    assert rows(asked(shop, **days(2), periods=1)) == [[1, 1], [0]]


def posthog_lifecycle(shop):
    shop.store(
        *did(user(1), -1, 0, 1, 3, 5, 7), *did(user(2), -3, 0), *did(user(3), 0), *did(user(4), 3),
    )  # fmt: skip


def test_posthog_lifecycle_by_day(shop):
    posthog_lifecycle(shop)
    found = shop.ask(cohorts.lifecycle, AskLifecycle(FunnelStep(("page.viewed",)), **days(8), at=LATER))
    assert [one.new for one in found.periods] == [1, 0, 0, 1, 0, 0, 0, 0]
    assert [one.returning for one in found.periods] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert [one.resurrecting for one in found.periods] == [1, 0, 0, 1, 0, 1, 0, 1]
    assert [one.dormant for one in found.periods] == [0, -2, -1, 0, -2, 0, -1, 0]


def test_nobody_is_dormant_in_a_period_that_is_not_over(shop):
    posthog_lifecycle(shop)
    at = Micros(MONDAY + DAY + HOUR)
    found = shop.ask(cohorts.lifecycle, AskLifecycle(FunnelStep(("page.viewed",)), **days(8), at=at))
    assert [(one.is_open, one.dormant) for one in found.periods] == [(False, 0), (True, None)]


def test_posthog_stickiness_by_day(shop):
    shop.store(
        *did(user(1), 0), *did(user(2), 0, 1), *did(user(2), 0, hour=13), *did(user(3), 0, 1, 2),
        *did(user(3), 2, hour=13), *did(user(4), 4),
    )  # fmt: skip
    ask = AskStickiness(FunnelStep(("page.viewed",)), **days(7) | {"per": Per.WEEK}, at=LATER)
    (week,) = shop.ask(cohorts.stickiness, ask).periods
    assert (week.customers, week.active_in) == (4, (2, 1, 1, 0, 0, 0, 0))
    assert (week.mean, week.ratio) == (7 / 4, 7 / 4 / 7)


def test_the_ratio_of_a_month_is_the_mean_day_to_the_month(shop):
    begin = MONDAY - 16 * DAY  # the first of November
    shop.store(*did(user(1), *range(30), begin=begin), *did(user(2), 3, begin=begin), *did(user(3), 40, begin=begin))
    ask = AskStickiness(FunnelStep(("page.viewed",)), since=Micros(begin), until=Micros(begin + 60 * DAY))
    november, december = shop.ask(cohorts.stickiness, ask).periods
    assert (november.begins_on, november.customers, len(november.active_in)) == ("2025-11-01", 2, 30)
    assert november.ratio == pytest.approx((31 / 30) / 2)
    assert (december.customers, december.active_in[:2]) == (1, (1, 0))
    by_week = shop.ask(cohorts.stickiness, AskStickiness(
        FunnelStep(("page.viewed",)), of=Per.WEEK, since=Micros(begin), until=Micros(begin + DAY), at=LATER
    ))  # fmt: skip
    assert by_week.periods[0].active_in == (1, 0, 0, 0, 1)


def test_a_period_that_goes_on_has_no_ratio_yet(shop):
    shop.store(*did(user(1), 0))
    ask = AskStickiness(FunnelStep(("page.viewed",)), **days(1) | {"per": Per.WEEK}, at=Micros(MONDAY + DAY))
    (week,) = shop.ask(cohorts.stickiness, ask).periods
    assert (week.is_open, week.customers, week.mean, week.ratio) == (True, 1, None, None)


def test_nothing_at_all_is_an_answer(shop):
    found = asked(shop, **days(2), periods=2)
    assert (sizes(found), found.mean, found.customers) == ([0, 0], (), 0)
    step = FunnelStep(("page.viewed",))
    assert [one.ratio for one in shop.ask(cohorts.stickiness, AskStickiness(step)).periods] == [None] * 13
    assert {one.new for one in shop.ask(cohorts.lifecycle, AskLifecycle(step)).periods} == {0}
    future = asked(shop, per=Per.DAY, since=Micros(NOW + DAY), until=Micros(NOW + 2 * DAY), at=NOW)
    assert (future.cohorts, future.mean) == ((), ())


def test_all_at_one_instant_go_by_position(shop):
    shop.store(*(fact("page.viewed", user(1), at=MONDAY, key=n) for n in range(5)))
    for cut in Cut:
        assert back(asked(shop, **days(1), periods=1, cut=cut).cohorts[0].cells) == [1, 0]


def test_the_definition_says_what_was_counted_in_both_languages(shop):
    english, chinese = (
        asked(shop, **days(1), entry=Entry.EACH, cut=Cut.ROLLING, back=Back.UNBOUNDED, by="source", lang=lang,
              customers='count("cart.added") >= 1').definition
        for lang in ("en", "zh")
    )  # fmt: skip
    for text in ("did page.viewed in one day", "24 hours", "in it or in any later one", "Groups are by source"):
        assert text in english
    assert "任一周期" in chinese
    assert "cart.added" in chinese
    step = FunnelStep(("page.viewed",))
    assert "平均 DAU / MAU" in shop.ask(cohorts.stickiness, AskStickiness(step, lang="zh")).definition
    assert "回流" in shop.ask(cohorts.lifecycle, AskLifecycle(step, lang="zh")).definition


@pytest.mark.parametrize(("start", "more", "code"), [
    ("page.viewed?", {}, "optional"),
    ("page.seen", {}, "fact"),
    (" | ".join(["page.viewed"] * 11), {}, "facts"),
    ("page.viewed(event.nothing > 1)", {}, "where"),
    ("page.viewed", {"by": "email"}, "field"),
    ("page.viewed", {"periods": 401}, "periods"),
    ("page.viewed", {"periods": -1}, "periods"),
    ("page.viewed", {"since": NOW, "until": NOW}, "period"),
    ("page.viewed", {"per": Per.DAY, "since": Micros(0)}, "many"),
    ("page.viewed", {"per": Per.DAY, "since": Micros(NOW - 300 * DAY), "at": NOW, "periods": 200}, "cells"),
    ("page.viewed > order.completed", {}, "one"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(shop, start, more, code):
    with pytest.raises(AppError) as error:
        asked(shop, start, **more)
    assert error.value.code == f"cohorts.{code}"
    assert error.value.text("zh") != error.value.text("en")


def test_days_are_not_asked_by_the_month(shop):
    with pytest.raises(AppError) as error:
        shop.ask(cohorts.stickiness, AskStickiness(FunnelStep(("page.viewed",)), per=Per.DAY, of=Per.DAY))
    assert error.value.code == "cohorts.lengths"
