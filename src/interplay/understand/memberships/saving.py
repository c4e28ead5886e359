"""Moves on their way to the disk, some at a time, beside the steps that follow."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from itertools import islice

from interplay.engine.oltp.contracts import Command, Priority, Writing
from interplay.understand.memberships.contracts import Keep, Known

SLICES_AT_ONCE_MAX = 50


@dataclass(slots=True)
class _Batch:
    """Slices that travel together; once they are on disk, segments know what is in `then`."""

    slices: list[Keep]
    then: Known | None = None


class Saving:
    """For the thread that follows; `known` is for any.

    `on_written` is called, in any thread, when a batch is on disk or could not be written.
    """

    def __init__(self, writing: Writing, keep: Command[Keep, int], on_written: Callable[[], None]) -> None:
        self._writing = writing
        self._keep = keep
        self._on_written = on_written
        self._pending: deque[_Batch] = deque()
        self._sent: tuple[_Batch, Future[list[int]]] | None = None
        self._known = Known()
        self._lock = threading.Lock()

    def add(self, slices: Sequence[Keep]) -> None:
        """Note what is to be written, in order, after all before it."""
        rest = iter(slices)
        while some := list(islice(rest, SLICES_AT_ONCE_MAX)):
            self._pending.append(_Batch(some))

    def then_knows(self, known: Known) -> None:
        """Say what segments know once everything that was added is on disk."""
        with self._lock:
            if self._pending:
                self._pending[-1].then = known
            elif self._sent is not None and not _is_on_disk(self._sent[1]):
                self._sent[0].then = known
            else:
                self._known = known

    def known(self) -> Known:
        """Return what segments know by what is on disk."""
        with self._lock:
            if self._sent is not None and self._sent[0].then is not None and _is_on_disk(self._sent[1]):
                self._known = self._sent[0].then
            return self._known

    def has_waiting(self) -> bool:
        """Return whether there is more than what is being written."""
        return bool(self._pending)

    def has_ended(self) -> bool:
        """Return whether there is something to do: another batch is to be sent, or one could not be written."""
        if self._sent is None or not self._sent[1].done():
            return False
        return self.has_waiting() or not _is_on_disk(self._sent[1])

    def go_on(self) -> None:
        """Send the next batch, unless one is under way. Raises what kept the last one off the disk."""
        if self._sent is not None and self._sent[1].done():
            self.finish()
        if self._sent is None and self._pending:
            batch = self._pending.popleft()
            answer = self._writing.submit_in_order(self._keep, batch.slices, Priority.BULK)
            with self._lock:
                self._sent = batch, answer
            answer.add_done_callback(lambda _: self._on_written())

    def finish(self) -> None:
        """Wait until what was sent is on disk. Raises what kept it off."""
        if self._sent is not None:
            self._sent[1].result()
            self.known()
            self._let_go()

    def forget(self) -> None:
        """Drop what waits, once what was sent is on disk or is not: then the store says where segments stand."""
        self._pending.clear()
        if self._sent is not None:
            wait([self._sent[1]])
            self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            self._sent = None


def _is_on_disk(answer: "Future[list[int]]") -> bool:
    return answer.done() and answer.exception() is None
