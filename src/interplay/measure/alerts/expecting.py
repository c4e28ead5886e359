"""What a number should be, by its own past, and which part explains that it is not. Pure.

Expected is the median of the same stretches of the weeks before (the same weekday, or hour of the week), so that a few
odd ones do not matter. How far from it is usual: the median absolute deviation of all stretches of that time from
theirs, as a standard deviation, and the modified z-score beyond 3.5 is unusual: B. Iglewicz, D. C. Hoaglin, "How to
detect and handle outliers" (1993).

The part that explains a change is found by an expectation-based scan: D. B. Neill, "Expectation-based scan statistics
for monitoring spatial time series data", Int. J. Forecasting 25 (2009), with normal residuals: over all groups and all
windows that end now, the largest (Σ(o − e))² ÷ 2Σσ².
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from interplay.engine.olap.trails import Ints
from interplay.measure.reading.api import Numbers

USUAL = 3.5
USUAL_TOGETHER = 4.5
"""Of several stretches together, since as many windows are looked at."""
UNUSUAL_MAX = 14
SAME_MIN = 4  # stretches of the same kind in the past, to expect anything
TO_SIGMA = 1.4826  # of a normal distribution's median absolute deviation
WINDOW_MAX = 28
SHARE_MIN = 0.3
REST_MAX = 0.5
"""A part stands out if the rest has changed at most half as much, in proportion, and it is a third of the change."""


class Expected(NamedTuple):
    """A number's expectation, and between which bounds it is usual."""

    value: float
    low: float
    high: float


class Part(NamedTuple):
    """Which group, since which stretch, and which share of the whole change it is."""

    group: int
    first: int
    share: float
    score: float


def expected(values: Numbers, seasons: Ints, at: int, history: int, noise: float) -> Expected | None:
    """Return what the number of stretch `at` should be by the `history` ones before; None: too few are known.

    `noise`: the relative standard deviation that counting alone makes, which is never undercut.
    """
    past = np.arange(max(at - history, 0), at)
    past = past[~np.isnan(values[past])]
    same = values[past[seasons[past] == seasons[at]]]
    if len(same) < SAME_MIN:
        return None
    middle = float(np.median(same))
    kinds = {season: float(np.median(values[past[seasons[past] == season]])) for season in np.unique(seasons[past])}
    rest = np.array([values[one] - kinds[int(seasons[one])] for one in past])
    level = np.array([abs(kinds[int(seasons[one])]) for one in past])
    has = level > 0
    relative = TO_SIGMA * float(np.median(np.abs(rest[has] / level[has]))) if has.any() else 0.0
    few = len(same) / (len(same) - 1)  # the medians are those of the same numbers
    spread = abs(middle) * sqrt(max(relative**2 * few, noise**2) * (1 + 1 / len(same)))
    if middle == 0:
        spread = TO_SIGMA * float(np.median(np.abs(rest)))
    return Expected(middle, middle - USUAL * spread, middle + USUAL * spread)


def unusual_since(spreads: Sequence[float], shares: Sequence[float], change: float) -> int | None:
    """Return how many stretches before the last one it began to be unusual; None: it is not.

    Of each, the newest first: how far it was from what was expected, in standard deviations and in shares of it. A
    small change that goes on is as unusual as a large one, so windows that end now are looked at together.
    """
    best, began = 0.0, None
    for count in range(1, len(spreads) + 1):
        together = abs(sum(spreads[:count])) / sqrt(count)
        is_far = abs(sum(shares[:count])) / count >= change and sum(shares[:count]) * shares[0] > 0
        if is_far and together > (USUAL if count == 1 else USUAL_TOGETHER) and together > best:
            best, began = together, count - 1
    return began


def residuals(
    above: Numbers, below: Numbers | None, seasons: Ints, at: int, history: int, first: int = 0
) -> tuple[Numbers, Numbers] | None:
    """Return by stretch and group what is expected of the sum above, and the variance of what is left.

    `first`: the first stretch in which anything was collected; None: too few came since.

    A quotient's is its group's own rate of the time before the longest window, times what it is of; a sum's is the
    median of the same stretches of that time.
    """
    base = np.arange(max(at - history, first), max(at - WINDOW_MAX, first))
    if len(base) < SAME_MIN:
        base = np.arange(first, at)
    if len(base) < SAME_MIN:
        return None
    if below is None:
        expect = np.zeros_like(above)
        for season in np.unique(seasons):
            inside = base[seasons[base] == season]
            if len(inside):
                expect[seasons == season] = np.median(above[inside], axis=0)
        weight = np.maximum(expect, 1.0)
    else:
        whole = below[base].sum(axis=0)
        rate = np.divide(above[base].sum(axis=0), whole, out=np.zeros(above.shape[1]), where=whole > 0)
        expect, weight = below * rate, np.maximum(below, 1.0)
    left = (above - expect)[base] / np.sqrt(weight[base])
    unit = (TO_SIGMA * np.median(np.abs(left), axis=0)) ** 2
    floor = np.divide(np.abs(expect[base]).sum(axis=0), weight[base].sum(axis=0))  # Poisson's, for counts
    return expect, np.maximum(np.maximum(unit, np.minimum(floor, 1.0)), 1e-9) * weight


def explained(above: Numbers, expect: Numbers, variance: Numbers, at: int, named: Sequence[bool]) -> Part | None:
    """Return the part that explains the change best, if one stands out; only `named` groups are looked at."""
    left = above - expect
    best: Part | None = None
    for first in range(max(at - WINDOW_MAX + 1, 0), at + 1):
        window = slice(first, at + 1)
        hers, usual, spread = (one[window].sum(axis=0) for one in (left, expect, variance))
        whole, all_usual = float(hers.sum()), float(usual.sum())
        if whole == 0:
            continue
        for group in np.flatnonzero(named):
            share = float(hers[group]) / whole
            rest, rest_usual = whole - float(hers[group]), all_usual - float(usual[group])
            own = float(hers[group]) / max(float(usual[group]), 1.0)
            others = rest / max(rest_usual, 1.0)
            if share < SHARE_MIN or (rest_usual > 0 and abs(others) > REST_MAX * abs(own)):
                continue
            score = float(hers[group]) ** 2 / (2 * float(spread[group]))
            if best is None or score > best.score:
                best = Part(int(group), first, share, score)
    return best


def changed_since(above: Numbers, expect: Numbers, variance: Numbers, at: int) -> int:
    """Return since which stretch everything together has changed, by the same scan."""
    left = (above - expect).sum(axis=1)
    spread = variance.sum(axis=1)
    firsts = range(max(at - WINDOW_MAX + 1, 0), at + 1)
    scores = [left[first : at + 1].sum() ** 2 / spread[first : at + 1].sum() for first in firsts]
    return firsts[int(np.argmax(scores))]
