"""When a store is open. Pure: the local time is handed in."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from interplay.kernel.errors import AppError
from interplay.link.stores.contracts import Hours, Span

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES

_SPAN = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])\Z")


def span(text: str) -> Span:
    """Return `"09:00-21:30"` in minutes; what ends before it begins ends on the next day. `24:00` is midnight.

    Raises AppError `stores.hours`.
    """
    if (match := _SPAN.match(text)) is None:
        raise AppError("stores.hours", given=text)
    first, first_minutes, last, last_minutes = map(int, match.groups())
    begin, end = first * 60 + first_minutes, last * 60 + last_minutes
    if begin >= DAY_MINUTES or end > DAY_MINUTES or begin == end:
        raise AppError("stores.hours", given=text)
    return begin, end if end > begin else end + DAY_MINUTES


def weekdays(text: str) -> range:
    """Return the numbers of `"mon"` or `"mon-fri"`, Monday being 0. Raises AppError `stores.weekday`."""
    first, dash, last = text.partition("-")
    named = first in WEEKDAYS and (last in WEEKDAYS if dash else not last)
    begin = WEEKDAYS.index(first) if named else 0
    end = WEEKDAYS.index(last) if named and dash else begin
    if not named or end < begin:
        raise AppError("stores.weekday", given=text, allowed=", ".join(WEEKDAYS))
    return range(begin, end + 1)


def day(text: str) -> date:
    """Return a date. Raises AppError `stores.date`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AppError("stores.date", given=text) from None


def hours(week: Mapping[str, Sequence[str]], days: Mapping[str, Sequence[str]]) -> Hours:
    """Return a document's hours. Raises AppError `stores.*` for the first that is wrong."""
    by_day: list[tuple[Span, ...]] = [()] * 7
    told: set[int] = set()
    for name, spans in week.items():
        for number in weekdays(name):
            if number in told:
                raise AppError("stores.weekday_twice", given=WEEKDAYS[number])
            told.add(number)
            by_day[number] = tuple(sorted(map(span, spans)))
    found = Hours(tuple(by_day), {day(name): tuple(sorted(map(span, spans))) for name, spans in days.items()})
    check_apart(found)
    return found


def check_apart(found: Hours) -> None:
    """Raise AppError `stores.overlap` where a store would be open twice at once, also past midnight."""
    ring = sorted((n * DAY_MINUTES + a, n * DAY_MINUTES + b) for n, spans in enumerate(found.week) for a, b in spans)
    if ring:
        ring.append((ring[0][0] + WEEK_MINUTES, ring[0][1] + WEEK_MINUTES))
    for spans in (ring, *found.days.values()):
        for one, other in pairwise(spans):
            if other[0] < one[1]:
                raise AppError("stores.overlap", given=_shown(other))


def is_open(found: Hours, local: datetime) -> bool:
    """Return whether a store is open. `local` is its own wall clock: an hour that clocks repeat is open both times."""
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    return any(begin <= minute < end for begin, end in _of(found, today)) or any(
        minute < end - DAY_MINUTES for _, end in _of(found, yesterday)
    )


def _of(found: Hours, on: date) -> tuple[Span, ...]:
    return found.days.get(on, found.week[on.weekday()])


def _shown(one: Span) -> str:
    begin, end = (f"{minute // 60 % 24:02}:{minute % 60:02}" for minute in one)
    return f"{WEEKDAYS[one[0] // DAY_MINUTES % 7]} {begin}-{end}"
