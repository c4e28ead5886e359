"""Whether arms are as large as was planned. Where they are not, who is missing is not missing by chance. Pure."""

from collections.abc import Mapping
from math import erfc, exp, gamma, sqrt

from interplay.decide.experiments.contracts import MISMATCH_P, SampleRatio


def sample_ratio(counts: Mapping[str, int], planned: Mapping[str, float]) -> SampleRatio:
    """Compare the sizes of at least two arms with their planned weights, by Pearson's χ²."""
    total, whole = sum(counts.values()), sum(planned.values())
    weights = {arm: weight / whole for arm, weight in planned.items()}
    chi2 = sum((counts[arm] - total * weight) ** 2 / (total * weight) for arm, weight in weights.items())
    p_value = chi2_tail(chi2, len(counts) - 1)
    return SampleRatio(p_value, weights, p_value < MISMATCH_P)


def chi2_tail(chi2: float, freedom: int) -> float:
    """Return how probable a χ² at least so large is, with 1 or more degrees of freedom.

    M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 26.4.4 and 26.4.5: finite sums of
    e^(−x/2) (x/2)^j / Γ(j + 1), j whole or half.
    """
    half = chi2 / 2
    if freedom % 2:
        first, powers = erfc(sqrt(half)), [number + 0.5 for number in range(freedom // 2)]
    else:
        first, powers = 0.0, [float(number) for number in range(freedom // 2)]
    return first + exp(-half) * sum(float(half**power) / gamma(power + 1) for power in powers)
