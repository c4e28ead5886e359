"""What customers did from an instant of each on, and before it: one pass over facts."""

from collections.abc import Callable

import numpy as np
from numba import njit

from interplay.decide.experiments.moments import Floats
from interplay.engine.olap.trails import Ints


def around(
    owner: Ints, at: Ints, amounts: Floats | None, slot: Ints, met_at: Ints, within: int
) -> tuple[Floats, Floats]:
    """Return sums by slot in [met_at, met_at + within), and in the same time before; without amounts: how many.

    `slot`: of each owner, -1: none. What has no owner, or no amount, adds nothing.
    """
    here, before = np.zeros(len(met_at)), np.zeros(len(met_at))
    _around(owner, at, np.zeros(0) if amounts is None else amounts, slot, met_at, within, here, before)
    return here, before


def _around_kernel(
    owner: Ints, at: Ints, amounts: Floats, slot: Ints, met_at: Ints, within: int, here: Floats, before: Floats
) -> None:
    is_counted = len(amounts) == 0
    for row in range(len(owner)):
        place = slot[owner[row]] if owner[row] >= 0 else -1
        if place < 0:
            continue
        since = at[row] - met_at[place]
        amount = 1.0 if is_counted else amounts[row]
        if since >= within or since < -within or np.isnan(amount):
            continue
        if since >= 0:
            here[place] += amount
        else:
            before[place] += amount


_around: Callable[..., None] = njit(cache=True, nogil=True)(_around_kernel)
