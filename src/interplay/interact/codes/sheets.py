"""Printable sheets: a QR code, the code in letters and the number for each item, many on a page of A4.

The mask of a symbol is always the same. Choosing the one of least penalty takes four fifths of the time, and scanners
read them all.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from interplay.interact.codes import exporting
from interplay.interact.codes.contracts import Batch, Level, Span
from interplay.interact.codes.pdf import Pdf
from interplay.interact.codes.standing import Codes
from interplay.kernel.errors import AppError

Report = exporting.Report

PAGE_MM = (210.0, 297.0)
MARGIN_MM = 8.0
SIZE_MM_MIN, SIZE_MM_MAX = 10.0, 180.0
QUIET = 4  # modules around a symbol, as ISO/IEC 18004 asks
TEXT_MM = 5.0
MASK = 4
ERROR = "m"  # restores 15 percent
CODES_MAX = 1_000_000

Run = tuple[int, int, int]
"""Dark modules in a row: x, y, how many."""


class Label(Struct, frozen=True):
    """What is printed for one code."""

    content: str  # of the symbol: the address, or the code where there is none
    code: str
    name: str


class Symbol(Struct, frozen=True):
    """A QR code: modules on a side with the quiet zone, and the dark ones."""

    side: int
    runs: tuple[Run, ...]


class Grid(Struct, frozen=True):
    """Where labels of a size stand on a page."""

    size_mm: float
    columns: int
    rows: int

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    def place(self, number: int) -> tuple[float, float]:
        """Return the left and upper edge of a label on its page, in mm."""
        row, column = divmod(number, self.columns)
        return MARGIN_MM + column * self.size_mm, MARGIN_MM + row * (self.size_mm + TEXT_MM)


def grid(size_mm: float) -> Grid:
    """Return how many labels of a size go on a page. Raises AppError `codes.size`."""
    if not SIZE_MM_MIN <= size_mm <= SIZE_MM_MAX:
        raise AppError("codes.size", given=size_mm, least=SIZE_MM_MIN, most=SIZE_MM_MAX)
    wide, high = (side - 2 * MARGIN_MM for side in PAGE_MM)
    return Grid(size_mm, int(wide // size_mm), int(high // (size_mm + TEXT_MM)))


def labels(codes: Codes, batch: Batch, level: Level, span: Span) -> Iterator[Label]:
    """Return the labels of a level. Raises AppError `codes.too_many` for more than anybody prints at once."""
    count = exporting.count(batch, level, span)
    if count > CODES_MAX:
        raise AppError("codes.too_many", given=count, allowed=CODES_MAX)
    return _labels(codes, batch, level, span)


def _labels(codes: Codes, batch: Batch, level: Level, span: Span) -> Iterator[Label]:
    word = "" if level is Level.ITEM else f"{level.name.lower()} "
    for code, url, number, *_ in exporting.rows(codes, batch, level, span):
        yield Label(url or code.replace("-", ""), code, f"{batch.name} {word}{number}")


def symbol(content: str) -> Symbol:
    """Return the QR code of a text (ISO/IEC 18004, error correction M)."""
    import segno  # a lazy seam: only who prints needs it

    made = segno.make(content, error=ERROR, mask=MASK, micro=False, boost_error=False)
    rows = made.matrix
    return Symbol(len(rows) + 2 * QUIET, tuple(_runs(rows)))


def write_pdf(labelled: Iterable[Label], at: Grid, file: BinaryIO, report: Report = lambda _: None) -> int:
    """Write all pages into one file; return how many labels there are."""
    pdf, count = Pdf(file, PAGE_MM), 0
    for some in _pages(labelled, at):
        pdf.page(b"\n".join(_drawn(pdf, at, number, one) for number, one in enumerate(some)))
        count += len(some)
        report(count)
    pdf.close()
    return count


def write_svg(labelled: Iterable[Label], at: Grid, folder: Path, report: Report = lambda _: None) -> int:
    """Write a file for each page; return how many labels there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for page, some in enumerate(_pages(labelled, at), 1):
        (folder / f"sheet-{page:05}.svg").write_text(_svg(some, at), encoding="utf8")
        count += len(some)
        report(count)
    return count


def _svg(some: list[Label], at: Grid) -> str:
    wide, high = PAGE_MM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}mm" height="{high:g}mm"'
        f' viewBox="0 0 {wide:g} {high:g}" font-family="monospace" text-anchor="middle">'
    ]
    for number, one in enumerate(some):
        made, (left, top) = symbol(one.content), at.place(number)
        path = "".join(f"M{x + QUIET} {y + QUIET}h{wide}v1h-{wide}z" for x, y, wide in made.runs)
        scale = at.size_mm / made.side
        parts.append(
            f'<path transform="translate({left:g} {top:g}) scale({scale:.6f})"'
            f' shape-rendering="crispEdges" d="{path}"/>'
        )
        middle, below = left + at.size_mm / 2, top + at.size_mm
        parts.append(f'<text x="{middle:g}" y="{below + 0.6:.2f}" font-size="{_font(at):.2f}">{one.code}</text>')
        parts.append(f'<text x="{middle:g}" y="{below + 3:.2f}" font-size="{_font(at) * 0.8:.2f}">{one.name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _drawn(pdf: Pdf, at: Grid, number: int, one: Label) -> bytes:
    made, (left, top) = symbol(one.content), at.place(number)
    boxes = ((x + QUIET, y + QUIET, wide) for x, y, wide in made.runs)
    middle, below, font = left + at.size_mm / 2, top + at.size_mm, _font(at)
    return b"\n".join((
        pdf.boxes(left, top, at.size_mm / made.side, boxes),
        pdf.text(middle, below + 0.6, font, one.code),
        pdf.text(middle, below + 3, font * 0.8, one.name),
    ))  # fmt: skip


def _font(at: Grid) -> float:
    """Return a height in mm at which nineteen characters of 0.6 em fit, with room between labels."""
    return min(3.0, at.size_mm / (19 * 0.7))


def _pages(labelled: Iterable[Label], at: Grid) -> Iterator[list[Label]]:
    left = iter(labelled)
    while some := list(islice(left, at.per_page)):
        yield some


def _runs(rows: Iterable[Iterable[int]]) -> Iterator[Run]:
    for y, row in enumerate(rows):
        text = bytes(row)
        x = text.find(1)
        while x >= 0:
            end = text.find(0, x)
            end = len(text) if end < 0 else end
            yield x, y, end - x
            x = text.find(1, end)
