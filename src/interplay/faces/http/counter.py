"""The counter: where tills and phones are served. Many use cases are under way in few threads, of a file in one.

A use case that yields what it wants done (`acts.contracts.Asking`) leaves its thread to the next one while the writer
works. So as many orders share a flush as there are people who wait, and no thread is woken only to wait again.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from interplay.acts import api as acts
from interplay.acts.contracts import Asking, Do, Errand
from interplay.faces.http.desk import Desk, DoorReach
from interplay.faces.http.waiting import WayBack
from interplay.kernel.errors import AppError

P = ParamSpec("P")
R = TypeVar("R")

Told = Callable[[Any, BaseException | None], None]

BEGIN = object()
"""Stands for the answer to nothing: a use case begins."""
ORDERS_AT_ONCE_MAX = 16
"""Of those that hold a thread until they are through."""
CASES_WAITING_MAX = 512
CASE_THREADS = 1
"""It reads and computes; of a file two would only take the interpreter from each other: eight of a hundred orders."""
CASE_THREADS_OF_A_SERVER = 3
"""Every question to PostgreSQL is a way through the network; but eight cost a quarter more than three."""


class Counter(Desk):
    """A desk for whoever stands at a till or has a phone in the hand."""

    def __init__(self, reach: DoorReach) -> None:
        super().__init__(reach, ORDERS_AT_ONCE_MAX)
        self._acts = reach.home.acts
        self._writer = reach.writer
        self._ready: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._back: WayBack | None = None
        self._cases_count = 0
        threads = CASE_THREADS_OF_A_SERVER if reach.home.database.is_shared else CASE_THREADS
        self._serving = [Thread(target=self._serve, name=f"counter-{n}", daemon=True) for n in range(threads)]
        for one in self._serving:
            one.start()

    async def act(self, use_case: Callable[P, Asking[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a use case comes to. It may read and compute, and yields what is to be written.

        Raises AppError `http.busy` (503) when too many are under way already.
        """
        asking = use_case(*args, **kwargs)
        answer: R = await self._told(lambda told: self._go_on(asking, BEGIN, told))
        return answer

    async def look(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a short piece of reading returns, in the same threads. Raises AppError as `act` does."""
        answer: R = await self._told(lambda told: _tell(told, lambda: work(*args, **kwargs)))
        return answer

    def close(self) -> None:
        super().close()
        for _ in self._serving:
            self._ready.put(None)

    async def _told(self, begin: Callable[[Told], None]) -> Any:
        """Have something begun in one of the threads, and return what is told of it from any thread."""
        if self._cases_count >= CASES_WAITING_MAX:
            raise AppError("http.busy", status=503, waiting_max=CASES_WAITING_MAX)
        back = self._way_back()
        future: asyncio.Future[Any] = back.loop.create_future()
        self._cases_count += 1
        try:
            self._ready.put(lambda: begin(lambda answer, error: back.settle(future, answer, error)))
            return await future
        finally:
            self._cases_count -= 1

    def _way_back(self) -> WayBack:
        if self._back is None or self._back.loop is not asyncio.get_running_loop():
            self._back = WayBack()
        return self._back

    def _serve(self) -> None:
        while (step := self._ready.get()) is not None:
            step()

    def _go_on(self, asking: Asking[Any], answer: Any, told: Told) -> None:
        """Run a use case until it is through, or until it wants something done; then the writer has it go on."""

        def answered(answer: Any, error: BaseException | None) -> None:
            if error is None:
                self._ready.put(lambda: self._go_on(asking, answer, told))
            else:
                told(None, error)

        try:
            wanted = next(asking) if answer is BEGIN else asking.send(acts.checked(answer))
            if isinstance(wanted, Errand):
                self._writer.post(wanted.command, wanted.ask, answered)
            else:
                self._writer.post(self._acts.command, Do(wanted), answered)
        except StopIteration as end:
            told(end.value, None)
        except Exception as error:  # noqa: BLE001 - it is told to whoever waits
            told(None, error)


def _tell(told: Told, work: Callable[[], Any]) -> None:
    try:
        answer = work()
    except Exception as error:  # noqa: BLE001 - it is told to whoever waits
        told(None, error)
    else:
        told(answer, None)
