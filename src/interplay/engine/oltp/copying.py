"""Every table from one database into another, and whether all of it arrived."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Table, select

from interplay.engine.oltp.database import Raw
from interplay.engine.oltp.schema import metadata

ROWS_AT_ONCE = 5_000
DIGEST_BYTES = 16

Told = Callable[[int], object]
"""Called with how many rows have been dealt with since the last call."""

_encode = msgspec.msgpack.Encoder().encode


class Tally(Struct, frozen=True):
    """How many rows a table has, and the sum of their digests, which no order of the rows changes."""

    rows: int
    digest: int


def copy_tables(source: Connection, target: Raw, told: Told = lambda _: None) -> None:
    """Copy every row of every table into tables that are empty; numbers go on where they stood."""
    for table in metadata.sorted_tables:
        for rows in _rows(source, table):
            target.insert_many(table, rows)
            told(len(rows))
    target.continue_numbers(metadata.sorted_tables)


def tally(connection: Connection, told: Told = lambda _: None) -> dict[str, Tally]:
    """Return what is in every table, as this connection sees it."""
    return {table.name: _tally(connection, table, told) for table in metadata.sorted_tables}


def _tally(connection: Connection, table: Table, told: Told) -> Tally:
    count, total = 0, 0
    for rows in _rows(connection, table):
        for row in rows:
            total += int.from_bytes(blake2b(_encode(row), digest_size=DIGEST_BYTES).digest(), "big")
        count += len(rows)
        told(len(rows))
    return Tally(count, total % 2 ** (8 * DIGEST_BYTES))


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    query = select(table).order_by(*table.primary_key)
    found = connection.execute(query, execution_options={"stream_results": True})
    for some in found.partitions(ROWS_AT_ONCE):
        yield [tuple(row) for row in some]
