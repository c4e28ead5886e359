"""Everybody's visits: one pass over facts in order."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.engine.olap.spine import Spine
from interplay.engine.olap.trails import Ints
from interplay.kernel.time import SECOND
from interplay.measure.visits.contracts import BROWSED, CLICKS, KEYS, PAGES, PAUSE

Bits: TypeAlias = NDArray[np.uint8]

_BROWSED, _PAGE, _CLICK, _KEY = 1, 2, 4, 8


class Visits(NamedTuple):
    """By visit, in order of customer and time. `row` is that of the first fact: it says whose it is, when and where."""

    row: Ints
    pages: Ints
    clicks: Ints
    keys: Ints
    seconds: Ints


def visits(spine: Spine, pause: int = PAUSE) -> Visits:
    """Return the visits of all customers. `pause` in microseconds: what is longer ends a visit."""
    bits = _bits(spine)
    count = _count(spine.starts, spine.at, bits, pause)
    found = Visits(*(np.zeros(count, dtype=np.int64) for _ in Visits._fields))
    _fill(spine.starts, spine.at, bits, pause, *found)
    return found


def _bits(spine: Spine) -> Bits:
    by_code = np.zeros(len(spine.codes) + 1, dtype=np.uint8)
    for names, bit in ((BROWSED, _BROWSED), (PAGES, _PAGE), (CLICKS, _CLICK), (KEYS, _KEY)):
        for name in names:
            by_code[spine.codes.get(name, -1)] |= np.uint8(bit)
    by_code[-1] = 0  # of names that no fact has
    found: Bits = by_code[spine.code]
    return found


def _count_kernel(starts: Ints, at: Ints, bits: Bits, pause: int) -> int:
    count = 0
    for customer in range(len(starts) - 1):
        last = -1
        for row in range(starts[customer], starts[customer + 1]):
            is_open = last >= 0 and at[row] - at[last] <= pause
            if not is_open and bits[row] & _BROWSED:
                count += 1
                last = row
            elif is_open and bits[row]:
                last = row
    return count


def _fill_kernel(
    starts: Ints, at: Ints, bits: Bits, pause: int, row_of: Ints, pages: Ints, clicks: Ints, keys: Ints, seconds: Ints
) -> None:
    visit = -1
    for customer in range(len(starts) - 1):
        last = -1
        for row in range(starts[customer], starts[customer + 1]):
            bit = bits[row]
            is_open = last >= 0 and at[row] - at[last] <= pause
            if not is_open and bit & _BROWSED:
                visit += 1
                row_of[visit] = row
            elif not (is_open and bit):
                continue
            last = row
            pages[visit] += bit >> 1 & 1
            clicks[visit] += bit >> 2 & 1
            keys[visit] += bit >> 3 & 1
            seconds[visit] = (at[row] - at[row_of[visit]]) // SECOND


_count: Callable[[Ints, Ints, Bits, int], int] = njit(cache=True, nogil=True)(_count_kernel)
_fill: Callable[..., None] = njit(cache=True, nogil=True)(_fill_kernel)
