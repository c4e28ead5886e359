"""Numbers that were worked out for earlier questions, brought up to what customers did since.

Kept is what adds up over customers, and lists of which each row is one customer's. Of those who did something since,
or of whom something is older now than a question wants it to be, what they had part in is taken away and worked out
anew; of all others nothing is read. So a number that is kept is exactly what it would be if it were worked out anew.
"""

from collections.abc import Callable, Collection, Hashable
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from interplay.engine.olap.changes import Change
from interplay.engine.olap.keeper import Keeper
from interplay.engine.olap.spine import Spine
from interplay.engine.olap.told import Told
from interplay.engine.olap.trails import Ints, Numbers
from interplay.kernel.ids import Micros

SHARE_MAX = 0.2
"""Of all facts, how many may be read twice before it is faster to read all of them once."""
FACTS_MIN = 10_000


class Readable(Protocol):
    """Facts as they are read: of all customers, or of some of them as they were at some time."""

    now: Micros

    def of(self, spine: Spine, now: Micros) -> Self:
        """Return what would be read of some of the customers, or at another time."""


class Listed(NamedTuple):
    """Rows by customer: whose each is, and columns."""

    customer: Ints
    columns: tuple[Ints, ...]

    @property
    def nbytes(self) -> int:
        return self.customer.nbytes + sum(column.nbytes for column in self.columns)

    def without(self, customers: Ints) -> "Listed":
        stays = ~np.isin(self.customer, customers)
        return Listed(self.customer[stays], tuple(column[stays] for column in self.columns))

    def with_more(self, more: "Listed") -> "Listed":
        columns = zip(self.columns, more.columns, strict=True)
        return Listed(np.concatenate((self.customer, more.customer)), tuple(np.concatenate(pair) for pair in columns))


R = TypeVar("R", bound=Readable)
T = TypeVar("T", Numbers, Listed)


class _Kept(NamedTuple, Generic[T]):
    """What it was at a generation of the facts, as of a time."""

    generation: int
    now: Micros
    value: T


class _Since(NamedTuple, Generic[R]):
    """Facts of whoever may have part in a difference, as they were and as they are."""

    customers: Ints
    before: R
    after: R


class Kept(Generic[R]):
    """What one question takes from those before it, and leaves for those after it.

    ages: how long ago something has to be for one of its terms to count it, in microseconds
    """

    def __init__(self, keeper: Keeper, told: Told, ages: Collection[int]) -> None:
        self._keeper = keeper
        self._told = told
        self._ages = {0, *ages}
        self._since: dict[tuple[int, Micros], _Since[R] | None] = {}

    def added(self, facts: R, key: Hashable, work: Callable[[R], Numbers]) -> Numbers:
        """Return what adds up over customers, and of what is nobody's over facts. `key` tells it from all else."""

        def more(value: Numbers, since: _Since[R]) -> Numbers:
            return value + (work(since.after) - work(since.before))

        return self._known(facts, ("added", key), work, more)

    def listed(self, facts: R, key: Hashable, work: Callable[[R], Listed]) -> Listed:
        """Return rows of customers, in no order."""

        def more(value: Listed, since: _Since[R]) -> Listed:
            return value.without(since.customers).with_more(work(since.after))

        return self._known(facts, ("listed", key), work, more)

    def _known(self, facts: R, key: Hashable, work: Callable[[R], T], more: Callable[[T, _Since[R]], T]) -> T:
        kept: _Kept[T] | None = self._told.shelf.get(key)
        now = self._told.generation, facts.now
        if kept is not None and now == (kept.generation, kept.now):
            return kept.value
        since = None if kept is None else self._what_changed(facts, kept)
        value = work(facts) if kept is None or since is None else more(kept.value, since)
        if kept is None or now > (kept.generation, kept.now):
            self._told.shelf.put(key, _Kept(*now, value), value.nbytes)
        return value

    def _what_changed(self, facts: R, kept: "_Kept[Any]") -> _Since[R] | None:
        key = kept.generation, kept.now
        if key not in self._since:
            change = self._change(*key, facts.now)
            self._since[key] = None if change is None else _Since(
                change.labels, facts.of(change.before, kept.now), facts.of(change.after, facts.now)
            )  # fmt: skip
        return self._since[key]

    def _change(self, generation: int, then: Micros, now: Micros) -> Change | None:
        change = self._keeper.since(self._told, generation)
        if change is not None and then != now:
            first, last = sorted((then, now))
            change = self._told.beside(change, [(first - age, last - age) for age in sorted(self._ages)])
        return None if change is None or change.size > max(FACTS_MIN, SHARE_MAX * self._told.size) else change
