"""How much each kind of benefit takes off. Pure arithmetic over what the lines still cost.

A line of n units that still costs R has units worth R / n. Where a benefit takes k of them, they are worth the whole
part of R × k / n, so that all units of a line are worth the line.
"""

from collections.abc import Callable, Sequence

from interplay.link.quotes.contracts import AmountOff, Benefit, BuyGet, CountForPrice, Exchange, NthOff, PercentOff
from interplay.link.quotes.percents import basis_points
from interplay.link.quotes.spreading import half_even

WHOLE = 10_000
_UNIT_BITS = 40  # units of lines of at most 10,000 differ by more than 2 ** -28 or not at all

Discount = Callable[[Sequence[int], Sequence[int], int], int]
"""(what each line still costs, its units where the benefit is by unit, the sum) → what is off, at most all."""


def discount_of(benefit: Benefit, spend_min: int) -> Discount | None:
    """Return the arithmetic of a benefit on lines, or None where it is not about lines (shipping, gift)."""
    match benefit:
        case Benefit(amount=AmountOff() as amount):
            return _amount(amount, spend_min)
        case Benefit(percent=PercentOff() as percent):
            return _percent(percent)
        case Benefit(exchange=Exchange() as exchange):
            return _exchange(exchange)
        case Benefit(buy_get=BuyGet() as free):
            return _cheapest(free.buy + free.get, free.get, WHOLE, free.times_max)
        case Benefit(nth=NthOff() as nth):
            return _cheapest(nth.nth, 1, basis_points(nth.off_percent), nth.times_max)
        case Benefit(count_for_price=CountForPrice() as together):
            return _count_for_price(together)
    return None


def times(spend: int, spend_min: int, times_max: int | None) -> int:
    """Return how often a spend holds the least one: once where there is none."""
    often = spend // spend_min if spend_min else 1
    return often if times_max is None else min(often, times_max)


def _amount(benefit: AmountOff, spend_min: int) -> Discount:
    def discount(_: Sequence[int], __: Sequence[int], spend: int) -> int:
        return min(benefit.off_amount * times(spend, spend_min, benefit.times_max), spend)

    return discount


def _percent(benefit: PercentOff) -> Discount:
    points = basis_points(benefit.off_percent)

    def discount(_: Sequence[int], __: Sequence[int], spend: int) -> int:
        off = half_even(spend * points, WHOLE)
        return off if benefit.off_max is None else min(off, benefit.off_max)

    return discount


def _exchange(benefit: Exchange) -> Discount:
    def discount(left: Sequence[int], units: Sequence[int], _: int) -> int:
        wanted, off = benefit.quantity, 0
        for n in reversed(_by_unit(left, units)):
            taken = min(wanted, units[n])
            off += max(0, left[n] * taken // units[n] - benefit.price * taken)
            wanted -= taken
            if not wanted:
                break
        return off

    return discount


def _cheapest(set_of: int, cheaper: int, points: int, times_max: int | None) -> Discount:
    """Return the discount of sets in which some units cost less: over all sets these are the cheapest units."""

    def discount(left: Sequence[int], units: Sequence[int], _: int) -> int:
        sets = sum(units) // set_of
        wanted, worth = cheaper * (sets if times_max is None else min(sets, times_max)), 0
        for n in _by_unit(left, units):
            taken = min(wanted, units[n])
            worth += left[n] * taken // units[n]
            wanted -= taken
            if not wanted:
                break
        return half_even(worth * points, WHOLE)

    return discount


def _count_for_price(benefit: CountForPrice) -> Discount:
    def discount(left: Sequence[int], units: Sequence[int], _: int) -> int:
        sets = sum(units) // benefit.count
        if benefit.times_max is not None:
            sets = min(sets, benefit.times_max)
        off = worth = held = 0
        for n in reversed(_by_unit(left, units)):
            used = 0
            while sets and used < units[n]:
                taken = min(benefit.count - held, units[n] - used)
                worth += left[n] * (used + taken) // units[n] - left[n] * used // units[n]
                used, held = used + taken, held + taken
                if held == benefit.count:
                    off, worth, held, sets = off + max(0, worth - benefit.price), 0, 0, sets - 1
        return off

    return discount


def _by_unit(left: Sequence[int], units: Sequence[int]) -> list[int]:
    """Return the lines by what a unit of each still costs, cheapest first."""
    worth = [(cost << _UNIT_BITS) // count for cost, count in zip(left, units, strict=True)]
    return sorted(range(len(worth)), key=worth.__getitem__)
