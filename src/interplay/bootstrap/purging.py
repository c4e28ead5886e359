"""Purging what is older than its retention period: the warehouse finds it, the log loses it, then the warehouse does.

Once a day, or when somebody asks; new periods have a day before they are followed, for who finds that they are wrong.
A purge that was interrupted is found under way and goes on: what is gone from the log and still in the warehouse is
found there again. What is kept row for row beside the log, scans of item codes, goes in between for the same reason.
"""

from collections.abc import Sequence

from interplay.bootstrap.home import Home
from interplay.bootstrap.upgrading import drop_old
from interplay.collect.facts.api import Declarations
from interplay.engine.log.purging import POSITIONS_AT_ONCE_MAX
from interplay.engine.olap.warehouse import Warehouse
from interplay.engine.oltp.contracts import Priority, Writing, write
from interplay.interact.codes import api as codes
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, Position, SubjectId
from interplay.kernel.time import DAY
from interplay.unify.identity import api as identity
from interplay.unify.retention import api as retention
from interplay.unify.retention.contracts import Begin, Limits, Periods, Preview, Purge, RetentionDocument, Slice

FACTS_AT_ONCE_MAX = 20_000
SLICES_WAITING_MAX = 8
DAILY = "daily"  # the actor of purges that nobody asked for


class Purging:
    """Keeps the periods. `step` from the mind's one thread, the rest from any."""

    def __init__(self, home: Home, writing: Writing, warehouse: Warehouse, declarations: Declarations) -> None:
        self._home = home
        self._writing = writing
        self._warehouse = warehouse
        self._declarations = declarations
        self._look_at = home.world.now()
        self._purge = 0  # whose anonymous subjects are known
        self._anonymous: list[SubjectId] = []
        self._after = Position(0)  # how far it looked for theirs

    def is_due(self) -> bool:
        """Return whether a day has gone by."""
        return self._home.world.now() >= self._look_at

    def step(self) -> bool:
        """Purge some facts, if there is something to purge; return whether there is more."""
        if self.is_due():
            self._begin_daily()
        purge = retention.under_way(self._home.database)
        if purge is None:
            return False
        positions = self._next(purge)
        self._take(purge.purge, positions)
        if positions:
            self._warehouse.drop(positions)
        if len(positions) < FACTS_AT_ONCE_MAX:
            write(self._writing, retention.end, purge.purge, Priority.BULK)
            return False
        return True

    def begin(self, actor: str) -> int:
        """Begin a purge and return its number. Raises AppError `retention.none`."""
        limits = self._limits(self._periods())
        if not retention.takes_something(limits):
            raise AppError("retention.none", status=409)
        return write(self._writing, retention.begin, Begin(limits, actor, self._home.world.now()), Priority.BULK)

    def preview(self, document: RetentionDocument | None) -> Preview:
        """Count what a purge would take now, by the periods there are or by those of a document."""
        standing = self._declarations.current().documents
        limits = self._limits(self._periods() if document is None else retention.wanted(document, standing))
        anonymous = self._anonymous_now(limits)
        with self._warehouse.session() as session:
            return retention.preview(session, limits, anonymous)

    def _begin_daily(self) -> None:
        drop_old(self._home)  # backups of upgrades have a period as well
        now = self._home.world.now()
        periods = self._periods()
        first_at = periods.applied_at + DAY
        self._look_at = Micros(first_at if first_at > now else now + DAY)
        if first_at > now:
            return
        limits = self._limits(periods)
        if not retention.takes_something(limits):
            return
        write(self._writing, retention.begin, Begin(limits, DAILY, Micros(now - DAY)), Priority.BULK)
        if (last := retention.newest(self._home.database)) is not None:
            self._look_at = Micros(last.began_at + DAY)

    def _periods(self) -> Periods:
        return retention.current(self._declarations.current().documents)

    def _limits(self, periods: Periods) -> Limits:
        if not retention.has_periods(periods):
            return Limits()
        with self._warehouse.session() as session:
            return retention.limits(periods, retention.names(session), self._home.world.now())

    def _next(self, purge: Purge) -> list[Position]:
        if self._purge != purge.purge:
            self._anonymous = self._anonymous_now(purge.limits)
            self._purge, self._after = purge.purge, Position(0)
        with self._warehouse.session() as session:
            found = retention.by_name(session, purge.limits, FACTS_AT_ONCE_MAX)
            if (left := FACTS_AT_ONCE_MAX - len(found)) and purge.limits.anonymous_before is not None:
                theirs = retention.of_nobody(session, purge.limits, self._anonymous, self._after, left)
                self._after = theirs[-1] if theirs else self._after
                found += theirs
        return found

    def _anonymous_now(self, limits: Limits) -> list[SubjectId]:
        return [] if limits.anonymous_before is None else identity.anonymous_subjects(self._home.database)

    def _take(self, purge: int, positions: Sequence[Position]) -> None:
        """Take facts out of the log, slice by slice, so that whoever posts waits for one of them at most."""
        slices = [
            Slice(purge, tuple(positions[start : start + POSITIONS_AT_ONCE_MAX]))
            for start in range(0, len(positions), POSITIONS_AT_ONCE_MAX)
        ]
        for start in range(0, len(slices), SLICES_WAITING_MAX):
            some = slices[start : start + SLICES_WAITING_MAX]
            for waiting in [self._writing.submit(retention.take, one, Priority.BULK) for one in some]:
                waiting.result()
            for waiting in [self._writing.submit(codes.purge, one.positions, Priority.BULK) for one in some]:
                waiting.result()
