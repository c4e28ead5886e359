"""As much of PDF (ISO 32000-1) as a sheet of labels needs: filled boxes and plain letters on pages of one size.

A page is written as soon as it is drawn, so a file of a million labels needs no more memory than one of ten.
"""

import zlib
from collections.abc import Iterable
from typing import BinaryIO

POINTS_PER_MM = 72 / 25.4
CATALOG, PAGES, FONT = 1, 2, 3
EM = 0.6  # of every character of Courier
FAST = 1  # of zlib's levels: the numbers are short, and pages many


class Pdf:
    """A file under way. Places are in mm from the left and upper edge."""

    def __init__(self, file: BinaryIO, page_mm: tuple[float, float]) -> None:
        self._file = file
        self._at = 0
        self._offsets = {CATALOG: 0, PAGES: 0, FONT: 0}
        self._pages: list[int] = []
        self._width, self._height = (side * POINTS_PER_MM for side in page_mm)
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def boxes(self, left: float, top: float, scale: float, boxes: Iterable[tuple[int, int, int]]) -> bytes:
        """Return what draws dark boxes of height 1: x, y and width, in units of `scale` mm."""
        unit = scale * POINTS_PER_MM
        x0, y0 = left * POINTS_PER_MM, self._height - top * POINTS_PER_MM
        drawn = "".join([f"{x} {y} {wide} 1 re\n" for x, y, wide in boxes])
        return f"q {unit:.5f} 0 0 {-unit:.5f} {x0:.3f} {y0:.3f} cm\n{drawn}f Q".encode()

    def text(self, middle: float, base: float, height: float, said: str) -> bytes:
        """Return what writes a line of ASCII around its middle."""
        size = height * POINTS_PER_MM
        left = middle * POINTS_PER_MM - len(said) * EM * size / 2
        y = self._height - base * POINTS_PER_MM
        plain = said.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"BT /F {size:.3f} Tf {left:.3f} {y:.3f} Td ({plain}) Tj ET".encode("ascii", "replace")

    def page(self, drawn: bytes) -> None:
        """Add a page."""
        packed = zlib.compress(drawn, FAST)
        content = self._object(b"<</Length %d/Filter/FlateDecode>>\nstream\n%b\nendstream" % (len(packed), packed))
        self._pages.append(self._object(
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.3f %.3f]/Contents %d 0 R/Resources<</Font<</F %d 0 R>>>>>>"
            % (PAGES, self._width, self._height, content, FONT)
        ))  # fmt: skip

    def close(self) -> None:
        """Write what readers look for at the end. The file stays open."""
        kids = b" ".join(b"%d 0 R" % one for one in self._pages)
        self._object(b"<</Type/Catalog/Pages %d 0 R>>" % PAGES, CATALOG)
        self._object(b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(self._pages), kids), PAGES)
        self._object(b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>", FONT)
        start = self._at
        entries = b"".join(b"%010d 00000 n \n" % self._offsets[one] for one in sorted(self._offsets))
        self._write(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(self._offsets) + 1, entries))
        self._write(
            b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(self._offsets) + 1, CATALOG, start)
        )

    def _object(self, said: bytes, number: int = 0) -> int:
        number = number or len(self._offsets) + 1
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, said))
        return number

    def _write(self, said: bytes) -> None:
        self._file.write(said)
        self._at += len(said)
