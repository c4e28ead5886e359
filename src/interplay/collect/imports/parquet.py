"""Parquet as rows. Numbers, instants and dates keep what their column's type says of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from interplay.collect.imports.batches import Batch, cut
from interplay.collect.imports.contracts import Column
from interplay.collect.imports.values import DateDays, InstantMicros, LocalMicros
from interplay.kernel.errors import AppError

_BROKEN = (pa.ArrowException, OSError)


class ParquetTable:
    """A Parquet file; columns within a struct are named `a.b`. Its rows count from 1."""

    def __init__(self, path: Path) -> None:
        if path.stat().st_size == 0:
            raise AppError("import.file.empty", path=path.name)
        self._path = path
        with self._open() as file:
            self._rows = file.metadata.num_rows
            schema = _flat(pa.Table.from_batches([], file.schema_arrow)).schema
        if len(set(schema.names)) < len(schema.names):
            twice = next(name for name in schema.names if schema.names.count(name) > 1)
            raise AppError("import.file.header_twice", path=path.name, name=twice)
        self.columns = [Column(field.name, str(field.type)) for field in schema]

    def batches(self, needed: Sequence[str], rows: int) -> Iterator[Batch]:
        first = 0
        with self._open() as file:
            source = file.iter_batches(batch_size=rows)
            while (found := self._next(source)) is not None:
                table = _flat(pa.Table.from_batches([found]))
                yield self._batch(table, first, needed)
                first += table.num_rows

    def _batch(self, table: pa.Table, first: int, needed: Sequence[str]) -> Batch:
        return Batch(
            cells={name: _cells(table.column(name)) for name in needed},
            lines=range(first + 1, first + table.num_rows + 1),
            raw=lambda i: _raw(table, i),
            contents=lambda rows: _contents(table, rows),
            rejects=[],
            fraction=(first + table.num_rows) / max(self._rows, 1),
        )

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self._path)
        except _BROKEN as broken:
            raise AppError("import.file.parquet", path=self._path.name, reason=_first_line(broken)) from None

    def _next(self, source: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        try:
            return next(source, None)
        except _BROKEN as broken:
            raise AppError("import.file.parquet", path=self._path.name, reason=_first_line(broken)) from None


def _flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def _cells(column: pa.ChunkedArray) -> list[object]:
    """Return a column as Python values. Repeated ones are made once: most columns repeat themselves."""
    kind = column.type
    if pa.types.is_nested(kind):
        return [dict(cell) if cell is not None and pa.types.is_map(kind) else cell for cell in column.to_pylist()]
    if pa.types.is_integer(kind) and column.null_count == 0:
        numbers: list[object] = column.to_numpy().tolist()
        return numbers
    encoded = (column if pa.types.is_dictionary(kind) else column.dictionary_encode()).unify_dictionaries()
    cells: list[object] = []
    for chunk in encoded.chunks:
        values = [*_values(chunk.dictionary), None]
        places = pc.fill_null(chunk.indices, -1).to_numpy().tolist()
        cells += [values[place] for place in places]
    return cells


def _values(column: pa.Array) -> list[object]:
    kind = column.type
    made: Callable[[int], object] | None = None
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
        made = LocalMicros if kind.tz is None else InstantMicros
    elif pa.types.is_date(kind):
        column = column.cast(pa.date32()).cast(pa.int32())
        made = DateDays
    elif pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    cells: list[object] = column.to_pylist()
    return cells if made is None else [None if cell is None else made(cast("int", cell)) for cell in cells]


def _raw(table: pa.Table, row: int) -> str:
    cells = table.slice(row, 1).to_pylist()[0]
    return cut(msgspec.json.encode(cells, enc_hook=str).decode())


def _contents(table: pa.Table, rows: Sequence[int]) -> Iterator[bytes]:
    columns = [_cells(table.column(name)) for name in table.column_names]
    encode = msgspec.msgpack.Encoder(enc_hook=_plain).encode
    found = list(zip(*columns, strict=True))
    return map(encode, map(found.__getitem__, rows))


def _plain(cell: object) -> int | str:
    return int(cell) if isinstance(cell, int) else str(cell)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
