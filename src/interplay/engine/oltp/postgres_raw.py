"""One connection to PostgreSQL for statements written by hand: prepared once, values and answers in binary."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg.errors import UndefinedTable
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text

from interplay.engine.oltp.contracts import StorageError
from interplay.engine.oltp.database import Lock, Rows
from interplay.engine.oltp.upsert import replacing

PsycopgConnection = psycopg.Connection[tuple[Any, ...]]

ROWS_PER_STATEMENT_MAX = 5_000
NO_LOCKS: Mapping[Lock, str] = {}
CONFLICTS = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, a lock that was not to be had in time

_ARRAYS = (
    (BigInteger, "bigint[]"),
    (Integer, "integer[]"),
    (Text, "text[]"),
    (LargeBinary, "bytea[]"),
    (Boolean, "boolean[]"),
)


class PostgresRaw:
    """What `database.Raw` promises, on psycopg. `locks` are the statements that take a lock each."""

    has_other_writers = True

    def __init__(self, connection: PsycopgConnection, locks: Mapping[Lock, str] = NO_LOCKS) -> None:
        self.connection = connection
        self._locks = locks

    @property
    def in_transaction(self) -> bool:
        return self.connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    @property
    def is_lost(self) -> bool:
        return self.connection.closed

    def execute(self, sql: str, parameters: Any = (), /) -> Rows:
        return self._run(_translated(sql), parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> object:
        try:
            with self.connection.cursor(binary=True) as cursor:
                cursor.executemany(_translated(sql), parameters)
        except psycopg.Error as error:
            raise failure(error) or error from error
        return None

    def begin(self, lock: Lock) -> None:
        self._tell("; ".join(("BEGIN", *self._taking(lock))).encode())

    def take(self, lock: Lock) -> None:
        self._tell("; ".join(self._taking(lock)).encode())

    def commit(self) -> None:
        """Commit. Raises StorageError also where PostgreSQL says yes and rolls back, for a statement had failed."""
        if (told := self._tell(b"COMMIT")) != "COMMIT":
            raise StorageError(f"the transaction had failed: {told}")

    def rollback(self) -> None:
        self._tell(b"ROLLBACK")

    def close(self) -> None:
        self.connection.close()

    def insert_many(self, table: Table, rows: Sequence[Sequence[Any]], *, skips_known: bool = False) -> int:
        return self._insert(_insert(table, " ON CONFLICT DO NOTHING" if skips_known else ""), rows)

    def put_many(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        self._insert(_insert(table, replacing(table)), rows)

    def _insert(self, statement: bytes, rows: Sequence[Sequence[Any]]) -> int:
        inserted = 0
        for start in range(0, len(rows), ROWS_PER_STATEMENT_MAX):
            columns = [list(column) for column in zip(*rows[start : start + ROWS_PER_STATEMENT_MAX], strict=True)]
            inserted += self._run(statement, columns).rowcount
        return inserted

    def find_each(self, table: Table, wanted: str, keys: Sequence[Sequence[int | str]]) -> list[int | None]:
        columns = [list(column) for column in zip(*keys, strict=True)] or [[]] * len(table.primary_key)
        return [row[0] for row in self._run(_by_key(table, wanted), columns)]

    def find_numbers(self, table: Table, number: str, key: str, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
        yield from self._run(f"SELECT {key}, {number} FROM {table.name} WHERE {key} = ANY(%b)".encode(), (list(keys),))

    def select_in(self, query: str, keys: Sequence[int]) -> Iterator[Any]:
        if keys:
            yield from self._run(f"{query} = ANY(%b)".encode(), (list(keys),))

    def continue_numbers(self, tables: Iterable[Table]) -> None:
        for table in tables:
            if (column := table.autoincrement_column) is not None:
                last = f"coalesce((SELECT max({column.name}) FROM {table.name}), 0) + 1"
                self.execute(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), {last}, false)")

    def version(self) -> int | str:
        """Return which transactions have ended: it moves when one becomes visible, not before."""
        version: str = self.execute("SELECT pg_current_snapshot()::text").fetchone()[0]
        return version

    def _taking(self, lock: Lock) -> list[str]:
        return [self._locks[one] for one in (Lock.REST, Lock.LOG) if one in lock]

    def _run(self, statement: bytes, parameters: Any) -> Rows:
        try:
            return self.connection.execute(statement, parameters, prepare=True, binary=True)
        except psycopg.Error as error:
            raise failure(error) or error from error

    def _tell(self, words: bytes) -> str | None:
        try:
            return self.connection.execute(words).statusmessage
        except psycopg.Error as error:
            raise failure(error) or error from error


def failure(error: psycopg.Error) -> StorageError | None:
    """Return what an error is when it is the database's and not the statement's."""
    if not isinstance(error, _OF_THE_DATABASE):
        return None
    return StorageError(" ".join(str(error).split()), is_passing=error.sqlstate in CONFLICTS)


# A table that is not there: the URL names another database than it should.
_OF_THE_DATABASE = (psycopg.OperationalError, psycopg.InternalError, psycopg.InterfaceError, UndefinedTable)


@cache
def _translated(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


@cache
def _insert(table: Table, tail: str) -> bytes:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    arrays = ", ".join(f"%b::{_array(column)}" for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}){tail}".encode()


@cache
def _by_key(table: Table, wanted: str) -> bytes:
    names = [column.name for column in table.primary_key]
    arrays = ", ".join(f"%b::{_array(column)}" for column in table.primary_key)
    is_it = " AND ".join(f"found.{name} = wanted.{name}" for name in names)
    return (
        f"SELECT found.{wanted} FROM unnest({arrays}) WITH ORDINALITY AS wanted ({', '.join(names)}, place)"
        f" LEFT JOIN {table.name} AS found ON {is_it} ORDER BY wanted.place"
    ).encode()


def _array(column: Column[Any]) -> str:
    return next(name for kind, name in _ARRAYS if isinstance(column.type, kind))
