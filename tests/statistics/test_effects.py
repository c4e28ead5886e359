"""Intervals cover the truth as often as they say, on normal and on skewed data; looking daily is safe, as promised."""

import numpy as np
import pytest

from interplay.decide.experiments.contracts import Looks
from interplay.decide.experiments.differences import Shape, compare, summed_up, theta
from interplay.decide.experiments.moments import from_sums, moments

RUNS = 4_000
MEAN, ADJUSTED = Shape(is_ratio=False, is_adjusted=False), Shape(is_ratio=False, is_adjusted=True)
RATIO, ADJUSTED_RATIO = Shape(is_ratio=True, is_adjusted=False), Shape(is_ratio=True, is_adjusted=True)


def normal(rng, n, is_treated):
    return [rng.normal(11 if is_treated else 10, 4, n)]


def spend(rng, n, is_treated):
    """Most buy nothing; who buys spends a log-normal amount. Means: share · e^(4 + 0.9² / 2)."""
    share = 0.18 if is_treated else 0.15
    return [np.where(rng.random(n) < share, rng.lognormal(4, 0.9, n), 0.0)]


def adjusted_spend(rng, n, is_treated):
    """The amount of before and the one of after have a customer's own taste in common."""
    taste = rng.gamma(2, 1, n)
    before, after = (np.where(rng.random(n) < 0.5, taste * rng.gamma(4, 5, n), 0.0) for _ in range(2))
    return [after * (1.1 if is_treated else 1.0), before]


def basket(rng, n, is_treated):
    """Orders of a customer, and their value: customers with more orders spend more on each."""
    taste = rng.gamma(3, 1, n)
    orders = rng.poisson(taste)
    return [orders * taste * rng.gamma(5, 2, n) * (1.05 if is_treated else 1.0), orders.astype(float)]


def adjusted_basket(rng, n, is_treated):
    taste = rng.gamma(3, 1, n)
    orders, earlier = rng.poisson(taste), rng.poisson(taste)
    values = [count * taste * rng.gamma(5, 2, n) for count in (orders, earlier)]
    return [values[0] * (1.05 if is_treated else 1.0), orders.astype(float), values[1], earlier.astype(float)]


BUYER = float(np.exp(4 + 0.9**2 / 2))
# E[orders · taste] / E[orders] = E[taste²] / E[taste] = 12 / 3, times the mean 10 of a value
CASES = {
    "normal": (normal, MEAN, 500, 1.0, 0.1),
    "spend": (spend, MEAN, 3_000, 0.03 * BUYER, 0.2),
    "cuped": (adjusted_spend, ADJUSTED, 1_000, 2.0, 0.1),
    "ratio": (basket, RATIO, 1_000, 2.0, 0.05),
    "cuped ratio": (adjusted_basket, ADJUSTED_RATIO, 1_000, 2.0, 0.05),
}


@pytest.mark.parametrize("name", CASES)
def test_an_interval_for_one_look_covers_the_truth_in_95_of_100_runs(name):
    make, shape, n, difference, lift = CASES[name]
    rng = np.random.default_rng(7)
    covers, covers_lift = 0, 0
    for _ in range(RUNS):
        arms = summed_up([moments(make(rng, size, is_one)) for size, is_one in ((n, False), (2 * n, True))], shape)
        found = compare(arms[1], arms[0], theta(arms), Looks.ONCE)
        covers += found.difference.low <= difference <= found.difference.high
        covers_lift += found.lift.low <= lift <= found.lift.high
    assert 0.94 <= covers / RUNS <= 0.96
    assert 0.94 <= covers_lift / RUNS <= 0.96


def false_alarms(looks, runs=1_500, times=20, step=250):
    """Return in how many runs without any effect some look of 20 says that there is one."""
    rng = np.random.default_rng(11)
    alarms = 0
    sizes = np.arange(1, times + 1) * step
    for _ in range(runs):
        sides = np.where(rng.random((2, times * step)) < 0.3, rng.gamma(2, 30, (2, times * step)), 0.0)
        sums, squares = (np.cumsum(one, axis=1)[:, sizes - 1] for one in (sides, sides**2))
        for look, n in enumerate(sizes):
            each = [from_sums(n, [sums[side, look]], [[squares[side, look]]]) for side in (0, 1)]
            control, arm = summed_up(each, MEAN)
            found = compare(arm, control, 0.0, looks).difference
            if not found.low <= 0 <= found.high:
                alarms += 1
                break
    return alarms / runs


def test_looking_twenty_times_misleads_at_most_once_in_twenty_where_intervals_are_always_valid():
    assert false_alarms(Looks.DAILY) <= 0.05


def test_looking_twenty_times_misleads_often_where_they_are_meant_for_one_look():
    assert false_alarms(Looks.ONCE) > 0.15


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9])
def test_cuped_saves_the_square_of_the_correlation_of_the_variance(rho):
    rng = np.random.default_rng(3)
    each = []
    for effect in (0.0, 0.5):
        before = rng.normal(5, 2, 200_000)
        each.append([rho * before + np.sqrt(1 - rho**2) * rng.normal(0, 2, 200_000) + effect, before])
    arms = summed_up([moments(one) for one in each], ADJUSTED)
    assert compare(arms[1], arms[0], theta(arms), Looks.ONCE).variance_saved == pytest.approx(rho**2, abs=0.01)


def test_cuped_makes_the_spread_of_estimates_smaller_as_it_says():
    """Over many experiments the adjusted differences vary 1 − ρ² as much as the plain ones."""
    rng = np.random.default_rng(5)
    plain, adjusted = [], []
    for _ in range(RUNS):
        each = []
        for _ in range(2):
            before = rng.normal(0, 1, 300)
            each.append(moments([0.8 * before + 0.6 * rng.normal(0, 1, 300), before]))
        arms = summed_up(each, ADJUSTED)
        plain.append(compare(arms[1], arms[0], 0.0, Looks.ONCE).difference.value)
        adjusted.append(compare(arms[1], arms[0], theta(arms), Looks.ONCE).difference.value)
    assert np.var(adjusted) / np.var(plain) == pytest.approx(0.36, abs=0.03)
