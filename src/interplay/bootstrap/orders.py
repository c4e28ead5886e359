"""Order files of stores, from wherever they come: read by a mapping, kept, settled."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from interplay.bootstrap.home import Home
from interplay.bootstrap.reach import Reach
from interplay.collect.facts.api import Declarations
from interplay.collect.imports import api as imports
from interplay.kernel.time import HOUR, SECOND
from interplay.link.orders import api as orders
from interplay.link.orders.contracts import Settled, Upload
from interplay.link.stores import api as stores
from interplay.unify.identity import api as identity

PLACES = "orders-"
"""How the places of files that a till sent are called, in `run/`."""
LEFT_AFTER = HOUR
"""When a place is nobody's any more; no file takes so long."""


class Uploaded(Struct, frozen=True):
    """What became of a file: its rows, and what was done now about its orders."""

    progress: imports.Progress
    settled: Settled


def upload(
    reach: Reach,
    file: Path,
    mapping: tuple[imports.Mapping, str],
    about: Upload,
    rejects_file: Path,
    *,
    encoding: str | None = None,
    report: Callable[[imports.Progress], None] | None = None,
) -> Uploaded:
    """Keep the orders of a store's file and do what a till would have done. The same file again changes nothing.

    `mapping` comes with its text. Raises AppError `stores.unknown`, `orders.*`, `import.*`.
    """
    home, (written, text) = reach.home, mapping
    brand = home.settings.brand
    stores.store_of(home.database, brand, about.store)
    document = orders.own_mapping(written, about.store)
    now = home.world.now()
    declared = Declarations(home.database, brand, home.keys).current().declared
    reading = imports.Reading(declared, brand, now, encoding=encoding)
    log = imports.LogSink(
        home.database, home.keys, reach, reach.append, source=document.source, received_at=now,
        rejects_file=rejects_file, blocked=identity.blocked_values(home.database, brand),
        origin_of=orders.origin_at(now),
    )  # fmt: skip
    settling = orders.Settling(home.coupons, reach, about)
    sink = orders.OrderSink(log, settling, about, home.database, home.keys, reach, reach.append, now)
    progress = imports.run(file, document, reading, sink, text=text, report=report)
    return Uploaded(progress, settling.settled)


@contextmanager
def place(home: Home) -> Iterator[Path]:
    """Lend a folder for a file that a till sent, for as long as it is read: it names customers."""
    with TemporaryDirectory(dir=home.folder / "run", prefix=PLACES) as folder:
        yield Path(folder)


def sweep(home: Home) -> None:
    """Remove the places of doors that were killed; another door of the same directory may be reading in its own."""
    for left in (home.folder / "run").glob(f"{PLACES}*"):
        with suppress(OSError):
            is_nobodys = left.stat().st_mtime * SECOND < home.world.now() - LEFT_AFTER
            if is_nobodys or not home.database.is_shared:
                shutil.rmtree(left)
