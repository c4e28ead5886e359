"""How far an estimate may be from the truth: at one look, or at any number of them. Pure.

Always valid is the asymptotic confidence sequence of Robbins' normal mixture, I. Waudby-Smith, D. Arbour, R. Sinha,
E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics
52 (2024), theorem 2.2: with n customers and a standard error s, the bounds are
s · √(2 (nρ² + 1) / (nρ²) · ln(√(nρ² + 1) / α)), and ρ by their eq. for where the sequence is narrowest,
ρ² = (−2 ln α + ln(−2 ln α + 1)) / n*.
"""

from math import log, sqrt
from statistics import NormalDist

from interplay.decide.experiments.contracts import Estimate, Looks

ALPHA = 0.05
POWER = 0.8
TUNED_AT = 5_000
"""n*: with how many customers, of both arms, an always valid interval is narrowest beside one for a single look.

It is a constant: who tuned it after having looked would have looked for nothing.
"""


def factor(looks: Looks, n: int, alpha: float = ALPHA) -> float:
    """Return how many standard errors an interval reaches to each side, with n customers in both arms."""
    if looks is Looks.ONCE:
        return NormalDist().inv_cdf(1 - alpha / 2)
    square = n * (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / TUNED_AT
    return sqrt(2 * (square + 1) / square * log(sqrt(square + 1) / alpha))


def around(value: float, error: float, looks: Looks, n: int) -> Estimate:
    """Return an estimate with its interval."""
    half = factor(looks, n) * error
    return Estimate(value, value - half, value + half, error)


def smallest(error: float, looks: Looks, n: int) -> float:
    """Return the effect that would have been seen, with a chance of `POWER`, by so precise a comparison."""
    return (factor(looks, n) + NormalDist().inv_cdf(POWER)) * error
