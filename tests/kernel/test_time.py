"""Instants, durations and zones: edges, clocks that are set forward and back, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.kernel.errors import AppError
from interplay.kernel.time import (
    DAY,
    HOUR,
    from_micros,
    iso,
    parse_date,
    parse_duration,
    parse_instant,
    to_micros,
)

LONDON, SHANGHAI = ZoneInfo("Europe/London"), ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "micros"),
    [("10s", 10_000_000), ("5m", 300_000_000), ("12h", 12 * HOUR), ("30d", 30 * DAY), ("2w", 14 * DAY), ("0d", 0)],
)
def test_a_duration_is_a_whole_number_and_a_unit(text, micros):
    assert parse_duration(text) == micros


@pytest.mark.parametrize(
    "text", ["", "d", "30", "30 d", "-1d", "1.5h", "30D", "1y", "1d1h", "30d\n", "３０d", "1234567890d"]
)
def test_anything_else_is_no_duration_and_says_what_is(text):
    with pytest.raises(AppError) as refused:
        parse_duration(text)
    assert refused.value.code == "time.duration"
    assert repr(text) in str(refused.value)
    assert '"30d"' in refused.value.text("zh")


@given(st.datetimes(timezones=st.sampled_from([UTC, LONDON, SHANGHAI, timezone(timedelta(hours=-9, minutes=-30))])))
def test_an_instant_survives_the_way_there_and_back(at):
    assert from_micros(to_micros(at)) == at.astimezone(UTC)


def test_a_naive_datetime_is_a_bug():
    with pytest.raises(ValueError, match="naive"):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001


def test_microseconds_are_exact_far_from_1970():
    assert to_micros(datetime(1, 1, 2, 0, 0, 0, 1, UTC)) == -62_135_510_400_000_000 + 1 - 0 * DAY
    assert to_micros(datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)) == 253_402_300_799_999_999


def test_iso_ends_in_z():
    assert iso(1_767_225_600_000_000) == "2026-01-01T00:00:00Z"
    assert iso(1) == "1970-01-01T00:00:00.000001Z"


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-01-31", SHANGHAI, "2026-01-30T16:00:00Z"),
        ("2026-01-31T08:00:00", SHANGHAI, "2026-01-31T00:00:00Z"),
        ("2026-01-31T08:00:00+08:00", LONDON, "2026-01-31T00:00:00Z"),
        ("2026-01-31T08:00:00Z", SHANGHAI, "2026-01-31T08:00:00Z"),
        (" 2026-01-31 ", SHANGHAI, "2026-01-30T16:00:00Z"),
        ("2026-07-01", LONDON, "2026-06-30T23:00:00Z"),
        ("2026-01-01", LONDON, "2026-01-01T00:00:00Z"),
        # The clocks go back on 25 October at 02:00: half past one occurs twice, and the earlier one is meant.
        ("2026-10-25T01:30:00", LONDON, "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:00:00", LONDON, "2026-10-25T02:00:00Z"),
        ("2026-10-25T01:30:00+00:00", LONDON, "2026-10-25T01:30:00Z"),
        # They go forward on 29 March at 01:00: half past one does not occur; read as if they had not yet.
        ("2026-03-29T01:30:00", LONDON, "2026-03-29T01:30:00Z"),
        ("2026-03-29T00:59:59", LONDON, "2026-03-29T00:59:59Z"),
        ("2026-03-29T02:00:00", LONDON, "2026-03-29T01:00:00Z"),
        ("1988-07-01", SHANGHAI, "1988-06-30T15:00:00Z"),  # summer time in China
    ],
)
def test_text_without_an_offset_is_read_in_the_zone(text, zone, utc):
    assert iso(parse_instant(text, zone)) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-02-30",
        "2026-13-01",
        "1767225600",
        "31.01.2026",
        "2026-01-31T25:00",
        "\ud800",
        "2026-01-31T08:00+8",
    ],
)
def test_what_is_no_instant_is_refused_in_the_callers_words(text):
    with pytest.raises(AppError) as refused:
        parse_instant(text, SHANGHAI)
    assert refused.value.code == "time.instant"
    assert repr(text) in refused.value.text("zh")


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59-10:00"])
def test_an_instant_that_cannot_be_written_down_is_refused(text):
    with pytest.raises(AppError, match="not a date or time"):
        parse_instant(text, SHANGHAI)


def test_dates_count_from_1970():
    assert parse_date("1970-01-01") == 0
    assert parse_date("1969-12-31") == -1
    assert parse_date("2026-01-01") * DAY == 1_767_225_600_000_000
    with pytest.raises(AppError, match="YYYY-MM-DD"):
        parse_date("2026-02-30")
