"""A data directory for one run: on a virtual clock, with a secret of its own, gone afterwards.

It lies in memory where the system offers that: what is thrown away needs no disk.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import Home, assemble, create
from interplay.bootstrap.kinds import apply
from interplay.collect.facts.contracts import Identifier
from interplay.collect.ingest import api as ingest
from interplay.engine.documents.contracts import Document
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import Stored
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Answer, Ask, Command, GroupCommand, Priority
from interplay.engine.oltp.opening import open_database
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.wire.contracts import Question
from interplay.interact.codes.contracts import Batch
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.settings import Brand, Settings
from interplay.rehearse.campaigns import moves

_MEMORY = Path("/dev/shm")  # noqa: S108 - only as a place for what is thrown away
MEMORY = _MEMORY if _MEMORY.is_dir() else None
"""None: where the system puts what is temporary."""
PREFIX = "interplay-"
PLAYERS_AT_ONCE = 500
KNOWN = "customer.identified"


class Clock:
    """Time as the run sets it."""

    def __init__(self, at: Micros) -> None:
        self.at = at

    def __call__(self) -> Micros:
        return self.at


class Scratch:
    """What use cases need of a data directory, for one run."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.home = home
        self.clock = clock
        self._door = Door(home)
        self.append: GroupCommand[Append, list[Stored]] = self._door.append

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:  # noqa: ARG002
        """Refuse: nobody follows the log here."""
        raise AppError("engine.away", status=503, path="mind")

    def submit(
        self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask, priority: Priority = Priority.LIVE
    ) -> "Future[Answer]":
        return self._door.writer.submit(command, ask, priority)

    def write(self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask) -> Answer:
        return self.submit(command, ask).result()

    def submit_in_order(
        self, command: Command[Ask, Answer], asks: Sequence[Ask], priority: Priority
    ) -> "Future[list[Answer]]":
        return self._door.writer.submit_in_order(command, asks, priority)

    def players(self, count: int) -> list[SubjectId]:
        """Let so many customers be known; return their subjects."""
        found: list[SubjectId] = []
        with closing(LogReader(self.home.database)) as reader:
            for start in range(0, count, PLAYERS_AT_ONCE):
                whom = [Identifier("user_id", f"player-{n}") for n in range(start, min(start + PLAYERS_AT_ONCE, count))]
                before = reader.last_position()
                self.write(self.append, Append([ingest.stated(self.home.world, KNOWN, who, {}) for who in whom]))
                rows = reader.live_named(before, reader.last_position(), (KNOWN,), PLAYERS_AT_ONCE)
                found += [row.subject for row in rows if row.subject is not None]
        return found

    def close(self) -> None:
        self._door.close()
        self.home.close()


@contextmanager
def scratch(
    brand: Brand,
    documents: Sequence[Document],
    at: Micros,
    seed: int,
    batches: Sequence[Batch] = (),
    within: Path | None = MEMORY,
) -> Iterator[Scratch]:
    """Lend a data directory in which there are these documents and batches of codes, and nobody is known."""
    rng, clock = random.Random(seed), Clock(at)  # noqa: S311 - it is to be repeated by its seed
    with TemporaryDirectory(prefix=PREFIX, dir=within) as place:
        folder, settings = Path(place) / "data", Settings(brand)
        create(folder, settings)
        (folder / KEYS_FILE_NAME).unlink()  # its keys are chance; those of a rehearsal follow from the seed
        SubjectKeys.create(folder / KEYS_FILE_NAME, rng.randbytes)
        world = World(brand, clock, rng, lambda: f"{rng.getrandbits(128):032x}", rng.randbytes)
        keys = SubjectKeys(folder / KEYS_FILE_NAME, rng.randbytes)
        lent = Scratch(assemble(folder, settings, world, open_database(folder, ""), keys), clock)
        try:
            moves.make(lent.home.codes, lent, batches)
            apply(lent, documents)
            yield lent
        finally:
            lent.close()
