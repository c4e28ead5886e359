"""What is kept of an arm: its size, sums and sums of products. Everything else follows from them."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


class Moments(NamedTuple):
    """Of n customers with k numbers each: their means (k) and covariances (k, k), divided by n − 1."""

    n: int
    means: Floats
    covariance: Floats


def moments(columns: Sequence[Floats]) -> Moments:
    """Return the moments of columns, one entry per customer. Centered first: sums of squares of money lose digits."""
    rows = np.stack(columns)
    n = rows.shape[1]
    if n == 0:
        return Moments(0, np.zeros(len(rows)), np.zeros((len(rows), len(rows))))
    means = rows.mean(axis=1)
    centered = rows - means[:, None]
    return Moments(n, means, centered @ centered.T / max(n - 1, 1))


def from_sums(n: int, sums: Sequence[float], products: Sequence[Sequence[float]]) -> Moments:
    """Return the moments of sufficient statistics as another system has them: n, Σy, Σy², Σxy and so on."""
    means = np.array(sums, dtype=np.float64) / n
    return Moments(n, means, (np.array(products, dtype=np.float64) - n * np.outer(means, means)) / (n - 1))


def cap_of(values: Floats, percentile: float) -> float:
    """Return where sums are cut: at an upper percentile of all arms together, so that no arm is cut differently."""
    return float(np.quantile(values, percentile, method="inverted_cdf"))
