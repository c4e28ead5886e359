"""What a face needs of a data directory, whichever process holds it."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from interplay.bootstrap.home import Home
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import Stored
from interplay.engine.oltp.contracts import Answer, Ask, Command, GroupCommand, Priority
from interplay.engine.wire.contracts import Question


class Reach(Protocol):
    """Questions and commands for one data directory. `access.Access` is one."""

    @property
    def home(self) -> Home: ...

    @property
    def append(self) -> GroupCommand[Append, list[Stored]]:
        """Return the command that stores facts."""

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        """Return an answer that knows every fact stored so far."""

    def submit(
        self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask, priority: Priority = Priority.LIVE
    ) -> "Future[Answer]":
        """Queue a command."""

    def write(self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask) -> Answer:
        """Run a command and wait until it is on disk."""

    def submit_in_order(
        self, command: Command[Ask, Answer], asks: Sequence[Ask], priority: Priority
    ) -> "Future[list[Answer]]":
        """Have a command run once for each, one after the other."""
        ...
