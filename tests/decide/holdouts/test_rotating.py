"""Periods of the holdout of all campaigns: their names, where they begin, and draws that know nothing of each other."""

import hashlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from scipy import stats

from interplay.decide.holdouts import api as holdouts
from interplay.decide.holdouts.contracts import Arm, Rotate
from interplay.decide.holdouts.rotating import named, period_of
from interplay.kernel.time import day_of, to_micros

CUSTOMERS = 20_000
PERCENT = 10


def digest(what, text):
    return hashlib.blake2b(f"{what}|{text}".encode(), key=b"secret").digest()


def held(period):
    return [holdouts.hashed(digest, named(period), str(number), PERCENT) is Arm.HELD_OUT for number in range(CUSTOMERS)]


@pytest.mark.parametrize(
    ("rotate", "day", "name"),
    [
        (Rotate.MONTH, date(2026, 11, 30), "2026-11"),
        (Rotate.QUARTER, date(2026, 3, 31), "2026-Q1"),
        (Rotate.QUARTER, date(2026, 4, 1), "2026-Q2"),
        (Rotate.QUARTER, date(2026, 12, 31), "2026-Q4"),
        (Rotate.HALF_YEAR, date(2026, 6, 30), "2026-H1"),
        (Rotate.HALF_YEAR, date(2026, 7, 1), "2026-H2"),
        (Rotate.YEAR, date(2027, 1, 1), "2027"),
        (Rotate.NEVER, date(2027, 1, 1), "always"),
    ],
)
def test_a_period_is_named_by_the_calendar(rotate, day, name):
    assert period_of(rotate, day) == name


@pytest.mark.parametrize(
    ("zone", "last"),
    [
        ("Asia/Shanghai", datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)),  # summer time since 29 March: +2 h
        ("America/New_York", datetime(2026, 4, 1, 3, 59, 59, tzinfo=UTC)),  # summer time since 8 March: -4 h
    ],
)
def test_a_quarter_ends_at_midnight_in_the_brands_zone_also_after_clocks_were_changed(zone, last):
    at, where = to_micros(last), ZoneInfo(zone)
    names = [period_of(Rotate.QUARTER, day_of(at + more, where)) for more in (0, 1_000_000)]
    assert names == ["2026-Q1", "2026-Q2"]


def test_so_many_are_held_out_as_were_asked_for():
    count = sum(held("2026-Q4"))
    assert stats.binomtest(count, CUSTOMERS, PERCENT / 100).pvalue > 0.001


def test_who_is_held_out_in_one_period_is_no_likelier_to_be_in_the_next():
    one, other = held("2026-Q3"), held("2026-Q4")
    table = [[sum(a == x and b == y for a, b in zip(one, other, strict=True)) for x in (0, 1)] for y in (0, 1)]
    assert stats.chi2_contingency(table).pvalue > 0.001
    assert one != other
