"""From other threads back into the event loop: one wake-up for many answers, not one for each."""

import asyncio
from collections import deque
from typing import Any

from interplay.engine.oltp.contracts import AnyCommand, Priority
from interplay.engine.oltp.writer import Writer


class WayBack:
    """Settles futures of one event loop from any thread. Make it inside that loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._settled: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._is_waking = False

    def settle(self, future: "asyncio.Future[Any]", answer: Any, error: BaseException | None) -> None:
        self._settled.append((future, answer, error))
        if not self._is_waking:
            self._is_waking = True
            self.loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._is_waking = False
        while self._settled:
            future, answer, error = self._settled.popleft()
            if future.cancelled():
                continue
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)


class AsyncWriter:
    """The writer, awaitable. Make it inside the event loop that will wait."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._back = WayBack()

    def run(self, command: AnyCommand, ask: Any, priority: Priority = Priority.LIVE) -> "asyncio.Future[Any]":
        """Return a future of the command's answer, once it is on disk."""
        future = self._back.loop.create_future()
        self._writer.post(command, ask, lambda answer, error: self._back.settle(future, answer, error), priority)
        return future
