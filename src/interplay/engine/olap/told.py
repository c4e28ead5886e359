"""Everything that was told so far: most of it in order, and in steps what changed since, by customer.

Putting all of it in order again copies all of it. Who asks about a few customers only need not wait for that.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from interplay.engine.olap.changes import Change, of_customers
from interplay.engine.olap.shelf import Shelf
from interplay.engine.olap.spine import NOBODY, Customers, Named, Rows, Spine, bounds, index_of, rows_of
from interplay.engine.olap.trails import Flags, Ints, Order, in_parts


class Block(NamedTuple):
    """Facts in order, and the same rows with their subjects."""

    rows: Rows
    spine: Spine

    def of(self, customers: Ints) -> tuple[Rows, Flags]:
        """Return what it has of some customers, and of which of them it has nothing."""
        index = index_of(self.spine, customers)
        return self.rows.taken(rows_of(self.spine, index)), index < 0

    def of_nobody(self, subjects: Flags) -> Rows:
        """Return what it has of nobody, of some subjects."""
        return self.rows.taken(np.flatnonzero(subjects[self.rows.subject[: self.spine.starts[0]]]))


class Told(NamedTuple):
    """The facts in order, and all facts of those customers who changed since, step by step; the last holds.

    Of nobody's facts a step has only new ones. `generation` grows whenever anything changes. What answers keep lies on
    the `shelf`; it is another once something that was told is gone.
    """

    base: Block
    customers: Customers  # by who is who now
    steps: tuple[Block, ...]
    generation: int
    shelf: Shelf

    @property
    def codes(self) -> Mapping[str, int]:
        """Return the code of each name."""
        return self.steps[-1].spine.codes if self.steps else self.base.spine.codes

    @property
    def size(self) -> int:
        """Return about how many facts there are."""
        return len(self.base.rows.at)

    @property
    def pending(self) -> int:
        """Return how many facts the steps hold."""
        return sum(len(one.rows.at) for one in self.steps)

    def is_losing(self, customers: Customers) -> bool:
        """Return whether somebody was erased since."""
        whose = customers.whose()[: len(self.customers.by_subject)]
        return bool(((self.customers.whose()[: len(whose)] != NOBODY) & (whose == NOBODY)).any())

    def more(
        self, new: Rows, customers: Customers, codes: Mapping[str, int], size_max: int
    ) -> tuple["Told", Change] | None:
        """Return how it is with new facts and by who is who now, and what changed by that.

        size_max: None is returned where that is more facts
        """
        was = np.zeros(len(customers.by_subject), dtype=np.int64)
        was[: len(self.customers.by_subject)] = self.customers.whose()
        whose = customers.whose()
        is_moved = was != whose
        labels = np.unique(np.concatenate((whose[new.subject], was[is_moved], whose[is_moved])))
        labels = labels[labels != NOBODY]
        rows = self._of_nobody(is_moved & (was == NOBODY)).with_more(self._of(labels))
        if 2 * len(rows.at) + len(new.at) > size_max:
            return None
        _, before = of_customers(rows, was[rows.subject], labels, codes)
        rows = rows.with_more(new)
        step = Block(*of_customers(rows, whose[rows.subject], labels, codes))
        told = self._replace(customers=customers, steps=(*self.steps, step), generation=self.generation + 1)
        return told, Change(labels, before, step.spine)

    def beside(self, change: Change, windows: Sequence[tuple[int, int]]) -> Change:
        """Return a change up to now with everybody, unchanged, who has a fact in one of some windows of time.

        windows: first and last instant
        """
        blocks = (self.base, *self.steps)
        found = np.unique(np.concatenate([_of_windows(one.spine, windows) for one in blocks]))
        labels = np.setdiff1d(found, change.labels, assume_unique=True)
        nobodys = self._of_nobody(self.customers.whose() == NOBODY)
        is_other = ~np.isin(nobodys.position, change.after.position[: change.after.starts[0]])
        is_inside = np.any([(nobodys.at >= first) & (nobodys.at <= last) for first, last in windows], axis=0)
        rows = nobodys.taken(np.flatnonzero(is_other & is_inside)).with_more(self._of(labels))
        _, same = of_customers(rows, self.customers.whose()[rows.subject], labels, self.codes)
        return Change(labels, same, same).then(change)

    def settled(self) -> "Told":
        """Return the same with everything in order: whoever changed from the steps, all others are copied."""
        if not self.steps:
            return self
        labels = reduce(np.union1d, [one.spine.customers for one in self.steps])
        rows, whose = self._of(labels), self.customers.whose()
        rows, changed = of_customers(rows, whose[rows.subject], labels, self.codes)
        nobodys = self._of_nobody(whose == NOBODY)
        nobodys = nobodys.taken(np.lexsort((nobodys.position, nobodys.at)))
        everybody = self.customers.all()
        place = index_of(changed, everybody)
        sides = bounds(changed, place), bounds(self.base.spine, index_of(self.base.spine, everybody))
        first, ends = (np.where(place >= 0, one, other) for one, other in zip(*sides, strict=True))
        starts = np.cumsum(np.concatenate(([len(nobodys.at)], ends - first)))
        columns = zip(self.base.rows, rows, nobodys, strict=True)
        rows = Rows(*(_spliced(starts, first, place >= 0, *one) for one in columns))
        order = Order(self.customers.lowest, self.customers.labels, starts, np.arange(0))
        spine = Spine(self.codes, order, rows.at, rows.code, rows.position, Named(rows.code))
        return self._replace(base=Block(rows, spine), steps=())

    def _of(self, customers: Ints) -> Rows:
        """Return all facts of some customers."""
        parts = []
        for block in (*reversed(self.steps), self.base):
            rows, is_missing = block.of(customers)
            parts.append(rows)
            customers = customers[is_missing]
        return reduce(Rows.with_more, parts)

    def _of_nobody(self, subjects: Flags) -> Rows:
        """Return what was told of some subjects, who are nobody now."""
        return reduce(Rows.with_more, (one.of_nobody(subjects) for one in (self.base, *self.steps)))


def nothing(codes: Mapping[str, int]) -> Change:
    """Return that nothing changed."""
    none = np.zeros(0, dtype=np.int64)
    _, same = of_customers(Rows(none, none, none, none.astype(np.int32)), none, none, codes)
    return Change(none, same, same)


def _of_windows(spine: Spine, windows: Sequence[tuple[int, int]]) -> Ints:
    """Return the customers who have a fact in one of some windows, both ends inclusive."""
    first, last = (np.array(side, dtype=np.int64) for side in zip(*windows, strict=True))
    is_hers = np.zeros(len(spine.starts) - 1, dtype=np.bool_)
    in_parts(lambda low, high: _flag(spine.starts, spine.at, first, last, is_hers, low, high), spine.starts)
    return spine.order.label(np.flatnonzero(is_hers))


def _spliced(starts: Ints, first: Ints, is_new: Flags, old: Any, new: Any, nobodys: Any) -> Any:
    """Return a column in order: of whoever is new from the new one."""
    found = np.empty_like(old, shape=int(starts[-1]))
    found[: len(nobodys)] = nobodys
    _splice(starts, first, is_new, old, new, found)  # at once: it is new memory that takes the time, for threads more
    return found


def _splice_kernel(starts: Ints, first: Ints, is_new: Flags, old: Ints, new: Ints, found: Ints) -> None:
    """Copy the facts of customers one after the other; of those who lie so already, all at once."""
    one, count = 0, len(first)
    while one < count:
        until = one + 1
        source, end = is_new[one], first[one] + starts[until] - starts[one]
        while until < count and is_new[until] == source and first[until] == end:
            end += starts[until + 1] - starts[until]
            until += 1
        if source:
            found[starts[one] : starts[until]] = new[first[one] : end]
        else:
            found[starts[one] : starts[until]] = old[first[one] : end]
        one = until


def _flag_kernel(starts: Ints, at: Ints, first: Ints, last: Ints, is_hers: Flags, low: int, high: int) -> None:
    for one in range(low, high):
        for row in range(starts[one], starts[one + 1]):
            for window in range(len(first)):
                if first[window] <= at[row] <= last[window]:
                    is_hers[one] = True


_splice: Callable[..., None] = njit(cache=True, nogil=True)(_splice_kernel)
_flag: Callable[..., None] = njit(cache=True, nogil=True)(_flag_kernel)
