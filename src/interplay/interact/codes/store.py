"""The tables of item codes: batches, what is said of ranges of items, and scans. There is no row for a code."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database, Raw
from interplay.engine.oltp.schema import metadata
from interplay.interact.codes.contracts import Batch, Destination, Mark, Marked, Packing, Seen, Span
from interplay.kernel.ids import Micros, Position, SubjectId

SCANS_MAX = 1_000
RANGES_MAX = 1_000
SUBJECTS_AT_ONCE_MAX = 400

code_batches = Table(
    "code_batches",
    metadata,
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("product", Text, nullable=False),
    Column("count", BigInteger, nullable=False, comment="items"),
    Column("packing", LargeBinary, nullable=False, comment="msgpack"),
    Column("url", Text, nullable=False),
    Column("people_max", Integer, nullable=False, comment="more who scan one code are an alarm"),
    Column("first", BigInteger, nullable=False, comment="number of its first item among all codes"),
    Column("until", BigInteger, nullable=False, comment="number after its last pallet, exclusive"),
    Column("made_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("made_by", Text, nullable=False),
)

code_ranges = Table(
    "code_ranges",
    metadata,
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("mark", Text, primary_key=True, comment="active, sent, void"),
    Column("first", BigInteger, primary_key=True, autoincrement=False, comment="item, from 0"),
    Column("until", BigInteger, nullable=False, comment="exclusive; ranges of a mark do not overlap"),
    Column("at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("put_by", Text, nullable=False),
    Column("said", LargeBinary, nullable=False, comment="destination and reason; msgpack"),
)

code_scans = Table(
    "code_scans",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False, comment="of its fact"),
    Column("batch", Integer, nullable=False),
    Column("item", BigInteger, nullable=False, comment="from 1"),
    Column("scan_no", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("subject", BigInteger, index=True, comment="who scanned; null: erased"),
    Column("province", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("store", Text, nullable=False),
    Index("ix_code_scans_item", "batch", "item", "scan_no"),
)

LAST = "SELECT coalesce(max(batch), 0), coalesce(max(until), 0) FROM code_batches"
STANDS = (
    "SELECT first, until, at, put_by, said FROM code_ranges WHERE batch = ? AND mark = ? AND first <= ?"
    " ORDER BY first DESC LIMIT 1"
)
WITHIN = (
    "SELECT first, until, at, put_by, said FROM code_ranges WHERE batch = ? AND mark = ? AND first > ? AND first < ?"
    " ORDER BY first"
)
COVERED = (
    "SELECT coalesce(sum(CASE WHEN until < ? THEN until ELSE ? END - CASE WHEN first > ? THEN first ELSE ? END), 0)"
    " FROM code_ranges WHERE batch = ? AND mark = ? AND first < ? AND until > ? AND first >="
    " (SELECT coalesce(max(first), 0) FROM code_ranges WHERE batch = ? AND mark = ? AND first <= ?)"
)
FIRST_SCAN = "SELECT at FROM code_scans WHERE batch = ? AND item = ? AND scan_no = 1 LIMIT 1"


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What a range keeps beside its numbers."""

    destination: Destination | None = None
    reason: str = ""


class Range(NamedTuple):
    """A range as it is kept."""

    first: int
    until: int
    at: int
    put_by: str
    said: bytes


def add_batch(tx: Tx, batch: Batch, until: int) -> None:
    """Add a batch, whose numbers end before `until`."""
    row = {
        "batch": batch.number, "name": batch.name, "product": batch.product, "count": batch.count,
        "packing": msgspec.msgpack.encode(batch.packing), "url": batch.url, "people_max": batch.people_max,
        "first": batch.first, "until": until, "made_at": batch.made_at, "made_by": batch.made_by,
    }  # fmt: skip
    tx.connection.execute(insert(code_batches).values(row))


def last_in(tx: Tx) -> tuple[int, int]:
    """Return the number of the last batch, and after which number of a code it ends."""
    number, until = tx.raw.execute(LAST).fetchone()
    return int(number), int(until)


def batch_in(tx: Tx, name: str) -> Batch | None:
    """Return a batch by its name, inside a transaction."""
    found = tx.connection.execute(select(code_batches).where(code_batches.c.name == name)).first()
    return None if found is None else _batch(found)


def last_batch(database: Database) -> int:
    """Return the number of the last batch; 0: there is none."""
    with closing(database.connect_reader()) as raw:
        return int(raw.execute(LAST).fetchone()[0])


def batches(database: Database) -> list[Batch]:
    """Return every batch, the oldest first."""
    with database.read() as connection:
        return [_batch(row) for row in connection.execute(select(code_batches).order_by(code_batches.c.batch))]


def ranges_in(tx: Tx, batch: int, mark: Mark, span: Span) -> list[Range]:
    """Return the ranges of a mark that have something in common with a span, by their first item."""
    return _ranges(tx.raw, batch, mark, span)


def ranges(database: Database, batch: int, mark: Mark, span: Span) -> list[Marked]:
    """Return what stands for a span of items, by their first, cut to the span."""
    with closing(database.connect_reader()) as raw:
        found = _ranges(raw, batch, mark, span)
    return [_marked(one, span) for one in found[:RANGES_MAX]]


def covered(database: Database, batch: int, mark: Mark, span: Span) -> int:
    """Return of how many items of a span a mark stands."""
    ends, here = (span.until, span.until, span.first, span.first), (batch, mark.value)
    with closing(database.connect_reader()) as raw:
        found = raw.execute(COVERED, (*ends, *here, span.until, span.first, *here, span.first)).fetchone()
    return int(found[0])


def mark_of(raw: Raw, batch: int, mark: Mark, item: int) -> Marked | None:
    """Return what stands for one item, counted from 0."""
    found = _ranges(raw, batch, mark, Span(item, item + 1))
    return _marked(found[0], Span(found[0].first, found[0].until)) if found else None


def is_said(one: Range, said: Said) -> bool:
    """Return whether a range says just this."""
    return msgspec.msgpack.decode(one.said, type=Said) == said


def put(tx: Tx, batch: int, mark: Mark, span: Span, said: Said, by: str) -> None:
    """Add a range where there is none."""
    row = {
        "batch": batch, "mark": mark.value, "first": span.first, "until": span.until, "at": tx.world.now(),
        "put_by": by, "said": msgspec.msgpack.encode(said),
    }  # fmt: skip
    tx.connection.execute(insert(code_ranges).values(row))


def cut(tx: Tx, batch: int, mark: Mark, one: Range, span: Span) -> None:
    """Leave of a range what is outside a span."""
    table = code_ranges
    own = (table.c.batch == batch, table.c.mark == mark.value, table.c.first == one.first)
    if one.first < span.first:
        tx.connection.execute(update(table).where(*own).values(until=span.first))
    else:
        tx.connection.execute(delete(table).where(*own))
    if one.until > span.until:
        row = {"batch": batch, "mark": mark.value, **one._asdict(), "first": span.until}
        tx.connection.execute(insert(table).values(row))


def totals(database: Database) -> dict[tuple[int, str], int]:
    """Return how many items of each batch have each mark."""
    table = code_ranges.c
    query = select(table.batch, table.mark, func.sum(table.until - table.first)).group_by(table.batch, table.mark)
    with database.read() as connection:
        return {(row[0], row[1]): int(row[2]) for row in connection.execute(query)}


def keep_scan(tx: Tx, batch: int, item: int, scan: Seen) -> bool:
    """Keep a scan by the position of its fact; return whether it was not kept yet."""
    row = (
        scan.position, batch, item, scan.scan_no, scan.at, scan.subject, scan.province, scan.city, scan.store,
    )  # fmt: skip
    return tx.raw.insert_many(code_scans, [row], skips_known=True) == 1


def scans_in(tx: Tx, batch: int, item: int) -> list[Seen]:
    """Return the first scans of an item, inside a transaction."""
    return [_seen(row) for row in tx.connection.execute(_scans(batch, item))]


def scans(database: Database, batch: int, item: int) -> list[Seen]:
    """Return the first scans of an item."""
    with database.read() as connection:
        return [_seen(row) for row in connection.execute(_scans(batch, item))]


def first_scan_at(database: Database, batch: int, item: int) -> Micros | None:
    """Return when an item was scanned first; None while that is not kept yet, and when it is not kept any more."""
    with closing(database.connect_reader()) as raw:
        found = raw.execute(FIRST_SCAN, (batch, item)).fetchone()
    return None if found is None else Micros(found[0])


def scans_of(database: Database, subjects: Sequence[SubjectId]) -> list[dict[str, Any]]:
    """Return the scans of a person, the oldest first."""
    found: list[dict[str, Any]] = []
    with database.read() as connection:
        for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
            some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
            query = select(code_scans, code_batches.c.name).join(
                code_batches, code_batches.c.batch == code_scans.c.batch
            )
            found += (dict(row._mapping) for row in connection.execute(query.where(code_scans.c.subject.in_(some))))
    return sorted(found, key=lambda one: one["position"])


def forget(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    """Forget who scanned; that there was a scan stays, for a copy is still a copy."""
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        tx.connection.execute(update(code_scans).where(code_scans.c.subject.in_(some)).values(subject=None))


def purge(tx: Tx, positions: Sequence[Position]) -> int:
    """Forget the scans that these facts told of; return how many."""
    return tx.connection.execute(delete(code_scans).where(code_scans.c.position.in_(list(positions)))).rowcount


def _scans(batch: int, item: int) -> Any:
    table = code_scans.c
    return select(code_scans).where(table.batch == batch, table.item == item).order_by(table.scan_no).limit(SCANS_MAX)


def _ranges(raw: Raw, batch: int, mark: Mark, span: Span) -> list[Range]:
    before = raw.execute(STANDS, (batch, mark.value, span.first)).fetchone()
    found = [] if before is None or before[1] <= span.first else [Range(*before)]
    if span.until > span.first + 1:
        found += (Range(*row) for row in raw.execute(WITHIN, (batch, mark.value, span.first, span.until)).fetchall())
    return found


def _marked(one: Range, span: Span) -> Marked:
    said = msgspec.msgpack.decode(one.said, type=Said)
    cut_to = Span(max(one.first, span.first), min(one.until, span.until))
    return Marked(cut_to, Micros(one.at), one.put_by, said.destination, said.reason)


def _batch(row: Any) -> Batch:
    packing = msgspec.msgpack.decode(row.packing, type=Packing)
    return Batch(
        row.batch, row.name, row.product, row._mapping["count"], packing, row.url, row.people_max, row.first,
        Micros(row.made_at), row.made_by,
    )  # fmt: skip


def _seen(row: Any) -> Seen:
    subject = None if row.subject is None else SubjectId(row.subject)
    return Seen(row.position, row.scan_no, Micros(row.at), subject, row.province, row.city, row.store)
