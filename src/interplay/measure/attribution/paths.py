"""Everybody's paths: the touches before each conversion, by one pass over facts in order."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit

from interplay.engine.olap.trails import Ints


class Spans(NamedTuple):
    """By conversion: its touches are those from `low` to `high`, exclusive."""

    low: Ints
    high: Ints


def before(
    conversions: tuple[Ints, Ints, Ints], touches: tuple[Ints, Ints, Ints], lookback: int, *, is_since_last: bool
) -> Spans:
    """Return the touches of each conversion that came before it, and not longer ago than the look-back, in µs.

    Both are (row, owner, at), in order. A fact is not its own touch. What is nobody's has none.
    """
    found = Spans(*(np.zeros(len(conversions[0]), dtype=np.int64) for _ in range(2)))
    _before(*conversions, *touches, lookback, is_since_last, *found)
    return found


def _before_kernel(
    row: Ints, owner: Ints, at: Ints, touch_row: Ints, touch_owner: Ints, touch_at: Ints, lookback: int,
    is_since_last: bool, low: Ints, high: Ints,
) -> None:  # fmt: skip
    first, after, count = 0, 0, len(touch_row)
    for index in range(len(row)):
        who = owner[index]
        if who < 0:
            continue
        if is_since_last and index > 0 and owner[index - 1] == who:
            first = max(first, after)
        while first < count and (
            touch_owner[first] < who or (touch_owner[first] == who and touch_at[first] < at[index] - lookback)
        ):
            first += 1
        after = max(after, first)
        while after < count and touch_owner[after] == who and touch_row[after] < row[index]:
            after += 1
        low[index], high[index] = first, after


_before: Callable[..., None] = njit(cache=True, nogil=True)(_before_kernel)
