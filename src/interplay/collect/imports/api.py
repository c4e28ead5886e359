"""What can be done with files: look (`plan`), read (`read`), import (`run`)."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b, file_digest
from pathlib import Path

from msgspec import Struct

from interplay.collect.imports.batches import Batch, Table
from interplay.collect.imports.check import source_of
from interplay.collect.imports.compiling import compile_mapping
from interplay.collect.imports.contracts import (
    PLAN_ROWS,
    Appended,
    Checkpoint,
    Chunk,
    Column,
    Plan,
    Progress,
    Reading,
    Reject,
    Sink,
)
from interplay.collect.imports.delimited import DelimitedTable
from interplay.collect.imports.groups import read_groups
from interplay.collect.imports.jsonrows import JsonArrayTable, JsonLinesTable
from interplay.collect.imports.mapping import FactRule, FileFormat, Mapping, decode, fingerprint, json_schema, load
from interplay.collect.imports.program import Program
from interplay.collect.imports.rejects import append as append_rejects
from interplay.collect.imports.rejects import encode as encode_reject
from interplay.collect.imports.rows import read_rows
from interplay.collect.imports.sink import Heard, LogSink, note
from interplay.collect.imports.values import Mistake, as_text
from interplay.kernel.errors import AppError

CALM_THRESHOLDS = (1_000_000, 100, 100)
_SUFFIXES = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".txt": FileFormat.CSV,
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".json": FileFormat.JSON,
    ".parquet": FileFormat.PARQUET,
}

SAMPLE_ROWS = 5


def read(path: Path, mapping: Mapping, reading: Reading, *, text: str = "", start: int = 0) -> Iterator[Chunk]:
    """Yield the file's facts and rejects, chunk by chunk, after chunk `start`; nothing is stored here.

    `text` is the mapping as written, for the line numbers of its mistakes. Raises AppError `import.mapping.*` for
    the first of them and `import.file.*` for a file that cannot be read at all, before the first chunk, or, where
    the file breaks in the middle, after the chunks before it.
    """
    table = open_table(path, mapping, reading.encoding)
    program, mistakes = compile_mapping(mapping, text, table.columns, reading)
    if mistakes:
        raise mistakes[0]
    return _chunks(table, program, reading, start)


def plan(path: Path, mapping: Mapping, reading: Reading, *, text: str = "") -> Plan:
    """Return what the file holds and what its first rows would become, or all that is wrong with the mapping."""
    table = open_table(path, mapping, reading.encoding)
    program, mistakes = compile_mapping(mapping, text, table.columns, reading)
    sample = _sample(table)
    if mistakes:
        return Plan(table.columns, sample, mistakes, [], [], {})
    head = _Head(table, PLAN_ROWS)
    facts, rejects, ignored = [], [], dict[str, int]()
    for chunk in _chunks(head, program, reading, 0):
        facts += chunk.facts
        rejects += chunk.rejects
        for reason, count in chunk.ignored.items():
            ignored[reason] = ignored.get(reason, 0) + count
    return Plan(table.columns, sample, [], facts, rejects, ignored)


def run(
    path: Path,
    mapping: Mapping,
    reading: Reading,
    sink: Sink,
    *,
    text: str = "",
    report: Callable[[Progress], None] | None = None,
) -> Progress:
    """Import a file: read, append, note how far; an interrupted import goes on where it stopped.

    A finished import of the same file is read again and changes nothing: the facts have the same identity.
    """
    file = file_fingerprint(path)
    settings = (
        reading.encoding or "",
        repr(reading.brand),
        str(reading.rows_per_chunk),
        str(reading.rows_in_memory_max),
    )
    known = fingerprint(mapping, *settings)
    start = sink.chunks_done(file, known)
    progress = Progress(resumed_after=start)
    done = start
    with _calm_collector():
        for storing in _one_ahead(read(path, mapping, reading, text=text, start=start), sink):
            done = storing.chunk.number
            progress = _finish(storing, sink, progress, Checkpoint(file, known, done))
            if report is not None:
                report(progress)
    sink.checkpoint(Checkpoint(file, known, done, is_finished=True))
    return progress


def file_fingerprint(path: Path) -> bytes:
    """Return 16 bytes of the file's content. Raises AppError `import.file.missing`."""
    try:
        with path.open("rb") as file:
            return file_digest(file, lambda: blake2b(digest_size=16)).digest()
    except OSError:
        raise AppError("import.file.missing", path=str(path)) from None


def open_table(path: Path, mapping: Mapping, encoding: str | None = None) -> Table:
    """Return a file as a table. Raises AppError `import.file.*`."""
    if not path.is_file():
        raise AppError("import.file.missing", path=str(path))
    kind = mapping.file.format or _SUFFIXES.get(path.suffix.lower())
    encoding = encoding or mapping.file.encoding
    if kind is FileFormat.CSV:
        return DelimitedTable(path, mapping.file, encoding)
    if kind is FileFormat.JSONL:
        return JsonLinesTable(path, mapping.file, encoding)
    if kind is FileFormat.JSON:
        return _open_json(path, mapping, encoding)
    if kind is FileFormat.PARQUET:
        from interplay.collect.imports.parquet import ParquetTable  # a lazy seam: pyarrow is slow to load

        return ParquetTable(path)
    raise AppError("import.file.format", path=path.name, allowed=", ".join(FileFormat))


def _open_json(path: Path, mapping: Mapping, encoding: str) -> Table:
    """A `.json` file is often JSON lines; its first character tells."""
    with path.open("rb") as file:
        start = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return JsonLinesTable(path, mapping.file, encoding)
    return JsonArrayTable(path, mapping.file, encoding)


def _chunks(table: Table, program: Program, reading: Reading, start: int) -> Iterator[Chunk]:
    return (read_groups if program.group_by else read_rows)(table, program, reading, start)


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Have the search for cycles look at young objects only, and seldom: an import makes many objects and no cycles.

    The usual search cost 40 % of the time. Switching it off for a chunk at a time left a sixth: it looked at
    everything as soon as it was back.
    """
    before = gc.get_threshold()
    gc.set_threshold(*CALM_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Storing(Struct):
    """A chunk whose facts are on their way to the disk."""

    chunk: Chunk
    wait: Callable[[], Appended] | None


def _one_ahead(chunks: Iterator[Chunk], sink: Sink) -> Iterator[_Storing]:
    """Yield chunks being stored, each while the next one is read; where reading fails, the last one comes first."""
    storing: _Storing | None = None
    try:
        for chunk in chunks:
            begun = _Storing(chunk, sink.append(chunk.facts) if chunk.facts else None)
            if storing is not None:
                yield storing
            storing = begun
    except AppError:
        if storing is not None:
            yield storing
        raise
    if storing is not None:
        yield storing


def _finish(storing: _Storing, sink: Sink, before: Progress, checkpoint: Checkpoint) -> Progress:
    """Wait for a chunk, note that it is done, and return the progress with it."""
    chunk = storing.chunk
    appended = Appended(0, 0) if storing.wait is None else storing.wait()
    if chunk.rejects:
        sink.reject(chunk.rejects)
    sink.checkpoint(checkpoint)
    ignored = dict(before.ignored)
    for reason, count in chunk.ignored.items():
        ignored[reason] = ignored.get(reason, 0) + count
    return Progress(
        rows=chunk.rows,
        facts=before.facts + len(chunk.facts),
        stored=before.stored + appended.stored,
        duplicates=before.duplicates + appended.duplicates,
        differing=before.differing + appended.differing,
        rejected=before.rejected + len(chunk.rejects),
        ignored=ignored,
        fraction=chunk.fraction,
        resumed_after=before.resumed_after,
    )


class _Head:
    """A table's first rows."""

    def __init__(self, table: Table, rows: int) -> None:
        self.columns = table.columns
        self._table = table
        self._rows = rows

    def batches(self, needed: Sequence[str], rows: int) -> Iterator[Batch]:
        batch = next(self._table.batches(needed, min(rows, self._rows)), None)
        return iter([] if batch is None else [batch])


def _sample(table: Table) -> list[dict[str, str]]:
    names = [column.name for column in table.columns]
    batch = next(table.batches(names, SAMPLE_ROWS), None)
    if batch is None:
        return []
    return [
        {name: _shown(batch.cells[name][row]) for name in names} for row in range(min(len(batch.lines), SAMPLE_ROWS))
    ]


def _shown(cell: object) -> str:
    try:
        return as_text(cell) or ""
    except Mistake:
        return str(cell)


__all__ = [
    "Checkpoint",
    "Chunk",
    "Column",
    "FactRule",
    "Heard",
    "LogSink",
    "Mapping",
    "Plan",
    "Progress",
    "Reading",
    "Reject",
    "Sink",
    "append_rejects",
    "decode",
    "encode_reject",
    "file_fingerprint",
    "fingerprint",
    "json_schema",
    "load",
    "note",
    "open_table",
    "plan",
    "read",
    "run",
    "source_of",
]
