"""One DuckDB file with one owner. Loads are exactly once: the rows and the log position in one transaction.

Facts lie in a sorted base, ordered by (subject, occurred_at, position), and an unsorted tail; `facts` is both.
The base compresses well and answers a customer's timeline by skipping; the tail takes appends at once.

DuckDB keeps what was deleted in its file until the place is used again. So once somebody was erased everything is
written into a new file beside questions and loads, which then takes the place of the old one.
"""

import os
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from interplay.engine.olap.contracts import FACT_COLUMNS, FILE_NAME, Load, Marks
from interplay.engine.olap.gate import Gate
from interplay.kernel.errors import AppError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

    from interplay.engine.olap.keeper import Keeper

TAIL_ROWS_MIN = 50_000
RESTING_MB = 64
CHECKPOINT_MB = 64  # a checkpoint writes the last rows of every column anew, however few came since the one before
NEW_SUFFIX = ".new"
SWAP_SECONDS_MAX = 10.0
TEXTS_MAX = 1_000  # compiled questions that a connection keeps
PLACE = 7_203_685_477_580_700_001  # beyond any instant or position

_TABLES = """
CREATE TABLE IF NOT EXISTS marks (
    "position" BIGINT, "subject" BIGINT, "change" BIGINT, newest BIGINT, layout VARCHAR, holds_erased BOOLEAN
);
CREATE TABLE IF NOT EXISTS members (subject BIGINT, customer BIGINT);
CREATE TABLE IF NOT EXISTS traits (
    "position" BIGINT, subject BIGINT, occurred_at BIGINT, trait VARCHAR, op VARCHAR, "number" BIGINT, "text" VARCHAR
);
CREATE OR REPLACE VIEW customers AS SELECT customer FROM members WHERE subject = customer;
INSERT INTO marks SELECT 0, 0, 0, NULL, '', FALSE WHERE NOT EXISTS (FROM marks);
"""
_MARKS = ("position", "subject", "change", "newest", "layout", "holds_erased")
_FOLLOW = """
INSERT INTO renewed.facts_tail BY NAME FROM facts WHERE "position" > {after};
INSERT INTO renewed.traits BY NAME FROM traits WHERE "position" > {after};
DELETE FROM renewed.members; INSERT INTO renewed.members FROM members;
DELETE FROM renewed.marks; INSERT INTO renewed.marks FROM marks;
UPDATE renewed.marks SET holds_erased = FALSE;
"""


class Session:
    """One moment of the warehouse, for Ibis and, below it, for SQL."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, layout: int) -> None:
        import ibis

        self.layout = layout  # how often the columns had changed when it was made
        self._backend: Backend = ibis.duckdb.from_connection(connection)
        self._tables: dict[str, ir.Table] = {}
        self._texts: dict[Hashable, str] = {}
        self.con = connection

    def table(self, name: str) -> "ir.Table":
        """Return a table or view; its columns are asked for once, since that costs as much as a small question."""
        if name not in self._tables:
            self._tables[name] = self._backend.table(name)
        return self._tables[name]

    def rows(self, key: Hashable, build: "Callable[..., ir.Table]", *numbers: int) -> "pa.Table":
        """Return what `build(*numbers)` answers; for a `key` it is compiled once, which takes longer than many a query.

        In the text that is kept each number stands as one that nobody would ask for.
        """
        places = [PLACE + i for i in range(len(numbers))]
        if key not in self._texts:
            if len(self._texts) >= TEXTS_MAX:
                self._texts.clear()
            self._texts[key] = str(self._backend.compile(build(*places)))
        text = self._texts[key]
        for place, number in zip(places, numbers, strict=True):
            text = text.replace(str(place), str(number))
        return self.con.sql(text).to_arrow_table()

    def marks(self) -> Marks:
        """Return how far the warehouse was at this moment."""
        return _marks(self.con)


class Warehouse:
    """The open file. `session` for questions, from any thread; `load` and `compact` from the owner's one thread."""

    def __init__(self, folder: Path, *, memory_mb_max: int, threads: int) -> None:
        spill = folder / "run" / "spill"
        spill.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE_NAME
        self._new_path = Path(f"{self._path}{NEW_SUFFIX}")
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb_max}MB",
            "threads": threads,
            "checkpoint_threshold": f"{CHECKPOINT_MB}MB",
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._drop_new()
        self._root = self._open()
        self._gate = Gate()
        self._sessions: list[Session] = []
        self._layouts_count = 0
        self._lent_count = 0
        self._memory_mb_max = memory_mb_max
        self._spine: Keeper | None = None
        self._lock = threading.Lock()
        self._cursors = threading.Lock()
        self._base_lock = threading.Lock()  # a new layout waits for a compaction, which would bring back the old one

    def close(self) -> None:
        with self._lock:
            for session in self._sessions:
                session.con.close()
            self._sessions.clear()
        self._root.close()

    @property
    def spine(self) -> "Keeper":
        """Return what keeps the facts in order of customer and time."""
        from interplay.engine.olap.keeper import Keeper  # a lazy seam: numba

        with self._lock:
            if self._spine is None:
                self._spine = Keeper()
            return self._spine

    def marks(self) -> Marks:
        with self._cursor() as cursor:
            return _marks(cursor)

    def layout(self) -> str:
        """Return what the columns were made for, as given to `lay_out`; empty before the first time."""
        return str(self._one("SELECT layout FROM marks"))

    def holds_erased(self) -> bool:
        """Return whether bytes of what was erased or purged may still be in the file."""
        return bool(self._one("SELECT holds_erased FROM marks"))

    def lay_out(self, fields: Sequence[tuple[str, str]], layout: str) -> None:
        """Give the facts one column per declared field, `(name, DuckDB type)`, and begin again at position 0."""
        columns = ", ".join(f'"{name}" {kind}' for name, kind in (*FACT_COLUMNS, *fields))
        with self._base_lock:
            self._lay_out(columns, layout)

    def _lay_out(self, columns: str, layout: str) -> None:
        with self._cursor() as cursor:
            cursor.begin()
            for table in ("facts_base", "facts_tail"):
                cursor.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
            cursor.execute("CREATE OR REPLACE VIEW facts AS FROM facts_base UNION ALL BY NAME FROM facts_tail")
            cursor.execute("DELETE FROM members; DELETE FROM traits")
            cursor.execute(
                'UPDATE marks SET "position" = 0, "subject" = 0, "change" = 0, newest = NULL, layout = ?', [layout]
            )
            cursor.commit()
        with self._lock:  # what sessions know of the tables is of the former layout
            self._layouts_count += 1
            while self._sessions:
                self._sessions.pop().con.close()

    def load(self, load: Load) -> None:
        """Take one step; all of it or nothing of it is there afterwards."""
        if load.erased:
            with self._base_lock:  # else a compaction, or a new file, would bring back what it has read already
                self._load(load)
        else:
            self._load(load)

    def _load(self, load: Load) -> None:
        with self._cursor() as cursor:  # without a commit: takes everything back
            cursor.begin()
            if load.facts.num_rows:
                _insert(cursor, "facts_tail", load.facts)
            if load.traits.num_rows:
                _insert(cursor, "traits", load.traits)
            if load.members.num_rows:
                cursor.register("changed", load.members)
                cursor.execute("DELETE FROM members WHERE subject IN (SELECT subject FROM changed)")
                _insert(cursor, "members", load.members)
            if load.erased:
                _erase(cursor, load.erased)
            marks = load.marks
            cursor.execute(
                'UPDATE marks SET "position" = ?, "subject" = ?, "change" = ?, newest = ?',
                [marks.position, marks.subject, marks.change, marks.newest],
            )
            cursor.commit()

    def drop(self, positions: Sequence[int]) -> None:
        """Take facts out, with what they said of traits. Their bytes stay in the file until it is written anew."""
        with self._base_lock, self._cursor() as cursor:  # else a compaction, or a new file, would bring them back
            cursor.begin()
            for table in ("facts_base", "facts_tail", "traits"):
                cursor.execute(f'DELETE FROM {table} WHERE "position" IN (SELECT unnest(?))', [list(positions)])
            cursor.execute("UPDATE marks SET holds_erased = TRUE")
            cursor.commit()

    def wants_compaction(self, share_max: float) -> bool:
        """Return whether the tail is longer than `share_max` of the base (0–1), and long enough to matter."""
        if not self.layout():  # there are no tables yet: the mind waits for a door before its first step
            return False
        base, tail = (int(self._one(f"SELECT count(*) FROM {table}")) for table in ("facts_base", "facts_tail"))
        return tail > max(TAIL_ROWS_MIN, share_max * base)

    def compact(self) -> None:
        """Sort everything loaded so far into a new base, beside questions and loads; then swap."""
        with self._base_lock, self._cursor() as cursor:
            self._compact(cursor)

    def _compact(self, cursor: duckdb.DuckDBPyConnection) -> None:
        until = _marks(cursor).position
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

    def rewrite(self) -> bool:
        """Write everything into a new file and put it in the place of this one; return whether that could be done.

        Copying goes on beside questions and loads; for the swap everybody has to give sessions back within
        `SWAP_SECONDS_MAX`. A crash leaves the old file or the new one, whole.
        For any thread.
        """
        with self._base_lock:
            try:
                return self._rewrite()
            finally:
                self._drop_new()

    def _rewrite(self) -> bool:
        self._drop_new()
        with self._cursor() as cursor:
            path = str(self._new_path).replace("'", "''")
            cursor.execute(f"ATTACH '{path}' AS renewed")
            try:
                cursor.execute(f"COPY FROM DATABASE {self._path.stem} TO renewed")
                (after,) = cursor.execute('SELECT "position" FROM renewed.marks').fetchall()[0]
            except duckdb.Error:
                cursor.execute("DETACH renewed")
                raise
        with self._gate.alone(SWAP_SECONDS_MAX) as is_alone:
            self._finish_new(_FOLLOW.format(after=after) if is_alone else "")
            if is_alone:
                self._swap()
        return is_alone

    def _finish_new(self, follow: str) -> None:
        """Bring the new file to where the old one is by now, and let go of it."""
        cursor = self._connection()
        cursor.begin()
        try:
            if follow:
                cursor.execute(follow)
            cursor.commit()
        finally:
            cursor.close()  # without a commit: takes everything back
            with closing(self._connection()) as cursor:
                cursor.execute("DETACH renewed")

    def _swap(self) -> None:
        self.close()
        log = Path(f"{self._path}.wal")
        if not log.exists():  # else the disk was too full to finish the old file, which then stays
            _flush(self._new_path)
            self._new_path.replace(self._path)
            _flush(self._path.parent)
        self._root = self._open()

    def _drop_new(self) -> None:
        for left in (self._new_path, Path(f"{self._new_path}.wal")):
            left.unlink(missing_ok=True)

    def _open(self) -> duckdb.DuckDBPyConnection:
        try:
            root = duckdb.connect(str(self._path), config=self._config)
            if not _is_of_today(root):  # it is made again from the log, so nobody need know former versions' tables
                root.close()
                for file in (self._path, Path(f"{self._path}.wal")):
                    file.unlink(missing_ok=True)
                root = duckdb.connect(str(self._path), config=self._config)
            root.execute(_TABLES)
            root.execute("DROP TABLE IF EXISTS facts_sorted")
        except duckdb.Error as broken:
            path, reason = str(self._path), str(broken)
            raise AppError("warehouse.file", status=500, path=path, reason=reason) from None
        return root

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Lend a session that sees one moment of the warehouse until it is given back."""
        with self._gate.use():
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
        return Session(self._connection(), layout)

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
        with self._lock, self._cursor() as cursor:
            if self._lent_count:
                return
            self._spine = None
            with suppress(duckdb.OutOfMemoryException):
                cursor.execute(f"SET memory_limit = '{RESTING_MB}MB'")
            cursor.execute(f"SET memory_limit = '{self._memory_mb_max}MB'")

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a connection of the caller's own."""
        with self._gate.use():
            cursor = self._connection()
            try:
                yield cursor
            finally:
                cursor.close()

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """Make a connection, which is not for two threads at once. Whoever keeps it is inside the gate."""
        with self._cursors:
            return self._root.cursor()

    def _one(self, query: str) -> Any:
        with self._cursor() as cursor:
            row = cursor.execute(query).fetchone()
        assert row is not None
        return row[0]


def _marks(connection: duckdb.DuckDBPyConnection) -> Marks:
    (row,) = connection.execute('SELECT "position", "subject", "change", newest FROM marks').fetchall()
    return Marks(*row)


def _is_of_today(root: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a file is empty or has the tables of this version."""
    columns = root.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'marks' ORDER BY column_index")
    found = tuple(name for (name,) in columns.fetchall())
    return not found or found == _MARKS


def _erase(cursor: duckdb.DuckDBPyConnection, subjects: tuple[int, ...]) -> None:
    """Leave of the subjects what the log itself tells without a body: what a rebuild would give."""
    columns = {name for name, _ in FACT_COLUMNS}
    for table in ("facts_base", "facts_tail"):
        fields = [row[0] for row in cursor.execute(f"DESCRIBE {table}").fetchall() if row[0] not in columns]
        if fields:
            emptied = ", ".join(f'"{name}" = NULL' for name in fields)
            cursor.execute(f"UPDATE {table} SET {emptied} WHERE subject IN (SELECT unnest(?))", [list(subjects)])
    for table in ("traits", "members"):
        cursor.execute(f"DELETE FROM {table} WHERE subject IN (SELECT unnest(?))", [list(subjects)])
    cursor.execute("UPDATE marks SET holds_erased = TRUE")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: "object") -> None:
    cursor.register("loading", rows)
    cursor.execute(f"INSERT INTO {table} BY NAME FROM loading")
    cursor.unregister("loading")
