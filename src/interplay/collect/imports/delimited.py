"""CSV and its relatives: strict about quotes, patient with rows that have too few or too many cells."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from interplay.collect.imports.batches import Batch, cut
from interplay.collect.imports.contracts import Column, Reject
from interplay.collect.imports.lines import Lines
from interplay.collect.imports.mapping import FileShape
from interplay.kernel.errors import AppError

COLUMNS_MAX = 2_000


class DelimitedTable:
    """A delimited text file; its header line, or the mapping, names the columns."""

    def __init__(self, path: Path, shape: FileShape, encoding: str) -> None:
        self._path = path
        self._encoding = encoding
        self._delimiter = shape.delimiter or ("\t" if path.suffix == ".tsv" else ",")
        self._has_header = shape.columns is None
        names = self._header() if shape.columns is None else shape.columns
        if shape.columns is not None:
            next(iter(Lines(path, encoding)), None)  # an empty file is a mistake with a header and without
        self.columns = [Column(name, "text") for name in self._checked(names)]

    def batches(self, needed: Sequence[str], rows: int) -> Iterator[Batch]:
        lines = Lines(self._path, self._encoding)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        if self._has_header:
            next(reader)
            lines.take()
        while (batch := self._batch(reader, lines, needed, rows)) is not None:
            yield batch

    def _header(self) -> list[str]:
        lines = Lines(self._path, self._encoding)
        try:
            header = next(csv.reader(lines, delimiter=self._delimiter, strict=True), None)
        except csv.Error as broken:
            raise AppError("import.file.header", path=self._path.name, reason=str(broken)) from None
        if not header:
            raise AppError("import.file.header", path=self._path.name, reason="-")
        return [name.strip() for name in header]

    def _checked(self, names: list[str]) -> list[str]:
        if len(names) > COLUMNS_MAX:
            raise AppError("import.file.columns", path=self._path.name, given=len(names), columns_max=COLUMNS_MAX)
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise AppError("import.file.header_twice", path=self._path.name, name=name)
            seen.add(name)
        return names

    def _batch(self, reader: Iterator[list[str]], lines: Lines, needed: Sequence[str], rows: int) -> Batch | None:
        found, ends, broken = _read(reader, lines, rows)
        first = lines.number
        texts = lines.take()
        if not found and not texts:
            return None
        starts = [first + 1, *(first + end + 1 for end in ends[:-1])] if ends else []
        spans = list(zip(starts, (first + end for end in ends), strict=True))
        rejects = lines.rejects + [
            Reject(first + start + 1, "", "import.row.quotes", {"reason": reason}, _join(texts[start:end]))
            for start, end, reason in broken
        ]
        lines.rejects = []
        found, spans = self._whole(found, spans, rejects, texts, first)
        starts = [start for start, _ in spans]
        index = {column.name: i for i, column in enumerate(self.columns)}
        return Batch(
            cells={name: [row[i] for row in found] for name in needed for i in (index[name],)},
            lines=starts,
            raw=lambda i: _join(texts[spans[i][0] - first - 1 : spans[i][1] - first]),
            contents=lambda rows: map(msgspec.msgpack.encode, map(found.__getitem__, rows)),
            rejects=rejects,
            fraction=lines.fraction,
        )

    def _whole(
        self,
        found: list[list[str]],
        spans: list[tuple[int, int]],
        rejects: list[Reject],
        texts: list[str],
        first: int,
    ) -> tuple[list[list[str]], list[tuple[int, int]]]:
        """Return the rows that have a cell for every column; the others are rejects, blank lines nothing."""
        width = len(self.columns)
        if set(map(len, found)) <= {width}:
            return found, spans
        rows, places = [], []
        for row, span in zip(found, spans, strict=True):
            if len(row) == width:
                rows.append(row)
                places.append(span)
            elif row:
                raw = _join(texts[span[0] - first - 1 : span[1] - first])
                rejects.append(Reject(span[0], "", "import.row.ragged", {"given": len(row), "columns": width}, raw))
        return rows, places


def _read(
    reader: Iterator[list[str]], lines: Lines, rows: int
) -> tuple[list[list[str]], list[int], list[tuple[int, int, str]]]:
    """Return rows, how many lines were read after each, and what is broken as (first line, last line, reason)."""
    found: list[list[str]] = []
    ends: list[int] = []
    broken: list[tuple[int, int, str]] = []
    texts = lines.texts
    while True:
        try:
            for row in reader:
                found.append(row)
                ends.append(len(texts))
                if len(found) == rows:
                    break
            return found, ends, broken
        except csv.Error as error:
            start = max(ends[-1] if ends else 0, broken[-1][1] if broken else 0)
            broken.append((start, len(texts), str(error)))


def _join(texts: list[str]) -> str:
    return cut("".join(texts).rstrip("\r\n"))
