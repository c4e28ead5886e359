"""Facts in order of customer and time: what every question about a sequence begins with.

A counting sort by customer, then each one's few rows by (at, position): far faster than a sort of everything, since
facts arrive nearly in that order. numba is slow to import and to compile (cached on disk after the first time), so
this module is imported only when somebody asks.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[np.float64]
Column = TypeVar("Column", bound=NDArray[np.generic])

MOVES_MAX = 32
"""Of a customer's rows, each, before a sort by comparison is the faster way."""
PARTS_MAX = 4
ROWS_OF_PART_MIN = 200_000
"""Below it threads cost more than they bring."""
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
    lowest, labels, dense = densely(customer)
    width = int(dense.max()) + 1 if len(dense) else 0
    return Order(lowest, labels, *in_order(dense, at, position, width))


def densely(customer: Ints) -> tuple[int, Ints | None, Ints]:
    """Number customers 0, 1, 2, …: by subtraction while ids are close together, which they mostly are."""
    if not len(customer):
        return 0, None, customer
    lowest, highest = int(customer.min()), int(customer.max())
    if highest - lowest < DENSE_SLACK_RATIO * len(customer) + DENSE_SLACK_MIN:
        return lowest, None, customer - lowest
    labels, dense = np.unique(customer, return_inverse=True)
    return 0, labels, dense.astype(np.int64)


def in_parts(work: Callable[[int, int], None], starts: Ints) -> None:
    """Do the trails from one to another, exclusive, on all processors at once; a kernel lets the others run."""
    parts = min(PARTS_MAX, os.cpu_count() or 1, max(len(starts) - 1, 1))
    cuts = np.searchsorted(starts, np.linspace(starts[0], starts[-1], parts + 1)[1:-1])
    bounds = [0, *(int(cut) for cut in cuts), len(starts) - 1]
    if int(starts[-1] - starts[0]) < ROWS_OF_PART_MIN:
        work(0, len(starts) - 1)
        return
    with ThreadPoolExecutor(parts) as threads:
        list(threads.map(work, bounds[:-1], bounds[1:]))


def gathered(column: Column, rows: Ints) -> Column:
    """Return the values at some rows, on all processors at once: numpy's own way holds the others up."""
    found: Column = np.empty_like(column, shape=len(rows))
    parts = min(PARTS_MAX, os.cpu_count() or 1) if len(rows) >= ROWS_OF_PART_MIN else 1
    bounds = np.linspace(0, len(rows), parts + 1).astype(np.int64)
    with ThreadPoolExecutor(parts) as threads:
        list(threads.map(lambda low, high: _gather(column, rows, found, low, high), bounds[:-1], bounds[1:]))
    return found


def in_order(customer: Ints, at: Ints, position: Ints, width: int) -> tuple[Ints, Ints]:
    """Return where each customer's rows start, and all rows by customer, at and position."""
    starts, rows = _by_customer(customer, width)
    is_unordered = np.zeros(width, dtype=np.bool_)
    in_parts(lambda low, high: _sort(starts, rows, at, position, low, high, is_unordered), starts)
    if is_unordered.any():
        places = np.flatnonzero(np.repeat(is_unordered, np.diff(starts)))
        theirs = rows[places]
        rows[places] = theirs[np.lexsort((position[theirs], at[theirs], customer[theirs]))]
    return starts, rows


def _gather_kernel(column: Column, rows: Ints, found: Column, low: int, high: int) -> None:
    for place in range(low, high):
        found[place] = column[rows[place]]


def _by_customer_kernel(customer: Ints, width: int) -> tuple[Ints, Ints]:
    """Counting sort by customer, stable."""
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
    return starts, rows


def _sort_kernel(starts: Ints, rows: Ints, at: Ints, position: Ints, low: int, high: int, is_unordered: Flags) -> None:
    """Order each customer's rows by (at, position), but for those flagged as too many."""
    for index in range(low, high):
        is_unordered[index] = _sort_few(rows[starts[index] : starts[index + 1]], at, position)


def _sort_few_kernel(rows: Ints, at: Ints, position: Ints) -> bool:
    """Insertion sort in place; one look at rows that are in order already. Return whether it gave up."""
    left = MOVES_MAX * len(rows)
    for place in range(1, len(rows)):
        row = rows[place]
        hole = place
        while hole > 0:
            other = rows[hole - 1]
            if at[other] < at[row] or (at[other] == at[row] and position[other] < position[row]):
                break
            rows[hole] = other
            hole -= 1
        rows[hole] = row
        left -= place - hole
        if left < 0:
            return True
    return False


_sort_few: Callable[[Ints, Ints, Ints], bool] = njit(cache=True, nogil=True)(_sort_few_kernel)
_gather: Callable[..., None] = njit(cache=True, nogil=True)(_gather_kernel)
_by_customer: Callable[[Ints, int], tuple[Ints, Ints]] = njit(cache=True, nogil=True)(_by_customer_kernel)
_sort: Callable[..., None] = njit(cache=True, nogil=True)(_sort_kernel)
