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
from interplay.engine.olap.trails import Flags, Ints, Order, order

Codes: TypeAlias = NDArray[np.int16]
Masks: TypeAlias = NDArray[np.uint8]

SPAN_MAX = 2**62  # 146,000 years: any distance, and `first + span` stays within 64 bits


class Trails(NamedTuple):
    """Facts in order; `code` says which fact a row is: 0, 1, 2, … as numbered by the caller."""

    order: Order
    at: Ints
    code: Codes


def trails(customer: Ints, at: Ints, position: Ints, code: Codes) -> Trails:
    """Return the facts as trails. Rows may come in any order; the fewer customers are out of order, the faster."""
    ordered = order(customer, at, position)
    return Trails(ordered, at[ordered.rows], code[ordered.rows])


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
    found = np.flatnonzero(_follow(trails.order.starts, trails.at, trails.code, masks, len(steps), limit, first, last))
    return trails.order.label(found)


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


_follow: Callable[[Ints, Ints, Codes, Masks, int, int, int, int], Flags] = njit(cache=True, nogil=True)(_follow_kernel)
