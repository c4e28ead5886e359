"""A data directory of a test: a clock that the test sets, door and mind in this process, facts by the real path.

`Store` is what faces see (`bootstrap.reach.Reach`); `DoorOnly` has no warehouse, for what is about the log alone.
"""

import random
import shutil
import struct
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import Home, assemble, create
from interplay.bootstrap.kinds import apply
from interplay.bootstrap.mind import Mind
from interplay.collect.facts.contracts import Payload, TraitWrite
from interplay.engine.documents.contracts import Document
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import LogRow, NewFact, Origin, Stored
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Priority
from interplay.engine.oltp.opening import open_database
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand, Settings
from interplay.kernel.time import HOUR

NOW = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
BRAND = Brand("Corner Coffee", rates={"USD": "7.10"})
FACT_FILES = ("interplay.sqlite", "interplay.sqlite-wal", "warehouse.duckdb", "warehouse.duckdb.wal")


class Clock:
    """Time stands still until a test moves it."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def __call__(self) -> Micros:
        return Micros(self.at)


def world(
    clock: Callable[[], Micros] | None = None, seed: int = 1, random_bytes: Callable[[int], bytes] | None = None
) -> World:
    rng = random.Random(seed)
    return World(
        brand=BRAND,
        now=clock or Clock(),
        rng=rng,
        ids=lambda: f"id-{rng.getrandbits(64):016x}",
        random_bytes=random_bytes or random.SystemRandom().randbytes,
    )


def new_folder(folder: Path) -> Path:
    """Make an empty data directory; copied, since its tables are the same every time."""
    shutil.copytree(_template(), folder)
    (folder / KEYS_FILE_NAME).unlink()
    SubjectKeys.create(folder / KEYS_FILE_NAME, random.SystemRandom().randbytes)
    return folder


@cache
def _template() -> Path:
    folder = Path(mkdtemp(prefix="interplay-test-")) / "data"
    create(folder, Settings(BRAND))
    return folder


def home_of(folder: Path, moment: World, url: str = "") -> Home:
    keys = SubjectKeys(folder / KEYS_FILE_NAME, moment.random_bytes)
    return assemble(folder, Settings(BRAND), moment, open_database(folder, url), keys)


class DoorOnly:
    """The writer and the log."""

    def __init__(
        self, folder: Path, clock: Clock | None = None, url: str = "",
        random_bytes: Callable[[int], bytes] | None = None,
    ) -> None:  # fmt: skip
        self.clock = clock or Clock()
        if not folder.exists():
            new_folder(folder)
        self.folder = folder
        self.home = home_of(folder, world(self.clock, random_bytes=random_bytes), url)
        self.database, self.keys = self.home.database, self.home.keys
        self.door = Door(self.home)
        self.writer, self.append = self.door.writer, self.door.append

    def submit(self, command: Any, ask: Any, priority: Priority = Priority.LIVE) -> Any:
        return self.writer.submit(command, ask, priority)

    def write(self, command: Any, ask: Any) -> Any:
        return self.writer.submit(command, ask).result(60)

    def store(self, *facts: NewFact) -> list[Stored]:
        return self.write(self.append, Append(list(facts)))

    def rows(self) -> list[LogRow]:
        reader = LogReader(self.database)
        try:
            return reader.read(0, 1_000_000)
        finally:
            reader.close()

    def close(self) -> None:
        self.door.close()
        self.keys.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Store(DoorOnly):
    """All of it: questions are answered as of every fact stored."""

    def __init__(self, folder: Path, clock: Clock | None = None, url: str = "") -> None:
        super().__init__(folder, clock, url)
        self.mind = Mind(self.home, self.writer)

    @property
    def reading(self) -> Any:
        return self.mind.reading

    def ask(self, question: Any, ask: Any) -> Any:
        return self.mind.ask(question, ask)

    def apply(self, *contents: dict[str, Any]) -> Any:
        return apply(self, [document(content) for content in contents])

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the warehouse once it holds every fact."""
        self.mind.wait()
        with self.mind.warehouse.session() as backend:
            return backend.con.execute(sql).fetchall()

    def close(self) -> None:
        self.mind.close()
        super().close()


def document(content: dict[str, Any]) -> Document:
    rest = {key: value for key, value in content.items() if key not in ("kind", "name")}
    return Document(content["kind"], content.get("name", content["kind"]), rest, file="test.yaml", line=1)


def fact(
    name: str = "page.viewed",
    *identifiers: tuple[str, str],
    key: object = None,
    at: int = NOW,
    origin: Origin = Origin.LIVE,
    fields: dict[str, Any] | None = None,
    extra: dict[str, Any] | None = None,
    traits: tuple[TraitWrite, ...] = (),
    source: str = "test",
    is_trusted: bool = True,
) -> NewFact:
    """Return a fact as doors hand it over; without a `key` the same content is the same fact."""
    payload = Payload(fields=fields or {}, extra=extra or {}, identifiers=identifiers, traits=traits)
    body = msgspec.msgpack.encode(payload)
    told = repr((source, key)) if key is not None else repr((source, name, at, body))
    digest = blake2b(told.encode(), digest_size=16).digest()
    return NewFact(
        name, Micros(at), Micros(at), identifiers, digest, at // HOUR, source, body, origin, is_trusted=is_trusted
    )


def user(number: object) -> tuple[str, str]:
    return ("user_id", f"u{number}")


def phone(number: int) -> tuple[str, str]:
    return ("phone", f"+861380013{number:04}")


def cookie(number: object) -> tuple[str, str]:
    return ("anonymous_id", f"c{number}")


def device(number: int) -> tuple[str, str]:
    return ("device", f"d{number:04}")


def union_find(groups: list[tuple[int, ...]]) -> dict[int, int]:
    """Return what every member of the groups belongs to: the smallest number that it is joined with."""
    parent: dict[int, int] = {}

    def find(one: int) -> int:
        while parent.setdefault(one, one) != one:
            one = parent[one]
        return one

    for group in groups:
        roots = {find(one) for one in group}
        for root in roots:
            parent[root] = min(roots)
    return {one: find(one) for one in list(parent)}


def packed(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}q", *numbers)
