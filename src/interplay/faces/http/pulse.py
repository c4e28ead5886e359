"""Whether the parts answer: the writer and the mind. Each look has its own thread and a time limit."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import version
from types import NoneType
from typing import Any

from msgspec import Struct

from interplay.bootstrap.reach import Reach
from interplay.bootstrap.registry import Look, look
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command
from interplay.kernel.errors import AppError

LOOK_SECONDS_MAX = 2.0

touch_writer = Command("health.touch", NoneType, None, lambda _tx, _ask: None)


class Health(Struct, frozen=True):
    """How it is. `database` is SQLite or PostgreSQL; `away` names the parts that do not answer: writer, mind."""

    status: str
    version: str
    database: str
    log_position: int | None
    warehouse_position: int | None
    away: list[str]


class Pulse:
    """Feels the parts. A part that hangs is asked once, however often somebody looks."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="pulse")
        self._looking: dict[str, Future[Any]] = {}

    async def feel(self) -> Health:
        """Return how it is, after `LOOK_SECONDS_MAX` at the latest."""
        log_position, warehouse_position = await asyncio.gather(
            self._answer("writer", self._touch_writer), self._answer("mind", self._touch_mind)
        )
        parts = {"writer": log_position, "mind": warehouse_position}
        away = [part for part, answer in parts.items() if answer is None]
        kind = self._reach.home.database.name
        return Health("away" if away else "ok", version("interplay"), kind, log_position, warehouse_position, away)

    async def _answer(self, part: str, work: Callable[[], int]) -> int | None:
        running = self._looking.get(part)
        if running is None or running.done():
            running = self._looking[part] = self._threads.submit(work)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(running)), LOOK_SECONDS_MAX)
        except (TimeoutError, AppError):
            return None

    def _touch_writer(self) -> int:
        self._reach.write(touch_writer, None)
        with closing(LogReader(self._reach.home.database)) as reader:
            return reader.last_position()

    def _touch_mind(self) -> int:
        return self._reach.ask(look, Look()).position

    def close(self) -> None:
        self._threads.shutdown(wait=False)
