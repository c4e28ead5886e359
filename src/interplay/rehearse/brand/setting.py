"""The brand as `coffee.yaml` has it: places, goods, calendar and habits, and what they say of a given day. Pure."""

from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from interplay.kernel.time import from_micros
from interplay.rehearse.brand.contracts import Habit, Product, Store


class DayKind(StrEnum):
    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


class Holiday(Struct, frozen=True, rename={"from_on": "from", "until_on": "until"}):
    zh: str
    en: str
    from_on: date
    until_on: date  # excluded


class Promotion(Struct, frozen=True, rename={"from_md": "from", "until_md": "until"}):
    """`from_md` and `until_md` (excluded) are (month, day), of every year; `lift` multiplies the visits."""

    code: str
    zh: str
    en: str
    from_md: tuple[int, int]
    until_md: tuple[int, int]
    percent: int
    lift: float


class MemberDay(Struct, frozen=True):
    code: str
    zh: str
    en: str
    weekday: int  # Monday is 0
    percent: int
    lift: float


class Ways(Struct, frozen=True):
    """How people of one habit behave; the meaning of each number stands in `coffee.yaml`."""

    share: float
    workday: float
    weekend: float
    holiday: float
    hours: tuple[float, float, float]
    till: float
    mini: float
    web: float
    has_mini: float
    has_card: float
    has_web: float
    basket: int
    buys: float


class Brand(Struct, frozen=True):
    name: dict[str, str]
    currency: str
    zone: str
    site: str
    stores: tuple[Store, ...]
    products: tuple[Product, ...]
    holidays: tuple[Holiday, ...]
    worked_weekends: frozenset[date]
    season: tuple[float, ...]
    warmth: tuple[float, ...]
    promotions: tuple[Promotion, ...]
    member_day: MemberDay
    habits: dict[Habit, Ways]
    surnames: str
    given_names: dict[str, tuple[str, ...]]  # by gender
    review_words: tuple[str, ...]
    roasts: tuple[str, ...]


class Day(Struct, frozen=True):
    """What a day brings for everybody; `percent` is what members save with `code`, 0 on most days."""

    on: date
    kind: DayKind
    lift: float
    warmth: float
    code: str
    percent: int


@cache
def brand() -> Brand:
    """Return the coffee chain."""
    return msgspec.yaml.decode((files("interplay.rehearse.brand") / "coffee.yaml").read_bytes(), type=Brand)


def day(on: date) -> Day:
    """Return what the calendar says of a day; a promotion goes before the members' day."""
    house = brand()
    lift, code, percent = house.season[on.month - 1], "", 0
    promotion = next((p for p in house.promotions if p.from_md <= (on.month, on.day) < p.until_md), None)
    if promotion is not None:
        lift, code, percent = lift * promotion.lift, promotion.code, promotion.percent
    elif on.weekday() == house.member_day.weekday:
        lift, code, percent = lift * house.member_day.lift, house.member_day.code, house.member_day.percent
    return Day(on, day_kind(on), lift, house.warmth[on.month - 1], code, percent)


@cache
def day_kind(on: date) -> DayKind:
    """Return whether people work; in China some weekends are worked so that a holiday becomes longer."""
    house = brand()
    if any(h.from_on <= on < h.until_on for h in house.holidays):
        return DayKind.HOLIDAY
    if on in house.worked_weekends or on.weekday() < 5:
        return DayKind.WORKDAY
    return DayKind.WEEKEND


def local(at: int) -> datetime:
    """Return what the clocks in the stores show at an instant."""
    return from_micros(at).astimezone(_zone())


@cache
def _zone() -> ZoneInfo:
    return ZoneInfo(brand().zone)
