"""When somebody has to be asked again though nothing has happened: read from the facts themselves, a while ahead.

No row is kept per customer and no timer is set: an edge of a criterion is a fact's time and an offset, so who is due
in the next minutes is one look into the warehouse. After a crash the look begins where time had been read to.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ibis
from msgspec import Struct

from interplay.kernel.time import MINUTE, SECOND
from interplay.understand.memberships.pasts import News
from interplay.understand.memberships.watching import Watch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from interplay.engine.olap.warehouse import Session

AHEAD = 10 * MINUTE
AHEAD_MIN = SECOND
DUE_MAX = 100_000

ByWhat = Mapping[str, Sequence["Edge"]]
"""Edges by the name of the fact, or of the trait."""


class Column(Struct, frozen=True, order=True):
    """Where instants are read: a column of the facts, or of the changes of traits."""

    name: str
    is_trait: bool = False


class Edge(Struct, frozen=True):
    """`offset` µs after the instant, the segments `some` may change for whoever the row is about."""

    offset: int
    some: int


OCCURRED = Column("occurred_at")


class Dues:
    """The subjects who are due, earliest first, up to `until`. Beyond it, one has to look again."""

    def __init__(self, watch: Watch, swept: int) -> None:
        self._edges = _edges(watch)
        self._queue: list[tuple[int, int, int]] = []  # due at, subject, segments
        self._moments = sorted({(at, 1 << i) for i, one in enumerate(watch.segments) for at in one.edges.moments})
        self.timed = 0  # the segments that can change by time alone
        for by_what in self._edges.values():
            for edges in by_what.values():
                for edge in edges:
                    self.timed |= edge.some
        self.until = swept
        self._swept = swept

    def next_due(self) -> int | None:
        """Return when something is to be done: somebody is due, or one has to look further ahead."""
        times = [self._queue[0][0]] if self._queue else []
        times += [at for at, _ in self._moments if at > self._swept][:1]
        if self._edges:
            times.append(self.until + 1)
        return min(times, default=None)

    def moments(self, swept: int, now: int) -> int:
        """Return the segments for which an instant of the calendar was passed."""
        self._swept = now - 1
        some = 0
        for at, one in self._moments:
            if swept < at <= now:
                some |= one
        return some

    def add(self, session: "Session", news: Iterable[News], after: int, now: int) -> None:
        """Note when what came in after a position will be due, as far as one has looked ahead."""
        for one in news:
            self._push(self._edges.get(OCCURRED, {}).get(one.what, ()), one.subject, one.at, now)
        for column, by_what in self._edges.items():
            if column != OCCURRED:
                for subject, what, at in _rows(_between(session, column, by_what, now, self.until, after)):
                    self._push(by_what[what], subject, at, now)

    def take(self, now: int) -> list[tuple[int, int]]:
        """Return (subject, segments) of who is due by now. Who is due this very microsecond is due again."""
        found = []
        while self._queue and self._queue[0][0] <= now:
            found.append(heapq.heappop(self._queue))
        for one in found:
            if one[0] == now:
                heapq.heappush(self._queue, one)
        return [(subject, some) for _, subject, some in found]

    def look(self, session: "Session", now: int) -> bool:
        """Look ahead from where one has looked to; return false when so many are due by now that all must be asked."""
        if not self._edges or now < self.until - AHEAD // 2:
            return True
        ahead = AHEAD
        while (count := self._count(session, now + ahead)) > DUE_MAX and ahead:
            ahead = ahead // 10 if ahead > AHEAD_MIN else 0
        since, self.until = self.until, now + ahead
        if count > DUE_MAX:
            return False
        for column, by_what in self._edges.items():
            for subject, what, at in _rows(_between(session, column, by_what, since, self.until)):
                self._push(by_what[what], subject, at, since)
        return True

    def _push(self, edges: Iterable[Edge], subject: int, at: int, since: int) -> None:
        for edge in edges:
            if since < (due := at + edge.offset) <= self.until:
                heapq.heappush(self._queue, (due, subject, edge.some))

    def _count(self, session: "Session", until: int) -> int:
        tables = (_between(session, column, by_what, self.until, until) for column, by_what in self._edges.items())
        return sum(int(table.count().to_pyarrow().as_py()) for table in tables)


def _between(
    session: "Session", column: Column, by_what: ByWhat, since: int, until: int, after: int | None = None
) -> "ir.Table":
    """Return (subject, what, at) of rows one of whose edges is passed in `(since, until]`, and maybe some others."""
    table = session.table("traits" if column.is_trait else "facts")
    what = table["trait" if column.is_trait else "name"]
    if column.name not in table.columns:  # declared a moment ago: no fact has it
        return table.limit(0).select("subject", what=what, at=ibis.null("int64"))
    at = table[column.name]
    offsets = {edge.offset for edges in by_what.values() for edge in edges}
    is_passed = ibis.or_(*((at > since - offset) & (at <= until - offset) for offset in sorted(offsets)))
    tests = [is_passed, what.isin(sorted(by_what)), table.subject.notnull()]
    if after is not None:
        tests.append(table["position"] > after)
    return table.filter(*tests).select("subject", what=what, at=at)


def _rows(table: "ir.Table") -> Iterator[tuple[Any, Any, Any]]:
    rows = table.to_pyarrow()
    return zip(*(rows[name].to_pylist() for name in ("subject", "what", "at")), strict=True)


def _edges(watch: Watch) -> dict[Column, ByWhat]:
    """Return the edges of all segments, those with the same offset as one."""
    found: dict[Column, dict[str, dict[int, int]]] = {}
    for place, one in enumerate(watch.segments):
        facts = ((Column(edge.field or OCCURRED.name), edge.fact, edge.offset) for edge in one.edges.facts)
        traits = (
            (Column("number" if edge.is_value else OCCURRED.name, True), edge.trait, edge.offset)
            for edge in one.edges.traits
        )
        for column, what, offset in (*facts, *traits):
            offsets = found.setdefault(column, {}).setdefault(what, {})
            offsets[offset] = offsets.get(offset, 0) | 1 << place
    return {
        column: {
            what: tuple(Edge(offset, some) for offset, some in offsets.items()) for what, offsets in by_what.items()
        }
        for column, by_what in sorted(found.items())
    }
