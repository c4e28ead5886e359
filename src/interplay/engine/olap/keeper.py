"""Keeps every fact of people in the warehouse in memory, in order of customer and time.

Questions about sequences read it instead of the file, so the second question costs a tenth of the first. What came
since the last question is added; where anything was taken out, everything is read anew.
"""

import threading
from collections.abc import Collection, Mapping
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from interplay.engine.olap.changes import Change
from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.shelf import Shelf
from interplay.engine.olap.spine import NOBODY, Codes, Customers, Rows, Spine, ordered
from interplay.engine.olap.told import Block, Told, nothing
from interplay.engine.olap.trails import densely, gathered

if TYPE_CHECKING:
    import ibis.expr.types as ir

BOTS = "is_bot"
"""The field of a fact that a bot did: no figure is of such."""
FACTS_KEPT_MAX = 50_000_000  # 28 bytes each
CHANGES_SHARE_MAX = 0.2
"""Of all facts, how many those may be that changes are told of; above it everything is worked out anew."""
CHANGES_FACTS_MIN = 10_000
CHANGES_MAX = 64
STEPS_MAX = 16
"""What changed since everything was in order; above it, it is put in order again."""
BY_ITSELF = -1
"""The generation of what is not kept."""


class _Seen(NamedTuple):
    """What tells whether anything changed: facts and members are only ever added, or fewer than there were."""

    layout: int
    facts: int
    position: int
    members: int
    subject: int
    change: int


class Keeper:
    """Keeps the spine of one warehouse between questions, from any thread."""

    def __init__(self, facts_max: int = FACTS_KEPT_MAX) -> None:
        self.facts_read = 0  # so far
        self._facts_max = facts_max
        self._lock = threading.Lock()
        self._seen: _Seen | None = None
        self._told: Told | None = None
        self._changes: dict[int, Change] = {}  # by the generation that each led to, the oldest first

    def of(self, session: Moment, names: Collection[str] | None = None) -> Spine:
        """Return the spine as of a session's moment. Only `names` are sure to be in it; None: all."""
        return self.spine(self.told(session, names))

    def told(self, session: Moment, names: Collection[str] | None = None) -> Told:
        """Return the same, not everything in order yet: for who asks what changed, and perhaps nothing else."""
        seen = _seen(session)
        if seen.facts > self._facts_max:
            codes = _codes(session, names)
            return _told(session, codes, self._read(session, codes), BY_ITSELF)
        with self._lock:
            if self._told is None or seen != self._seen:
                self._told = self._followed(session, seen)
                self._seen = seen
            return self._told

    def spine(self, told: Told) -> Spine:
        """Return everything of it in order."""
        with self._lock:
            if self._told is None or self._told.generation != told.generation:
                return told.settled().base.spine
            self._told = self._told.settled()
            return self._told.base.spine

    def forget(self) -> None:
        """Let go of what answers kept."""
        with self._lock:
            if self._told is not None:
                self._told = self._told._replace(shelf=Shelf())

    def since(self, told: Told, generation: int) -> Change | None:
        """Return what has changed up to now since an earlier generation; None: too much, or unknown."""
        with self._lock:
            steps = [self._changes.get(one) for one in range(generation + 1, told.generation + 1)]
        known = [one for one in steps if one is not None]
        if generation > told.generation or len(known) < len(steps):
            return None
        return reduce(Change.then, known, nothing(told.codes))

    def _followed(self, session: Moment, seen: _Seen) -> Told:
        known, before = self._told, self._seen
        if known is not None and before is not None and before.layout == seen.layout:
            codes, new, count = _read_more(session, known.codes, before.position)
            self.facts_read += count
            if before.facts + count == seen.facts:  # else something was taken out
                is_new = (before.members, before.subject, before.change) != (seen.members, seen.subject, seen.change)
                customers = _customers(session, max(known.customers.most, new.most)) if is_new else known.customers
                return self._more(known, customers, codes, new)
        self._changes.clear()
        codes = _codes(session, None)
        return _told(session, codes, self._read(session, codes), 0 if known is None else known.generation + 1)

    def _more(self, known: Told, customers: Customers, codes: Mapping[str, int], new: Rows) -> Told:
        size_max = max(CHANGES_FACTS_MIN, int(CHANGES_SHARE_MAX * known.size))
        is_losing = known.is_losing(customers)  # what an erased customer's facts said is gone with her
        if not is_losing and (found := known.more(new, customers, codes, size_max)) is not None:
            told, self._changes[known.generation + 1] = found
            self._trim(size_max)
            return told.settled() if told.pending > size_max or len(told.steps) > STEPS_MAX else told
        self._changes.clear()
        rows, shelf = known.settled().base.rows.with_more(new), Shelf() if is_losing else known.shelf
        return _in_order(customers, codes, rows, known.generation + 1, shelf)

    def _trim(self, size_max: int) -> None:
        """Let go of the oldest changes where there are too many."""
        changes = self._changes
        while len(changes) > CHANGES_MAX or sum(one.size for one in changes.values()) > size_max:
            del changes[min(changes)]

    def _read(self, session: Moment, codes: Mapping[str, int]) -> Rows:
        rows, count = _read(session, codes)
        self.facts_read += count
        return rows


def _seen(session: Moment) -> _Seen:
    marks = session.marks()
    facts, members = (_count(session, name) for name in ("facts", "members"))
    return _Seen(session.layout, facts, marks.position, members, marks.subject, marks.change)


def _count(session: Moment, name: str) -> int:
    table = session.table(name)
    rows = session.rows(("spine", name), lambda: table.aggregate(count=table.count()))
    return int(rows["count"][0].as_py())


def _codes(session: Moment, names: Collection[str] | None) -> dict[str, int]:
    """Return the code of each name."""
    found = session.table("facts").select("name").distinct().to_pyarrow()["name"].to_pylist()
    return {name: code for code, name in enumerate(sorted(one for one in found if names is None or one in names))}


def _read(session: Moment, codes: Mapping[str, int]) -> tuple[Rows, int]:
    """Return everything but what bots did, and how many facts there are with it.

    The join is faster than a `CASE` of many names, and every engine has it.
    """
    table = pa.table({"name": pa.array(codes, pa.string()), "code": pa.array(codes.values(), pa.int32())})
    facts = session.table("facts").inner_join(ibis.memtable(table), "name")
    found = _needed(facts, "code").to_pyarrow()
    return _rows(found, found["code"].to_numpy())


def _read_more(session: Moment, known: Mapping[str, int], after: int) -> tuple[dict[str, int], Rows, int]:
    """Return the codes, of which what is known keeps its own, and the same of what came after a position."""
    facts = session.table("facts")
    found = session.rows("spine", lambda low: _needed(facts.filter(facts["position"] > low), "name"), after)
    encoded = found["name"].combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    codes = {**known, **{one: len(known) + number for number, one in enumerate(sorted(set(names) - set(known)))}}
    code = np.array([codes[name] for name in names], dtype=np.int32)[encoded.indices.to_numpy()]
    return codes, *_rows(found, code)


def _needed(facts: "ir.Table", name: str) -> "ir.Table":
    columns = {"subject": facts["subject"].coalesce(ibis.literal(NOBODY, "int64"))}
    if BOTS in facts.columns:
        columns[BOTS] = facts[BOTS].coalesce(ibis.literal(False))
    return facts.select("occurred_at", "position", name, **columns)


def _rows(found: pa.Table, code: Codes) -> tuple[Rows, int]:
    subject, at, position = (found[name].to_numpy() for name in ("subject", "occurred_at", "position"))
    rows = Rows(subject, at, position, code)
    is_bot = found[BOTS].to_numpy() if BOTS in found.column_names else np.zeros(0, dtype=np.bool_)
    return rows.taken(np.flatnonzero(~is_bot)) if is_bot.any() else rows, len(found)


def _told(session: Moment, codes: Mapping[str, int], rows: Rows, generation: int) -> Told:
    return _in_order(_customers(session, rows.most), codes, rows, generation, Shelf())


def _in_order(customers: Customers, codes: Mapping[str, int], rows: Rows, generation: int, shelf: Shelf) -> Told:
    index = gathered(customers.by_subject, rows.subject)
    found = Block(*ordered(rows, index, customers, codes, is_kept=False))
    return Told(found, customers, (), generation, shelf)


def _customers(session: Moment, subject_max: int) -> Customers:
    """Return everybody, by subjects up to a number."""
    members = session.table("members").select("subject", "customer").to_pyarrow()
    whose, customer = (column.to_numpy() for column in members.columns)
    lowest, labels, dense = densely(customer)
    index = np.zeros(max(subject_max, int(whose.max(initial=0))) + 1, dtype=np.int64)
    index[whose] = dense + 1
    return Customers(lowest, labels, int(index.max(initial=0)), index)
