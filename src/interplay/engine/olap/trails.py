"""Facts in order of customer and time: what every question about a sequence begins with.

A counting sort by customer, then each one's few rows by (at, position): far faster than a sort of everything, since
facts arrive nearly in that order. numba is slow to import and to compile (cached on disk after the first time), so
this module is imported only when somebody asks.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias, TypeVar

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
    cuts = [first for first, _ in _parts(int(starts[-1] - starts[0]))[1:]]
    bounds = [0, *np.searchsorted(starts, starts[0] + cuts).tolist(), len(starts) - 1]
    _at_once(work, list(pairwise(bounds)))


def gathered(column: Column, rows: Ints, into: Column | None = None) -> Column:
    """Return the values at some rows, on all processors at once: numpy's own way holds the others up.

    into: memory that is needed no more, for them to lie in; new memory may take longer to get than to fill
    """
    found: Column = np.empty_like(column, shape=len(rows)) if into is None else into
    _at_once(lambda low, high: _gather(column, rows, found, low, high), _parts(len(rows)))
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


def _by_customer(customer: Ints, width: int) -> tuple[Ints, Ints]:
    """Counting sort by customer, stable: each part of the rows is counted and placed by itself."""
    is_worth_it = PARTS_MAX * width <= len(customer)  # every part has numbers of all customers
    parts = _parts(len(customer)) if is_worth_it else [(0, len(customer))]
    free = np.zeros((len(parts), width), dtype=np.int64)
    work = [(free[one], *part) for one, part in enumerate(parts)]
    _at_once(lambda counts, low, high: _count(customer, counts, low, high), work)
    starts = np.zeros(width + 1, dtype=np.int64)
    np.cumsum(free.sum(axis=0), out=starts[1:])
    for one in reversed(range(len(parts))):
        free[one] = starts[:-1] + free[:one].sum(axis=0)  # behind the rows of the parts before
    rows = np.empty(len(customer), dtype=np.int64)
    _at_once(lambda places, low, high: _place(customer, places, rows, low, high), work)
    return starts, rows


def _parts(count: int) -> list[tuple[int, int]]:
    """Return as many parts of so many rows, first and last exclusive, as it is worth having threads."""
    parts = min(PARTS_MAX, os.cpu_count() or 1) if count >= ROWS_OF_PART_MIN else 1
    return list(pairwise(np.linspace(0, count, parts + 1).astype(np.int64).tolist()))


def _at_once(work: Callable[..., None], parts: Sequence[tuple[Any, ...]]) -> None:
    if len(parts) == 1:
        work(*parts[0])
        return
    with ThreadPoolExecutor(len(parts)) as threads:
        list(threads.map(lambda part: work(*part), parts))


def _gather_kernel(column: Column, rows: Ints, found: Column, low: int, high: int) -> None:
    for place in range(low, high):
        found[place] = column[rows[place]]


def _count_kernel(customer: Ints, counts: Ints, low: int, high: int) -> None:
    for row in range(low, high):
        counts[customer[row]] += 1


def _place_kernel(customer: Ints, places: Ints, rows: Ints, low: int, high: int) -> None:
    for row in range(low, high):
        rows[places[customer[row]]] = row
        places[customer[row]] += 1


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
_count: Callable[..., None] = njit(cache=True, nogil=True)(_count_kernel)
_place: Callable[..., None] = njit(cache=True, nogil=True)(_place_kernel)
_sort: Callable[..., None] = njit(cache=True, nogil=True)(_sort_kernel)
