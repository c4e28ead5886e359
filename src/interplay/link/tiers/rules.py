"""Which tier an amount makes, since when amounts count, and how long a tier is held. Pure."""

from datetime import date
from zoneinfo import ZoneInfo

from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, day_of, start_of
from interplay.link.tiers.contracts import LadderDocument, Span

NONE = -1


def rank_of(ladder: LadderDocument, amount: int) -> int:
    """Return the place of the highest tier that an amount reaches, or `NONE`."""
    return sum(one.at <= amount for one in ladder.tiers) - 1


def place_of(ladder: LadderDocument, name: str) -> int:
    """Return the place of a tier by its name, or `NONE` for one that the ladder has no more."""
    return next((place for place, one in enumerate(ladder.tiers) if one.name == name), NONE)


def since(window: Span | None, now: int, zone: ZoneInfo) -> Micros:
    """Return from when on amounts count. A rolling window of n days is `[now − n days, now]`."""
    if window is None:
        return Micros(0)
    if window.days is not None:
        return Micros(now - window.days * DAY)
    return start_of(date(day_of(now, zone).year - (window.years or 1) + 1, 1, 1), zone)


def held_until(ladder: LadderDocument, at: int, zone: ZoneInfo) -> Micros | None:
    """Return when a tier reached at an instant is no longer held, exclusive; None for never."""
    keeps = ladder.keeps
    if keeps is None:
        return None
    if keeps.days is not None:
        return Micros(at + (keeps.days + ladder.grace_days) * DAY)
    end = start_of(date(day_of(at, zone).year + (keeps.years or 0) + 1, 1, 1), zone)
    return Micros(end + ladder.grace_days * DAY)


def is_member_day(ladder: LadderDocument, on: date) -> bool:
    return on.isoweekday() in ladder.weekdays or on.day in ladder.days_of_month
