"""When of the day and the week: hours as authors write them, and whether a moment lies in them."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from interplay.kernel.errors import AppError
from interplay.kernel.time import from_micros
from interplay.link.quotes.contracts import Refusal

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])\Z")
_DAY_MINUTES = 24 * 60

Window = tuple[int, int]
"""Minutes of the day, the end not included; an end before the beginning is on the next day."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment on the brand's wall clock."""

    weekday: int  # Monday is 0
    minute: int  # of the day

    @classmethod
    def of(cls, at: int, zone: ZoneInfo) -> "LocalTime":
        local = from_micros(at).astimezone(zone)
        return cls(local.weekday(), local.hour * 60 + local.minute)


def parse_hours(text: str) -> Window:
    """Return minutes of `"11:00-14:00"`; `"22:00-02:00"` ends the day after. Raises AppError `quotes.hours_text`."""
    match = _HOURS.match(text)
    if match is None:
        raise AppError("quotes.hours_text", given=text)
    begin, end = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
    if begin == end or end > _DAY_MINUTES:
        raise AppError("quotes.hours_text", given=text)
    return begin, end


def refusal(weekdays: frozenset[int], windows: tuple[Window, ...], now: LocalTime) -> Refusal | None:
    """Return which of day and hours is wrong. A window over midnight belongs to the day on which it begins."""
    if not windows:
        return Refusal.WEEKDAY if weekdays and now.weekday not in weekdays else None
    days = [now.weekday if now.minute >= begin else (now.weekday - 1) % 7 for begin, _ in _around(windows, now.minute)]
    if not days:
        return Refusal.HOURS
    return None if not weekdays or not weekdays.isdisjoint(days) else Refusal.WEEKDAY


def _around(windows: tuple[Window, ...], minute: int) -> list[Window]:
    return [
        (begin, end)
        for begin, end in windows
        if (begin <= minute < end if begin < end else minute >= begin or minute < end)
    ]
