"""One DuckDB file with one owner. Loads are exactly once: the rows and the log position in one transaction.

Facts lie in a sorted base, ordered by (subject, occurred_at, position), and an unsorted tail; `facts` is both.
The base compresses well and answers a customer's timeline by skipping; the tail takes appends at once.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from interplay.engine.olap.contracts import FACT_COLUMNS, FILE_NAME, Load, Marks
from interplay.kernel.errors import AppError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

TAIL_ROWS_MIN = 50_000
RESTING_MB = 64

_TABLES = """
CREATE TABLE IF NOT EXISTS marks ("position" BIGINT, "subject" BIGINT, "change" BIGINT, newest BIGINT, layout VARCHAR);
CREATE TABLE IF NOT EXISTS members (subject BIGINT, customer BIGINT);
CREATE TABLE IF NOT EXISTS traits (
    "position" BIGINT, subject BIGINT, occurred_at BIGINT, trait VARCHAR, op VARCHAR, "number" BIGINT, "text" VARCHAR
);
CREATE OR REPLACE VIEW customers AS SELECT customer FROM members WHERE subject = customer;
INSERT INTO marks SELECT 0, 0, 0, NULL, '' WHERE NOT EXISTS (FROM marks);
"""


class Session:
    """One moment of the warehouse, for Ibis and, below it, for SQL."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, layout: int) -> None:
        import ibis

        self.layout = layout  # how often the columns had changed when it was made
        self._backend: Backend = ibis.duckdb.from_connection(connection)
        self._tables: dict[str, ir.Table] = {}
        self.con = connection

    def table(self, name: str) -> "ir.Table":
        """Return a table or view; its columns are asked for once, since that costs as much as a small question."""
        if name not in self._tables:
            self._tables[name] = self._backend.table(name)
        return self._tables[name]

    def marks(self) -> Marks:
        """Return how far the warehouse was at this moment."""
        return _marks(self.con)


class Warehouse:
    """The open file. `session` for questions, from any thread; `load` and `compact` from the owner's one thread."""

    def __init__(self, folder: Path, *, memory_mb_max: int, threads: int) -> None:
        spill = folder / "run" / "spill"
        spill.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb_max}MB",
            "threads": threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        try:
            self._root = duckdb.connect(str(folder / FILE_NAME), config=config)
            self._root.execute(_TABLES)
            self._root.execute("DROP TABLE IF EXISTS facts_sorted")
        except duckdb.Error as broken:
            path, reason = str(folder / FILE_NAME), str(broken)
            raise AppError("warehouse.file", status=500, path=path, reason=reason) from None
        self._sessions: list[Session] = []
        self._layouts_count = 0
        self._lent_count = 0
        self._memory_mb_max = memory_mb_max
        self._lock = threading.Lock()
        self._cursors = threading.Lock()
        self._base_lock = threading.Lock()  # a new layout waits for a compaction, which would bring back the old one

    def close(self) -> None:
        with self._lock:
            for session in self._sessions:
                session.con.close()
            self._sessions.clear()
        self._root.close()

    def marks(self) -> Marks:
        return _marks(self._cursor())

    def layout(self) -> str:
        """Return what the columns were made for, as given to `lay_out`; empty before the first time."""
        row = self._cursor().execute("SELECT layout FROM marks").fetchone()
        assert row is not None
        return str(row[0])

    def lay_out(self, fields: Sequence[tuple[str, str]], layout: str) -> None:
        """Give the facts one column per declared field, `(name, DuckDB type)`, and begin again at position 0."""
        columns = ", ".join(f'"{name}" {kind}' for name, kind in (*FACT_COLUMNS, *fields))
        with self._base_lock:
            self._lay_out(columns, layout)

    def _lay_out(self, columns: str, layout: str) -> None:
        cursor = self._cursor()
        cursor.begin()
        for table in ("facts_base", "facts_tail"):
            cursor.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        cursor.execute("CREATE OR REPLACE VIEW facts AS FROM facts_base UNION ALL BY NAME FROM facts_tail")
        cursor.execute("DELETE FROM members; DELETE FROM traits")
        cursor.execute(
            'UPDATE marks SET "position" = 0, "subject" = 0, "change" = 0, newest = NULL, layout = ?', [layout]
        )
        cursor.commit()
        cursor.close()
        with self._lock:  # what sessions know of the tables is of the former layout
            self._layouts_count += 1
            while self._sessions:
                self._sessions.pop().con.close()

    def load(self, load: Load) -> None:
        """Take one step; all of it or nothing of it is there afterwards."""
        cursor = self._cursor()
        cursor.begin()
        try:
            if load.facts.num_rows:
                _insert(cursor, "facts_tail", load.facts)
            if load.traits.num_rows:
                _insert(cursor, "traits", load.traits)
            if load.members.num_rows:
                cursor.register("changed", load.members)
                cursor.execute("DELETE FROM members WHERE subject IN (SELECT subject FROM changed)")
                _insert(cursor, "members", load.members)
            marks = load.marks
            cursor.execute(
                'UPDATE marks SET "position" = ?, "subject" = ?, "change" = ?, newest = ?',
                [marks.position, marks.subject, marks.change, marks.newest],
            )
            cursor.commit()
        finally:
            cursor.close()  # without a commit: takes everything back

    def wants_compaction(self, share_max: float) -> bool:
        """Return whether the tail is longer than `share_max` of the base (0–1), and long enough to matter."""
        base, tail = (self._count(table) for table in ("facts_base", "facts_tail"))
        return tail > max(TAIL_ROWS_MIN, share_max * base)

    def compact(self) -> None:
        """Sort everything loaded so far into a new base, beside questions and loads; then swap."""
        with self._base_lock:
            self._compact()

    def _compact(self) -> None:
        cursor = self._cursor()
        until = self.marks().position
        cursor.execute(
            'CREATE OR REPLACE TABLE facts_sorted AS FROM facts WHERE "position" <= ?'
            ' ORDER BY subject, occurred_at, "position"',
            [until],
        )
        cursor.begin()
        cursor.execute("DROP TABLE facts_base")
        cursor.execute("ALTER TABLE facts_sorted RENAME TO facts_base")
        cursor.execute('DELETE FROM facts_tail WHERE "position" <= ?', [until])
        cursor.commit()
        with suppress(duckdb.TransactionException):  # somebody is asking: a later load writes the file
            cursor.execute("CHECKPOINT")
        cursor.close()

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Lend a session that sees one moment of the warehouse until it is given back."""
        session = self._lend()
        try:
            session.con.begin()
            try:
                yield session
            finally:
                session.con.rollback()
        finally:
            self._take_back(session)

    def _lend(self) -> Session:
        with self._lock:
            self._lent_count += 1
            if self._sessions:
                return self._sessions.pop()
            layout = self._layouts_count
        return Session(self._cursor(), layout)

    def _take_back(self, session: Session) -> None:
        with self._lock:
            self._lent_count -= 1
            if session.layout == self._layouts_count:
                self._sessions.append(session)
                return
        session.con.close()

    def rest(self) -> None:
        """Give memory back to the system, unless somebody is asking. From the owner's one thread, like `load`.

        DuckDB lets go of what it keeps for the next question only when its limit falls.
        """
        with self._lock:
            if self._lent_count:
                return
            cursor = self._cursor()
            with suppress(duckdb.OutOfMemoryException):
                cursor.execute(f"SET memory_limit = '{RESTING_MB}MB'")
            cursor.execute(f"SET memory_limit = '{self._memory_mb_max}MB'")
            cursor.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of the caller's own; making one is not for two threads at once."""
        with self._cursors:
            return self._root.cursor()

    def _count(self, table: str) -> int:
        row = self._cursor().execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])


def _marks(connection: duckdb.DuckDBPyConnection) -> Marks:
    (row,) = connection.execute('SELECT "position", "subject", "change", newest FROM marks').fetchall()
    return Marks(*row)


def _insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: "object") -> None:
    cursor.register("loading", rows)
    cursor.execute(f"INSERT INTO {table} BY NAME FROM loading")
    cursor.unregister("loading")
