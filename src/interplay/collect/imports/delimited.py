"""CSV and its relatives: strict about quotes, patient with rows that have too few or too many cells."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from interplay.collect.imports.batches import Batch, cut
from interplay.collect.imports.contracts import Column, Reject
from interplay.collect.imports.lines import Lines
from interplay.collect.imports.mapping import FileShape
from interplay.kernel.errors import AppError

COLUMNS_MAX = 2_000
QUOTED_LINES_MAX = 100  # after a row's first one; with more of them, a closing quote is missing


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
        source = iter(lines)
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        if self._has_header:
            next(reader)
            lines.take()
        while (batch := self._batch(reader, source, lines, needed, rows)) is not None:
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

    def _batch(
        self, reader: Iterator[list[str]], source: Iterator[str], lines: Lines, needed: Sequence[str], rows: int
    ) -> Batch | None:
        found = _read(reader, rows, lines.texts)
        if not found and not lines.texts:
            return None
        place = _Place(lines.texts, lines.number)
        if found is None or len(found) != len(lines.texts):
            found, place.starts, place.ends = self._read_again(_Feed(source, lines))
        lines.take()
        rejects, lines.rejects = lines.rejects, []
        found = self._whole(found, place, rejects)
        names = [column.name for column in self.columns]
        columns = dict(zip(names, zip(*found, strict=True), strict=False))
        torn = self._torn(place, rejects) if rejects else ()
        return Batch(
            cells={name: columns.get(name, ()) for name in needed},
            lines=place.starts,
            raw=place.raw,
            contents=lambda rows: map(msgspec.msgpack.encode, map(found.__getitem__, rows)),
            rejects=rejects,
            fraction=lines.fraction,
            torn=[(line, dict(zip(names, cells, strict=False))) for line, cells in torn],
        )

    def _read_again(self, feed: "_Feed") -> tuple[list[list[str]], list[int], list[int]]:
        """Return rows with their first and last lines, where a row is not simply a line; broken ones are rejects."""
        found: list[list[str]] = []
        starts: list[int] = []
        ends: list[int] = []
        reader = csv.reader(feed, delimiter=self._delimiter, strict=True)
        while True:
            feed.begin_row()
            try:
                row = next(reader)
            except StopIteration:
                return found, starts, ends
            except csv.Error as error:
                feed.refuse(str(error))
            except _EndlessQuoteError:
                feed.refuse(None)
            else:
                found.append(row)
                starts.append(feed.row_start)
                ends.append(feed.line)

    def _whole(self, found: list[list[str]], place: "_Place", rejects: list[Reject]) -> list[list[str]]:
        """Return the rows that have a cell for every column; the others are rejects, blank lines nothing."""
        width = len(self.columns)
        if set(map(len, found)) <= {width}:
            return found
        for i, row in enumerate(found):
            if row and len(row) != width:
                params: dict[str, str | int] = {"given": len(row), "columns": width}
                rejects.append(Reject(place.starts[i], "", "import.row.ragged", params, place.raw(i)))
        whole = [i for i, row in enumerate(found) if len(row) == width]
        place.starts = [place.starts[i] for i in whole]
        place.ends = [place.ends[i] for i in whole]
        return [found[i] for i in whole]

    def _torn(self, place: "_Place", rejects: list[Reject]) -> Iterator[tuple[int, list[str]]]:
        """Yield what can be told of the cells of every line that is in no row, and of torn rows of several lines."""
        for line, text in place.left_over():
            yield from ((line, cells) for cells in self._readings(text))
        for one in rejects:
            if "\n" in one.raw:
                yield from ((one.line, cells) for cells in self._readings(one.raw))

    def _readings(self, text: str) -> Iterator[list[str]]:
        """Yield the cells with quotes believed, as far as that goes, and, where one is left open, without."""
        with suppress(csv.Error):
            yield from csv.reader([text], delimiter=self._delimiter)
        if text.count('"') % 2:
            yield [cell.strip().strip('"') for cell in text.split(self._delimiter)]


class _Place:
    """Where a batch's rows stand: one on every line, until it is known better."""

    def __init__(self, texts: list[str], first: int) -> None:
        self.starts: Sequence[int] = range(first + 1, first + len(texts) + 1)
        self.ends: Sequence[int] = self.starts
        self._texts = texts
        self._first = first

    def raw(self, row: int) -> str:
        """Return the row's own text."""
        return _join(self._texts[self.starts[row] - self._first - 1 : self.ends[row] - self._first])

    def left_over(self) -> Iterator[tuple[int, str]]:
        """Yield the lines that belong to no row."""
        taken = {line for start, end in zip(self.starts, self.ends, strict=True) for line in range(start, end + 1)}
        return ((line, text) for line, text in enumerate(self._texts, self._first + 1) if line not in taken)


class _EndlessQuoteError(Exception):
    """A quoted cell runs over more lines than any cell does: its closing quote is missing."""


class _Feed:
    """A batch's lines once more; only a row that is not at its end takes lines beyond the batch."""

    def __init__(self, source: Iterator[str], lines: Lines) -> None:
        self.line = lines.number  # the last one taken
        self.row_start = self.line + 1
        self._source = source
        self._lines = lines
        self._left_out = {one.line for one in lines.rejects}

    def begin_row(self) -> None:
        self.row_start = self.line + 1

    def refuse(self, reason: str | None) -> None:
        """Reject the lines taken for a row; without a reason there are too many of them."""
        first = self._lines.number
        texts = self._lines.texts[self.row_start - first - 1 : self.line - first]
        code, params = "import.row.quotes", dict[str, str | int]()
        if reason is not None:
            params["reason"] = reason
        if len(texts) > 1:
            code = "import.row.quotes_endless" if reason is None else "import.row.quotes_open"
            params["lines"] = len(texts) - 1
        self._lines.rejects.append(Reject(self.row_start, "", code, params, _join(texts)))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.line - self.row_start >= QUOTED_LINES_MAX:
            raise _EndlessQuoteError
        while True:
            if self.line == self._lines.number + len(self._lines.texts):
                self._take_more()
            self.line += 1
            if self.line not in self._left_out:
                return self._lines.texts[self.line - self._lines.number - 1]
            if self.line == self.row_start:
                self.begin_row()

    def _take_more(self) -> None:
        if self.line < self.row_start:
            raise StopIteration
        next(self._source)
        self._left_out = {one.line for one in self._lines.rejects}


def _read(reader: Iterator[list[str]], rows: int, texts: list[str]) -> list[list[str]] | None:
    """Return the next rows; None, with the lines of about as many taken, where one of them is broken."""
    is_broken = False
    while True:
        try:
            found = list(islice(reader, rows))
        except csv.Error:
            is_broken = True
            if len(texts) >= rows:
                return None
        else:
            return None if is_broken else found


def _join(texts: list[str]) -> str:
    return cut("".join(texts).rstrip("\r\n"))
