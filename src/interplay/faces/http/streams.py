"""Live numbers by server-sent events: worked out once for all who look at the same, and not at all while nobody does.

Who is slow is told the newest state when she is ready, and never those in between.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from typing import NamedTuple

import structlog

from interplay.kernel.errors import AppError

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0  # proxies let go of what is silent for longer
RETRY_MILLISECONDS = 3_000
LISTENERS_MAX = 2_000
MEDIA_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}  # nginx keeps nothing back

log = structlog.get_logger()


class Update(NamedTuple):
    """What is told: `mark` is another one whenever there is something new to tell."""

    mark: Hashable
    id: str
    data: bytes  # one line


Look = Callable[[Hashable], Awaitable[Update | None]]
"""Returns the newest state, or None if the mark is still that of the last one."""


class _Channel:
    """What some listeners look at together."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.listeners = 0
        self.number = 0  # of states so far
        self.event = b""
        self.woken = asyncio.Event()
        self.is_over = False
        self._mark: Hashable = None
        self._woke_at = time.monotonic()

    async def follow(self, is_open: Callable[[], bool]) -> None:
        """Look again and again while somebody listens. Whatever ends it ends their streams."""
        try:
            while self.listeners and is_open():
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self.is_over = True
            self._wake()

    async def _look(self) -> None:
        try:
            update = await self.look(self._mark)
        except AppError as wrong:  # too busy, or behind: they keep what they have
            log.info("stream", code=wrong.code)
            update = None
        if update is not None and update.mark != self._mark:
            self._mark, self.number = update.mark, self.number + 1
            self.event = b"id: %s\ndata: %s\n\n" % (update.id.encode(), update.data)
            self._wake()
        elif time.monotonic() - self._woke_at >= HEARTBEAT_SECONDS:
            self._wake()

    def _wake(self) -> None:
        self._woke_at = time.monotonic()
        woken, self.woken = self.woken, asyncio.Event()
        woken.set()


class Streams:
    """The channels of one process, in its loop."""

    def __init__(self, listeners_max: int = LISTENERS_MAX) -> None:
        self._listeners_max = listeners_max
        self._channels: dict[Hashable, _Channel] = {}
        self._following: set[asyncio.Task[None]] = set()
        self._is_open = True

    def close(self) -> None:
        """End all streams within a second. From any thread."""
        self._is_open = False

    def listen(self, key: Hashable, look: Look, states: int | None = None) -> AsyncIterator[bytes]:
        """Return events, `states` of them or without an end. Raises AppError `http.streams` (503) when too many listen.

        Of several who listen to one key, the first one's `look` is used.
        """
        if sum(one.listeners for one in self._channels.values()) >= self._listeners_max:
            raise AppError("http.streams", status=503, most=self._listeners_max)
        return self._events(key, look, states)

    async def _events(self, key: Hashable, look: Look, states: int | None) -> AsyncIterator[bytes]:
        channel = self._joined(key, look)
        try:
            yield b"retry: %d\n\n" % RETRY_MILLISECONDS
            seen = told = 0
            while not channel.is_over and (states is None or told < states):
                if channel.number == seen:
                    await channel.woken.wait()
                if channel.number == seen:
                    yield b":\n\n"
                    continue
                seen, told = channel.number, told + 1
                yield channel.event
        finally:
            channel.listeners -= 1
            if not channel.listeners and self._channels.get(key) is channel:
                del self._channels[key]

    def _joined(self, key: Hashable, look: Look) -> _Channel:
        channel = self._channels.get(key)
        if channel is None or channel.is_over:
            channel = self._channels[key] = _Channel(look)
            channel.listeners = 1
            task = asyncio.get_running_loop().create_task(channel.follow(lambda: self._is_open))
            self._following.add(task)  # a loop keeps only weak references
            task.add_done_callback(self._following.discard)
        else:
            channel.listeners += 1
        return channel
