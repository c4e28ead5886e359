"""Reaching a data directory: through the sockets of whoever holds it, or by holding it oneself."""

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import Hold, Home, open_home
from interplay.bootstrap.schema import upgrade
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.contracts import Stored
from interplay.engine.oltp.contracts import Command, GroupCommand, Priority
from interplay.engine.oltp.writer import Writer
from interplay.engine.wire.client import WireClient
from interplay.engine.wire.contracts import Answer, Ask, Question
from interplay.engine.wire.server import socket_path
from interplay.kernel.errors import AppError

if TYPE_CHECKING:
    from interplay.bootstrap.mind import Mind


class Access:
    """Questions and commands for one data directory, wherever its processes are. Close it when done."""

    def __init__(self, folder: Path) -> None:
        self.home: Home = open_home(folder)
        self.append: GroupCommand[Append, list[Stored]]
        self._asking: Mind | WireClient
        self._writing: Writer | WireClient
        self._door: Door | None = None
        self._hold: Hold | None = None
        try:
            self._hold = Hold(folder)
        except AppError as error:
            if error.code != "home.held":
                raise
            self._reach()
        else:
            self._take()

    @property
    def is_holder(self) -> bool:
        """Return whether this process holds the directory itself."""
        return self._hold is not None

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        """Return an answer that knows every fact stored so far."""
        return self._asking.ask(question, ask)

    def submit(
        self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask, priority: Priority = Priority.LIVE
    ) -> "Future[Answer]":
        return self._writing.submit(command, ask, priority)

    def write(self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask) -> Answer:
        """Run a command and wait until it is on disk."""
        return self._writing.submit(command, ask).result()

    def close(self) -> None:
        self._asking.close()
        if self._door is not None:
            self._door.close()
        else:
            self._writing.close()
        self.home.close()
        if self._hold is not None:
            self._hold.close()

    def __enter__(self) -> "Access":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> None:
        from interplay.bootstrap.mind import Mind  # a lazy seam: DuckDB and Arrow, for who answers questions itself

        upgrade(self.home.database)
        door = self._door = Door(self.home)
        self.append = door.append
        self._writing = door.writer
        self._asking = Mind(self.home, door.writer)

    def _reach(self) -> None:
        self.append = Appender(self.home.keys).command
        self._writing = WireClient(socket_path(self.home.folder, "door"))
        self._asking = WireClient(socket_path(self.home.folder, "mind"))
