"""Reaching a data directory: through the sockets of whoever holds it, or by holding it oneself."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import HeldError, Hold, Home, open_home
from interplay.bootstrap.registry import served
from interplay.bootstrap.upgrading import Upgraded, upgrade_home
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import Stored
from interplay.engine.oltp.contracts import Command, GroupCommand, Priority, Writing
from interplay.engine.oltp.database import Lead
from interplay.engine.oltp.writer import Writer
from interplay.engine.wire.client import WireClient
from interplay.engine.wire.contracts import Answer, Ask, Question
from interplay.engine.wire.server import WireServer, socket_path
from interplay.kernel.errors import AppError

if TYPE_CHECKING:
    from interplay.bootstrap.mind import Mind


class Access:
    """Questions and commands for one data directory, wherever its processes are. Close it when done."""

    def __init__(self, folder: Path) -> None:
        self.home: Home = open_home(folder)
        self.append: GroupCommand[Append, list[Stored]]
        self._asking: OwnMind | WireClient
        self._writing: Writer | WireClient
        self._door: Door | None = None
        self._hold: Hold | None = None
        self.upgraded: Upgraded | None = None  # what was done to older data when they were opened
        self._lead: Lead | None = None
        is_shared = self.home.database.is_shared
        try:
            self._hold = hold = Hold(folder, is_shared=is_shared)
        except HeldError:
            if is_shared:  # it is being moved to another database, or a backup takes its place
                self.home.close()
                raise
            self._reach()
        else:
            self._take(hold)

    @property
    def is_holder(self) -> bool:
        """Return whether this process holds the directory itself, and the warehouse with it."""
        return self._lead is not None

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

    def submit_in_order(
        self, command: Command[Ask, Answer], asks: Sequence[Ask], priority: Priority
    ) -> "Future[list[Answer]]":
        """Have a command run once for each, one after the other."""
        return self._writing.submit_in_order(command, asks, priority)

    def close(self) -> None:
        self._asking.close()
        if self._door is not None:
            self._door.close()
        else:
            self._writing.close()
        self.home.close()
        if self._lead is not None:
            self._lead.close()
        if self._hold is not None:
            self._hold.close()

    def __enter__(self) -> "Access":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, hold: Hold) -> None:
        try:
            self.upgraded = upgrade_home(self.home)
        except AppError:
            self.home.close()
            hold.close()
            raise
        door = self._door = Door(self.home)
        self.append = door.append
        self._writing = door.writer
        self._lead = self.home.database.try_lead()
        if self._lead is not None:
            self._asking = OwnMind(self.home, door.writer)
        else:
            self._asking = WireClient(socket_path(self.home.folder, "mind"))

    def _reach(self) -> None:
        self.append = self.home.appender.command
        self._writing = WireClient(socket_path(self.home.folder, "door"))
        self._asking = WireClient(socket_path(self.home.folder, "mind"))


class OwnMind:
    """A mind that begins to think when it is first asked, so that an import, say, does not share the processor with it.

    It has no hurry: whoever holds the directory alone waits until every fact is read.
    """

    def __init__(self, home: Home, writing: Writing) -> None:
        self._home = home
        self._writing = writing
        self._lock = threading.Lock()
        self._mind: Mind | None = None
        self._server = WireServer(socket_path(home.folder, "mind"), served(self.ask))

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        with self._lock:
            if self._mind is None:
                self._mind = self._wake_up()
        return self._mind.ask(question, ask)

    def close(self) -> None:
        self._server.close()
        if self._mind is not None:
            self._mind.close()

    def _wake_up(self) -> "Mind":
        from interplay.bootstrap.mind import Mind  # a lazy seam: DuckDB and Arrow, for who answers questions itself

        return Mind(self._home, self._writing, behind_seconds_max=float(threading.TIMEOUT_MAX))
