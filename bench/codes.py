"""Item codes, on one core: made and written as CSV, verified, printed as sheets."""

import csv
import hmac
import io
from base64 import b32encode
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import segno

from bench.figures import Figure, Limit, Settings, alternating, seconds_of
from interplay.interact.codes import api, sheets
from interplay.interact.codes.codec import Codec, read
from interplay.interact.codes.contracts import Batch, Generate, Level, Packing, Span
from tests.stores import DoorOnly

COUNT = 1_000_000
COUNT_QUICK = 100_000
EXPORT_SECONDS = 20.0
VERIFY_MICROSECONDS = 10.0
SHEETS_PER_SECOND = 1_000
VERIFIED = 50_000
PRINTED = 500
SIZE_MM = 25.0
URL = "https://i.example.cn/c/"
KEY = b"k" * 32


def measure(settings: Settings) -> list[Figure]:
    """Make, verify and print; each beside what is least to be done for it."""
    count = COUNT_QUICK if settings.is_quick else COUNT
    with TemporaryDirectory(dir=settings.folder) as folder, DoorOnly(Path(folder) / "data") as door:
        ask = Generate(name="caps", product="P", count=count, packing=Packing(12, 4, 10), url=URL)
        batch = api.generate(door.home.codes, door, ask)
        return [
            exported(door, batch, Path(folder)),
            verified(door),
            printed(door, batch, Path(folder)),
        ]


def exported(door: DoorOnly, batch: Batch, folder: Path) -> Figure:
    """Write every code of a batch with its address, box, case and pallet."""

    def ours() -> None:
        with (folder / "ours.csv").open("w", encoding="utf8", newline="") as file:
            api.write_csv(door.home.codes, batch, Level.ITEM, Span(0, batch.count), file)

    def by_hand() -> None:
        with (folder / "by-hand.csv").open("w", encoding="utf8", newline="") as file:
            csv.writer(file).writerows(
                (code := b32encode(hmac.digest(KEY, number.to_bytes(8), sha256)[:10]).decode(), URL + code, number)
                for number in range(batch.count)
            )

    seconds, least = seconds_of(ours), seconds_of(by_hand)
    allowed = EXPORT_SECONDS * batch.count / COUNT
    return Figure(
        row="codes export",
        what=f"{batch.count:,} codes made and written as CSV",
        value=batch.count / seconds,
        unit="/s",
        limit=Limit("an HMAC, base 32 and csv.writer, three columns", batch.count / least),
        target=f"1 M in {EXPORT_SECONDS:.0f} s",
        is_met=seconds <= allowed,
        details={"seconds": seconds},
    )


def verified(door: DoorOnly) -> Figure:
    """Ask of codes as they are typed whether they are ours; and the whole question, with ranges, of a directory."""
    codec, made = Codec(KEY), list(Codec(KEY).codes(1, VERIFIED))

    def ours() -> None:
        for text in made:
            (code,) = read(text)
            assert codec.number(code) is not None

    def by_hand() -> None:
        for text in made:
            hmac.digest(KEY, text.encode(), sha256)

    seconds, least = alternating([ours, by_hand], 3, 1)
    codes = door.home.codes
    whole = [codes.code_of(codes.batch("caps"), Level.ITEM, index) for index in range(2_000)]
    looked = seconds_of(lambda: [codes.reading(text) for text in whole])
    value = seconds / VERIFIED * 1e6
    return Figure(
        row="codes verified",
        what="one code read and verified, without a look-up",
        value=value,
        unit="µs",
        limit=Limit("an HMAC of it", least / VERIFIED * 1e6),
        target=f"{VERIFY_MICROSECONDS:.0f} µs",
        is_met=value <= VERIFY_MICROSECONDS,
        details={"with its batch and ranges, µs": looked / len(whole) * 1e6},
    )


def printed(door: DoorOnly, batch: Batch, folder: Path) -> Figure:
    """Draw sheets of QR codes."""
    at = sheets.grid(SIZE_MM)
    labels = list(api.labels(door.home.codes, batch, Level.ITEM, Span(0, PRINTED)))
    pdf, svg, least = alternating(
        [
            lambda: api.write_pdf(labels, at, io.BytesIO()),
            lambda: api.write_svg(labels, at, folder / "sheets"),
            lambda: [segno.make(one.content, error="m", mask=4, micro=False, boost_error=False) for one in labels],
        ],
        3,
        1,
    )
    value = PRINTED / pdf
    return Figure(
        row="codes printed",
        what="QR codes on sheets of A4, PDF",
        value=value,
        unit="/s",
        limit=Limit("segno alone, with a given mask", PRINTED / least),
        target=f"{SHEETS_PER_SECOND:,}/s",
        is_met=value >= SHEETS_PER_SECOND,
        details={"as SVG": PRINTED / svg},
    )
