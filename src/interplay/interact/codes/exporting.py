"""Codes as a file: a line for each item with the codes of what it is packed in, or for each box, case or pallet."""

import csv
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TextIO

from interplay.interact.codes import packing
from interplay.interact.codes.contracts import Batch, Level, Span
from interplay.interact.codes.standing import Codes
from interplay.kernel.crockford import printed

Report = Callable[[int], None]
"""Told how many lines there are so far."""

LINES_AT_ONCE = 10_000
LEVELS = {level: level.name.lower() for level in Level}


def columns(batch: Batch, level: Level) -> list[str]:
    """Return the heading: the code, its address, its number, and the codes of what it is in."""
    return ["code", "url", "number", *(LEVELS[one] for one in _above(batch, level))]


def rows(codes: Codes, batch: Batch, level: Level, span: Span) -> Iterator[tuple[str, ...]]:
    """Yield a row for each unit of a level that holds some of the items."""
    size, (first, until) = packing.sizes(batch.packing)[level], _units(batch, level, span)
    above = [_repeated(codes, batch, one, first * size, until * size, size) for one in _above(batch, level)]
    made = codes.codec.codes(packing.number_of(batch, level, first), until - first)
    for number, (code, *within) in enumerate(zip(made, *above, strict=True), first + 1):
        yield printed(code), f"{batch.url}{code}" if batch.url else "", str(number), *within


def count(batch: Batch, level: Level, span: Span) -> int:
    """Return how many units of a level hold some of the items."""
    first, until = _units(batch, level, span)
    return until - first


def write_csv(
    codes: Codes, batch: Batch, level: Level, span: Span, file: TextIO, report: Report = lambda _: None
) -> int:
    """Write codes, and return how many."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns(batch, level))
    left, written = rows(codes, batch, level, span), 0
    while some := list(islice(left, LINES_AT_ONCE)):
        writer.writerows(some)
        written += len(some)
        report(written)
    return written


def _units(batch: Batch, level: Level, span: Span) -> tuple[int, int]:
    size = packing.sizes(batch.packing)[level]
    return span.first // size, -(-span.until // size)


def _above(batch: Batch, level: Level) -> list[Level]:
    return [one for one in Level if level < one < len(packing.sizes(batch.packing))]


def _repeated(codes: Codes, batch: Batch, level: Level, first: int, until: int, step: int) -> Iterator[str]:
    """Yield the code of what holds each unit, for units of `step` items."""
    size = packing.sizes(batch.packing)[level]
    until = min(until, -(-batch.count // step) * step)
    made = codes.codec.codes(packing.number_of(batch, level, first // size), -(-until // size) - first // size)
    for holder, code in enumerate(made, first // size):
        shown = printed(code)
        for _ in range(max(first, holder * size), min(until, (holder + 1) * size), step):
            yield shown
