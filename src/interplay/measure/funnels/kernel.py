"""How far each customer came: one pass over her facts in order.

An *attempt* begins with each first step. It goes on with the earliest fact after it that fits the next step, as long as
the window is open; a step that may be left out is done where a fact fits it in between. An excluded fact between its
two steps ends the attempt, which then counts for nothing. Of a customer's attempts the best counts: which came
furthest, of these the one with the most steps, of these the earliest.

`hits[row]` has bit k where the fact fits step k, and bit `steps + x` where it is the excluded fact x. One fact is never
two steps of one attempt.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.engine.olap.trails import Flags, Ints, in_parts
from interplay.measure.reading.api import Hits

Small: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = NDArray[np.int64]  # (trails, steps): the row of each step of the best attempt, -1: not done

NOT_DONE = -1


class Way(NamedTuple):
    """What of a funnel an attempt depends on; instants and spans in microseconds."""

    steps: int
    optional: Flags  # (steps)
    is_strict: bool
    span: int
    since: int  # attempts begin in [since, until)
    until: int
    excluded: Small  # (exclusions, 2): after which step and before which an excluded fact ends an attempt


class Reached(NamedTuple):
    """By trail: how many steps the best attempt came through (0: none began), and in which rows.

    `is_void`: attempts began, and all were ended by an excluded fact.
    """

    level: Small
    rows: Rows
    is_void: Flags


def ordered(starts: Ints, at: Ints, hits: Hits, way: Way) -> Reached:
    """Return how far each trail came, where the window begins with the first step."""
    found = nothing(len(starts) - 1, way.steps)
    in_parts(
        lambda low, high: _ordered(starts[low : high + 1], at, hits, *way, *(one[low:high] for one in found)), starts
    )
    return found


def chained(starts: Ints, at: Ints, hits: Hits, way: Way) -> Reached:
    """Return how far each trail came, where each step has the window of its own after the one before."""
    found = nothing(len(starts) - 1, way.steps)
    in_parts(
        lambda low, high: _chained(
            starts[low : high + 1], at, hits, way.steps, way.span, way.since, way.until, found.level[low:high],
            found.rows[low:high],
        ),
        starts,
    )  # fmt: skip
    return found


def unordered(starts: Ints, at: Ints, hits: Hits, way: Way) -> Reached:
    """Return how many of the steps each trail has within one window, in whatever order; `rows` are by time."""
    found = nothing(len(starts) - 1, way.steps)
    in_parts(
        lambda low, high: _unordered(
            starts[low : high + 1], at, hits, way.steps, way.span, way.since, way.until, found.level[low:high],
            found.rows[low:high],
        ),
        starts,
    )  # fmt: skip
    return found


def nothing(trails: int, steps: int) -> Reached:
    """Return that no attempt began."""
    return Reached(np.zeros(trails, np.int64), np.full((trails, steps), NOT_DONE, np.int64), np.zeros(trails, np.bool_))


def _ordered_kernel(
    starts: Ints, at: Ints, hits: Hits, steps: int, optional: Flags, is_strict: bool, span: int, since: int,
    until: int, excluded: Small, level: Small, rows: Rows, is_void: Flags,
) -> None:  # fmt: skip
    most, bits = 0, steps + len(excluded)
    for index in range(len(starts) - 1):
        most = max(most, starts[index + 1] - starts[index])
    kept = np.empty(most, np.int64)
    following = np.empty((most + 1, bits), np.int32)  # [i, k]: the first after i that has bit k; the count: none has
    reached = np.empty(steps, np.int64)
    for index in range(len(starts) - 1):
        count, begins = 0, False
        for row in range(starts[index], starts[index + 1]):
            if hits[row] != 0 or is_strict:
                kept[count] = row
                count += 1
                begins = begins or (hits[row] & 1 != 0 and since <= at[row] < until)
        if not begins:
            continue
        _note_following(kept, count, hits, following, bits)
        best, most_done = 0, 0
        for begin in range(count):
            row = kept[begin]
            if hits[row] & 1 == 0 or not since <= at[row] < until:
                continue
            if is_strict:
                came, done = _strict_attempt(kept, count, at, hits, steps, optional, span, begin, reached)
            else:
                came, done = _attempt(kept, count, at, following, steps, optional, span, begin, reached)
            if _is_ended(kept, count, at, following, steps, span, excluded, begin, reached):
                is_void[index] = best == 0
                continue
            if came > best or (came == best and done > most_done):
                best, most_done = came, done
                level[index] = came
                is_void[index] = False
                for step in range(steps):
                    rows[index, step] = NOT_DONE if reached[step] < 0 else kept[reached[step]]


def _note_following_kernel(kept: Ints, count: int, hits: Hits, following: NDArray[np.int32], bits: int) -> None:
    for bit in range(bits):
        following[count - 1, bit] = count
    for place in range(count - 2, -1, -1):
        hit = hits[kept[place + 1]]
        for bit in range(bits):
            following[place, bit] = place + 1 if hit >> bit & 1 else following[place + 1, bit]


def _attempt_kernel(
    kept: Ints, count: int, at: Ints, following: NDArray[np.int32], steps: int, optional: Flags, span: int, begin: int,
    reached: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Write where an attempt did each step; return the number of the last that it had to do, and how many it did."""
    reached[:] = NOT_DONE
    reached[0] = begin
    end = at[kept[begin]] + span
    here, came, done, step = begin, 1, 1, 1
    while step < steps:
        needed = step
        while optional[needed]:  # the last is not
            needed += 1
        target = following[here, needed]
        is_there = target < count and at[kept[target]] <= end
        while step < needed:
            place = following[here, step]
            if place < count and at[kept[place]] <= end and not (is_there and place >= target):
                reached[step] = place
                done += 1
                here = place
            step += 1
        if not is_there:
            break
        reached[needed] = target
        done += 1
        here, came, step = target, needed + 1, needed + 1
    return came, done


def _strict_attempt_kernel(
    kept: Ints, count: int, at: Ints, hits: Hits, steps: int, optional: Flags, span: int, begin: int, reached: Ints
) -> tuple[int, int]:
    """Do the same where the very next fact has to be the next step."""
    reached[:] = NOT_DONE
    reached[0] = begin
    end = at[kept[begin]] + span
    here, came, done, step = begin, 1, 1, 1
    while step < steps and here + 1 < count and at[kept[here + 1]] <= end:
        here += 1
        hit = hits[kept[here]]
        while optional[step] and hit >> step & 1 == 0:
            step += 1
        if hit >> step & 1 == 0:
            break
        reached[step] = here
        done += 1
        came = came if optional[step] else step + 1
        step += 1
    return came, done


def _is_ended_kernel(
    kept: Ints, count: int, at: Ints, following: NDArray[np.int32], steps: int, span: int, excluded: Small,
    begin: int, reached: Ints,
) -> bool:  # fmt: skip
    """Return whether an excluded fact came after a step and before another, or before the window's end without it."""
    end = at[kept[begin]] + span
    for number in range(len(excluded)):
        after, before = reached[excluded[number, 0]], reached[excluded[number, 1]]
        if after < 0:
            continue
        place = following[after, steps + number]
        if place < count and at[kept[place]] <= end and (before < 0 or place < before):
            return True
    return False


def _chained_kernel(
    starts: Ints, at: Ints, hits: Hits, steps: int, span: int, since: int, until: int, level: Small, rows: Rows
) -> None:
    """Keep, per step, the latest fact of it that an attempt came to: a later one is never worse for the next step."""
    last = np.empty((steps, steps), np.int64)  # [k]: the rows of the attempt that came to step k last
    for index in range(len(starts) - 1):
        best = 0
        last[:, 0] = NOT_DONE
        for row in range(starts[index], starts[index + 1]):
            hit = hits[row]
            if hit == 0:
                continue
            for step in range(steps - 1, 0, -1):
                if hit >> step & 1 and last[step - 1, 0] >= 0 and at[row] <= at[last[step - 1, step - 1]] + span:
                    last[step, :step] = last[step - 1, :step]
                    last[step, step] = row
                    if step + 1 > best:
                        best = step + 1
                        rows[index, :best] = last[step, :best]
            if hit & 1 and since <= at[row] < until:
                last[0, 0] = row
                if best == 0:
                    best = 1
                    rows[index, 0] = row
        level[index] = best


def _unordered_kernel(
    starts: Ints, at: Ints, hits: Hits, steps: int, span: int, since: int, until: int, level: Small, rows: Rows
) -> None:
    """Move a window along: from each fact on, how many different steps are in it."""
    inside = np.empty(steps, np.int64)
    for index in range(len(starts) - 1):
        inside[:] = 0
        best, beginning, end, different = 0, NOT_DONE, starts[index], 0
        for row in range(starts[index], starts[index + 1]):
            while end < starts[index + 1] and at[end] <= at[row] + span:
                for step in range(steps):
                    if hits[end] >> step & 1:
                        different += inside[step] == 0
                        inside[step] += 1
                end += 1
            if hits[row] != 0 and since <= at[row] < until and different > best:
                best, beginning = different, row
            for step in range(steps):
                if hits[row] >> step & 1:
                    inside[step] -= 1
                    different -= inside[step] == 0
        if best == 0:
            continue
        level[index] = best
        seen, found = 0, 0
        row = beginning
        while found < best:
            new = hits[row] & ~seen
            if new != 0:
                seen |= new
                rows[index, found] = row
                found += 1
            row += 1


_note_following: Callable[..., None] = njit(cache=True, nogil=True)(_note_following_kernel)
_attempt: Callable[..., tuple[int, int]] = njit(cache=True, nogil=True)(_attempt_kernel)
_strict_attempt: Callable[..., tuple[int, int]] = njit(cache=True, nogil=True)(_strict_attempt_kernel)
_is_ended: Callable[..., bool] = njit(cache=True, nogil=True)(_is_ended_kernel)
_ordered: Callable[..., None] = njit(cache=True, nogil=True)(_ordered_kernel)
_chained: Callable[..., None] = njit(cache=True, nogil=True)(_chained_kernel)
_unordered: Callable[..., None] = njit(cache=True, nogil=True)(_unordered_kernel)
