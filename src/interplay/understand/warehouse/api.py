"""Export the warehouse as Parquet: facts by month, trait changes, and who is who.

    DIR/facts/month=2026-01/part-<after>-<until>-0.parquet
    DIR/traits/part-<after>-<until>-0.parquet
    DIR/members/members.parquet                               (whole, replaced every time)
    DIR/export.json                                           (how far; written last)

An export that was interrupted is begun again: parts beyond `export.json` are removed first.
"""

from pathlib import Path

import ibis.expr.types as ir
import msgspec
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from msgspec import Struct

from interplay.engine.wire.contracts import Question
from interplay.kernel.errors import AppError
from interplay.understand.profiles.contracts import Reading
from interplay.understand.warehouse.contracts import Export, Exported

MARK = "export.json"
ROWS_AT_ONCE = 100_000


class _Mark(Struct, frozen=True):
    until: int = 0
    layout: str = ""


def _export(reading: Reading, ask: Export) -> Exported:
    folder = Path(ask.folder)
    layout = reading.declarations.current().layout()
    after = _begin(folder, layout)
    with reading.warehouse.session() as backend:
        facts, traits = backend.table("facts"), backend.table("traits")
        until = int(backend.table("marks").position.max().execute())
        name = f"part-{after:012d}-{until:012d}-{{i}}.parquet"
        new_facts = facts.filter(facts.position > after, facts.position <= until)
        new_traits = traits.filter(traits.position > after, traits.position <= until)
        counted = Exported(
            facts=_write(_dated(new_facts), folder / "facts", name, ["month"]),
            traits=_write(_dated(new_traits).drop("month"), folder / "traits", name, []),
            members=_replace(backend.table("members"), folder / "members" / "members.parquet"),
            after=after,
            until=until,
        )
    _finish(folder, _Mark(until, layout))
    return counted


export = Question("warehouse.export", Export, Exported, _export)


def _begin(folder: Path, layout: str) -> int:
    """Return after which position to go on; when columns have changed since, everything is written anew."""
    mark = _Mark()
    path = folder / MARK
    if path.exists():
        mark = msgspec.json.decode(path.read_bytes(), type=_Mark)
    elif folder.exists() and any(folder.iterdir()):
        raise AppError("warehouse.export_folder", given=str(folder))
    after = mark.until if mark.layout == layout else 0
    for part in folder.glob("*/**/part-*.parquet"):
        if int(part.name.split("-")[1]) >= after:
            part.unlink()
    return after


def _dated(rows: ir.Table) -> ir.Table:
    """Return rows with their instant as a timestamp (UTC) and their month."""
    at = rows.occurred_at.as_timestamp("us")
    return rows.mutate(occurred_at=at, month=at.strftime("%Y-%m"))


def _write(rows: ir.Table, folder: Path, name: str, by: list[str]) -> int:
    batches = rows.to_pyarrow_batches(chunk_size=ROWS_AT_ONCE)
    count = 0

    def counting() -> "pa.RecordBatchReader":
        nonlocal count
        for batch in batches:
            count += batch.num_rows
            yield batch

    partitioning = ds.partitioning(pa.schema([(column, pa.string()) for column in by]), flavor="hive") if by else None
    ds.write_dataset(
        counting(),
        folder,
        schema=batches.schema,
        format="parquet",
        basename_template=name,
        partitioning=partitioning,
        existing_data_behavior="overwrite_or_ignore",
    )
    return count


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
