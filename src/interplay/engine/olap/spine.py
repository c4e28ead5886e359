"""Every fact of people in the warehouse, in memory: whose, when and which, in order of customer and time. 脉络。

Questions about sequences read it instead of the file, so the second question costs a tenth of the first. What came
since the last question is added; where anything was taken out, everything is read anew.
"""

import threading
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.trails import Ints, Order, densely, in_order

if TYPE_CHECKING:
    import ibis.expr.types as ir

Codes: TypeAlias = NDArray[np.int32]

BOTS = "is_bot"
"""The field of a fact that a bot did: no figure is of such."""
FACTS_KEPT_MAX = 50_000_000  # 28 bytes each


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
    What is nobody's any more, since she was erased, is in no customer's rows.
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


class _Rows(NamedTuple):
    subject: Ints
    at: Ints
    position: Ints
    code: Codes

    def taken(self, rows: Ints) -> "_Rows":
        return _Rows(self.subject[rows], self.at[rows], self.position[rows], self.code[rows])

    def with_more(self, more: "_Rows") -> "_Rows":
        return _Rows(
            np.concatenate((self.subject, more.subject)), np.concatenate((self.at, more.at)),
            np.concatenate((self.position, more.position)), np.concatenate((self.code, more.code)),
        )  # fmt: skip


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
        self._codes: dict[str, int] = {}
        self._rows: _Rows | None = None
        self._spine: Spine | None = None

    def of(self, session: Moment, names: Collection[str] | None = None) -> Spine:
        """Return the spine as of a session's moment. Only `names` are sure to be in it; None: all."""
        seen = _seen(session)
        if seen.facts > self._facts_max:
            codes = _codes(session, 0, {}, names)
            rows, _ = self._read(session, codes, 0)
            return _spine(session, codes, rows)[1]
        with self._lock:
            if self._spine is None or seen != self._seen:
                self._follow(session, seen)
            assert self._spine is not None
            return self._spine

    def _follow(self, session: Moment, seen: _Seen) -> None:
        known, before = self._rows, self._seen
        rows = None
        if known is not None and before is not None and before.layout == seen.layout:
            codes = _codes(session, before.position, self._codes, None)
            new, count = self._read(session, codes, before.position)
            if before.facts + count == seen.facts:  # else something was taken out
                rows = known.with_more(new)
        if rows is None:
            codes = _codes(session, 0, {}, None)
            rows, _ = self._read(session, codes, 0)
        self._codes, self._seen = codes, seen
        self._rows, self._spine = _spine(session, codes, rows)

    def _read(self, session: Moment, codes: Mapping[str, int], after: int) -> tuple[_Rows, int]:
        rows, count = _read(session, codes, after)
        self.facts_read += count
        return rows, count


def _seen(session: Moment) -> _Seen:
    marks = session.marks()
    facts, members = (session.table(name).count().to_pyarrow().as_py() for name in ("facts", "members"))
    return _Seen(session.layout, facts, marks.position, members, marks.subject, marks.change)


def _codes(session: Moment, after: int, known: Mapping[str, int], names: Collection[str] | None) -> dict[str, int]:
    """Return the code of each name; what is known keeps its own."""
    facts = _after(session, after)
    found = facts.select("name").distinct().to_pyarrow()["name"].to_pylist()
    new = sorted({one for one in found if one not in known and (names is None or one in names)})
    return {**known, **{name: len(known) + number for number, name in enumerate(new)}}


def _read(session: Moment, codes: Mapping[str, int], after: int) -> tuple[_Rows, int]:
    """Return what came after a position, without what bots did, and how many facts there are with it.

    The join is faster than a `CASE` of many names, and every engine has it.
    """
    table = pa.table({"name": pa.array(codes, pa.string()), "code": pa.array(codes.values(), pa.int32())})
    rows = _after(session, after).inner_join(ibis.memtable(table), "name")
    columns = {"subject": rows["subject"].coalesce(ibis.literal(0, "int64"))}  # nobody's
    if has_bots := BOTS in rows.columns:
        columns[BOTS] = rows[BOTS].coalesce(ibis.literal(False))
    found = rows.select("occurred_at", "position", "code", **columns).to_pyarrow()
    read = _Rows(*(found[name].to_numpy() for name in ("subject", "occurred_at", "position", "code")))
    is_bot = found[BOTS].to_numpy() if has_bots else np.zeros(0, dtype=np.bool_)
    return (read.taken(np.flatnonzero(~is_bot)) if is_bot.any() else read), len(found)


def _after(session: Moment, position: int) -> "ir.Table":
    facts = session.table("facts")
    return facts.filter(facts["position"] > position) if position else facts


def _spine(session: Moment, codes: Mapping[str, int], rows: _Rows) -> tuple[_Rows, Spine]:
    """Put rows in order by who is who now; return them so too, since the next time they are nearly in order then."""
    lowest, labels, index = _customers(session, int(rows.subject.max(initial=0)))
    width = int(index.max(initial=0)) + 1
    starts, places = in_order(index[rows.subject], rows.at, rows.position, width)
    ordered = rows.taken(places)
    found = Order(lowest, labels, starts[1:], np.arange(0))  # the columns are in order themselves
    return ordered, Spine(codes, found, ordered.at, ordered.code, ordered.position, Named(ordered.code))


def _customers(session: Moment, subject_max: int) -> tuple[int, Ints | None, Ints]:
    """Return the numbers of customers and, by subject, the index of its customer from 1 on; nobody's is 0."""
    members = session.table("members").select("subject", "customer").to_pyarrow()
    whose, customer = (column.to_numpy() for column in members.columns)
    lowest, labels, dense = densely(customer)
    index = np.zeros(max(subject_max, int(whose.max(initial=0))) + 1, dtype=np.int64)
    index[whose] = dense + 1
    return lowest, labels, index
