"""Who did a, then b, then c: a one-pass kernel over facts in order, for all customers at once.

SQL needs a window function per step and seconds where this needs hundredths. numba is slow to import and to
compile (cached on disk after the first time), so this module is imported only when a question has a sequence.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.criteria.contracts import SEQUENCE_STEPS_MAX

Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int16]
Masks: TypeAlias = NDArray[np.uint8]
Flags: TypeAlias = NDArray[np.bool_]

INSERTION_SORT_MAX = 32
DENSE_SLACK_MIN = 1_000_000
DENSE_SLACK_RATIO = 4
SPAN_MAX = 2**62  # 146,000 years: any distance, and `first + span` stays within 64 bits


class Trails(NamedTuple):
    """Facts grouped by customer and ordered by (at, position) within each.

    Customer `labels[i]` (`lowest + i` without labels) owns rows `starts[i]` to `starts[i + 1]`, exclusive.
    `code` says which fact a row is: 0, 1, 2, … as numbered by the caller.
    """

    lowest: int
    labels: Ints | None
    starts: Ints
    at: Ints
    code: Codes


def trails(customer: Ints, at: Ints, position: Ints, code: Codes) -> Trails:
    """Return the facts as trails. Rows may come in any order; the fewer customers are out of order, the faster."""
    lowest, labels, dense = _densely(customer)
    width = int(dense.max()) + 1 if len(dense) else 0
    starts, rows = _in_order(dense, at, position, width)
    return Trails(lowest, labels, starts, at[rows], code[rows])


def followers(trails: Trails, steps: tuple[int, ...], span: int | None, first: int, last: int) -> Ints:
    """Return the customers whose trail has the codes `steps` in order within `[first, last]`, in ascending order.

    Each step is strictly after the one before; the last is at most `span` microseconds after the first.
    """
    if len(steps) > SEQUENCE_STEPS_MAX:
        raise ValueError(f"{len(steps)} steps; at most {SEQUENCE_STEPS_MAX}")
    masks = np.zeros(max(*steps, int(trails.code.max(initial=0))) + 1, dtype=np.uint8)
    for step, code in enumerate(steps):
        masks[code] |= 1 << step
    limit = SPAN_MAX if span is None else min(span, SPAN_MAX)
    found = np.flatnonzero(_follow(trails.starts, trails.at, trails.code, masks, len(steps), limit, first, last))
    return found + trails.lowest if trails.labels is None else trails.labels[found]


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


def _follow_kernel(
    starts: Ints, at: Ints, code: Codes, masks: Masks, steps: int, span: int, first: int, last: int
) -> Flags:
    """Keep, per number of steps done, the latest possible start: a later start never fits worse.

    Steps are tried from the last down, so that one fact is never two steps of one sequence.
    """
    found = np.zeros(len(starts) - 1, dtype=np.bool_)
    begun = np.empty(steps, dtype=np.int64)  # begun[k]: latest start of a match of steps 0…k
    for index in range(len(starts) - 1):
        done = 0  # begun[:done] hold a start; a match of k + 1 steps implies one of k
        for row in range(starts[index], starts[index + 1]):
            mask = masks[code[row]]
            if mask == 0 or at[row] < first or at[row] > last:
                continue
            for step in range(min(done, steps - 1), 0, -1):
                if mask >> step & 1 and at[row] <= begun[step - 1] + span:
                    begun[step] = begun[step - 1]
                    done = max(done, step + 1)
            if mask & 1:
                begun[0] = at[row]
                done = max(done, 1)
            if done == steps:
                found[index] = True
                break
    return found


_sort_few: Callable[[Ints, Ints, Ints], bool] = njit(cache=True, nogil=True)(_sort_few_kernel)
_by_customer: Callable[[Ints, Ints, Ints, int], tuple[Ints, Ints, Flags]] = njit(cache=True, nogil=True)(
    _by_customer_kernel
)
_follow: Callable[[Ints, Ints, Codes, Masks, int, int, int, int], Flags] = njit(cache=True, nogil=True)(_follow_kernel)
