"""What a cell means as a declared type."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.collect.imports.values import (
    Bad,
    Clock,
    DateDays,
    InstantMicros,
    LocalMicros,
    Memo,
    Mistake,
    Money,
    Numbers,
    as_text,
    finish_number,
    read_boolean,
    read_date,
    read_number,
    read_text,
    read_texts,
    read_time,
)
from interplay.criteria.contracts import ValueType
from interplay.kernel.time import iso

LONDON = Clock(ZoneInfo("Europe/London"))
CNY = Money("CNY")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12", "12"), (" -1.50 ", "-1.50"), ("1e3", "1000"), (".5", "0.5"), (2.55, "2.55"), (7, "7"), ("", None),
        (None, None), (Decimal("0.001"), "0.001"),
    ],
)  # fmt: skip
def test_numbers_are_what_is_written(cell, expected):
    assert read_number(cell, Numbers()) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    "cell", ["1_000", "NaN", "Infinity", "１２", "1,5", "abc", "0x1f", True, "1e999", "9" * 50, [1]]
)
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(Mistake):
        read_number(cell, Numbers())


def test_decimal_commas_and_thousands_are_read_when_the_mapping_says_so():
    european = Numbers(decimal=",", thousands=".")
    assert read_number("1.234,50", european) == Decimal("1234.50")
    with pytest.raises(Mistake):
        read_number("1.5.0", Numbers(decimal=","))


@pytest.mark.parametrize(
    ("exact", "kind", "expected"),
    [
        ("2.505", ValueType.MONEY, 250), ("2.515", ValueType.MONEY, 252), ("-0.005", ValueType.MONEY, 0),
        ("3.0", ValueType.INTEGER, 3), ("0.1", ValueType.DECIMAL, 100_000), ("0.0000005", ValueType.DECIMAL, 0),
        ("0.0000015", ValueType.DECIMAL, 2),
    ],
)  # fmt: skip
def test_rounding_is_half_to_even_once(exact, kind, expected):
    assert finish_number(Decimal(exact), kind, CNY) == expected


@pytest.mark.parametrize(("exact", "kind"), [("1.5", ValueType.INTEGER), ("1e18", ValueType.MONEY)])
def test_what_does_not_fit_is_refused(exact, kind):
    with pytest.raises(Mistake):
        finish_number(Decimal(exact), kind, CNY)


@pytest.mark.parametrize(
    ("cell", "clock", "expected"),
    [
        ("2011-07-01 12:00", LONDON, "2011-07-01T11:00:00Z"),
        ("2011-12-01T12:00:00+08:00", LONDON, "2011-12-01T04:00:00Z"),
        ("2011-10-30 01:30", LONDON, "2011-10-30T00:30:00Z"),  # the hour that comes twice: the earlier
        (LocalMicros(1_309_521_600_000_000), LONDON, "2011-07-01T11:00:00Z"),
        (InstantMicros(1_309_521_600_000_000), LONDON, "2011-07-01T12:00:00Z"),
        (DateDays(15156), LONDON, "2011-06-30T23:00:00Z"),
        ("01/07/2011 12:00", Clock(LONDON.zone, "%d/%m/%Y %H:%M"), "2011-07-01T11:00:00Z"),
        ("1511544070", Clock(LONDON.zone, "unix"), "2017-11-24T17:21:10Z"),
        (1511544070.5, Clock(LONDON.zone, "unix"), "2017-11-24T17:21:10.500000Z"),
        ("1511544070123", Clock(LONDON.zone, "unix_ms"), "2017-11-24T17:21:10.123000Z"),
        (6, Clock(LONDON.zone, "hours", 1_533_081_600_000_000), "2018-08-01T06:00:00Z"),
    ],
)
def test_times_are_read_in_their_zone_and_format(cell, clock, expected):
    assert iso(read_time(cell, clock)) == expected


@pytest.mark.parametrize("cell", ["yesterday", "2011-13-01", [1], True])
def test_what_is_no_time_is_refused(cell):
    with pytest.raises(Mistake):
        read_time(cell, Clock(ZoneInfo("Asia/Shanghai"), "iso" if isinstance(cell, str) else "unix"))


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("2011-07-01", LONDON), ("20110701", Clock(LONDON.zone, "%Y%m%d")), ("2011-07-01 23:00", LONDON),
        (DateDays(15156), LONDON), (InstantMicros(1_309_474_800_000_000), LONDON),
        ("1309474800", Clock(LONDON.zone, "unix")),
    ],
)  # fmt: skip
def test_a_day_is_that_of_the_zone(cell, clock):
    assert read_date(cell, clock) == 15156


@pytest.mark.parametrize(
    ("cell", "expected"), [(17850.0, "17850"), (1.5, "1.5"), (" a ", "a"), (True, "true"), ("  ", None)]
)
def test_numbers_become_the_text_people_mean(cell, expected):
    assert as_text(cell) == expected


@pytest.mark.parametrize("cell", ["a\0b", "\ud800", "x" * 40_000, {"a": 1}, b"x"])
def test_what_is_no_text_is_refused(cell):
    with pytest.raises(Mistake):
        read_text(cell)


def test_booleans_and_lists():
    assert [read_boolean(cell) for cell in ("Yes", "0", True, None, "")] == [True, False, True, None, None]
    assert read_texts("a| b ||", "|") == ["a", "b"]
    assert read_texts(["a", None, 1], None) == ["a", "1"]
    with pytest.raises(Mistake):
        read_boolean("maybe")


def test_a_memo_does_not_take_true_for_one():
    memo = Memo(as_text)
    assert memo.column([1, 1], is_mixed=True) == ["1", "1"]
    assert memo.column([True, 1], is_mixed=True) == ["true", "1"]


def test_a_memo_keeps_a_mistake_as_a_value():
    memo = Memo(lambda cell: read_number(cell, Numbers()))
    first, second = memo.column(["x", "2"])
    assert isinstance(first, Bad)
    assert second == 2
    assert memo.has_bad


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_a_float_is_the_decimal_it_was_written_as(number):
    assert read_number(float(number), Numbers()) == number
