"""Facts of people in memory: whose, when and which, in order of customer and time. 脉络。"""

import threading
from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from interplay.engine.olap.trails import Ints, Order, gathered, in_order

Codes: TypeAlias = NDArray[np.int32]

NOBODY = 0
"""The customer of facts that are nobody's: sent without an identifier, or of somebody who was erased."""


class Named:
    """Where facts of each name are. It is worked out when somebody asks for the first time."""

    def __init__(self, code: Codes) -> None:
        self._code = code
        self._lock = threading.Lock()
        self._rows: Codes | None = None
        self._starts = np.zeros(1, dtype=np.int64)

    def rows(self, codes: Collection[int]) -> Ints:
        """Return the rows of facts of some names, in order."""
        with self._lock:
            if self._rows is None:
                count = int(self._code.max(initial=-1)) + 1
                small = self._code.astype(np.int16) if count < np.iinfo(np.int16).max else self._code
                self._starts = np.concatenate(([0], np.cumsum(np.bincount(small, minlength=count))))
                self._rows = np.argsort(small, kind="stable").astype(np.int32)  # by radix while codes are small
        wanted = [code for code in set(codes) if code < len(self._starts) - 1]
        parts = [self._rows[self._starts[code] : self._starts[code + 1]] for code in wanted]
        found = np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)
        return np.sort(found, kind="stable") if len(parts) > 1 else found


class Spine(NamedTuple):
    """Facts in order: row `i` happened at `at[i]`, is of the name `code[i]` and of the log's `position[i]`.

    The customer with index `c` owns the rows from `starts[c]` to `starts[c + 1]`, exclusive; `order.label` names her.
    What is nobody's comes before all of theirs.
    """

    codes: Mapping[str, int]  # of each name
    order: Order
    at: Ints
    code: Codes
    position: Ints
    named: Named

    @property
    def starts(self) -> Ints:
        return self.order.starts

    @property
    def customers(self) -> Ints:
        """Return the customers in order."""
        return self.order.label(np.arange(len(self.starts) - 1))

    def owners(self) -> Ints:
        """Return whose each row is: the index of a customer, or -1."""
        nobody = np.full(int(self.starts[0]), -1, dtype=np.int64)
        return np.concatenate((nobody, np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))))


class Rows(NamedTuple):
    """Facts in any order, with the subject that each was told of."""

    subject: Ints
    at: Ints
    position: Ints
    code: Codes

    @property
    def most(self) -> int:
        """Return the highest number of a subject."""
        return int(self.subject.max(initial=0))

    def taken(self, rows: Ints) -> "Rows":
        """Return some of them."""
        return Rows(
            gathered(self.subject, rows), gathered(self.at, rows), gathered(self.position, rows),
            gathered(self.code, rows),
        )  # fmt: skip

    def put(self, rows: Ints, spare: Ints) -> "Rows":
        """Return all of them in another order; they themselves are spent with it.

        Each column comes to lie where one was that is needed no more, the first in `spare`, of as many.
        """
        subject = gathered(self.subject, rows, spare)
        at = gathered(self.at, rows, _spent(self.subject))
        return Rows(subject, at, gathered(self.position, rows, _spent(self.at)), gathered(self.code, rows))

    def with_more(self, more: "Rows") -> "Rows":
        """Return them and others."""
        return Rows(
            np.concatenate((self.subject, more.subject)), np.concatenate((self.at, more.at)),
            np.concatenate((self.position, more.position)), np.concatenate((self.code, more.code)),
        )  # fmt: skip


class Customers(NamedTuple):
    """Customers in order, as in `Order`, and by subject whose she is: the customer's index from 1 on, 0 for nobody."""

    lowest: int
    labels: Ints | None
    size: int
    by_subject: Ints

    @property
    def most(self) -> int:
        """Return the highest number of a subject."""
        return len(self.by_subject) - 1

    def whose(self) -> Ints:
        """Return by subject her customer, or NOBODY."""
        found: Ints = np.concatenate(([NOBODY], self.all()))[self.by_subject]
        return found

    def all(self) -> Ints:
        """Return all of them in order."""
        return np.arange(self.lowest, self.lowest + self.size) if self.labels is None else self.labels


def ordered(
    rows: Rows, index: Ints, customers: Customers, codes: Mapping[str, int], *, is_kept: bool = True
) -> tuple[Rows, Spine]:
    """Put rows in order by whose they are; return them so too, since the next time they are nearly in order then.

    index: of each row its customer from 1 on, 0 for nobody
    is_kept: False where nobody needs `rows` and `index` any more
    """
    starts, places = in_order(index, rows.at, rows.position, customers.size + 1)
    found = rows.taken(places) if is_kept else rows.put(places, index)
    order = Order(customers.lowest, customers.labels, starts[1:], np.arange(0))  # the columns are in order themselves
    return found, Spine(codes, order, found.at, found.code, found.position, Named(found.code))


def _spent(column: Ints) -> Ints | None:
    """Return a column's memory to be used again, where it is ours: one of a single chunk is the file's."""
    return column if column.flags.writeable else None


def index_of(spine: Spine, customers: Ints) -> Ints:
    """Return the indices of customers; -1: not in it."""
    lowest, labels, starts, _ = spine.order
    count = len(starts) - 1
    if not count:
        return np.full(len(customers), -1, dtype=np.int64)
    if labels is None:
        found = customers - lowest
        return np.where((found >= 0) & (found < count), found, -1)
    place = np.minimum(np.searchsorted(labels, customers), count - 1)
    return np.where(labels[place] == customers, place, -1)


def bounds(spine: Spine, index: Ints) -> tuple[Ints, Ints]:
    """Return where the facts of customers start and end; of index -1 there are none."""
    some = np.maximum(index, 0)
    first, ends = spine.starts[some], spine.starts[np.minimum(some + 1, len(spine.starts) - 1)]
    return first, np.where(index < 0, first, ends)


def rows_of(spine: Spine, index: Ints) -> Ints:
    """Return the rows of customers, one customer's after the other's; of index -1 there are none."""
    first, last = bounds(spine, index[index >= 0])
    sizes = last - first
    ends = np.cumsum(sizes)
    found: Ints = np.repeat(first - (ends - sizes), sizes) + np.arange(int(sizes.sum()))
    return found
