"""Paths from a file: `path;total_conversions;total_conversion_value;total_null`, the steps of a path with ` > `."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from interplay.kernel.errors import AppError
from interplay.measure.attribution.contracts import CHANNELS_MAX
from interplay.measure.attribution.models import Paths

COLUMNS = ("path", "total_conversions", "total_conversion_value", "total_null")
PATHS_MAX = 1_000_000
LINE_CHARACTERS_MAX = 100_000


class Read(NamedTuple):
    """Paths, and the number of each channel."""

    paths: Paths
    names: dict[str, int]


def read_paths(file: Path) -> Read:
    """Return the paths of a CSV file. Raises AppError with the line."""
    names: dict[str, int] = {}
    channel: list[int] = []
    starts, amounts = [0], []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for line, steps, numbers in _lines(file, csv.reader(lines, delimiter=";")):
                channel += [names.setdefault(one, len(names)) for one in steps]
                if len(names) > CHANNELS_MAX:
                    raise AppError("attribution.file.channels", file=file.name, line=line, most=CHANNELS_MAX)
                starts.append(len(channel))
                amounts.append(numbers)
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise AppError("attribution.file.unreadable", file=str(file), reason=str(wrong)) from None
    if not amounts:
        raise AppError("attribution.file.empty", file=file.name)
    columns = np.array(amounts).T
    return Read(Paths(np.array(starts), np.array(channel), None, columns[0], columns[1], columns[2]), names)


def _lines(file: Path, rows: "Iterator[list[str]]") -> Iterator[tuple[int, list[str], list[float]]]:
    header = tuple(one.strip() for one in next(rows, []))
    if header != COLUMNS:
        raise AppError("attribution.file.header", file=file.name, given=";".join(header), allowed=";".join(COLUMNS))
    for line, row in enumerate(rows, 2):
        if not row:
            continue
        if line > PATHS_MAX:
            raise AppError("attribution.file.long", file=file.name, most=PATHS_MAX)
        if len(row) != len(COLUMNS):
            raise AppError("attribution.file.columns", file=file.name, line=line, given=len(row), allowed=len(COLUMNS))
        steps = [one.strip() for one in row[0].split(">")]
        if not all(steps):
            raise AppError("attribution.file.path", file=file.name, line=line, given=row[0][:80])
        yield line, steps, [_number(file, line, name, text) for name, text in zip(COLUMNS[1:], row[1:], strict=True)]


def _number(file: Path, line: int, column: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise AppError("attribution.file.number", file=file.name, line=line, column=column, given=text[:40])
    return number
