"""What the exact state is kept in, as everybody else sees it: SQLite's file, or a PostgreSQL database.

`Raw` is one connection for statements written by hand, with `?` for a value. On SQLite it is the driver's own
connection, so nothing stands between a hot statement and the file.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from enum import IntFlag
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table


class Lock(IntFlag):
    """What a transaction has to itself where several processes write; always taken in the order REST, LOG.

    LOG: positions and subjects are given. REST: whatever else is read and then written by what was read.
    """

    NONE = 0
    LOG = 1
    REST = 2
    ALL = 3


class Rows(Protocol):
    """What a statement answers."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Raw(Protocol):
    """One connection. Those of readers refuse to write; only a writer's begins transactions."""

    @property
    def has_other_writers(self) -> bool:
        """Return whether processes beside this one may write: then nothing read in a former transaction still holds."""

    @property
    def in_transaction(self) -> bool: ...

    @property
    def is_lost(self) -> bool:
        """Return whether the connection is gone for good."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Rows: ...
    def executemany(self, sql: str, parameters: Iterable[Any], /) -> object: ...

    def begin(self, lock: Lock) -> None:
        """Begin to write, with what is locked to itself until the transaction ends."""

    def take(self, lock: Lock) -> None:
        """Lock more, in the order of `Lock`."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...

    def insert_many(self, table: Table, rows: Sequence[Sequence[Any]], *, skips_known: bool = False) -> int:
        """Insert whole rows, many a statement, and return how many went in. `skips_known`: not those there already."""

    def put_many(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Insert whole rows, many a statement, in place of those with the same primary keys. No key may be twice."""

    def find_each(self, table: Table, wanted: str, keys: Sequence[Sequence[int | str]]) -> list[int | None]:
        """Return column `wanted` of the rows with these primary keys, in their order; None where there is no row."""

    def find_numbers(self, table: Table, number: str, key: str, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
        """Yield (key, number) of the rows with these unique keys, of those that are there."""

    def select_in(self, query: str, keys: Sequence[int]) -> Iterator[Any]:
        """Yield the rows of a query that ends with the name of a column, where that is one of the keys."""

    def continue_numbers(self, tables: Iterable[Table]) -> None:
        """Let the numbers that the database gives go on after those that are in the tables."""

    def version(self) -> int | str:
        """Return something that is another whenever another connection has committed."""


class Lead(Protocol):
    """The right to run reactions and to own the warehouse, which one process has at a time."""

    def is_held(self) -> bool:
        """Return whether it is still this process's. When it is not, another may have it already: stop at once."""

    def close(self) -> None:
        """Give it up."""


class Database(Protocol):
    """Where one data directory's exact state is. Any number of readers; who writes is `writer.py`'s business."""

    @property
    def name(self) -> str:
        """Return what it is: SQLite or PostgreSQL."""

    @property
    def place(self) -> str:
        """Return where it is, for people."""

    @property
    def is_shared(self) -> bool:
        """Return whether several processes may write to it at the same time."""

    def engine_for_writer(self) -> Engine:
        """Return an engine of one connection that begins transactions only when told to."""

    def raw_of(self, connection: Connection) -> Raw:
        """Return the connection below one of SQLAlchemy's."""

    def read(self) -> AbstractContextManager[Connection]:
        """Lend a read-only connection that sees one moment of the database from its first query on."""

    def connect_reader(self) -> Raw:
        """Lend a plain read-only connection for statements by hand; the caller closes it, which gives it back."""

    def check(self, connection: Connection) -> str:
        """Return "ok", or what is wrong with the database as a whole."""

    def try_lead(self) -> Lead | None:
        """Return the lead, or None while another process has it."""

    def hold_migrations(self, connection: Connection) -> None:
        """Wait, in a transaction, until no other process changes tables."""

    def close(self) -> None:
        """Close the connections that are kept for readers."""
