"""Instants, durations and zones. Inside, an instant is an integer; at the edges it is an aware datetime.

Integers compare exactly and alike in Python, SQLite, DuckDB, ClickHouse and Spark; engine timestamp types do not.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ON = date(1970, 1, 1)

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION = re.compile(r"([0-9]{1,9})([smhdw])\Z")
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> Micros:
    """Return the instant as integer microseconds; a naive datetime is a bug and raises ValueError."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime has no instant")
    return Micros((at - EPOCH) // _MICROSECOND)


def from_micros(at: int) -> datetime:
    """Return the aware UTC datetime of an instant."""
    return EPOCH + timedelta(microseconds=at)


def iso(at: int) -> str:
    """Return the instant as RFC 3339 text in UTC, e.g. `2026-01-01T00:00:00Z`."""
    return from_micros(at).isoformat().replace("+00:00", "Z")


def day_of(at: int, zone: ZoneInfo) -> date:
    """Return the day that it is in a zone."""
    return from_micros(at).astimezone(zone).date()


def start_of(on: date, zone: ZoneInfo) -> Micros:
    """Return the first instant of a day in a zone."""
    return to_micros(datetime.combine(on, time(), zone).astimezone(UTC))


def parse_duration(text: str) -> int:
    """Return microseconds of `"30d"`, `"12h"`, `"5m"`, `"10s"`, `"2w"`. A day is 24 h, whatever the clocks do.

    Raises AppError `time.duration` naming what was given and what is allowed.
    """
    match = _DURATION.match(text)
    if match is None:
        raise AppError("time.duration", given=text)
    return int(match[1]) * _UNITS[match[2]]


def parse_instant(text: str, zone: ZoneInfo) -> Micros:
    """Return the instant of ISO 8601 text; text without an offset, or a date alone, is read in `zone`.

    A local time that occurs twice (clocks set back) is the earlier one. Raises AppError `time.instant`.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        return to_micros((at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):  # overflow: in UTC it falls before the year 1 or after 9999
        raise AppError("time.instant", given=text) from None


def parse_date(text: str) -> int:
    """Return days since 1970-01-01 of an ISO date. Raises AppError `time.date`."""
    try:
        return (date.fromisoformat(text) - EPOCH_ON).days
    except ValueError:
        raise AppError("time.date", given=text) from None
