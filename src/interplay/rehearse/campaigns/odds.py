"""What counts say of chances: the interval of a share, χ² of a table, the spread of a mean. Pure.

Source: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions,
26.4.4 and 26.4.5, for the tail of χ² with whole degrees of freedom.
"""

from collections.abc import Sequence
from math import erfc, exp, gamma, sqrt

from interplay.measure.certainty import api as certainty
from interplay.rehearse.campaigns.contracts import Interval

EXPECTED_MIN = 5.0
"""Outcomes that are expected more seldom are taken together, as is usual for χ²."""


def wilson(count: int, of: int) -> Interval:
    """Return a share, and between which bounds it lies."""
    return Interval(count / of if of else 0.0, *certainty.wilson(count, of))


def spread(values: Sequence[float]) -> Interval:
    """Return the mean of some runs, and between which bounds 95 percent of them lie: their own, where they are few."""
    ordered = sorted(values)
    cut = int(len(ordered) * 0.025)
    return Interval(sum(ordered) / len(ordered), ordered[cut], ordered[len(ordered) - 1 - cut])


def p_value(found: Sequence[int], expected: Sequence[float]) -> float | None:
    """Return how likely a table as different as this is where chance is as declared; None where there is too little."""
    pairs = sorted(zip(expected, found, strict=True))
    seldom = [pair for pair in pairs if pair[0] < EXPECTED_MIN]
    often = [pair for pair in pairs if pair[0] >= EXPECTED_MIN]
    rest = (sum(one for one, _ in seldom), sum(one for _, one in seldom))
    if rest[0] >= EXPECTED_MIN:
        often.append(rest)
    elif seldom and often:
        often[0] = (often[0][0] + rest[0], often[0][1] + rest[1])
    if len(often) < 2:
        return None
    return tail(sum((count - wanted) ** 2 / wanted for wanted, count in often), len(often) - 1)


def tail(chi_squared: float, freedom: int) -> float:
    """Return the chance that χ² with so many degrees of freedom is at least this."""
    half = chi_squared / 2
    if freedom % 2 == 0:
        term, total = 1.0, 1.0
        for number in range(1, freedom // 2):
            term *= half / number
            total += term
        return exp(-half) * total
    total, power = 0.0, sqrt(half)
    for number in range(1, (freedom + 1) // 2):
        total += power / gamma(number + 0.5)
        power *= half
    return erfc(sqrt(half)) + exp(-half) * total
