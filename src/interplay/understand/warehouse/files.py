"""The files of an export: facts by month, trait changes, and who is who.

    DIR/facts/month=2026-01/part-<after>-<until>-0.parquet
    DIR/traits/month=2026-01/part-<after>-<until>-0.parquet
    DIR/members/members.parquet                               (whole, replaced every time)
    DIR/facts/_common_metadata, DIR/traits/_common_metadata   (the columns, also where there are no rows)
    DIR/export.json                                           (how far; written last)

An export that was interrupted is begun again: parts beyond `export.json` are removed first.
"""

from collections.abc import Iterator
from pathlib import Path

import ibis.expr.types as ir
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from msgspec import Struct

from interplay.kernel.errors import AppError
from interplay.understand.profiles.contracts import Reading
from interplay.understand.warehouse.contracts import COLUMNS_FILE, Export, Exported

MARK = "export.json"
POSITIONS_AT_ONCE = 250_000


class _Mark(Struct, frozen=True):
    until: int = 0
    layout: str = ""


def export(reading: Reading, ask: Export) -> Exported:
    """Write what is new into the folder. Raises AppError `warehouse.export_folder`."""
    folder = Path(ask.folder)
    layout = reading.declarations.current().layout()
    with reading.warehouse.session() as session:
        until = session.marks().position
        after = _begin(folder, layout, until)
        name = f"part-{after:012d}-{until:012d}-{{i}}.parquet"
        counted = Exported(
            facts=_write(session.table("facts"), after, until, folder / "facts", name),
            traits=_write(session.table("traits"), after, until, folder / "traits", name),
            members=_replace(session.table("members"), folder / "members" / "members.parquet"),
            after=after,
            until=until,
        )
    _finish(folder, _Mark(until, layout))
    return counted


def _begin(folder: Path, layout: str, until: int) -> int:
    """Return after which position to go on.

    Everything is written anew when columns have changed since, or when the log is at an earlier position now: it was
    restored from a backup.
    """
    mark = _Mark()
    path = folder / MARK
    if path.exists():
        mark = msgspec.json.decode(path.read_bytes(), type=_Mark)
    elif folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise AppError("warehouse.export_folder", given=str(folder))
    after = mark.until if mark.layout == layout and mark.until <= until else 0
    for part in folder.glob("*/**/part-*.parquet"):
        if int(part.name.split("-")[1]) >= after:
            part.unlink()
    return after


def _write(rows: ir.Table, after: int, until: int, folder: Path, name: str) -> int:
    """Write rows by month and return how many there were; a stretch of positions at a time bounds the memory."""
    count = 0

    def stretches() -> Iterator[pa.RecordBatch]:
        nonlocal count
        for start in range(after, until, POSITIONS_AT_ONCE):
            stop = min(start + POSITIONS_AT_ONCE, until)
            table = rows.filter(rows.position > start, rows.position <= stop).to_pyarrow()
            count += table.num_rows
            yield from _dated(table).to_batches()

    schema = _dated(rows.schema().to_pyarrow().empty_table()).schema
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_metadata(schema, folder / COLUMNS_FILE)
    ds.write_dataset(
        stretches(),
        folder,
        schema=schema,
        format="parquet",
        basename_template=name,
        partitioning=ds.partitioning(pa.schema([("month", pa.string())]), flavor="hive"),
        existing_data_behavior="overwrite_or_ignore",
    )
    return count


def _dated(table: pa.Table) -> pa.Table:
    """Return rows with their instant as a timestamp (UTC) and, for partitions, its month."""
    at = table["occurred_at"].cast(pa.timestamp("us", tz="UTC"))
    dated = table.set_column(table.schema.get_field_index("occurred_at"), "occurred_at", at)
    return dated.append_column("month", pc.strftime(at, format="%Y-%m"))


def _replace(rows: ir.Table, path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = rows.to_pyarrow()
    fresh = path.with_suffix(".new")
    pq.write_table(table, fresh)
    fresh.replace(path)
    return int(table.num_rows)


def _finish(folder: Path, mark: _Mark) -> None:
    fresh = folder / f"{MARK}.new"
    fresh.write_bytes(msgspec.json.encode(mark))
    fresh.replace(folder / MARK)
