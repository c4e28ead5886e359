"""How long something takes where some are still at it: they are censored, not left out. Pure.

Source: E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958), 457–481.
"""

import numpy as np
from numpy.typing import NDArray


def time_until(spans: NDArray[np.int64], is_over: NDArray[np.bool_], share: float) -> float | None:
    """Return after how long a share of all has come to it (0.5: the median); None where so many have not yet.

    `spans`: for each how long it took, or where it is not over, how long she is at it so far; any unit.
    """
    order = np.lexsort((~is_over, spans))  # of those at one time, who came to it before who is still at it
    times, came = spans[order], is_over[order]
    at_risk = len(times) - np.arange(len(times))
    left = np.cumprod(np.where(came, 1 - 1 / np.maximum(at_risk, 1), 1.0))
    reached = np.flatnonzero(came & (left <= 1 - share + 1e-12))
    return float(times[reached[0]]) if len(reached) else None
