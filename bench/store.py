"""Data directories to measure on: built once through the real writer, loaded by the real mind, and kept.

Measurements that change something work on a copy, so that the next run finds the same store.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench import shop
from bench.facts import FACTS_AT_ONCE, LENGTH
from bench.figures import Settings, seconds_of
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import create, open_home
from interplay.bootstrap.keys import first_keys
from interplay.bootstrap.mind import Mind
from interplay.bootstrap.schema import upgrade
from interplay.collect.facts.api import Declarations
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact, Stored
from interplay.engine.olap.contracts import FILE_NAME as WAREHOUSE_NAME
from interplay.engine.olap.warehouse import Warehouse
from interplay.engine.oltp.contracts import Priority
from interplay.engine.oltp.sqlite import SqliteDatabase
from interplay.kernel import settings as settings_file
from interplay.kernel.settings import Brand

VERSION = 1  # of what `shop` and `facts` make; a store of another version is built anew
NOTES = "bench.json"
WAITING_MAX = 8
LOAD_SECONDS_MAX = 24 * 3600.0
COLUMNS = ("{task.description}", "{task.completed:,.0f} of {task.total:,.0f} facts", "{task.fields[rate]:,.0f}/s")


class Notes(Struct):
    """What is known of a store: how far it is built, and how fast that went."""

    write_key: str
    chunks_done: int = 0
    appended: int = 0
    append_seconds: float = 0.0
    layout: str = ""  # digest of what the warehouse's columns were made for
    loaded: int = 0
    load_seconds: float = 0.0
    compact_seconds: float = 0.0


class Store(Struct, frozen=True):
    """A data directory with so many facts, in the log and in the warehouse."""

    folder: Path
    notes: Notes

    def size_bytes(self, *names: str) -> int:
        return sum((self.folder / name).stat().st_size for name in names)


def shop_store(settings: Settings) -> Store:
    """Return the store of a shop's year, with a name of its own where a number of customers was asked for."""
    kind = "shop" if settings.customers_asked is None else f"shop-{settings.customers}"
    return _built(settings, kind, settings.facts, settings.customers)


def people_store(settings: Settings, customers: int) -> Store:
    """Return a store of customers with traits, one fact each."""
    return _built(settings, "people", customers, customers)


@contextmanager
def copied(store: Store, place: Path, *, without: frozenset[str] = frozenset()) -> Iterator[Store]:
    """Lend a copy of a store, all on disk, which is thrown away afterwards."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(store.folder, place, ignore=lambda _, names: [n for n in names if n in without or n == "run"])
    os.sync()  # what the copy left to be written would be measured otherwise
    try:
        yield Store(place, store.notes)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def tell(door: Door, mind: Mind, news: Sequence[NewFact]) -> None:
    """Let facts come in, and wait until questions see them."""
    for start in range(0, len(news), FACTS_AT_ONCE):
        door.writer.submit(door.append, Append(list(news[start : start + FACTS_AT_ONCE])), Priority.BULK).result()
    mind.wait(LOAD_SECONDS_MAX)


def _built(settings: Settings, kind: str, facts: int, customers: int) -> Store:
    folder = settings.folder / f"store-{kind}-{facts}-{VERSION}"
    notes = _read(folder) or _begin(folder)
    if notes.chunks_done < shop.chunks(facts):
        _append(folder, notes, kind, facts, customers, settings.seed)
    upgrade(SqliteDatabase(folder))
    layout = _layout(folder)
    if not notes.loaded or notes.layout != layout:  # other fields are declared since
        settings.say(f"loading the warehouse with {facts:,} facts …")
        (folder / WAREHOUSE_NAME).unlink(missing_ok=True)
        notes.layout = layout
        _load(folder, notes, facts)
    return Store(folder, notes)


def _layout(folder: Path) -> str:
    home = open_home(folder)
    current = Declarations(home.database, home.settings.brand, home.keys).current()
    return blake2b(current.layout().encode(), digest_size=8).hexdigest()


def _read(folder: Path) -> Notes | None:
    path = folder / NOTES
    return msgspec.json.decode(path.read_bytes(), type=Notes) if path.exists() else None


def _write(folder: Path, notes: Notes) -> None:
    fresh = folder / f"{NOTES}.new"
    fresh.write_bytes(msgspec.json.encode(notes))
    fresh.replace(folder / NOTES)


def _begin(folder: Path) -> Notes:
    shutil.rmtree(folder, ignore_errors=True)
    create(folder, settings_file.Settings(Brand("Bench")))
    notes = Notes(first_keys(folder)["write_key"])
    _write(folder, notes)
    return notes


def _append(folder: Path, notes: Notes, kind: str, facts: int, customers: int, seed: int) -> None:
    """Append what is missing, chunk by chunk; each is on disk before it is noted."""
    command = [sys.executable, "-m", "bench.facts", kind, *map(str, (facts, customers, seed, notes.chunks_done))]
    maker = subprocess.Popen(command, stdout=subprocess.PIPE)
    door = Door(open_home(folder))
    columns = (*map(TextColumn, COLUMNS), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, transient=True) as bar:
            done = notes.chunks_done * shop.CHUNK_FACTS
            task = bar.add_task(f"building {folder.name}", total=facts, completed=done, rate=0)
            while notes.chunks_done < shop.chunks(facts):
                began = time.perf_counter()
                count = _append_chunk(door, maker)
                notes.append_seconds += time.perf_counter() - began
                notes.appended += count
                notes.chunks_done += 1
                _write(folder, notes)
                bar.update(task, advance=count, rate=notes.appended / notes.append_seconds)
    finally:
        maker.kill()
        maker.wait()
        door.close()


def _append_chunk(door: Door, maker: "subprocess.Popen[bytes]") -> int:
    assert maker.stdout is not None
    waiting: list[Future[list[Stored]]] = []
    count = 0
    while True:
        (length,) = LENGTH.unpack(maker.stdout.read(LENGTH.size))
        if not length:
            break
        append = msgspec.msgpack.decode(maker.stdout.read(length), type=Append)
        waiting.append(door.writer.submit(door.append, append, Priority.BULK))
        if len(waiting) > WAITING_MAX:
            count += len(waiting.pop(0).result())
    return count + sum(len(one.result()) for one in waiting)


def _load(folder: Path, notes: Notes, facts: int) -> None:
    """Let the mind follow the log from its beginning, then sort the warehouse; note how long each took."""
    home = open_home(folder)
    door = Door(home)
    began = time.perf_counter()
    mind = Mind(home, door.writer)
    try:
        mind.wait(LOAD_SECONDS_MAX)
        notes.load_seconds = time.perf_counter() - began
    finally:
        mind.close()
        door.close()
    limits = home.settings.warehouse
    warehouse = Warehouse(folder, memory_mb_max=limits.memory_mb_max, threads=limits.threads)
    notes.compact_seconds = seconds_of(warehouse.compact)
    warehouse.close()
    notes.loaded = facts
    _write(folder, notes)
