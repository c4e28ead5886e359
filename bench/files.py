"""Imports through the command line: order lines (many rows to one fact), and one fact a row, beside reading alone."""

import csv
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec

from bench import shop
from bench.figures import Figure, Limit, Settings, seconds_of
from bench.processes import MIB, interplay
from bench.store import Store, copied, shop_store
from interplay.kernel.time import from_micros

LINES = 541_909  # as many as the real file has
LINES_PER_ORDER = 21
ROWS = 400_000
LINES_TARGET = 100_000
ROWS_TARGET = 20_000
RETAIL = Path("online_retail/online_retail.parquet")

LINES_MAPPING = """
kind: mapping
source: bench_orders
timezone: Europe/London
group_by: [InvoiceNo]
at: InvoiceDate
identifiers: {user_id: CustomerID}
fields: {order_id: InvoiceNo, item_count: {count: rows}}
facts:
  - fact: order.completed
    when: {InvoiceNo: {begins: 5}}
    fields:
      value: {sum: Quantity, times: UnitPrice}
      quantity: {sum: Quantity}
    traits: {country: Country}
    items:
      products: {product_id: StockCode, quantity: Quantity, price: UnitPrice}
"""
ROWS_MAPPING = """
kind: mapping
source: bench_visits
timezone: Asia/Shanghai
id: [id]
at: when
identifiers: {user_id: customer}
fields: {product_id: product, category: category, channel: channel, value: price}
facts:
  - {fact: product.viewed, when: {what: view}}
  - {fact: cart.added, when: {what: cart}}
  - {fact: order.completed, when: {what: buy}}
"""
LINES_HEADER = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
ROWS_HEADER = ("id", "customer", "what", "when", "product", "category", "channel", "price")


def measure(settings: Settings) -> list[Figure]:
    """Import each file into a copy of the store, nothing else running."""
    lines = _lines_file(settings)
    rows = _written(
        settings, "rows.csv", ROWS_HEADER, lambda: _rows(settings.seed, ROWS // 5 if settings.is_quick else ROWS)
    )
    with copied(shop_store(settings), settings.folder / "run") as copy:
        return [
            _figure(settings, copy, lines, LINES_MAPPING, "import of order lines", LINES_TARGET),
            _figure(settings, copy, rows, ROWS_MAPPING, "import of one-row facts", ROWS_TARGET),
        ]


class _Done(msgspec.Struct):
    rows: int
    stored: int
    rejected: int


def _figure(settings: Settings, store: Store, file: Path, mapping: str, row: str, target: int) -> Figure:
    settings.say(f"{row} …")
    document = settings.folder / f"{file.stem}.yaml"
    document.write_text(mapping)
    command = interplay(store.folder, "import", str(file), "--mapping", str(document), "--json")
    done, seconds, peak = _run(command, settings.folder)
    rate = done.rows / seconds
    return Figure(
        row=row,
        what=f"{done.rows:,} rows to {done.stored:,} facts, the whole command",
        value=rate,
        unit="rows/s",
        limit=Limit("csv.reader alone", done.rows / seconds_of(lambda: _read(file))),
        target=f"{target:,}/s",
        is_met=rate >= target,
        details={"seconds": seconds, "facts/s": done.stored / seconds, "MiB at most": peak, "rejected": done.rejected},
    )


def _run(command: list[str], folder: Path) -> tuple[_Done, float, float]:
    """Run an import; return what it did, the seconds it took and the memory it had at most, in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return msgspec.json.decode(out, type=_Done), time.perf_counter() - began, used.ru_maxrss * 1024 / MIB


def _read(file: Path) -> int:
    with file.open(newline="", encoding="utf8") as text:
        return sum(1 for _ in csv.reader(text))


def _lines_file(settings: Settings) -> Path:
    """Return the real file as CSV where there is one, else one that is like it."""
    real = None if settings.data is None else settings.data / RETAIL
    if real is None or not real.exists():
        count = LINES // 5 if settings.is_quick else LINES
        return _written(settings, "lines.csv", LINES_HEADER, lambda: _lines(settings.seed, count))
    file = settings.folder / "online_retail.csv"
    if not file.exists():
        import pyarrow.csv as pa_csv
        import pyarrow.parquet as pq

        pa_csv.write_csv(pq.read_table(real), file)
    return file


def _written(
    settings: Settings, name: str, header: tuple[str, ...], rows: Callable[[], Iterator[tuple[object, ...]]]
) -> Path:
    file = settings.folder / f"{'quick-' if settings.is_quick else ''}{name}"
    if not file.exists():
        fresh = file.with_suffix(f".{os.getpid()}")
        with fresh.open("w", newline="", encoding="utf8") as text:
            writer = csv.writer(text)
            writer.writerow(header)
            writer.writerows(rows())
        fresh.replace(file)
    return file


def _lines(seed: int, count: int) -> Iterator[tuple[object, ...]]:
    rng = random.Random(seed)
    customer, when = 0, from_micros(shop.FROM)
    for line in range(count):
        if line % LINES_PER_ORDER == 0:
            customer = rng.randrange(5_000)
            when += timedelta(minutes=rng.randrange(20))
        product = rng.randrange(4_000)
        yield (
            500_000 + line // LINES_PER_ORDER, f"{20_000 + product}A", f"WHITE HANGING T-LIGHT HOLDER {product}",
            rng.randrange(1, 25), when.strftime("%Y-%m-%d %H:%M:%S"), f"{rng.randrange(20, 2_000) / 100:.2f}",
            12_000 + customer, "United Kingdom",
        )  # fmt: skip


def _rows(seed: int, count: int) -> Iterator[tuple[object, ...]]:
    rng = random.Random(seed)
    when = from_micros(shop.FROM)
    for row in range(count):
        when += timedelta(seconds=rng.randrange(60))
        product = rng.randrange(4_000)
        yield (
            row, shop.user_id(rng.randrange(20_000)), rng.choice(("view", "view", "view", "cart", "buy")),
            when.strftime("%Y-%m-%d %H:%M:%S"), f"p{product}", f"类目 {product % 40}", "store",
            f"{rng.randrange(500, 30_000) / 100:.2f}",
        )  # fmt: skip
