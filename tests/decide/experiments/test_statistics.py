"""Formulas against other programs: gbstats 0.8.0 (recorded by `record_gbstats.py`), scipy, and a jackknife."""

import json
from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from interplay.decide.experiments.contracts import Inconclusive, Looks
from interplay.decide.experiments.differences import Shape, compare, summed_up, theta
from interplay.decide.experiments.intervals import factor, smallest
from interplay.decide.experiments.moments import cap_of, from_sums, moments
from interplay.decide.experiments.sample_ratio import chi2_tail, sample_ratio

RECORDED = json.loads((Path(__file__).parent / "gbstats.json").read_text())
MEAN, ADJUSTED = Shape(is_ratio=False, is_adjusted=False), Shape(is_ratio=False, is_adjusted=True)
RATIO, ADJUSTED_RATIO = Shape(is_ratio=True, is_adjusted=False), Shape(is_ratio=True, is_adjusted=True)
SHAPES = {"mean": MEAN, "ratio": RATIO, "cuped": ADJUSTED}


def arms_of(case):
    each = [from_sums(one["n"], one["sums"], one["products"]) for one in case["arms"]]
    return summed_up(each, SHAPES[case["kind"]])


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda one: one["kind"])
def test_differences_and_their_always_valid_intervals_are_those_of_growthbook(case):
    control, arm = arms_of(case)
    found = compare(arm, control, case["theta"], Looks.DAILY).difference
    told = case["absolute"]
    assert (found.value, found.error, found.low, found.high) == pytest.approx(
        (told["value"], told["error"], *told["ci"]), rel=1e-9
    )


@pytest.mark.parametrize(
    "case", [one for one in RECORDED["cases"] if one["kind"] != "cuped"], ids=lambda one: one["kind"]
)
def test_relative_lifts_are_those_of_growthbook(case):
    """Not with CUPED: there it divides by the control's mean as observed, as if that did not move."""
    control, arm = arms_of(case)
    found, told = compare(arm, control, 0.0, Looks.DAILY).lift, case["relative"]
    assert (found.value, found.error, found.low, found.high) == pytest.approx(
        (told["value"], told["error"], *told["ci"]), rel=1e-9
    )


@pytest.mark.parametrize("case", RECORDED["srm"])
def test_the_sample_ratio_test_is_that_of_growthbook(case):
    arms = "abcd"[: len(case["counts"])]
    found = sample_ratio(dict(zip(arms, case["counts"], strict=True)), dict(zip(arms, case["weights"], strict=True)))
    assert found.p_value == pytest.approx(case["p"], rel=1e-9)
    assert found.is_mismatch is (case["p"] < 0.001)


@given(st.floats(0.001, 200), st.integers(1, 12))
@settings(deadline=None, derandomize=True)
def test_the_tail_of_chi_squared_is_that_of_scipy(chi2, freedom):
    assert chi2_tail(chi2, freedom) == pytest.approx(stats.chi2.sf(chi2, freedom), rel=1e-9)


def test_a_single_look_is_the_normal_interval_of_a_difference_with_unequal_variances():
    rng = np.random.default_rng(1)
    one, other = rng.normal(3, 2, 4_000), rng.normal(2, 5, 9_000)
    control, arm = summed_up([moments([other]), moments([one])], MEAN)
    found = compare(arm, control, 0.0, Looks.ONCE).difference
    told = stats.ttest_ind(one, other, equal_var=False).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(told), rel=1e-3)


def columns(rng, n, effect):
    taste = rng.gamma(3, 1, n)
    orders, earlier = rng.poisson(taste) + 1.0, rng.poisson(taste) + 1.0
    return [orders * taste + effect, orders, earlier * taste, earlier]


@pytest.mark.parametrize(("shape", "taken"), [
    (MEAN, [0]), (ADJUSTED, [0, 2]), (RATIO, [0, 1]), (ADJUSTED_RATIO, [0, 1, 2, 3]),
])  # fmt: skip
def test_every_standard_error_is_that_of_a_jackknife(shape, taken):
    """Leaving out one customer after the other says how an estimate varies, without any formula for it."""
    rng = np.random.default_rng(2)
    each = [[one[place] for place in taken] for one in (columns(rng, 300, 0.0), columns(rng, 200, 1.0))]
    whole = summed_up([moments(one) for one in each], shape)
    slope = theta(whole)
    found = compare(whole[1], whole[0], slope, Looks.ONCE)
    squares = {"difference": 0.0, "lift": 0.0}
    for side in (0, 1):
        n = len(each[side][0])
        left = {"difference": [], "lift": []}
        for row in range(n):
            without = [
                [np.delete(one, row) for one in each[side]] if place == side else each[place] for place in (0, 1)
            ]
            arms = summed_up([moments(one) for one in without], shape)
            got = compare(arms[1], arms[0], slope, Looks.ONCE)
            left["difference"].append(got.difference.value)
            left["lift"].append(got.lift.value)
        for word, values in left.items():
            squares[word] += (n - 1) ** 2 / n * np.var(values, ddof=1)
    assert found.difference.error == pytest.approx(sqrt(squares["difference"]), rel=0.03)
    assert found.lift.error == pytest.approx(sqrt(squares["lift"]), rel=0.03)


def test_an_always_valid_interval_is_wider_than_one_for_a_single_look_and_narrowest_where_it_is_tuned():
    widths = {n: factor(Looks.DAILY, n) for n in (200, 1_000, 5_000, 20_000, 1_000_000)}
    assert min(widths, key=widths.get) == 5_000
    assert all(one > factor(Looks.ONCE, 10) for one in widths.values())
    square = -2 * log(0.05) + log(-2 * log(0.05) + 1)  # at n = n*
    assert widths[5_000] == pytest.approx(sqrt(2 * (square + 1) / square * log(sqrt(square + 1) / 0.05)))


def test_the_smallest_effect_is_seen_in_eight_of_ten_cases():
    reach = smallest(1.0, Looks.ONCE, 1_000)
    assert stats.norm.sf(factor(Looks.ONCE, 1_000), loc=reach) == pytest.approx(0.8)


def test_what_cannot_be_told_is_no_neutral_number():
    flat, nothing = moments([np.ones(200)]), moments([np.ones(200), np.zeros(200)])
    assert compare(*summed_up([flat, flat], MEAN), 0.0, Looks.ONCE) == Inconclusive("no_variance")
    assert summed_up([nothing, nothing], RATIO) == Inconclusive("no_base")
    rng = np.random.default_rng(4)
    for mean in (0.0, 0.1, -5.0):
        control, arm = summed_up([moments([rng.normal(mean, 1, 400)]), moments([rng.normal(5, 1, 400)])], MEAN)
        assert compare(arm, control, 0.0, Looks.ONCE).lift == Inconclusive("base_near_zero")


def test_without_anything_before_cuped_changes_nothing():
    rng = np.random.default_rng(5)
    each = [[rng.normal(3, 1, 300), np.zeros(300)] for _ in range(2)]
    control, arm = summed_up([moments(one) for one in each], ADJUSTED)
    found = compare(arm, control, theta([control, arm]), Looks.ONCE)
    assert found.variance_saved == 0
    assert found.difference.value == pytest.approx(each[1][0].mean() - each[0][0].mean())


def test_sums_are_cut_at_an_observed_value():
    assert cap_of(np.arange(1, 101, dtype=np.float64), 0.99) == 99


def test_money_of_many_digits_keeps_its_variance():
    values = 1e12 + np.array([0.0, 1.0, 2.0])
    assert moments([values]).covariance[0, 0] == pytest.approx(1.0)
