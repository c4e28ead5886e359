"""The SQLite file: how it is opened, and what every connection promises."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine
from sqlalchemy.pool import QueuePool, StaticPool

from interplay.engine.oltp.database import Lead, Lock, Raw
from interplay.engine.oltp.upsert import replacing

FILE_NAME = "interplay.sqlite"
BUSY_MS_MAX = 10_000
WRITER_CACHE_KB = 65_536
READER_CACHE_KB = 4_096
READERS_KEPT_MAX = 4
LENT_KEPT_MAX = 16  # as many as there are threads at the tills' counter
LENT_CACHE_KB = 2_048
READERS_MAX = 32
ROWS_PER_STATEMENT_MAX = 1024
KEY_CHARS = 32  # of 16 bytes


class SqliteRaw(sqlite3.Connection):
    """A connection of the driver, with what is written differently for another database."""

    has_other_writers = False
    is_lost = False

    def begin(self, lock: Lock) -> None:  # noqa: ARG002 - SQLite has one writer in any case
        self.execute("BEGIN IMMEDIATE")

    def take(self, lock: Lock) -> None:
        """Do nothing: whoever has begun is alone."""

    def insert_many(self, table: Table, rows: Sequence[Sequence[Any]], *, skips_known: bool = False) -> int:
        """Run `INSERT … VALUES ` for many rows and return how many went in.

        Many rows a statement, not `executemany`: that lets go of the interpreter's lock at every row, and beside a
        busy event loop each row then waits to get it back.
        """
        return self._insert(table, " ON CONFLICT DO NOTHING" if skips_known else "", rows)

    def put_many(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        self._insert(table, replacing(table), rows)

    def find_each(self, table: Table, wanted: str, keys: Sequence[Sequence[int | str]]) -> list[int | None]:
        """Many a statement and one row an answer, as in `find_numbers`."""
        values: list[int | None] = [None] * len(keys)
        for start, size in _sizes(len(keys)):
            parameters = list(chain.from_iterable(keys[start : start + size]))
            found = self.execute(_by_keys(table, wanted, size), parameters).fetchone()[0]
            for one in found.split(",") if found else ():
                place, _, value = one.partition(" ")
                values[start + int(place)] = int(value)
        return values

    def find_numbers(self, table: Table, number: str, key: str, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
        """Yield (key, number), many a statement and one row an answer.

        One row, because every row fetched lets go of the interpreter's lock, as in `insert_many`.
        """
        for start, size in _sizes(len(keys)):
            found = self.execute(_look_up(table, number, key, size), keys[start : start + size]).fetchone()[0]
            for one in found.split(",") if found else ():
                yield bytes.fromhex(one[:KEY_CHARS]), int(one[KEY_CHARS:])

    def select_in(self, query: str, keys: Sequence[int]) -> Iterator[Any]:
        for start in range(0, len(keys), ROWS_PER_STATEMENT_MAX):
            some = keys[start : start + ROWS_PER_STATEMENT_MAX]
            yield from self.execute(f"{query} IN ({', '.join('?' * len(some))})", some).fetchall()

    def continue_numbers(self, tables: Iterable[Table]) -> None:
        """Do nothing: the next number is always one more than the last."""

    def version(self) -> int | str:
        version: int = self.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _insert(self, table: Table, tail: str, rows: Sequence[Sequence[Any]]) -> int:
        return sum(
            self.execute(_insert(table, tail, size), list(chain.from_iterable(rows[start : start + size]))).rowcount
            for start, size in _sizes(len(rows))
        )


class _Reader(SqliteRaw):
    """A lent connection: opening one costs more than the few questions that a till's request asks."""

    idle: "list[_Reader]"

    def close(self) -> None:
        """Give it back, for the next who reads."""
        if not self.in_transaction and len(self.idle) < LENT_KEPT_MAX:
            self.idle.append(self)
        else:
            self.end()

    def end(self) -> None:
        """Let go of the file."""
        super().close()


AnyRaw = TypeVar("AnyRaw", bound=SqliteRaw)


class SqliteDatabase:
    """The file of one data directory's exact state, for one process that writes."""

    name = "SQLite"
    is_shared = False

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._idle: list[_Reader] = []
        self._readers = create_engine(
            "sqlite://",
            creator=self._connect_reader,
            poolclass=QueuePool,
            pool_size=READERS_KEPT_MAX,
            max_overflow=READERS_MAX - READERS_KEPT_MAX,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,  # an error's message gets into the journal
        )

    @property
    def place(self) -> str:
        return str(self.path)

    def engine_for_writer(self) -> Engine:
        return create_engine(
            "sqlite://",
            creator=self._connect_writer,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,  # an error's message gets into the journal
        )

    def raw_of(self, connection: Connection) -> Raw:
        raw = connection.connection.driver_connection
        assert isinstance(raw, SqliteRaw)
        return raw

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._readers.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def connect_reader(self) -> Raw:
        try:
            return self._idle.pop()
        except IndexError:
            reader = self._opened_reader(_Reader, LENT_CACHE_KB)
            reader.idle = self._idle
            return reader

    def check(self, connection: Connection) -> str:
        return "; ".join(connection.exec_driver_sql("PRAGMA quick_check(3)").scalars()).replace("\n", " ")

    def try_lead(self) -> Lead:
        return _Lead()

    def hold_migrations(self, connection: Connection) -> None:
        """Do nothing: who migrates holds the data directory, and the file's write lock."""

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy, as of one moment, beside whatever goes on."""
        copy = sqlite3.connect(path)
        source = self._connect_reader()
        try:
            source.backup(copy)
        finally:
            copy.close()
            source.close()

    def empty_log(self) -> None:
        """Put everything into the file itself; nobody else may have it open."""
        raw = self._connect_writer()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        raw.close()

    def close(self) -> None:
        self._readers.dispose()
        while self._idle:
            self._idle.pop().end()

    def _connect_reader(self) -> SqliteRaw:
        return self._opened_reader(SqliteRaw, READER_CACHE_KB)

    def _opened_reader(self, factory: type[AnyRaw], cache_kb: int) -> AnyRaw:
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        raw = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=factory)
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
        raw.execute(f"PRAGMA cache_size = -{cache_kb}")
        raw.execute("PRAGMA query_only = ON")
        return raw

    def _connect_writer(self) -> SqliteRaw:
        raw = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=512, factory=SqliteRaw
        )
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA wal_autocheckpoint = 0")  # the checkpointer does it beside the writer
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not left in a free page
        raw.execute("PRAGMA temp_store = MEMORY")
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
        raw.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KB}")
        return raw


class _Lead:
    """Whoever holds the data directory has it."""

    def is_held(self) -> bool:
        return True

    def close(self) -> None:
        """Do nothing: it goes with the directory."""


def _sizes(count: int) -> Iterator[tuple[int, int]]:
    """Yield where each statement begins and how much it takes: powers of two, so that few are prepared."""
    start = 0
    while start < count:
        size = min(1 << (count - start).bit_length() - 1, ROWS_PER_STATEMENT_MAX)
        yield start, size
        start += size


@cache
def _insert(table: Table, tail: str, rows: int) -> str:
    names = ", ".join(column.name for column in table.columns)
    row = f"({', '.join('?' * len(table.columns))})"
    return f"INSERT INTO {table.name} ({names}) VALUES {', '.join([row] * rows)}{tail}"


@cache
def _by_keys(table: Table, wanted: str, keys: int) -> str:
    names = [column.name for column in table.primary_key]
    rows = ", ".join(f"({place}, {', '.join('?' * len(names))})" for place in range(keys))
    is_it = " AND ".join(f"found.{name} = wanted.column{place}" for place, name in enumerate(names, 2))
    return (
        f"SELECT group_concat(wanted.column1 || ' ' || found.{wanted}) FROM (VALUES {rows}) AS wanted"
        f" CROSS JOIN {table.name} AS found ON {is_it}"
    )


@cache
def _look_up(table: Table, number: str, key: str, keys: int) -> str:
    marks = ", ".join("?" * keys)
    return f"SELECT group_concat(hex({key}) || {number}) FROM {table.name} WHERE {key} IN ({marks})"
