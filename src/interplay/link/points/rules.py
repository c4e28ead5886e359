"""How many points, from when, until when, and how many of them a refund takes. Pure: no clock, no database."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, day_of, start_of
from interplay.link.points.contracts import (
    EarningDocument,
    Expiry,
    Month,
    Multiplier,
    PointsDocument,
    RefundPolicy,
    Rounding,
    Worth,
)


def points_for(rule: EarningDocument, base: int, on: date, tiers: Iterable[str]) -> int:
    """Return the points that a fact gives before caps of days and customers; none for nothing paid or for less."""
    exact = (
        Fraction(rule.fixed) if rule.fixed is not None else Fraction(max(base, 0) * (rule.points or 0), rule.per or 1)
    )
    rounded = _rounded(exact * _times(rule.multipliers, on, frozenset(tiers)), rule.rounding)
    return rounded if rule.caps.fact is None else min(rounded, rule.caps.fact)


def holds(multiplier: Multiplier, on: date, tiers: frozenset[str]) -> bool:
    """Return whether everything that a multiplier says holds on a day for somebody of these tiers."""
    if multiplier.tiers and tiers.isdisjoint(multiplier.tiers):
        return False
    if multiplier.weekdays and on.isoweekday() not in multiplier.weekdays:
        return False
    if multiplier.days_of_month and on.day not in multiplier.days_of_month:
        return False
    if multiplier.from_on is not None and on < date.fromisoformat(multiplier.from_on):
        return False
    return multiplier.until_on is None or on < date.fromisoformat(multiplier.until_on)


def share(amount: int, base: int, refunded: int) -> int:
    """Return how many of `amount` points given for `base` belong to so much refunded money.

    Of parts refunded one after the other the differences are taken, so that they sum up to the whole exactly.
    """
    if base <= 0:
        return amount if refunded > 0 else 0
    return amount * min(refunded, base) // base


def active_from(unit: PointsDocument, at: int) -> Micros:
    """Return from when points earned at an instant can be spent; 0: at once."""
    return Micros(at + unit.pending_days * DAY) if unit.pending_days else Micros(0)


def expires_at(expiry: Expiry | None, at: int, zone: ZoneInfo) -> Micros | None:
    """Return the instant from which points earned at another are gone, or None for never.

    The end of a year is the first instant of the next one in the brand's zone.
    """
    if expiry is None:
        return None
    if expiry.days is not None:
        return Micros(at + expiry.days * DAY)
    year = day_of(at, zone).year + (expiry.years or 0) + 1
    return start_of(date(year, 1, 1), zone)


def money_of(worth: Worth, points: int) -> int:
    """Return what points are worth in minor units; a fraction of one is nothing."""
    return points * worth.money // worth.points


def is_whole(worth: Worth, points: int) -> bool:
    """Return whether points are worth whole minor units, so that none is lost when they are spent as money."""
    return points * worth.money % worth.points == 0


def cost_of(unit: PointsDocument, points: int) -> int:
    """Return what giving points costs in minor units: what they are worth."""
    return 0 if unit.worth is None else money_of(unit.worth, points)


def how_to_take(policy: RefundPolicy) -> dict[str, bool]:
    """Return a policy in the words of `acts.Undo`."""
    match policy:
        case RefundPolicy.ONLY_PENDING:
            return {"if_pending": True}
        case RefundPolicy.WITHIN_BALANCE:
            return {"from_balance": True}
        case RefundPolicy.NEGATIVE:
            return {"may_owe": True}


def needs_another(unit: PointsDocument, amount: int, asker: str, approver: str) -> bool:
    """Return whether an adjustment is too large for its asker to approve alone."""
    return abs(amount) > unit.adjust_alone_max and asker.strip().casefold() == approver.strip().casefold()


def closing_of(month: Month) -> int:
    """Return the closing balance that a month's columns make."""
    gone = month.refunded + month.spent + month.expired + month.held + month.erased
    return month.opening + month.earned - gone + month.adjusted


def _times(multipliers: Iterable[Multiplier], on: date, tiers: frozenset[str]) -> Fraction:
    return max((Fraction(one.times) for one in multipliers if holds(one, on, tiers)), default=Fraction(1))


def _rounded(exact: Fraction, rounding: Rounding) -> int:
    return exact.numerator // exact.denominator if rounding is Rounding.FLOOR else round(exact)
