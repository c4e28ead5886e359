"""Where requests are dealt with: blocking questions and commands run in a few threads, the loop never waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, Protocol, TypeVar

from interplay.bootstrap.reach import Reach
from interplay.collect.facts.api import Current, Declarations
from interplay.engine.oltp.writer import Writer
from interplay.engine.wire.contracts import Answer, Ask, Question
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import iso, parse_instant

P = ParamSpec("P")
R = TypeVar("R")

QUESTIONS_AT_ONCE_MAX = 4
QUESTIONS_WAITING_MAX = 64
EARLIEST = Micros(0)
LATEST = Micros(7_258_118_400_000_000)  # 2200-01-01


class DoorReach(Reach, Protocol):
    """The reach of the process that has the writer."""

    @property
    def writer(self) -> Writer: ...


class Desk:
    """What every route of the API works with."""

    def __init__(self, reach: Reach, at_once_max: int = QUESTIONS_AT_ONCE_MAX) -> None:
        self.reach = reach
        home = reach.home
        self._declarations = Declarations(home.database, home.settings.brand, home.keys)
        self._threads = ThreadPoolExecutor(at_once_max, thread_name_prefix="desk")
        self._waiting_count = 0

    async def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        """Return the answer to a question about everything stored so far."""
        return await self.run(self.reach.ask, question, ask)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what blocking work returns. Raises AppError `http.busy` (503) when too much waits already."""
        if self._waiting_count >= QUESTIONS_WAITING_MAX:
            raise AppError("http.busy", status=503, waiting_max=QUESTIONS_WAITING_MAX)
        self._waiting_count += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        finally:
            self._waiting_count -= 1

    def declared(self) -> Current:
        """Return what is declared now; blocking."""
        return self._declarations.current()

    def instant(self, text: str | None) -> Micros | None:
        """Return the instant of `at`, read in the brand's zone. Raises AppError `time.instant` or `http.at`."""
        if text is None:
            return None
        at = parse_instant(text, self.reach.home.world.zone)
        if not EARLIEST <= at <= LATEST:
            raise AppError("http.at", given=text, earliest=iso(EARLIEST), latest=iso(LATEST))
        return at

    def now(self) -> Micros:
        return self.reach.home.world.now()

    def close(self) -> None:
        """Start nothing more; what runs may end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
