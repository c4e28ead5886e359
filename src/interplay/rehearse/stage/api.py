"""A data directory on a virtual clock, whose chance and keys follow from a seed: the same seed tells the same."""

import random
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import assemble, create
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import Stored
from interplay.engine.oltp.contracts import Answer, Ask, Command, GroupCommand, Priority
from interplay.engine.oltp.opening import open_database
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.wire.contracts import Question
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand, Settings

_MEMORY = Path("/dev/shm")  # noqa: S108 - only as a place for what is thrown away, or put where it belongs later
MEMORY = _MEMORY if _MEMORY.is_dir() else None
"""Where commits need no disk. None: where the system puts what is temporary."""
PREFIX = "interplay-"
"""Of temporary folders."""


class Stage:
    """What use cases need of a data directory, made here; `at` is the time there, which whoever plays sets."""

    def __init__(self, folder: Path, brand: Brand, at: Micros, seed: int) -> None:
        self.at = at
        rng, settings = random.Random(seed), Settings(brand)  # noqa: S311 - it is to be repeated by its seed
        create(folder, settings)
        (folder / KEYS_FILE_NAME).unlink()  # those keys are chance
        SubjectKeys.create(folder / KEYS_FILE_NAME, rng.randbytes)
        keys = SubjectKeys(folder / KEYS_FILE_NAME, rng.randbytes)
        world = World(brand, lambda: self.at, rng, lambda: f"{rng.getrandbits(128):032x}", rng.randbytes)
        self.home = assemble(folder, settings, world, open_database(folder, ""), keys)
        self._door = Door(self.home)
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

    def close(self) -> None:
        self._door.close()
        self.home.close()


__all__ = ["MEMORY", "PREFIX", "Stage"]
