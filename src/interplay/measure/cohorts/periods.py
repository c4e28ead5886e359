"""Periods of the brand's calendar as instants: days, weeks from Monday and months, whatever the clocks do.

The calendar is asked once a boundary, never once a fact; where a fact belongs is a comparison of integers.
"""

from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import day_of, start_of
from interplay.measure.cohorts.contracts import COHORTS_MAX, Per


class Calendar(NamedTuple):
    """Periods one after the other: number `i` is of [`bounds[i]`, `bounds[i + 1]`), in microseconds UTC.

    The first `size` are asked about; periods before and after them serve to look around.
    """

    days: list[date]  # on which each begins, and the day after the last
    bounds: list[Micros]
    size: int


def calendar(per: Per, since: Micros, until: Micros, zone: ZoneInfo, after: int = 0) -> Calendar:
    """Return every period of which something is in [since, until), and so many after them. Raises `cohorts.many`."""
    days = [first_of(per, day_of(since, zone))]
    while start_of(days[-1], zone) < until:
        if len(days) > COHORTS_MAX:
            raise AppError("cohorts.many", most=COHORTS_MAX)
        days.append(following(per, days[-1]))
    size = len(days) - 1
    for _ in range(after):
        days.append(following(per, days[-1]))
    return Calendar(days, [start_of(day, zone) for day in days], size)


def with_former(per: Per, found: Calendar, zone: ZoneInfo) -> Calendar:
    """Return a calendar that begins one period earlier, as it is for who was active before."""
    former = first_of(per, found.days[0] - timedelta(1))
    return Calendar([former, *found.days], [start_of(former, zone), *found.bounds], found.size + 1)


def within(found: Calendar, of: Per, zone: ZoneInfo) -> tuple[list[Micros], list[int]]:
    """Return the bounds of the parts of each period, and of which period each part is.

    A week that two months share is a part of either.
    """
    bounds: list[Micros] = []
    owner: list[int] = []
    for number, (begin, end) in enumerate(pairwise(found.days[: found.size + 1])):
        day = begin
        while day < end:
            bounds.append(start_of(day, zone))
            owner.append(number)
            day = following(of, first_of(of, day))
    return [*bounds, found.bounds[found.size]], owner


def first_of(per: Per, day: date) -> date:
    """Return the first day of a day's period."""
    match per:
        case Per.DAY:
            return day
        case Per.WEEK:
            return day - timedelta(day.weekday())
        case Per.MONTH:
            return day.replace(day=1)


def following(per: Per, first: date) -> date:
    """Return the first day of the period after the one that begins on a day."""
    match per:
        case Per.DAY:
            return first + timedelta(1)
        case Per.WEEK:
            return first + timedelta(7)
        case Per.MONTH:
            return (first + timedelta(31)).replace(day=1)
