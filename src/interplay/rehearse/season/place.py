"""The season's data directory: on a virtual clock, its reactions run by hand, so that the same seed tells the same."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from interplay.bootstrap.door import Door, fire_timers
from interplay.bootstrap.home import Home, assemble, create
from interplay.bootstrap.kinds import apply
from interplay.bootstrap.registry import reactions
from interplay.collect.facts.contracts import Payload
from interplay.engine.documents.contracts import Document
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact, Stored
from interplay.engine.log.reactions import catch_up
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Answer, Ask, Command, GroupCommand, Priority
from interplay.engine.oltp.opening import open_database
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.timers.api import Fire
from interplay.engine.wire.contracts import Question
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.settings import Brand, Settings
from interplay.kernel.time import HOUR

TOLD_BY = "season"

Who = tuple[str, str]
"""A (kind, value) of an identifier."""


class Place:
    """What use cases need of a data directory, and time as the season sets it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.at = Micros(0)
        self._door = Door(home)
        self._reactions = reactions(home)
        self._reader = LogReader(home.database)
        self.append: GroupCommand[Append, list[Stored]] = self._door.append

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:  # noqa: ARG002
        """Refuse: nothing of a season is asked of the warehouse."""
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

    def apply(self, name: str, **params: str) -> None:
        """Apply documents of the season, with their dates."""
        text = (files("interplay.rehearse.season") / "documents" / name).read_text(encoding="utf-8")
        for word, value in params.items():
            text = text.replace(f"{{{word}}}", value)
        wanted = [
            Document(one.pop("kind"), one.pop("name"), one, file=name, line=1) for one in yaml.safe_load_all(text)
        ]
        apply(self, wanted)

    def tell(self, name: str, *who: Who, at: Micros | None = None, **fields: object) -> None:
        """Let a fact be stored, told by the brand's own systems now or at another time."""
        moment = self.at if at is None else at
        body = msgspec.msgpack.encode(Payload(fields=fields, extra={}, identifiers=who, traits=()))
        digest = blake2b(repr((name, moment, body)).encode(), digest_size=16).digest()
        fact = NewFact(name, moment, moment, who, digest, moment // HOUR, TOLD_BY, body, is_trusted=True)
        self.write(self.append, Append([fact]))

    def subject(self, who: Who) -> SubjectId:
        """Return whose an identifier is, which was told of."""
        found = self._reader.subject_of(self.home.keys.digest(*who))
        if found is None:
            raise AppError("customers.unknown", status=404, kind=who[0], given=who[1])
        return found

    def follow(self) -> None:
        """Fire what is due, and let every reaction deal with everything, also with what the others tell."""
        while self.write(fire_timers(self.home), Fire()):
            pass
        while True:
            until = self._reader.last_position()
            for one in self._reactions:
                catch_up(one, self._reader, self.home.database, self, until)
            if self._reader.last_position() == until:
                return

    def settle_segments(self) -> None:
        """Bring live segments to now; only here there is a warehouse."""
        from interplay.bootstrap.mind import Mind  # a lazy seam: DuckDB, for who plays a season

        with closing(Mind(self.home, self._door.writer)) as mind:
            mind.wait()
            mind.settle()

    def close(self) -> None:
        self._reader.close()
        self._door.close()
        self.home.close()


@contextmanager
def opened(folder: Path, brand: Brand, seed: int) -> Iterator[Place]:
    """Make a data directory and lend it. Its keys follow from the seed, as chance and the holdout do by them."""
    rng, settings = random.Random(seed), Settings(brand)  # noqa: S311 - it is to be repeated by its seed
    create(folder, settings)
    (folder / KEYS_FILE_NAME).unlink()
    SubjectKeys.create(folder / KEYS_FILE_NAME, rng.randbytes)
    time: list[Place] = []
    world = World(
        brand, lambda: time[0].at if time else Micros(0), rng, lambda: f"{rng.getrandbits(128):032x}", rng.randbytes
    )
    place = Place(
        assemble(
            folder, settings, world, open_database(folder, ""), SubjectKeys(folder / KEYS_FILE_NAME, rng.randbytes)
        )
    )
    time.append(place)
    try:
        yield place
    finally:
        place.close()
