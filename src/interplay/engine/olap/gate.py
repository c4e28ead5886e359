"""Many use a file at once; who puts another in its place has it alone for a moment."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Counts who is inside. Whoever is inside may enter again, so nobody waits for himself."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._inside: dict[int, int] = {}
        self._is_shut = False

    @contextmanager
    def use(self) -> Iterator[None]:
        """Be inside; wait while somebody has the file alone."""
        me = threading.get_ident()
        with self._moved:
            while self._is_shut and me not in self._inside:
                self._moved.wait()
            self._inside[me] = self._inside.get(me, 0) + 1
        try:
            yield
        finally:
            with self._moved:
                self._inside[me] -= 1
                if not self._inside[me]:
                    del self._inside[me]
                self._moved.notify_all()

    @contextmanager
    def alone(self, seconds_max: float) -> Iterator[bool]:
        """Shut the gate and yield whether everybody came out in time; nobody comes in before this ends."""
        until = time.monotonic() + seconds_max
        with self._moved:
            self._is_shut = True
            while self._inside and self._moved.wait(max(until - time.monotonic(), 0)):
                pass
            is_empty = not self._inside
        try:
            yield is_empty
        finally:
            with self._moved:
                self._is_shut = False
                self._moved.notify_all()
