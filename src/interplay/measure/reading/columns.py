"""Conditions and fields of facts by their position, kept from question to question: only what came since is asked for.

Building a query takes longer than asking it of few facts, so all that is behind is asked for in one.
"""

from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import ibis
import numpy as np
from numpy.typing import NDArray

from interplay.criteria.api import truth
from interplay.criteria.contracts import Criterion
from interplay.engine.olap.shelf import Shelf
from interplay.engine.olap.trails import Flags, Ints, Numbers
from interplay.kernel.ids import Micros
from interplay.measure.reading.contracts import Fits
from interplay.measure.reading.fitting import fitting

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from interplay.engine.olap.warehouse import Session

Bits: TypeAlias = NDArray[np.uint8]

DENSE_SHARE_MIN = 0.05
"""Of all facts, from how many on values are looked up in an array of all positions."""


class Field(NamedTuple):
    """A field of facts of some names."""

    names: tuple[str, ...]
    field: str


class _Truth(NamedTuple):
    """By position, as bits, whether it is so, of facts up to one."""

    until: int
    bits: Bits

    def more(self, position: Ints, _: Ints, until: int) -> "_Truth":
        bits = np.zeros(max(len(self.bits), (int(position[-1]) >> 3) + 1 if len(position) else 1), dtype=np.uint8)
        bits[: len(self.bits)] = self.bits
        np.bitwise_or.at(bits, position >> 3, np.uint8(1) << (position & 7).astype(np.uint8))
        return _Truth(until, bits)


class _Values(NamedTuple):
    """The facts up to a position that have a value: their positions in order, and the values as they are stored."""

    until: int
    position: Ints
    value: Ints

    def more(self, position: Ints, value: Ints, until: int) -> "_Values":
        new = np.searchsorted(position, self.until, side="right")  # what was read with something that lagged behind
        return _Values(
            until, np.concatenate((self.position, position[new:])), np.concatenate((self.value, value[new:]))
        )


class Columns:
    """What one question reads of the facts' columns, up to the session's moment."""

    def __init__(self, session: "Session", shelf: Shelf, now: Micros) -> None:
        self._session = session
        self._shelf = shelf
        self._now = now
        self._until = session.marks().position

    def follow(self, wanted: Collection[Fits | Field]) -> None:
        """Bring up to the moment what is kept of these."""
        kept = [(one, self._shelf.get(_key(one))) for one in dict.fromkeys(wanted)]
        behind = {one: found for one, found in kept if found is not None and found.until < self._until}
        if not behind:
            return
        parts, after = list(behind), min(found.until for found in behind.values())
        table = self._session.rows(("columns", *map(_key, parts)), lambda low: self._query(parts, low), after)
        for one, new in zip(parts, _read(table, len(parts)), strict=True):
            self._keep(one, behind[one].more(*new, self._until))

    def is_so(self, fits: Fits, position: Ints) -> Flags:
        """Return of facts of these names, by their positions, whether the condition on them is true."""
        if self.moves(fits):
            all_of = fitting(self._session, fits, self._now)
            found: Flags = all_of[np.minimum(position, len(all_of) - 1)]
            return found
        bits = self._of(fits).bits
        place = position >> 3
        byte = np.where(place < len(bits), bits[np.minimum(place, len(bits) - 1)], 0)  # beyond none is so
        so: Flags = (byte >> (position & 7).astype(np.uint8)) & 1 == 1
        return so

    def values(self, names: tuple[str, ...], field: str, position: Ints) -> Numbers:
        """Return the values, as they are stored, of facts of some names by their positions; NaN: none."""
        found = self._of(Field(names, field))
        if not len(found.position):
            return np.full(len(position), np.nan)
        if len(position) > DENSE_SHARE_MIN * found.position[-1]:
            dense = np.full(max(int(position.max()), int(found.position[-1])) + 1, np.nan)
            dense[found.position] = found.value
            some: Numbers = dense[position]
            return some
        place = np.minimum(np.searchsorted(found.position, position), len(found.position) - 1)
        return np.where(found.position[place] == position, found.value[place], np.nan)

    def _of(self, one: Fits | Field) -> Any:
        self.follow([one])
        if (found := self._shelf.get(_key(one))) is None:
            (new,) = _read(self._query([one], 0).to_pyarrow(), 1)
            none = np.zeros(0, dtype=np.int64)
            before = _Values(0, none, none) if isinstance(one, Field) else _Truth(0, np.zeros(1, dtype=np.uint8))
            found = self._keep(one, before.more(*new, self._until))
        return found

    def moves(self, fits: Fits) -> bool:
        """Return whether a condition is about how long ago something was, so that it changes by itself."""
        key = ("moves", fits)
        if (found := self._shelf.get(key)) is None:
            facts = self._session.table("facts")
            found = any(not truth(one, facts, 0).equals(truth(one, facts, 1)) for one in fits.where)
            self._shelf.put(key, found)
        return bool(found)

    def _keep(self, one: Fits | Field, found: Any) -> Any:
        self._shelf.put(_key(one), found, sum(part.nbytes for part in found[1:]))
        return found

    def _query(self, parts: Sequence[Fits | Field], after: int) -> "ir.Table":
        """Return the facts after a position with a column of each part; NULL: not of these names, false or no value."""
        facts = self._session.table("facts")
        columns = {
            f"column_{number}": _value(facts, one) if isinstance(one, Field) else _truth(facts, one, self._now)
            for number, one in enumerate(parts)
        }
        some = facts.select("position", **columns)
        some = some.filter(ibis.or_(*(some[name].notnull() for name in columns)))
        return some.filter(some["position"] > after)


def _value(facts: "ir.Table", one: Field) -> "ir.Value":
    if one.field not in facts.columns:  # declared since, and no fact has it
        return ibis.null("int64")
    return ibis.ifelse(facts["name"].isin(sorted(one.names)), facts[one.field], ibis.null())


def _truth(facts: "ir.Table", fits: Fits, now: int) -> "ir.Value":
    by_condition: dict[Criterion, list[str]] = {}
    for name, where in zip(fits.facts, fits.where, strict=True):
        by_condition.setdefault(where, []).append(name)
    parts = [facts["name"].isin(names) & truth(one, facts, now) for one, names in by_condition.items()]
    return ibis.ifelse(ibis.or_(*parts), 1, ibis.null("int8"))


def _read(table: "pa.Table", count: int) -> Iterator[tuple[Ints, Ints]]:
    """Yield of each column the positions in order that have a value, and the values."""
    position = table["position"].to_numpy()
    for number in range(count):
        column = table[f"column_{number}"].combine_chunks()
        has = position[column.is_valid().to_numpy(zero_copy_only=False)]
        order = np.argsort(has, kind="stable")
        yield has[order], column.drop_null().to_numpy(zero_copy_only=False)[order]


def _key(one: Fits | Field) -> Hashable:
    return ("column", one)
