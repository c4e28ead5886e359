"""What goes to the printer: a table that says what is in what, and sheets whose QR codes are read back."""

import csv
import io
import re

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from interplay.interact.codes import api, exporting
from interplay.interact.codes.contracts import Level, Packing, Span
from interplay.kernel.errors import AppError
from tests.interact.codes.plant import Plant

URL = "https://i.example.cn/c/"


@pytest.fixture
def plant(tmp_path):
    with Plant(tmp_path / "data") as found:
        yield found


def table(plant, batch, level=Level.ITEM, span=None):
    file = io.StringIO()
    count = api.write_csv(plant.codes, batch, level, span or Span(0, batch.count), file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert len(rows) == count
    return rows


def test_the_table_says_which_code_is_in_which(plant):
    batch = plant.make(count=100, packing=Packing(3, 4, 2), url=URL)
    rows = table(plant, batch)
    assert len({row["code"] for row in rows}) == 100
    for number, row in enumerate(rows, 1):
        assert row["number"] == str(number)
        assert row["url"] == URL + row["code"].replace("-", "")
        found = api.trace(plant.codes, row["code"])
        assert found.within == {name: row[name] for name in ("box", "case", "pallet")}
        assert found.number == number
    for level, size in ((Level.BOX, 3), (Level.CASE, 12), (Level.PALLET, 24)):
        held = table(plant, batch, level)
        assert [row["code"] for row in held] == list(dict.fromkeys(row[level.name.lower()] for row in rows))
        assert len(held) == -(-100 // size)
        above = [one for one in ("case", "pallet") if one in held[0]]
        assert all(api.trace(plant.codes, row["code"]).within == {one: row[one] for one in above} for row in held)


@pytest.mark.parametrize("span", [Span(0, 1), Span(11, 13), Span(24, 48), Span(95, 100)])
def test_a_range_of_the_table_is_that_of_the_whole(plant, span):
    batch = plant.make(count=100, packing=Packing(3, 4, 2))
    assert table(plant, batch, span=span) == table(plant, batch)[span.first : span.until]
    boxes = table(plant, batch, Level.BOX, span)
    assert boxes == table(plant, batch, Level.BOX)[span.first // 3 : -(-span.until // 3)]


def test_without_packing_there_is_only_the_code(plant):
    batch = plant.make(count=3, packing=Packing())
    assert exporting.columns(batch, Level.ITEM) == ["code", "url", "number"]
    assert [row["url"] for row in table(plant, batch)] == ["", "", ""]


@pytest.mark.parametrize("size", [15.0, 40.0])
def test_every_code_of_a_pdf_is_read_back(plant, size):
    batch = plant.make(count=90, url=URL)
    file, at = io.BytesIO(), api.grid(size)
    assert api.write_pdf(api.labels(plant.codes, batch, Level.ITEM, Span(0, 90)), at, file) == 90
    pdf = pypdfium2.PdfDocument(file.getvalue())
    assert len(pdf) == -(-90 // at.per_page)
    read, said = [], ""
    for page in pdf:
        read += zxingcpp.read_barcodes(page.render(scale=5, grayscale=True).to_numpy())
        said += page.get_textpage().get_text_range()
    assert {one.text for one in read} == {row["url"] for row in table(plant, batch)}
    assert all(row["code"] in said for row in table(plant, batch)), "also in letters"
    assert "caps 90" in said


def test_every_code_of_an_svg_is_read_back(plant, tmp_path):
    batch = plant.make(count=60)
    at = api.grid(30)
    api.write_svg(api.labels(plant.codes, batch, Level.ITEM, Span(0, 60)), at, tmp_path / "sheets")
    pages = sorted((tmp_path / "sheets").iterdir())
    assert len(pages) == -(-60 // at.per_page)
    read = [zxingcpp.read_barcodes(_picture(path.read_text("utf8"))) for path in pages]
    found = {one.text for page in read for one in page}
    assert found == {row["code"].replace("-", "") for row in table(plant, batch)}


@pytest.mark.parametrize("size", [9.9, 181, float("nan")])
def test_a_label_that_cannot_be_printed_is_refused(size):
    with pytest.raises(AppError, match="cannot be printed"):
        api.grid(size)


def _picture(svg, dots=12):
    """Return a page as a scanner sees it, drawn by hand: `dots` for each mm."""
    page = np.full((297 * dots, 210 * dots), 255, np.uint8)
    paths = re.findall(r'translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)"[^>]*? d="([^"]+)"', svg)
    assert paths
    for left, top, scale, drawn in paths:
        for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawn):
            x0, x1 = (round((float(left) + float(scale) * at) * dots) for at in (int(x), int(x) + int(wide)))
            y0, y1 = (round((float(top) + float(scale) * at) * dots) for at in (int(y), int(y) + 1))
            page[y0:y1, x0:x1] = 0
    return page


def test_what_is_too_many_for_sheets_are_labels_not_what_they_are_on(plant):
    batch = plant.make(count=3_000_000, packing=Packing(100, 100), url=URL)
    whole = Span(0, batch.count)
    assert len(list(api.labels(plant.codes, batch, Level.CASE, whole))) == 300
    with pytest.raises(AppError) as refused:  # before a file is opened
        api.labels(plant.codes, batch, Level.ITEM, whole)
    assert (refused.value.code, refused.value.params["given"]) == ("codes.too_many", 3_000_000)
