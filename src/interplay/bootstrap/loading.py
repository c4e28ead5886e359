"""From the log to the warehouse, in order: facts, traits, and who is who at the same position."""

from collections.abc import Sequence
from itertools import islice, takewhile

import pyarrow as pa

from interplay.collect.facts.api import Declarations, arrow_tables, warehouse_fields
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.read import LogReader
from interplay.engine.olap.contracts import Load, Marks
from interplay.engine.olap.warehouse import Warehouse
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Position, SubjectId
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import ERASED, MemberChange

FACTS_AT_ONCE_MAX = 50_000
MEMBERS_AT_ONCE_MAX = 1_000_000


class Loader:
    """Keeps the warehouse at the log's end. A crash anywhere leaves it at an earlier position, never between."""

    def __init__(self, database: Database, reader: LogReader, warehouse: Warehouse, declarations: Declarations) -> None:
        self._database = database
        self._reader = reader
        self._warehouse = warehouse
        self._declarations = declarations
        self._marks = warehouse.marks()
        self._layout = warehouse.layout()
        self._revision = -1
        self.layouts_count = 0

    def reached(self) -> Position:
        """Return up to where the warehouse holds facts, in the columns of today; -1 before it has those columns."""
        is_laid_out = self._declarations.current().revision == self._revision
        return Position(self._marks.position if is_laid_out else -1)

    def change(self) -> int:
        """Return the last change of the map that the warehouse holds."""
        return self._marks.change

    def load(self, until: Position) -> Position:
        """Load facts up to `until` or a step of them; return the position reached."""
        self._lay_out()
        if self._marks.position < until or self._has_moved():
            self._load_step(until)
        return Position(self._marks.position)

    def start_over(self) -> None:
        """Forget everything; the next loads begin at the log's first fact."""
        self._layout = ""
        self._revision = -1

    def _lay_out(self) -> None:
        current = self._declarations.current()
        if current.revision == self._revision:
            return
        layout = current.layout()
        if layout != self._layout:
            self.layouts_count += 1
            self._warehouse.lay_out(warehouse_fields(current.declared), layout)
            self._marks, self._layout = self._warehouse.marks(), layout
        self._revision = current.revision

    def _has_moved(self) -> bool:
        return identity.last_change(self._database) > self._marks.change

    def _load_step(self, until: Position) -> None:
        rows = self._reader.read(Position(self._marks.position), FACTS_AT_ONCE_MAX)
        rows = [row for row in rows if row.position <= until]
        reached = until if len(rows) < FACTS_AT_ONCE_MAX else rows[-1].position
        facts, traits = arrow_tables(self._declarations.current().projector, rows)
        members, erased, marks = self._members(reached, _newest(rows, self._marks.newest))
        self._warehouse.load(Load(facts, traits, members, marks, erased))
        self._marks = marks

    def _members(self, reached: Position, newest: int | None) -> tuple[pa.Table, tuple[int, ...], Marks]:
        """Return the map's rows that are new or changed up to a position, and whom it lost."""
        subjects = self._reader.subjects(SubjectId(self._marks.subject), reached, MEMBERS_AT_ONCE_MAX)
        last = _last(subjects, self._marks.subject)
        coming = islice(identity.changes(self._database, self._marks.change), MEMBERS_AT_ONCE_MAX)
        changes = list(takewhile(lambda change: self._is_due(change, reached, last), coming))
        belongs: dict[int, int] = {subject: subject for subject in subjects}
        belongs.update((change.subject, change.customer) for change in changes)
        erased = tuple(subject for subject, customer in belongs.items() if customer == ERASED)
        for subject in erased:
            del belongs[subject]
        marks = Marks(
            position=reached,
            subject=last,
            change=_last([change.change for change in changes], self._marks.change),
            newest=newest,
        )
        columns = {"subject": pa.array(belongs.keys(), pa.int64()), "customer": pa.array(belongs.values(), pa.int64())}
        return pa.table(columns), erased, marks

    def _is_due(self, change: MemberChange, reached: Position, last: SubjectId | int) -> bool:
        """Return whether a change belongs to this step: a subject in new hands may come later than who got it."""
        if change.position > reached:
            return False
        heard = self._reader.heard(change.subject) if change.subject > last else None
        return heard is None or heard <= reached


def _newest(rows: Sequence[LogRow], before: int | None) -> int | None:
    times = [row.occurred_at for row in rows]
    return max(times if before is None else [*times, before], default=None)


def _last(numbers: Sequence[int], otherwise: int) -> int:
    return numbers[-1] if numbers else otherwise
