"""The story itself: the same for a seed, shaped by the calendar, of the size and speed that the demo needs."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from statistics import mean
from time import process_time

import pytest

from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, to_micros
from interplay.rehearse.brand.api import simulate
from interplay.rehearse.brand.contracts import Habit, Session, Stage, TillOrder
from interplay.rehearse.brand.setting import DayKind, brand, day, day_kind, local

UNTIL = datetime(2026, 7, 1, 4, 30, tzinfo=UTC)
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def told():
    return simulate(seed=7, people=600, until=NOON, days=60)


def text_of(told, path):
    told.write_order_file(path)
    return json.dumps([list(told.segment_events()), list(told.sensors_events())]), path.read_bytes()


def test_the_same_seed_tells_the_same_story(told, tmp_path):
    again = simulate(seed=7, people=600, until=NOON, days=60)
    assert text_of(told, tmp_path / "one.csv") == text_of(again, tmp_path / "two.csv")
    assert told.truth == again.truth


def test_another_seed_tells_another_story(told):
    other = simulate(seed=8, people=600, until=NOON, days=60)
    assert list(told.segment_events()) != list(other.segment_events())


@pytest.mark.parametrize(
    ("on", "kind"),
    [
        (date(2026, 2, 14), DayKind.WORKDAY),  # a Saturday worked before Spring Festival
        (date(2026, 2, 15), DayKind.HOLIDAY),
        (date(2026, 2, 23), DayKind.HOLIDAY),
        (date(2026, 2, 24), DayKind.WORKDAY),
        (date(2026, 6, 19), DayKind.HOLIDAY),
        (date(2026, 6, 27), DayKind.WEEKEND),
        (date(2025, 10, 6), DayKind.HOLIDAY),
        (date(2025, 10, 11), DayKind.WORKDAY),
    ],
)
def test_the_calendar_knows_holidays_and_worked_weekends(on, kind):
    assert day_kind(on) is kind


def test_every_worked_weekend_is_a_weekend_and_no_holiday():
    for on in brand().worked_weekends:
        assert on.weekday() >= 5
        assert not any(h.from_on <= on < h.until_on for h in brand().holidays)


def test_promotions_go_before_the_members_wednesday():
    assert day(date(2026, 6, 17)).code == "SUMMER618"
    assert day(date(2026, 6, 24)).code == "WEDNESDAY"
    assert day(date(2026, 6, 25)).percent == 0


def orders_a_day(told, habit, kind):
    """Mean number of till orders of people of a habit on a kind of day."""
    counts = Counter(
        local(h.at).date()
        for h in told.happenings()
        if isinstance(h, TillOrder) and h.person is not None and h.person.habit is habit and not h.refund_of
    )
    return mean(n for on, n in counts.items() if day_kind(on) is kind)


def test_families_come_at_weekends_and_commuters_on_workdays(told):
    for kind in (DayKind.WEEKEND, DayKind.HOLIDAY):
        assert orders_a_day(told, Habit.FAMILY, kind) > 4 * orders_a_day(told, Habit.FAMILY, DayKind.WORKDAY)
        assert orders_a_day(told, Habit.COMMUTER, DayKind.WORKDAY) > 2 * orders_a_day(told, Habit.COMMUTER, kind)


def test_members_wednesday_is_busier_than_other_workdays(told):
    by_day = Counter(local(h.at).date() for h in told.happenings())
    workdays = [on for on in by_day if day_kind(on) is DayKind.WORKDAY and on.weekday() != 2 and not day(on).code]
    wednesdays = [on for on in by_day if day(on).code == "WEDNESDAY" and day_kind(on) is DayKind.WORKDAY]
    assert mean(by_day[on] for on in wednesdays) > 1.1 * mean(by_day[on] for on in workdays)


def test_iced_drinks_sell_in_summer_and_hot_ones_in_winter():
    def share(until, sku):
        told = simulate(seed=3, people=600, until=until, days=30)
        sold = Counter(ln.product.sku for h in told.happenings() if isinstance(h, TillOrder) for ln in h.lines)
        return sold[sku] / sold.total()

    summer, winter = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert share(summer, "D06") > 1.3 * share(winter, "D06")
    assert share(winter, "D11") > 1.1 * share(summer, "D11")


def test_everything_happens_inside_the_window_and_in_order(told):
    until = to_micros(NOON)
    begins = []
    for happening in told.happenings():
        instants = [s.at for s in happening.steps] if isinstance(happening, Session) else [happening.at]
        assert until - 60 * DAY <= instants[0]
        assert instants[-1] < until
        assert instants == sorted(instants)
        begins.append(instants[0])
    assert begins == sorted(begins)


def test_a_till_never_sells_at_night(told):
    assert all(7 <= local(h.at).hour < 23 for h in told.happenings() if isinstance(h, TillOrder))


def test_the_new_come_late_and_the_lapsed_leave_early(told):
    first, last = {}, {}
    for h in told.happenings():
        if h.person is not None:
            first.setdefault(h.person.number, h.at)
            last[h.person.number] = h.at
    begin = told.window.midnight(told.window.first_on)
    for person in told.people:
        if person.number in first and person.stage is Stage.NEW:
            assert first[person.number] >= begin + person.first_day * DAY
        # Bottles are opened, reviews written and parcels returned some days after the last visit.
        if person.number in last and person.stage is Stage.LAPSED:
            assert last[person.number] < begin + (0.3 * 60 + 8) * DAY


def test_order_numbers_are_given_out_once(told):
    numbers = [h.order_no for h in told.happenings() if isinstance(h, TillOrder)]
    numbers += [s.order_no for h in told.happenings() if isinstance(h, Session) for s in h.steps if s.kind == "order"]
    assert len(numbers) == len(set(numbers))


def test_refunds_return_a_whole_order_after_it_was_bought(told):
    bought = {h.order_no: h for h in told.happenings() if isinstance(h, TillOrder) and not h.refund_of}
    refunds = [h for h in told.happenings() if isinstance(h, TillOrder) and h.refund_of]
    assert refunds
    for back in refunds:
        assert back.at > bought[back.refund_of].at
        assert back.value == bought[back.refund_of].value


def test_the_demo_has_60_to_80_thousand_facts_in_less_than_8_seconds_of_cpu(tmp_path):
    began = process_time()
    told = simulate(seed=1, people=3_000, until=UNTIL, days=90)
    sent = sum(1 for _ in told.segment_events()) + sum(1 for _ in told.sensors_events())
    assert told.write_order_file(tmp_path / "orders.csv") > 20_000
    assert 60_000 <= sum(told.truth.facts.values()) <= 80_000
    assert sent > 40_000
    assert process_time() - began < 8


def test_people_and_days_scale_the_story():
    def facts(people, days):
        return sum(simulate(seed=1, people=people, until=UNTIL, days=days).truth.facts.values())

    base = facts(300, 20)
    assert 1.6 * base < facts(600, 20) < 2.4 * base
    assert 1.6 * base < facts(300, 40) < 2.4 * base


@pytest.mark.parametrize(("people", "days", "code"), [(0, 90, "rehearse.people"), (10, 0, "rehearse.days")])
def test_a_story_of_nobody_or_of_no_day_is_a_mistake(people, days, code):
    with pytest.raises(AppError) as caught:
        simulate(seed=1, people=people, until=UNTIL, days=days)
    assert caught.value.code == code
