"""Points as money: how many are taken, and what they are worth."""

from collections.abc import Sequence

from interplay.link.quotes.contracts import PointsSpent, PointsWish, Reason, Refusal
from interplay.link.quotes.discounts import WHOLE
from interplay.link.quotes.percents import basis_points


def points_of(wish: PointsWish, available: int, left: Sequence[int]) -> PointsSpent | Reason:
    """Return what is spent of a wish on lines that still cost so much, or why nothing.

    Money is rounded down. Of equal money the fewest points are taken, so none are lost to rounding or to a basket that
    costs less than they are worth.
    """
    terms, spend = wish.terms, sum(left)
    if wish.points > available:
        return Reason(Refusal.POINTS_SHORT, {"points": wish.points, "available": available})
    if wish.points % terms.step:
        return Reason(Refusal.POINTS_STEP, {"points": wish.points, "step": terms.step})
    if not left:
        return Reason(Refusal.NO_LINE)
    if spend < terms.spend_min:
        short = terms.spend_min - spend
        args: dict[str, int | str] = {"spend_minor": spend, "spend_min_minor": terms.spend_min, "short_minor": short}
        return Reason(Refusal.SPEND, args)
    if not (money_max := spend * basis_points(terms.share_max) // WHOLE):
        return Reason(Refusal.NOTHING_LEFT)
    most = ((money_max + 1) * terms.per - 1) // terms.worth  # whose money, rounded down, is still within
    money = _whole_steps(min(wish.points, most), terms.step) * terms.worth // terms.per
    if not money:
        return Reason(Refusal.POINTS_FEW, {"points": wish.points})
    fewest = -(-money * terms.per // terms.worth)
    return PointsSpent(-(-fewest // terms.step) * terms.step, money)


def _whole_steps(points: int, step: int) -> int:
    return points - points % step
