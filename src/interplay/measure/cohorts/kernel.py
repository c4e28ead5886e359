"""Who begins when and comes back when: passes over everybody's facts in order.

`hits[row]` has bit 0 where the fact is a start, bit 1 where it is one of coming back; for stickiness and lifecycle any
bit is activity. A start is never its own return: what comes back is a later fact. Bounds are those of consecutive
periods in microseconds UTC; each customer's facts are in order of time, so one pointer goes along with them.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit

from interplay.engine.olap.trails import Ints
from interplay.measure.reading.api import Hits

START, RETURN = 1, 2
NEW, RETURNING, RESURRECTING, DORMANT = range(4)


class Entries(NamedTuple):
    """Each start that makes somebody one of a cohort."""

    row: Ints  # of the start fact
    end: Ints  # of her facts, exclusive
    owner: Ints  # the customer's index
    cohort: Ints  # the number of the period


class Known(NamedTuple):
    """By entry: the last period after the start that is over, and the last that has begun; -1: not even period 0."""

    over: Ints
    begun: Ints


class Counts(NamedTuple):
    """By cohort (or group) and period: for how many it is over, who of them came back; for how many it goes on."""

    over: Ints
    returned: Ints
    open: Ints
    open_returned: Ints


def enter(starts: Ints, at: Ints, hits: Hits, bounds: Ints, count: int, *, is_first: bool) -> Entries:
    """Return who begins in the first `count` periods: by her first start of all, or by the first in each period."""
    most = int(np.count_nonzero(hits & np.uint32(START)))
    found = Entries(*(np.empty(most, dtype=np.int64) for _ in range(4)))
    size = _enter(starts, at, hits, bounds, count, is_first, *found)
    return Entries(*(one[:size] for one in found))


def known(entries: Entries, at: Ints, bounds: Ints, span: int, now: int) -> Known:
    """Return which periods are over at `now`. `span`: the length of a rolling period, 0 for the calendar's."""
    if span:
        age = now - at[entries.row]
        over = age // span - 1
        return Known(over, over + (age % span > 0))
    current = int(np.searchsorted(bounds, now, side="right")) - 1
    over = current - entries.cohort - 1
    return Known(over, over + int(current >= 0 and bounds[current] < now))


def count(
    at: Ints, hits: Hits, entries: Entries, seen: Known, key: Ints, keys: int, bounds: Ints, span: int, columns: int,
    *, is_unbounded: bool,
) -> Counts:  # fmt: skip
    """Return who came back in each period after her start. `key` says for each entry in which row she counts."""
    returned, open_returned = (np.zeros((keys, columns), dtype=np.int64) for _ in range(2))
    _count(at, hits, *entries[:2], entries.cohort, *seen, key, bounds, span, is_unbounded, returned, open_returned)
    ended = np.bincount(key * (columns + 1) + np.minimum(seen.over + 1, columns), minlength=keys * (columns + 1))
    over = ended.reshape(keys, columns + 1)[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    goes_on = (seen.begun > seen.over) & (seen.begun < columns)
    going = np.bincount(key[goes_on] * columns + seen.begun[goes_on], minlength=keys * columns)
    return Counts(over, returned, going.reshape(keys, columns), open_returned)


def stick(starts: Ints, at: Ints, hits: Hits, bounds: Ints, owner: Ints, periods: int) -> Ints:
    """Return by period and number of parts how many customers were active in that many of its parts."""
    found = np.zeros((periods, int(np.bincount(owner, minlength=1).max()) + 1), dtype=np.int64)
    _stick(starts, at, hits, bounds, owner, found)
    return found


def live(starts: Ints, at: Ints, hits: Hits, bounds: Ints) -> Ints:
    """Return by state and period how many customers are new, returning, resurrecting and dormant."""
    found = np.zeros((4, len(bounds) - 1), dtype=np.int64)
    _live(starts, at, hits, bounds, found)
    return found


def _enter_kernel(
    starts: Ints, at: Ints, hits: Hits, bounds: Ints, count: int, is_first: bool,
    row: Ints, end: Ints, owner: Ints, cohort: Ints,
) -> int:  # fmt: skip
    size = 0
    for index in range(len(starts) - 1):
        period, last = 0, -1
        for one in range(starts[index], starts[index + 1]):
            if hits[one] & START == 0:
                continue
            if at[one] >= bounds[count]:
                break
            if at[one] >= bounds[0]:
                while at[one] >= bounds[period + 1]:
                    period += 1
                if period != last:
                    row[size], end[size], owner[size], cohort[size] = one, starts[index + 1], index, period
                    size += 1
                    last = period
            if is_first:
                break
    return size


def _count_kernel(
    at: Ints, hits: Hits, row: Ints, end: Ints, cohort: Ints, over: Ints, begun: Ints, key: Ints,
    bounds: Ints, span: int, is_unbounded: bool, returned: Ints, open_returned: Ints,
) -> None:  # fmt: skip
    columns = returned.shape[1]
    for entry in range(len(row)):
        begin, period, last = row[entry] + 1, cohort[entry], -1
        if is_unbounded:
            begin = end[entry] - 1
            while begin > row[entry] and hits[begin] & RETURN == 0:
                begin -= 1
            if begin == row[entry]:
                continue
        for one in range(begin, end[entry]):
            if hits[one] & RETURN == 0:
                continue
            if span > 0:
                place = (at[one] - at[row[entry]]) // span
            else:
                while period + 1 < len(bounds) and at[one] >= bounds[period + 1]:
                    period += 1
                place = period - cohort[entry]
            if place == last:
                continue
            last = place
            if is_unbounded:
                place = min(place, begun[entry], columns - 1)
                for former in range(min(place, over[entry]) + 1):
                    returned[key[entry], former] += 1
            elif place >= columns or place > begun[entry]:
                break
            elif place <= over[entry]:
                returned[key[entry], place] += 1
            if place > over[entry]:
                open_returned[key[entry], place] += 1


def _stick_kernel(starts: Ints, at: Ints, hits: Hits, bounds: Ints, owner: Ints, found: Ints) -> None:
    for index in range(len(starts) - 1):
        part, last, period, active = 0, -1, 0, 0
        for row in range(starts[index], starts[index + 1]):
            if hits[row] == 0 or at[row] < bounds[0]:
                continue
            if at[row] >= bounds[-1]:
                break
            while at[row] >= bounds[part + 1]:
                part += 1
            if part == last:
                continue
            last = part
            if owner[part] != period:
                found[period, active] += active > 0
                period, active = owner[part], 0
            active += 1
        if active > 0:
            found[period, active] += 1


def _live_kernel(starts: Ints, at: Ints, hits: Hits, bounds: Ints, found: Ints) -> None:
    """Period -1 is all the time before the first bound; what is dormant after it is before what is asked about."""
    count = len(bounds) - 1
    for index in range(len(starts) - 1):
        period, last = -1, -2
        for row in range(starts[index], starts[index + 1]):
            if hits[row] == 0:
                continue
            while period < count and at[row] >= bounds[period + 1]:
                period += 1
            if period == count:
                break
            if period == last:
                continue
            state = NEW if last == -2 else RETURNING if period == last + 1 else RESURRECTING
            if period >= 0:
                found[state, period] += 1
            if state == RESURRECTING:
                found[DORMANT, last + 1] += 1
            last = period
        if -2 < last < count - 1:
            found[DORMANT, last + 1] += 1


_enter: Callable[..., int] = njit(cache=True, nogil=True)(_enter_kernel)
_count: Callable[..., None] = njit(cache=True, nogil=True)(_count_kernel)
_stick: Callable[..., None] = njit(cache=True, nogil=True)(_stick_kernel)
_live: Callable[..., None] = njit(cache=True, nogil=True)(_live_kernel)
