"""What is kept of live segments: one row each, and the members as chunks of bits (`bits.py`)."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, delete, insert, select, update

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.kernel.ids import Micros, Position
from interplay.understand.memberships.bits import CHUNK_CUSTOMERS, Bits
from interplay.understand.memberships.contracts import Compute, LiveSegment

ROWS_AT_ONCE_MAX = 500
OF_ONE = (
    "SELECT live_segments.segment, substr(bits, CAST(? AS INTEGER), 1) FROM live_segments JOIN segment_members"
    " ON segment_members.segment = live_segments.segment AND chunk = ? ORDER BY live_segments.segment"
)
"""One byte of each segment's chunk, found by its key: a chunk of its own would be looked for in all of them."""

live_segments = Table(
    "live_segments",
    metadata,
    Column("segment", Text, primary_key=True),
    Column("version", Integer, nullable=False, comment="of the document"),
    Column("definition", Text, nullable=False, comment="digest of all that the answer is made of; empty: not computed"),
    Column("position", BigInteger, nullable=False, comment="how far the log was read when everybody was asked"),
    Column("computed_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("customers", BigInteger, nullable=False, comment="how many are in it"),
)

segment_members = Table(
    "segment_members",
    metadata,
    Column("segment", Text, primary_key=True),
    Column("chunk", BigInteger, primary_key=True, autoincrement=False, comment="customer number // 2048"),
    Column("bits", LargeBinary, nullable=False, comment="one bit per customer"),
    sqlite_with_rowid=False,
)


def put(tx: Tx, segment: str, wanted: Mapping[int, bool]) -> None:
    """Put customers in or out of a segment."""
    chunks = sorted({customer // CHUNK_CUSTOMERS for customer in wanted})
    stood = _chunks_in(tx, segment, chunks)
    bits = Bits(stood.items())
    changed = [customer for customer, is_in in wanted.items() if (customer in bits) is not is_in]
    for customer in changed:
        bits.put(customer, wanted[customer])
    now = dict(bits.chunks())
    moved = [chunk for chunk in chunks if now.get(chunk) != stood.get(chunk)]
    _delete(tx, segment, moved)
    add_chunks(tx, segment, [(chunk, now[chunk]) for chunk in moved if chunk in now])
    added = sum(1 if wanted[customer] else -1 for customer in changed)
    if added:
        is_it = live_segments.c.segment == segment
        tx.connection.execute(update(live_segments).where(is_it).values(customers=live_segments.c.customers + added))


def begin(tx: Tx, ask: Compute) -> None:
    """Forget a segment's members; until all parts of the new ones are there it is not live."""
    drop(tx, ask.segment)
    tx.connection.execute(
        insert(live_segments).values(
            segment=ask.segment, version=ask.version, definition="",
            position=ask.position, computed_at=ask.at, customers=0,
        )
    )  # fmt: skip


def add_chunks(tx: Tx, segment: str, chunks: Sequence[tuple[int, bytes]]) -> None:
    if chunks:
        rows = [{"segment": segment, "chunk": chunk, "bits": bits} for chunk, bits in chunks]
        tx.connection.execute(insert(segment_members), rows)


def finish(tx: Tx, ask: Compute) -> int:
    """Let a segment be live; return how many customers are in it."""
    found = tx.connection.execute(select(segment_members.c.bits).where(segment_members.c.segment == ask.segment))
    customers = sum(int.from_bytes(bits, "little").bit_count() for bits in found.scalars())
    is_it = live_segments.c.segment == ask.segment
    tx.connection.execute(update(live_segments).where(is_it).values(definition=ask.definition, customers=customers))
    return customers


def drop(tx: Tx, segment: str) -> None:
    for table in (segment_members, live_segments):
        tx.connection.execute(delete(table).where(table.c.segment == segment))


def forget(tx: Tx, customers: Iterable[int]) -> None:
    """Take customers out of every segment."""
    out = dict.fromkeys(customers, False)
    for segment in tx.connection.execute(select(live_segments.c.segment)).scalars().all():
        put(tx, segment, out)


def live(database: Database) -> dict[str, LiveSegment]:
    """Return every segment that is kept, those being computed with an empty definition."""
    with database.read() as connection:
        rows = connection.execute(select(live_segments).order_by(live_segments.c.segment)).all()
    return {row.segment: _live(row) for row in rows}


def members(database: Database, segment: str) -> Bits:
    """Return who is in a segment."""
    columns = select(segment_members.c.chunk, segment_members.c.bits)
    with database.read() as connection:
        rows = connection.execute(columns.where(segment_members.c.segment == segment)).all()
    return Bits((row.chunk, row.bits) for row in rows)


def segments_of(database: Database, customer: int) -> list[str]:
    """Return the segments that a customer is in."""
    chunk, place = divmod(customer, CHUNK_CUSTOMERS)
    with closing(database.connect_reader()) as raw:  # by hand, one byte of each: it is asked for every order and play
        rows = raw.execute(OF_ONE, ((place >> 3) + 1, chunk)).fetchall()
    return [str(segment) for segment, byte in rows if byte and byte[0] >> (place & 7) & 1]


def _chunks_in(tx: Tx, segment: str, chunks: Sequence[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for start in range(0, len(chunks), ROWS_AT_ONCE_MAX):
        is_one = segment_members.c.chunk.in_(chunks[start : start + ROWS_AT_ONCE_MAX])
        columns = select(segment_members.c.chunk, segment_members.c.bits)
        rows = tx.connection.execute(columns.where(segment_members.c.segment == segment, is_one)).all()
        found.update((row.chunk, row.bits) for row in rows)
    return found


def _delete(tx: Tx, segment: str, chunks: Sequence[int]) -> None:
    for start in range(0, len(chunks), ROWS_AT_ONCE_MAX):
        is_one = segment_members.c.chunk.in_(chunks[start : start + ROWS_AT_ONCE_MAX])
        tx.connection.execute(delete(segment_members).where(segment_members.c.segment == segment, is_one))


def _live(row: Any) -> LiveSegment:
    return LiveSegment(
        row.segment, row.version, row.definition, Position(row.position), Micros(row.computed_at), row.customers
    )
