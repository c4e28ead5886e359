"""The sender: a thread with a loop of its own that takes what is due from the outbox and brings it to its endpoint.

Several deliveries are under way at once, so their order is not promised. Each endpoint has its own queue and its own
places: one that is slow or dead holds nobody up but itself. Who dies between claim and settle leaves a lease, and
the next sends the same message with the same id.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import httpx
import structlog

from interplay.engine.delivery.calling import call, new_client
from interplay.engine.delivery.contracts import Content, Endpoint, Outcome, Source, Withheld
from interplay.engine.delivery.endpoints import Stop, stop
from interplay.engine.delivery.lanes import Lane
from interplay.engine.oltp.contracts import Command, Priority, Writing
from interplay.engine.oltp.database import Database
from interplay.engine.outbox import api as outbox
from interplay.engine.outbox.api import Claim, Delivery, Settle
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.time import SECOND

LOOK_SECONDS = 0.25
LEASE_SPARE_SECONDS = 45.0  # over an endpoint's own time limit
MAKERS_MAX = 4  # threads that make what is sent
REASON_CHARS_MAX = 300
CLOSE_SECONDS_MAX = 5.0

T = TypeVar("T")
log = structlog.get_logger()


class Sender:
    """Delivers what `sources` speak for, by kind of endpoint, until closed. `writing` is the way to the writer."""

    def __init__(
        self,
        world: World,
        database: Database,
        keys: SubjectKeys,
        writing: Writing,
        sources: Mapping[str, Source],
        *,
        are_private_allowed: bool = False,
    ) -> None:
        self._world = world
        self._database = database
        self._keys = keys
        self._writing = writing
        self._sources = sources
        self._are_private_allowed = are_private_allowed
        self._lanes: dict[str, Lane] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._makers = ThreadPoolExecutor(MAKERS_MAX, thread_name_prefix="sender")
        self._loop = asyncio.new_event_loop()
        self._moved = asyncio.Event()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; what is under way is given up and will be sent again, with the same ids."""
        self._is_open = False
        self._loop.call_soon_threadsafe(self._moved.set)
        self._thread.join(CLOSE_SECONDS_MAX)
        self._makers.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._follow())

    async def _follow(self) -> None:
        async with new_client() as client:
            while self._is_open:
                self._moved.clear()
                try:
                    await self._look(client)
                except AppError as error:  # the writer is away or busy: it will be back
                    log.warning("sender waits", reason=str(error))
                except Exception:  # the worker loop: one endpoint's bug must not end all deliveries
                    log.exception("sender failed")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), LOOK_SECONDS)
            for task in self._under_way:
                task.cancel()

    async def _look(self, client: httpx.AsyncClient) -> None:
        """Start what is due and has a place."""
        endpoints = await self._in_thread(self._endpoints)
        due = await self._in_thread(outbox.next_due, self._database, list(endpoints))
        now = self._world.now()
        for queue, endpoint in endpoints.items():
            lane = self._lanes.setdefault(queue, Lane())
            free = lane.free(endpoint.at_once_max, now) if due.get(queue, now + 1) <= now else 0
            if free:
                lease = int((endpoint.seconds_max + LEASE_SPARE_SECONDS) * SECOND)
                ask = Claim(queue, is_repeatable=True, deliveries_max=free, lease_micros=lease)
                for delivery in await self._write(outbox.claim, ask):
                    self._start(client, endpoint, lane, delivery)

    def _endpoints(self) -> dict[str, Endpoint]:
        found = (endpoint for source in self._sources.values() for endpoint in source.endpoints())
        return {endpoint.queue: endpoint for endpoint in found if endpoint.secrets}

    def _start(self, client: httpx.AsyncClient, endpoint: Endpoint, lane: Lane, delivery: Delivery) -> None:
        lane.running_count += 1
        task = self._loop.create_task(self._deliver(client, endpoint, lane, delivery))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, client: httpx.AsyncClient, endpoint: Endpoint, lane: Lane, delivery: Delivery) -> None:
        try:
            settle = await self._attempt(client, endpoint, lane, delivery)
            await self._write(outbox.settle, settle)
        except AppError as error:  # its lease ends, and it is sent again with the same id
            log.warning("delivery not settled", endpoint=endpoint.queue, reason=str(error))
        except Exception:  # as above
            log.exception("delivery failed", endpoint=endpoint.queue)
        finally:
            lane.running_count -= 1
            self._moved.set()

    async def _attempt(self, client: httpx.AsyncClient, endpoint: Endpoint, lane: Lane, delivery: Delivery) -> Settle:
        try:
            content = await self._in_thread(self._sources[endpoint.kind].content, endpoint, delivery)
        except AppError as error:
            return Settle(endpoint.queue, delivery.key, error.text("en")[:REASON_CHARS_MAX])
        if isinstance(content, Withheld):
            return Settle(endpoint.queue, delivery.key, content.reason, is_withheld=True)
        try:
            outcome = await call(
                client, endpoint, delivery.key, content, self._world.now(),
                are_private_allowed=self._are_private_allowed,
            )  # fmt: skip
        finally:
            content.close()
        lane.note(outcome, self._world.now())
        if outcome.is_gone:
            log.error(
                "an endpoint is gone: nothing more is sent to it", endpoint=endpoint.queue, version=endpoint.version
            )
            await self._write(stop, Stop(endpoint.kind, endpoint.name, endpoint.version))
        return self._settle(endpoint, delivery, content, outcome)

    def _settle(self, endpoint: Endpoint, delivery: Delivery, content: Content, outcome: Outcome) -> Settle:
        failure = outcome.failure and outcome.failure[:REASON_CHARS_MAX]
        sealed = None
        if outcome.answer:
            subject = NOBODY if content.subject is None else content.subject
            if subject == NOBODY or not self._keys.is_erased(subject):
                sealed = self._keys.seal(subject, outcome.answer)
        return Settle(
            endpoint.queue, delivery.key, failure, is_final=outcome.is_gone, retry_at=outcome.retry_at, answer=sealed
        )

    async def _write(self, command: Command[Any, T], ask: Any) -> T:
        return await asyncio.wrap_future(self._writing.submit(command, ask, Priority.LIVE))

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await self._loop.run_in_executor(self._makers, work, *args)
