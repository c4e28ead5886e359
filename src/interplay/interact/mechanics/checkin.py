"""Daily check-in 签到: once a day of the brand's calendar, prizes by the length of the streak, missed days made up.

A day is a counter of its own with a cap of one, so it counts once whatever is repeated, and the days of two cards of
one person are one calendar. The streak is read from the days; nothing else is kept.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct

from interplay.acts.contracts import AMOUNT_MAX, Debit, Refused, Step
from interplay.interact.mechanics.contracts import (
    ALWAYS,
    Around,
    At,
    Mechanic,
    Mistake,
    Plan,
    Planning,
    PointsPrice,
    bounds,
    chances_unit,
    no,
    unknown,
    unknown_prizes,
)
from interplay.interact.mechanics.periods import Per, days_of
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import EPOCH_ON, day_of, start_of

DONE = "checkin.done"
DAYS_MAX = 366
SHOWN_DAYS = 31
LOOKED_AT_ONCE = 32


class Resets(StrEnum):
    """When every streak begins anew."""

    NEVER = "never"
    WEEK = "week"  # on Mondays
    MONTH = "month"


PERIODS = {Resets.NEVER: Per.CAMPAIGN, Resets.WEEK: Per.WEEK, Resets.MONTH: Per.MONTH}


class StreakPrize(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given when a streak reaches this day."""

    day: int
    prizes: tuple[str, ...]


class MakeUp(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How missed days can be made up: which, how often, and what each costs beside the part's own price."""

    within_days: int = 7
    times_max: int = 3  # in the whole campaign, or in each calendar month
    per_month: bool = False
    points: PointsPrice | None = None
    chances: int = 0


class CheckinSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `checkin`. `cycle`: after so many days of a streak its prizes begin anew."""

    daily: tuple[str, ...] = ()  # for every day that is checked in on the day itself
    streak: tuple[StreakPrize, ...] = ()
    cycle: int | None = None
    resets: Resets = Resets.NEVER
    make_up: MakeUp | None = None


class CheckinMove(Struct, frozen=True, forbid_unknown_fields=True):
    """Check in today, or make a missed day up: `2026-01-03`."""

    make_up: str = ""


class CheckinMechanic(Mechanic[CheckinSettings, CheckinMove]):
    """Counts days."""

    name = "checkin"
    settings = CheckinSettings
    move = CheckinMove

    def mistakes(self, settings: CheckinSettings, around: Around) -> Iterator[Mistake]:
        yield from unknown_prizes(("daily",), settings.daily, around)
        yield from bounds(("cycle",), settings.cycle, 1, DAYS_MAX)
        seen: set[int] = set()
        for number, one in enumerate(settings.streak):
            here = ("streak", number)
            yield from bounds((*here, "day"), one.day, 1, settings.cycle or DAYS_MAX)
            if one.day in seen:
                yield (*here, "day"), AppError("mechanics.day_twice", day=one.day)
            seen.add(one.day)
            yield from unknown_prizes((*here, "prizes"), one.prizes, around)
        if (make_up := settings.make_up) is not None:
            yield from bounds(("make_up", "within_days"), make_up.within_days, 1, DAYS_MAX)
            yield from bounds(("make_up", "times_max"), make_up.times_max, 1, DAYS_MAX)
            yield from bounds(("make_up", "chances"), make_up.chances, 0, AMOUNT_MAX)
            if make_up.points is not None:
                yield from bounds(("make_up", "points", "amount"), make_up.points.amount, 1, AMOUNT_MAX)
                if make_up.points.unit not in around.units:
                    yield ("make_up", "points", "unit"), unknown(make_up.points.unit, around.units)

    def play(self, at: At, settings: CheckinSettings, move: CheckinMove) -> Plan | Refused:
        turn = at.turn()
        if move.make_up:
            return _made_up(at, settings, move.make_up, turn)
        today, plan = day_of(at.now, at.zone), Planning(at)
        plan.do(turn, at.mine("day", 1, start_of(today, at.zone), "checkin.done_today"))
        streak = 1 + _run(at, today, -1, _floor(at, settings, today))
        for prize in (*settings.daily, *_prizes(settings, streak)):
            plan.offer(prize)
        return _told(plan, today, streak, is_made_up=False)

    def show(self, at: At, settings: CheckinSettings) -> dict[str, Any]:
        today = day_of(at.now, at.zone)
        first = max(_begins(at), today - timedelta(SHOWN_DAYS - 1))
        days = [first + timedelta(number) for number in range((today - first).days + 1)]
        done = [day for day, is_done in zip(days, _done(at, days), strict=True) if is_done]
        is_done = today in done
        streak = int(is_done) + _run(at, today, -1, _floor(at, settings, today))
        shown: dict[str, Any] = {
            "today": today.isoformat(), "is_done_today": is_done, "streak": streak,
            "days": [day.isoformat() for day in done], "next": _next(at, settings, today, streak, is_done=is_done),
        }  # fmt: skip
        if (make_up := settings.make_up) is not None:
            used = at.look.used(at.scope("made-up"), _of_make_ups(at, make_up, today), at.wallet)
            earliest = max(_begins(at), today - timedelta(make_up.within_days))
            missed = [day.isoformat() for day in days if earliest <= day < today and day not in done]
            shown["make_up"] = {"left": max(make_up.times_max - used, 0), "days": missed}
        return shown


def _made_up(at: At, settings: CheckinSettings, text: str, turn: Step) -> Plan | Refused:
    """Plan a missed day: it joins the days before and after it, and what the longer streak reaches is given."""
    make_up, today = settings.make_up, day_of(at.now, at.zone)
    if make_up is None:
        return no("checkin.no_make_up")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return no("checkin.no_day", given=text)
    if not max(_begins(at), today - timedelta(make_up.within_days)) <= day < today:
        return no("checkin.not_that_day", given=text, days=make_up.within_days)
    plan = Planning(at)
    plan.do(turn, at.mine("day", 1, start_of(day, at.zone), "checkin.done_that_day"))
    plan.do(at.mine("made-up", make_up.times_max, _of_make_ups(at, make_up, today), "checkin.made_up_out"))
    if make_up.points is not None:
        plan.do(Debit(make_up.points.unit, at.subject, make_up.points.amount, refusal="points.balance"))
    if make_up.chances:
        plan.do(Debit(chances_unit(at.campaign), at.subject, make_up.chances, refusal="campaign.no_chances"))
    before = _run(at, day, -1, _floor(at, settings, day))
    after = _run(at, day, 1, min(today, _ceiling(settings, day)))
    streak = before + 1 + after
    for reached in range(max(before, after) + 1, streak + 1):
        for prize in _prizes(settings, reached):
            plan.offer(prize)
    return _told(plan, day, streak, is_made_up=True)


def _told(plan: Planning, day: date, streak: int, *, is_made_up: bool) -> Plan:
    plan.tell(DONE, {"day": (day - EPOCH_ON).days, "streak": streak, "is_made_up": is_made_up})
    plan.say(day=day.isoformat(), streak=streak, is_made_up=is_made_up)
    return plan.done()


def _run(at: At, day: date, step: int, last: date) -> int:
    """Return how many days in a row were done directly before a day (step −1) or after it (1), up to a last one."""
    most, length, at_once = (last - day).days * step, 0, LOOKED_AT_ONCE
    while length < most:
        days = [day + timedelta(step * (length + number)) for number in range(1, min(at_once, most - length) + 1)]
        done = _done(at, days)
        if False in done:
            return length + done.index(False)
        length, at_once = length + len(days), at_once * 2
    return length


def _done(at: At, days: list[date]) -> list[bool]:
    windows = [start_of(day, at.zone) for day in days]
    return [used > 0 for used in at.look.used_each(at.scope("day"), windows, at.wallet)]


def _begins(at: At) -> date:
    return day_of(at.starts_at, at.zone)


def _floor(at: At, settings: CheckinSettings, day: date) -> date:
    """Return the first day that a day's streak may reach back to."""
    return max(_begins(at), _period(settings, day)[0])


def _ceiling(settings: CheckinSettings, day: date) -> date:
    return _period(settings, day)[1]


def _period(settings: CheckinSettings, day: date) -> tuple[date, date]:
    """Return the first and the last day between which streaks go on."""
    return days_of(PERIODS[settings.resets], day)


def _prizes(settings: CheckinSettings, streak: int) -> tuple[str, ...]:
    day = (streak - 1) % settings.cycle + 1 if settings.cycle else streak
    return next((one.prizes for one in settings.streak if one.day == day), ())


def _of_make_ups(at: At, make_up: MakeUp, today: date) -> Micros:
    return start_of(today.replace(day=1), at.zone) if make_up.per_month else ALWAYS


def _next(at: At, settings: CheckinSettings, today: date, streak: int, *, is_done: bool) -> dict[str, Any] | None:
    """Return the next prize of the streak that can still be reached, and in how many check-ins."""
    last = min(_ceiling(settings, today), day_of(at.ends_at - 1, at.zone))
    most = (last - today).days + int(not is_done)
    for more in range(1, min(most, settings.cycle or DAYS_MAX) + 1):
        if prizes := _prizes(settings, streak + more):
            return {"check_ins": more, "prizes": list(prizes)}
    return None
