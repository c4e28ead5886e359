"""The kernel and the calendar against the plain reading of their definitions."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.kernel.time import DAY, HOUR, to_micros
from interplay.measure.cohorts import kernel, periods
from interplay.measure.cohorts.contracts import Per

SLOW = settings(deadline=None, derandomize=True)
ZONES = ("Asia/Shanghai", "Europe/London", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe")
PASTS = st.lists(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=10).map(
        lambda rows: sorted(rows, key=lambda one: one[0])
    ),
    max_size=5,
)
BOUNDS = st.lists(st.integers(1, 8), min_size=2, max_size=12).map(lambda gaps: np.cumsum([5, *gaps]).tolist())


def arrays(pasts):
    starts = np.cumsum([0, *map(len, pasts)])
    at = np.array([at for past in pasts for at, _ in past], dtype=np.int64)
    return starts, at, np.array([bits for past in pasts for _, bits in past], dtype=np.uint32)


def number(bounds, at):
    """Return in which period an instant is; -1 before the first, the number of periods after the last."""
    return sum(one <= at for one in bounds) - 1


def entries(past, bounds, size, is_first):
    """Yield (row, cohort) of each start that counts."""
    found, seen = [row for row, (_, bits) in enumerate(past) if bits & 1], set()
    for row in found[:1] if is_first else found:
        cohort = number(bounds, past[row][0])
        if 0 <= cohort < size and cohort not in seen:
            seen.add(cohort)
            yield row, cohort


def triangle(pasts, bounds, size, span, columns, now, is_first, is_unbounded):
    """Return counts of (what, cohort, period), customer by customer and period by period."""
    found = Counter()
    for past in pasts:
        for row, cohort in entries(past, bounds, size, is_first):
            start = past[row][0]
            for k in range(columns):
                begins = start + k * span if span else bounds[cohort + k]
                ends = begins + span if span else bounds[cohort + k + 1]
                if begins >= now:
                    continue
                later = [at for at, bits in past[row + 1 :] if bits & 2]
                is_back = any(begins <= at and (is_unbounded or at < ends) for at in later)
                what = ("over", "returned") if ends <= now else ("open", "open_returned")
                found[what[0], cohort, k] += 1
                found[what[1], cohort, k] += is_back
    return +found


@SLOW
@given(PASTS, BOUNDS, st.integers(0, 45), st.sampled_from([0, 1, 3, 7]), st.data(), st.booleans(), st.booleans())
def test_the_triangle_is_what_asking_each_customer_for_each_period_gives(
    pasts, bounds, now, span, data, is_first, is_unbounded
):
    size = data.draw(st.integers(1, len(bounds) - 2))
    columns = len(bounds) - 1 - size
    pasts = [[one for one in past if one[0] <= now] for past in pasts]
    check(pasts, bounds, size, span, columns, now, is_first, is_unbounded)


@pytest.mark.parametrize("span", [0, 5])
@pytest.mark.parametrize("is_unbounded", [False, True])
@pytest.mark.parametrize("now", [5, 9, 10, 11, 15])
def test_what_happens_at_the_very_moment_of_asking_is_in_no_period_that_only_begins(span, is_unbounded, now):
    past = [one for one in [(5, 1), (5, 3), (10, 2), (15, 2)] if one[0] <= now]
    check([past], [5, 10, 15, 20, 25], 1, span, 3, now, True, is_unbounded)


def check(pasts, bounds, size, span, columns, now, is_first, is_unbounded):
    starts, at, hits = arrays(pasts)
    entered = kernel.enter(starts, at, hits, np.array(bounds), size, is_first=is_first)
    assert [(int(row - starts[who]), int(who), int(cohort)) for row, _, who, cohort in zip(*entered, strict=True)] == [
        (row, who, cohort) for who, past in enumerate(pasts) for row, cohort in entries(past, bounds, size, is_first)
    ]
    seen = kernel.known(entered, at, np.array(bounds), span, now)
    found = kernel.count(
        at, hits, entered, seen, entered.cohort, size, np.array(bounds), span, columns, is_unbounded=is_unbounded
    )
    told = {
        (what, cohort, k): int(one)
        for what, counts in found._asdict().items() for (cohort, k), one in np.ndenumerate(counts) if one
    }  # fmt: skip
    assert told == dict(triangle(pasts, bounds, size, span, columns, now, is_first, is_unbounded))


@SLOW
@given(PASTS, BOUNDS)
def test_states_are_what_a_set_of_active_periods_says(pasts, bounds):
    found = kernel.live(*arrays(pasts), np.array(bounds))
    expected = np.zeros_like(found)
    for past in pasts:
        active = {number(bounds, at) for at, bits in past if bits}
        for period in range(len(bounds) - 1):
            was = period - 1 in active
            if period in active:
                before = any(one < period for one in active)
                expected[kernel.RETURNING if was else kernel.RESURRECTING if before else kernel.NEW, period] += 1
            elif was:
                expected[kernel.DORMANT, period] += 1
    assert found.tolist() == expected.tolist()


@SLOW
@given(PASTS, BOUNDS, st.data())
def test_stickiness_counts_the_different_parts_of_each_period(pasts, bounds, data):
    periods_ = data.draw(st.integers(1, len(bounds) - 1))
    owner = sorted(data.draw(st.permutations([*range(periods_), *[0] * (len(bounds) - 1 - periods_)])))
    found = kernel.stick(*arrays(pasts), np.array(bounds), np.array(owner), periods_)
    expected = np.zeros_like(found)
    for past in pasts:
        parts = {number(bounds, at) for at, bits in past if bits} & set(range(len(owner)))
        for period, count in Counter(owner[part] for part in parts).items():
            expected[period, count] += 1
    assert found.tolist() == expected.tolist()


@SLOW
@given(
    st.sampled_from(ZONES), st.sampled_from(Per), st.integers(21 * 365, 60 * 365),
    st.integers(0, 300 * 24), st.integers(0, 59),
)  # fmt: skip
def test_an_instant_is_in_the_period_that_the_wall_clock_says(name, per, day, hours, minutes):
    zone, since = ZoneInfo(name), day * DAY
    at = since + hours * HOUR + minutes * HOUR // 60
    found = periods.calendar(per, since, at + 1, zone)
    assert found.bounds[0] <= since
    assert found.bounds[-2] <= at < found.bounds[-1]
    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(zone).date()
    wanted = {
        Per.DAY: wall, Per.WEEK: wall - timedelta(wall.isocalendar().weekday - 1),
        Per.MONTH: wall.replace(day=1),
    }  # fmt: skip
    assert found.days[-2] == wanted[per]


@pytest.mark.parametrize(("on", "hours"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)])
def test_a_day_on_which_clocks_move_is_shorter_or_longer(on, hours):
    zone = ZoneInfo("Europe/London")
    noon = to_micros(datetime.fromisoformat(f"{on}T12:00:00+00:00"))
    found = periods.calendar(Per.DAY, noon, noon + 1, zone)
    assert (found.bounds[1] - found.bounds[0]) == hours * HOUR


def test_weeks_that_two_months_share_are_a_part_of_both():
    since = to_micros(datetime(2026, 1, 5, tzinfo=UTC))
    found = periods.calendar(Per.MONTH, since, since + 40 * DAY, ZoneInfo("UTC"))
    bounds, owner = periods.within(found, Per.WEEK, ZoneInfo("UTC"))
    assert owner == [0] * 5 + [1] * 5
    assert [(one - bounds[0]) // DAY for one in bounds] == [0, 4, 11, 18, 25, 31, 32, 39, 46, 53, 59]
