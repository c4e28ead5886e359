"""Stretches of time in the brand's time zone: days are as long as the clocks make them."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR, day_of, from_micros, start_of, to_micros
from interplay.measure.metrics.contracts import BUCKETS_MAX, Against, By

DAYS = 30  # that are asked about where nobody says since when: today is one of them


def period(since: Micros | None, until: Micros | None, now: Micros, zone: ZoneInfo) -> tuple[Micros, Micros]:
    """Return what is asked about. Raises AppError `metrics.period`."""
    end = now if until is None else until
    begin = start_of(day_of(end, zone) - timedelta(days=DAYS - 1), zone) if since is None else since
    if begin >= end:
        raise AppError("metrics.period")
    return begin, end


def edges(since: Micros, until: Micros, by: By, zone: ZoneInfo) -> list[int]:
    """Return where stretches begin, and the end of the last. The first and the last may be cut short."""
    found: list[int] = [since]
    for at in _starts(since, by, zone):
        if at >= until:
            break
        if at > since:
            found.append(at)
        if len(found) > BUCKETS_MAX:
            raise AppError("metrics.stretches", by=by.value, allowed=BUCKETS_MAX)
    return [*found, until]


def before(since: Micros, until: Micros, against: Against, zone: ZoneInfo) -> tuple[Micros, Micros]:
    """Return the period that another is compared with."""
    if against is Against.PREVIOUS:
        return Micros(since - (until - since)), since
    return _year_before(since, zone), _year_before(until, zone)


def _starts(since: Micros, by: By, zone: ZoneInfo) -> Iterator[int]:
    day = day_of(since, zone)
    if by is By.MONTH:
        day = day.replace(day=1)
    elif by is By.WEEK:
        day -= timedelta(days=day.weekday())
    while True:
        after = _next(day, by)
        start, end = start_of(day, zone), start_of(after, zone)
        yield from range(start, end, HOUR) if by is By.HOUR else (start,)
        day = after


def _next(day: date, by: By) -> date:
    match by:
        case By.MONTH:
            return (day + timedelta(days=31)).replace(day=1)
        case By.WEEK:
            return day + timedelta(days=7)
    return day + timedelta(days=1)


def _year_before(at: Micros, zone: ZoneInfo) -> Micros:
    local = from_micros(at).astimezone(zone)
    leaps = local.month == 2 and local.day == 29
    return to_micros(local.replace(year=local.year - 1, day=28 if leaps else local.day))
