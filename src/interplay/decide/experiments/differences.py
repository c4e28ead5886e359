"""An arm beside the control: difference and relative lift of means and of quotients, with CUPED. Pure.

The numbers of a customer are, in this order: y, or y and d of a quotient Σy/Σd; then, with CUPED, the same of the time
before. Variances are by the delta method: A. Deng, U. Knoblich, J. Lu, "Applying the delta method in metric analytics",
KDD 2018. CUPED: A. Deng, Y. Xu, R. Kohavi, T. Walker, "Improving the sensitivity of online controlled experiments by
utilizing pre-experiment data", WSDM 2013, with one θ of all arms.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple, TypeAlias

import numpy as np

from interplay.decide.experiments.contracts import BASE_ERRORS_MIN, Estimate, Inconclusive, Looks
from interplay.decide.experiments.intervals import around
from interplay.decide.experiments.moments import Floats, Moments

Slope: TypeAlias = tuple[float, Floats]


class Shape(NamedTuple):
    """What the numbers of a customer mean."""

    is_ratio: bool
    is_adjusted: bool


class Arm(NamedTuple):
    """An arm's value g and that of the time before, h; the variances of one customer's share in them."""

    n: int
    value: float
    before: float
    variance: float
    variance_before: float
    covariance: float


class Difference(NamedTuple):
    """What is known of an arm beside the control."""

    difference: Estimate
    lift: Estimate | Inconclusive
    variance_saved: float


def summed_up(arms: Sequence[Moments], shape: Shape) -> list[Arm] | Inconclusive:
    """Return each arm's value and variances; a quotient of nothing is none.

    Where some arm has no quotient of the time before, none is adjusted.
    """
    here = [_gradient(one, 0, shape) for one in arms]
    before = [_gradient(one, 1 + shape.is_ratio, shape) if shape.is_adjusted else None for one in arms]
    if any(one is None for one in here):
        return Inconclusive("no_base")
    if any(one is None for one in before):
        before = [None] * len(arms)
    return [_arm(*one) for one in zip(arms, here, before, strict=True)]


def theta(arms: Sequence[Arm]) -> float:
    """Return CUPED's slope, pooled within arms; 0 where the time before says nothing."""
    below = sum((arm.n - 1) * arm.variance_before for arm in arms)
    return sum((arm.n - 1) * arm.covariance for arm in arms) / below if below > 0 else 0.0


def compare(arm: Arm, control: Arm, slope: float, looks: Looks) -> Difference | Inconclusive:
    """Return an arm's difference to the control, and its lift where the control is far enough from 0.

    The lift is of the adjusted means, a = g − θ (h − H) with H of both arms together; H depends on the data, too.
    """
    n = arm.n + control.n
    square, raw = _variance(arm, slope) + _variance(control, slope), _variance(arm, 0) + _variance(control, 0)
    if square <= 0:
        return Inconclusive("no_variance")
    middle = (arm.n * arm.before + control.n * control.before) / n
    one, base = (each.value - slope * (each.before - middle) for each in (arm, control))
    error = sqrt(square)
    saved = 1 - square / raw if raw > 0 else 0.0
    return Difference(around(one - base, error, looks, n), _lift(arm, control, slope, looks, one, base), saved)


def _arm(found: Moments, here: Slope | None, before: Slope | None) -> Arm:
    assert here is not None
    value, gradient = here
    if before is None:
        return Arm(found.n, value, 0.0, float(gradient @ found.covariance @ gradient), 0.0, 0.0)
    other, slope = before
    return Arm(
        found.n, value, other, float(gradient @ found.covariance @ gradient),
        float(slope @ found.covariance @ slope), float(gradient @ found.covariance @ slope),
    )  # fmt: skip


def _lift(arm: Arm, control: Arm, slope: float, looks: Looks, one: float, base: float) -> Estimate | Inconclusive:
    if abs(base) < BASE_ERRORS_MIN * sqrt(_variance(control, slope)) or base <= 0:
        return Inconclusive("base_near_zero")
    n = arm.n + control.n
    pull = slope * (1 / base - one / base**2)  # of the common middle
    square = _spread(arm, 1 / base, -slope / base + pull * arm.n / n)
    square += _spread(control, -one / base**2, slope * one / base**2 + pull * control.n / n)
    return around(one / base - 1, sqrt(square), looks, n)


def _variance(arm: Arm, slope: float) -> float:
    return _spread(arm, 1, -slope)


def _spread(arm: Arm, of_value: float, of_before: float) -> float:
    """Return the variance of a sum of an arm's two values, each with its weight."""
    square = of_value**2 * arm.variance + of_before**2 * arm.variance_before
    return max(square + 2 * of_value * of_before * arm.covariance, 0.0) / arm.n


def _gradient(found: Moments, place: int, shape: Shape) -> Slope | None:
    """Return a mean or quotient, and how it moves with each of the means; None: a quotient of nothing."""
    gradient = np.zeros(len(found.means))
    if not shape.is_ratio:
        gradient[place] = 1.0
        return float(found.means[place]), gradient
    above, below = (float(one) for one in found.means[place : place + 2])
    if below == 0:
        return None
    gradient[place : place + 2] = 1 / below, -above / below**2
    return above / below, gradient
