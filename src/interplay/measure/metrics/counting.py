"""A term's numbers, by cell: a stretch of time and a group. Pure.

What is returned has the shape (stretches, groups). Stretches do not overlap and are in order; a fact outside of them,
or in no group (-1), counts for nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit

from interplay.engine.olap.trails import Flags, Ints
from interplay.kernel.time import SECOND
from interplay.measure.reading.api import NOTHING, Numbers
from interplay.measure.survival import api as survival

_SHARES = {"median": 0.5, "p90": 0.9, "median_time": 0.5, "p90_time": 0.9}


class Cells(NamedTuple):
    """In which cell each fact is, -1: in none; of how many stretches and groups."""

    cell: Ints
    stretches: int
    groups: int

    @property
    def size(self) -> int:
        return self.stretches * self.groups

    def shaped(self, values: Numbers | Ints) -> Numbers:
        """Return values by cell as (stretches, groups)."""
        found: Numbers = values.astype(np.float64).reshape(self.stretches, self.groups)
        return found


def count(where: Cells) -> Numbers:
    """Return how many facts there are."""
    return where.shaped(np.bincount(where.cell[where.cell >= 0], minlength=where.size))


def total(where: Cells, values: Numbers) -> Numbers:
    """Return the sums of values; what has none adds nothing."""
    has = (where.cell >= 0) & ~np.isnan(values)
    return where.shaped(np.bincount(where.cell[has], weights=values[has], minlength=where.size))


def average(where: Cells, values: Numbers) -> Numbers:
    """Return means; of nothing NaN."""
    has = ~np.isnan(values)
    number = count(Cells(np.where(has, where.cell, NOTHING), where.stretches, where.groups))
    found: Numbers = np.divide(total(where, values), number, out=np.full(number.shape, np.nan), where=number > 0)
    return found


def quantile(where: Cells, values: Numbers, kind: str) -> Numbers:
    """Return quantiles, linear between neighbours; of nothing NaN."""
    has = (where.cell >= 0) & ~np.isnan(values)
    cell, some = where.cell[has], values[has]
    ordered = np.lexsort((some, cell))
    starts = np.searchsorted(cell[ordered], np.arange(where.size + 1))
    sizes = np.diff(starts)
    place = starts[:-1] + np.maximum(sizes - 1, 0) * _SHARES[kind]
    found = np.full(where.size, np.nan)
    full = sizes > 0
    low, high = np.floor(place[full]).astype(np.int64), np.ceil(place[full]).astype(np.int64)
    below, above = some[ordered][low], some[ordered][high]
    found[full] = below + (above - below) * (place[full] - low)
    return where.shaped(found)


def distinct(where: Cells, codes: Ints) -> Numbers:
    """Return how many different values there are."""
    has = (where.cell >= 0) & (codes >= 0)
    width = int(codes.max(initial=0)) + 1
    pairs = np.unique(where.cell[has] * width + codes[has])
    return where.shaped(np.bincount(pairs // width, minlength=where.size))


def latest(where: Cells, at: Ints, position: Ints, values: Numbers) -> Numbers:
    """Return the last value; of nothing NaN."""
    has = np.flatnonzero((where.cell >= 0) & ~np.isnan(values))
    ordered = has[np.lexsort((position[has], at[has]))]
    found = np.full(where.size, np.nan)
    found[where.cell[ordered]] = values[ordered]
    return where.shaped(found)


def stock(at: Ints, edges: Ints, group: Ints, groups: int, values: Numbers) -> Numbers:
    """Return what has come together by the end of each stretch, from the very beginning."""
    stretch = np.maximum(np.searchsorted(edges, at, side="right") - 1, 0)
    is_before = (stretch < len(edges) - 1) & (group >= 0)
    where = Cells(np.where(is_before, stretch * groups + group, NOTHING), len(edges) - 1, groups)
    found: Numbers = np.cumsum(total(where, values), axis=0)
    return found


def people(where: Cells, owner: Ints, at_least: int = 1) -> Numbers:
    """Return how many customers have so many facts in a cell. Facts come in order of customer; nobody's count not."""
    found = np.zeros(where.size, dtype=np.int64)
    _people(where.cell, owner, at_least, found, np.full(where.size, NOTHING), np.zeros(where.size, dtype=np.int64))
    return where.shaped(found)


def is_first(owner: Ints) -> Flags:
    """Return of facts in order of customer and time which are their customer's first; what is nobody's is none."""
    changes = np.ones(len(owner), dtype=np.bool_)
    changes[1:] = owner[1:] != owner[:-1]
    return changes & (owner >= 0)


def is_last(owner: Ints, cell: Ints, groups: int) -> Flags:
    """Return which facts are their customer's last of a stretch, whatever the group."""
    stretch = np.where(cell >= 0, cell // groups, NOTHING)
    rows = np.flatnonzero((stretch >= 0) & (owner >= 0))
    ends = np.ones(len(rows), dtype=np.bool_)
    ends[:-1] = (owner[rows][1:] != owner[rows][:-1]) | (stretch[rows][1:] != stretch[rows][:-1])
    found = np.zeros(len(owner), dtype=np.bool_)
    found[rows[ends]] = True
    return found


def is_followed(row: Ints, owner: Ints, at: Ints, then: "tuple[Ints, Ints, Ints]", after: int, within: int) -> Flags:
    """Return after which facts the customer has one of others later than `after` and within `within`, both in µs.

    `then`: (row, owner, at) of the others. One fact is never its own follower.
    """
    waited = wait(row, owner, at, then, after)
    return (waited >= 0) & (waited <= within)


def wait(row: Ints, owner: Ints, at: Ints, then: "tuple[Ints, Ints, Ints]", after: int) -> Ints:
    """Return how long after each fact the customer has the next of others, in µs; -1: never."""
    found = np.full(len(row), NOTHING, dtype=np.int64)
    _wait(row, owner, at, *then, after, found)
    return found


def time_until(where: Cells, spans: Ints, is_over: Flags, kind: str) -> Numbers:
    """Return by cell after how many seconds a half, or 90 percent, have come to it; NaN where so many have not yet."""
    found = np.full(where.size, np.nan)
    rows = np.flatnonzero(where.cell >= 0)
    rows = rows[np.argsort(where.cell[rows], kind="stable")]
    cell, starts = np.unique(where.cell[rows], return_index=True)
    for here, some in zip(cell, np.split(rows, starts)[1:], strict=True):
        span = survival.time_until(spans[some], is_over[some], _SHARES[kind])
        found[here] = np.nan if span is None else span / SECOND
    return where.shaped(found)


def did_also(owner: Ints, stretch: Ints, others: "tuple[Ints, Ints]") -> Flags:
    """Return of which facts the customer has another fact in the same stretch. `others`: (owner, stretch) of those."""
    width = int(max(stretch.max(initial=0), others[1].max(initial=0))) + 1
    has = (others[0] >= 0) & (others[1] >= 0)
    known = np.unique(others[0][has] * width + others[1][has])
    return (owner >= 0) & (stretch >= 0) & np.isin(owner * width + stretch, known)


def _people_kernel(cell: Ints, owner: Ints, at_least: int, found: Ints, whose: Ints, times: Ints) -> None:
    for row in range(len(cell)):
        here, who = cell[row], owner[row]
        if here < 0 or who < 0:
            continue
        if whose[here] != who:
            whose[here] = who
            times[here] = 0
        times[here] += 1
        if times[here] == at_least:
            found[here] += 1


def _wait_kernel(
    row: Ints, owner: Ints, at: Ints, then_row: Ints, then_owner: Ints, then_at: Ints, after: int, found: Ints
) -> None:
    other, count = 0, len(then_row)
    for index in range(len(row)):
        who = owner[index]
        if who < 0:
            continue
        while other < count and (
            then_owner[other] < who
            or (then_owner[other] == who and (then_row[other] <= row[index] or then_at[other] < at[index] + after))
        ):
            other += 1
        if other < count and then_owner[other] == who:
            found[index] = then_at[other] - at[index]


_people: Callable[..., None] = njit(cache=True, nogil=True)(_people_kernel)
_wait: Callable[..., None] = njit(cache=True, nogil=True)(_wait_kernel)
