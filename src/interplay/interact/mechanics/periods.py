"""Periods of the brand's calendar in which something is counted: days, weeks from Monday, calendar months."""

from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from interplay.interact.mechanics.contracts import ALWAYS, FAR
from interplay.kernel.ids import Micros
from interplay.kernel.time import day_of, start_of


class Per(StrEnum):
    """How long something is counted together."""

    CAMPAIGN = "campaign"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def days_of(per: Per, day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's period."""
    match per:
        case Per.DAY:
            return day, day
        case Per.WEEK:
            monday = day - timedelta(day.weekday())
            return monday, monday + timedelta(6)
        case Per.MONTH:
            first = day.replace(day=1)
            return first, (first + timedelta(31)).replace(day=1) - timedelta(1)
    return date.min, date.max


def window_of(per: Per, at: Micros, zone: ZoneInfo) -> tuple[Micros, Micros]:
    """Return where the period of an instant begins, which names it, and where it ends (exclusive)."""
    if per is Per.CAMPAIGN:
        return ALWAYS, FAR
    first, last = days_of(per, day_of(at, zone))
    return start_of(first, zone), start_of(last + timedelta(1), zone)
