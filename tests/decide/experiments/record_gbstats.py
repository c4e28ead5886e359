"""Records what gbstats 0.8.0 (GrowthBook's engine) answers; it needs numpy < 2, hence an environment of its own.

python -m venv gb
gb/bin/pip install gbstats==0.8.0
cd tests/decide/experiments
gb/bin/python record_gbstats.py > gbstats.json
"""

import json

import numpy as np
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import (
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)
from gbstats.utils import check_srm


def mean(values):
    return SampleMeanStatistic(n=len(values), sum=float(values.sum()), sum_squares=float((values**2).sum()))


def statistic(kind, columns):
    if kind == "mean":
        return mean(columns[0])
    both = float((columns[0] * columns[1]).sum())
    if kind == "ratio":
        return RatioStatistic(
            n=len(columns[0]), m_statistic=mean(columns[0]), d_statistic=mean(columns[1]), m_d_sum_of_products=both
        )
    return RegressionAdjustedStatistic(
        n=len(columns[0]), post_statistic=mean(columns[0]), pre_statistic=mean(columns[1]),
        post_pre_sum_of_products=both, theta=0,
    )  # fmt: skip


def arm(rng, kind, n, effect):
    before = rng.poisson(3, n) * rng.gamma(1.5, 20, n)
    after = 0.6 * before + rng.gamma(1.2, 30, n) + effect
    return [after] if kind == "mean" else [after, 1.0 + rng.poisson(2, n) if kind == "ratio" else before]


def case(kind, sizes, effect, seed):
    rng = np.random.default_rng(seed)
    control, treated = (arm(rng, kind, n, add) for n, add in zip(sizes, (0, effect), strict=True))
    a, b = statistic(kind, control), statistic(kind, treated)
    theta = 0.0
    if kind == "cuped":
        theta = a.theta = b.theta = float(compute_theta(a, b))
    out = {"kind": kind, "theta": theta, "arms": [sums(one) for one in (control, treated)]}
    for word in ("absolute", "relative"):
        config = SequentialConfig(difference_type=word, sequential_tuning_parameter=5000)
        found = SequentialTwoSidedTTest(a, b, config).compute_result()
        out[word] = {
            "value": float(found.expected),
            "error": float(found.uplift.stddev),
            "ci": list(map(float, found.ci)),
        }
    return out


def sums(columns):
    return {
        "n": len(columns[0]),
        "sums": [float(one.sum()) for one in columns],
        "products": [[float((one * other).sum()) for other in columns] for one in columns],
    }


CASES = [
    case(kind, sizes, effect, seed)
    for seed, (kind, sizes, effect) in enumerate(
        (kind, sizes, effect)
        for kind in ("mean", "ratio", "cuped")
        for sizes, effect in (((200, 300), 0), ((5_000, 5_000), 4), ((900, 8_100), 12))
    )
]
RATIOS = [
    ([500, 4_500], [0.1, 0.9]),
    ([560, 4_440], [0.1, 0.9]),
    ([21_306, 21_307, 21_387], [1, 1, 1]),
    ([90, 110, 100, 140], [1, 1, 1, 1]),
]
srm = [{"counts": counts, "weights": weights, "p": float(check_srm(counts, weights))} for counts, weights in RATIOS]
print(json.dumps({"version": "0.8.0", "cases": CASES, "srm": srm}, indent=1))
