"""Facts in order of customer and time: what every question about a sequence begins with.

A counting sort by customer, then each one's few rows by (at, position): far faster than a sort of everything, since
facts arrive nearly in that order. numba is slow to import and to compile (cached on disk after the first time), so
this module is imported only when somebody asks.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

INSERTION_SORT_MAX = 32
DENSE_SLACK_MIN = 1_000_000
DENSE_SLACK_RATIO = 4


class Order(NamedTuple):
    """Rows grouped by customer and ordered by (at, position) within each.

    Customer `labels[i]` (`lowest + i` without labels) owns `rows[starts[i]]` to `rows[starts[i + 1]]`, exclusive.
    """

    lowest: int
    labels: Ints | None
    starts: Ints
    rows: Ints

    def label(self, found: Ints) -> Ints:
        """Return the customers of some indices."""
        return found + self.lowest if self.labels is None else self.labels[found]


def order(customer: Ints, at: Ints, position: Ints) -> Order:
    """Return rows in order. They may come in any; the fewer customers are out of order, the faster."""
    lowest, labels, dense = _densely(customer)
    width = int(dense.max()) + 1 if len(dense) else 0
    return Order(lowest, labels, *_in_order(dense, at, position, width))


def _densely(customer: Ints) -> tuple[int, Ints | None, Ints]:
    """Number customers 0, 1, 2, …: by subtraction while ids are close together, which they mostly are."""
    if not len(customer):
        return 0, None, customer
    lowest, highest = int(customer.min()), int(customer.max())
    if highest - lowest < DENSE_SLACK_RATIO * len(customer) + DENSE_SLACK_MIN:
        return lowest, None, customer - lowest
    labels, dense = np.unique(customer, return_inverse=True)
    return 0, labels, dense.astype(np.int64)


def _in_order(customer: Ints, at: Ints, position: Ints, width: int) -> tuple[Ints, Ints]:
    """Return where each customer's rows start, and all rows by customer, at and position."""
    starts, rows, is_unordered = _by_customer(customer, at, position, width)
    if is_unordered.any():
        places = np.flatnonzero(np.repeat(is_unordered, np.diff(starts)))
        theirs = rows[places]
        rows[places] = theirs[np.lexsort((position[theirs], at[theirs], customer[theirs]))]
    return starts, rows


def _by_customer_kernel(customer: Ints, at: Ints, position: Ints, width: int) -> tuple[Ints, Ints, Flags]:
    """Counting sort by customer, stable; then each one's rows by (at, position), but for those flagged as too many."""
    starts = np.zeros(width + 1, dtype=np.int64)
    for row in range(len(customer)):
        starts[customer[row] + 1] += 1
    for index in range(width):
        starts[index + 1] += starts[index]
    free = starts[:-1].copy()
    rows = np.empty(len(customer), dtype=np.int64)
    for row in range(len(customer)):
        rows[free[customer[row]]] = row
        free[customer[row]] += 1
    is_unordered = np.zeros(width, dtype=np.bool_)
    for index in range(width):
        is_unordered[index] = _sort_few(rows[starts[index] : starts[index + 1]], at, position)
    return starts, rows, is_unordered


def _sort_few_kernel(rows: Ints, at: Ints, position: Ints) -> bool:
    """Insertion sort in place; one look at rows that are in order already. Return whether it gave up."""
    for place in range(1, len(rows)):
        row = rows[place]
        hole = place
        while hole > 0:
            other = rows[hole - 1]
            if at[other] < at[row] or (at[other] == at[row] and position[other] < position[row]):
                break
            if len(rows) > INSERTION_SORT_MAX:
                return True
            rows[hole] = other
            hole -= 1
        rows[hole] = row
    return False


_sort_few: Callable[[Ints, Ints, Ints], bool] = njit(cache=True, nogil=True)(_sort_few_kernel)
_by_customer: Callable[[Ints, Ints, Ints, int], tuple[Ints, Ints, Flags]] = njit(cache=True, nogil=True)(
    _by_customer_kernel
)
