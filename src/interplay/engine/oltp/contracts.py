"""A command is the only thing that changes the database: a name, a message in, a message out.

Because it is a name and a message, the process that wants it and the process that runs it may differ:
`serve` has one writer, in the door, and the mind and the command line send their commands there.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection

from interplay.engine.oltp.database import Lock, Raw
from interplay.kernel.context import World
from interplay.kernel.errors import AppError

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


class StorageError(AppError):
    """The database did not do as told: no answer, a conflict with another writer, no room. It is everybody's.

    `is_passing`: the same again may well succeed at once.
    """

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        super().__init__("engine.database", status=503, reason=reason)
        self.reason = reason
        self.is_passing = is_passing


GROUP_IS_LOST = (sqlite3.OperationalError, OSError, StorageError)
"""What no command may catch and go on: the disk or the database, so the whole group is lost."""


class Priority(IntEnum):
    """Somebody waits for a live command; bulk work goes in slices behind it."""

    LIVE = 0
    BULK = 1


@dataclass(slots=True)
class Tx:
    """The transaction a command runs in. It cannot commit: the writer does, for the whole group."""

    connection: Connection
    raw: Raw  # the same connection, for the log's own statements
    world: World
    committed: list[Callable[[], None]] = field(default_factory=list)  # run once the group is on disk
    lost: list[Callable[[], None]] = field(default_factory=list)  # run when the group is not

    @contextmanager
    def part(self) -> Iterator[None]:
        """Take back what was done inside when it raises: the statements, and what was to be told afterwards."""
        committed, lost = len(self.committed), len(self.lost)
        self.raw.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self.raw.in_transaction:  # a failing disk may have ended it
                self.raw.execute("ROLLBACK TO part")
                self.raw.execute("RELEASE part")
            del self.committed[committed:]
            for undo in self.lost[lost:]:
                undo()
            del self.lost[lost:]
            raise
        self.raw.execute("RELEASE part")


@dataclass(frozen=True, slots=True)
class Command(Generic[Ask, Answer]):
    """A conditional change. `run` holds the writer, so it reads little and computes nothing.

    Where several processes write (PostgreSQL), `lock` is what it has to itself meanwhile. With all of it, the default,
    it runs as if nobody else wrote, so what it has read holds. Who needs less keeps others waiting less; with none, it
    takes what it changes by conditional statements and row locks.
    """

    name: str
    ask: type[Ask]
    answer: Any  # the type of the answer, for the way through a socket
    run: Callable[[Tx, Ask], Answer]
    lock: Lock = Lock.ALL


@dataclass(frozen=True, slots=True)
class GroupCommand(Generic[Ask, Answer]):
    """A command that runs once for everything of its kind in the group; when that fails, once for each."""

    name: str
    ask: type[Ask]
    answer: Any
    run: Callable[[Tx, list[Ask]], list[Answer]]
    lock: Lock = Lock.ALL


AnyCommand = Command[Any, Any] | GroupCommand[Any, Any]


class Submitting(Protocol):
    """Something that commands are handed to: the writer, a socket to it, or what reaches one of them."""

    def submit(
        self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask, priority: Priority = Priority.LIVE
    ) -> Future[Answer]:
        """Return a future that holds the answer once it is on disk, or the error that kept it off."""
        ...


class Writing(Submitting, Protocol):
    """Something that runs commands: the writer itself, or a socket to it."""

    def submit_in_order(
        self, command: Command[Ask, Answer], asks: Sequence[Ask], priority: Priority
    ) -> Future[list[Answer]]:
        """Have a command run once for each, one after the other; the future holds all answers, or the first error."""
        ...


def write(
    writing: Submitting,
    command: Command[Ask, Answer] | GroupCommand[Ask, Answer],
    ask: Ask,
    priority: Priority = Priority.LIVE,
) -> Answer:
    """Run a command and wait until it is on disk."""
    return writing.submit(command, ask, priority).result()
