"""JSON as rows: one object a line, or one array of objects. `a.b` names a key within a key."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path

import msgspec

from interplay.collect.imports.batches import Batch, Torn, cut
from interplay.collect.imports.contracts import JSON_ARRAY_BYTES_MAX, PLAN_ROWS, Column, Reject
from interplay.collect.imports.lines import Lines
from interplay.collect.imports.mapping import FileShape
from interplay.kernel.errors import AppError

Row = dict[str, object]

_DECODER = msgspec.json.Decoder(Row, float_hook=Decimal)
_BROKEN = (msgspec.DecodeError, UnicodeError, RecursionError)


class JsonLinesTable:
    """One JSON object a line. Columns are the keys of the first rows, or those that the mapping names."""

    def __init__(self, path: Path, shape: FileShape, encoding: str) -> None:
        self._path = path
        self._encoding = encoding
        self.columns = _columns(self._rows(), shape)

    def batches(self, needed: Sequence[str], rows: int) -> Iterator[Batch]:
        lines = Lines(self._path, self._encoding)
        source = iter(lines)
        while True:
            first = lines.number
            read = sum(1 for _ in islice(source, rows))
            texts = lines.take()
            if not texts and not read:
                return
            yield _batch(texts, first, needed, lines)

    def _rows(self) -> Iterator[Row]:
        for line in islice(Lines(self._path, self._encoding), PLAN_ROWS):
            row = _decode(line)
            if isinstance(row, dict):
                yield row


class JsonArrayTable:
    """A file that is one array of objects; read whole, so its size has a limit. Its rows count from 1."""

    def __init__(self, path: Path, shape: FileShape, encoding: str) -> None:
        if path.stat().st_size > JSON_ARRAY_BYTES_MAX:
            raise AppError("import.file.json_large", path=path.name, bytes_max=JSON_ARRAY_BYTES_MAX)
        try:
            text = path.read_bytes().decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            raise AppError("import.file.encoding", path=path.name, encoding=encoding, offer="gb18030") from None
        if not text.strip():
            raise AppError("import.file.empty", path=path.name)
        try:
            self._items = msgspec.json.decode(text, type=list[msgspec.Raw])
        except _BROKEN as broken:
            raise AppError("import.file.json", path=path.name, reason=str(broken)) from None
        rows = (_decode(bytes(item).decode()) for item in self._items[:PLAN_ROWS])
        self.columns = _columns((row for row in rows if isinstance(row, dict)), shape)

    def batches(self, needed: Sequence[str], rows: int) -> Iterator[Batch]:
        for start in range(0, len(self._items), rows):
            texts = [bytes(item).decode() for item in self._items[start : start + rows]]
            yield _batch(texts, start, needed, fraction=(start + len(texts)) / len(self._items))


def _batch(
    texts: list[str], first: int, needed: Sequence[str], lines: Lines | None = None, fraction: float = 1.0
) -> Batch:
    rejects: list[Reject] = []
    refused: set[int] = set()
    if lines is not None:
        rejects, lines.rejects, fraction = lines.rejects, [], lines.fraction
        refused = {reject.line for reject in rejects}
    rows: list[Row] = []
    places: list[int] = []
    torn: list[Torn] = []
    for line, text in enumerate(texts, first + 1):
        if not text.strip():
            continue
        row = "" if line in refused else _decode(text)
        if not isinstance(row, dict):
            torn += [(line, {name: _cells([one], name)[0] for name in needed}) for one in _legible(text)]
        if line in refused:
            continue
        if isinstance(row, dict):
            rows.append(row)
            places.append(line)
        else:
            rejects.append(Reject(line, "", "import.row.json", {"reason": row}, cut(text.rstrip("\r\n"))))
    return Batch(
        cells={name: _cells(rows, name) for name in needed},
        lines=places,
        raw=lambda i: cut(texts[places[i] - first - 1].rstrip("\r\n")),
        contents=lambda chosen: _contents(rows, chosen),
        rejects=rejects,
        fraction=fraction,
        torn=torn,
        is_mixed=True,
    )


def _decode(text: str) -> Row | str:
    """Return the row, or why it is none."""
    try:
        return _DECODER.decode(text)
    except _BROKEN as broken:
        return str(broken) or "-"


def _legible(text: str) -> list[Row]:
    """Return the object that a line with wrong numbers or letters was meant to be, if that can be told."""
    try:
        row = json.loads(text.replace("\\x", "x"), strict=False)
    except (ValueError, RecursionError):
        return []
    return [row] if isinstance(row, dict) else []


def _contents(rows: list[Row], chosen: Sequence[int]) -> Iterable[bytes]:
    """Return each row with its keys sorted, so that their order in the file does not matter."""
    encode = msgspec.json.Encoder(order="sorted").encode
    return (encode(rows[i]) for i in chosen)


def _cells(rows: list[Row], name: str) -> list[object]:
    head, _, rest = name.partition(".")
    if not rest:
        return [row.get(name) for row in rows]
    read = _path_reader(name, rest.split("."), head)
    return [read(row) for row in rows]


def _path_reader(name: str, rest: list[str], head: str) -> Callable[[Row], object]:
    def read(row: Row) -> object:
        if name in row:
            return row[name]
        cell = row.get(head)
        for key in rest:
            cell = cell.get(key) if isinstance(cell, dict) else None
        return cell

    return read


def _columns(rows: Iterable[Row], shape: FileShape) -> list[Column]:
    if shape.columns is not None:
        return [Column(name, "any") for name in shape.columns]
    names: dict[str, str] = {}
    for row in rows:
        _note(row, "", names)
    return [Column(name, kind) for name, kind in names.items()]


def _note(row: Row, prefix: str, names: dict[str, str]) -> None:
    for key, cell in row.items():
        name = prefix + key
        names[name] = "object" if isinstance(cell, dict) else "any"
        if isinstance(cell, dict):
            _note({str(k): v for k, v in cell.items()}, f"{name}.", names)
