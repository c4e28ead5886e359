"""The one writer: it takes what waits, runs it in one transaction, commits once, then answers everybody.

One commit costs one flush to the disk, whether it holds one command or a thousand; under load the flushes
are shared. Nobody is told yes before the flush; when it fails, everybody in the group is told no.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from interplay.engine.oltp.contracts import (
    GROUP_IS_LOST,
    Answer,
    AnyCommand,
    Ask,
    Command,
    GroupCommand,
    Priority,
    StorageError,
    Tx,
)
from interplay.engine.oltp.database import Database, Raw
from interplay.kernel.context import World
from interplay.kernel.errors import AppError

GROUP_COMMANDS_MAX = 512
BULK_SECONDS_MAX = 0.02
WAITING_MAX = 20_000
TRIES_MAX = 4  # of a group that meets another writer's
CONNECT_PAUSE_SECONDS = 0.5

log = structlog.get_logger()


Done = Callable[[Any, BaseException | None], None]


@dataclass(slots=True)
class _Waiting:
    command: AnyCommand
    ask: Any
    done: Done
    since: float
    answer: Any = None
    error: BaseException | None = None


class Writer:
    """A thread that owns the writing connection. `close` finishes what waits."""

    def __init__(self, database: Database, world: World) -> None:
        self._world = world
        self._database = database
        self._engine = database.engine_for_writer()
        self._connection = self._engine.connect()
        self._raw = database.raw_of(self._connection)
        self._waiting: dict[Priority, deque[_Waiting]] = {priority: deque() for priority in Priority}
        self._condition = threading.Condition()
        self._between: list[Callable[[Raw], None]] = []
        self._is_open = True
        self.groups_count = 0
        self.commands_count = 0
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(
        self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask, priority: Priority = Priority.LIVE
    ) -> "Future[Answer]":
        """Queue a command. Raises AppError `engine.busy` when too many wait already."""
        future: Future[Answer] = Future()

        def done(answer: Answer, error: BaseException | None) -> None:
            if future.set_running_or_notify_cancel():
                future.set_result(answer) if error is None else future.set_exception(error)

        self.post(command, ask, done, priority)
        return future

    def submit_in_order(
        self, command: Command[Ask, Answer], asks: Sequence[Ask], priority: Priority
    ) -> "Future[list[Answer]]":
        """Queue a command once for each, one after the other; the future holds all answers, or the first error."""
        return _together([self.submit(command, ask, priority) for ask in asks])

    def post(self, command: AnyCommand, ask: Any, done: Done, priority: Priority = Priority.LIVE) -> None:
        """Queue a command; `done(answer, error)` is called in the writer's thread and must be quick."""
        with self._condition:
            if not self._is_open:
                raise AppError("engine.closed", status=503)
            if self.waiting_count() >= WAITING_MAX:
                raise AppError("engine.busy", status=503, waiting_max=WAITING_MAX)
            self._waiting[priority].append(_Waiting(command, ask, done, time.monotonic()))
            self._condition.notify()

    def waiting_count(self) -> int:
        """Return how many commands wait."""
        return len(self._waiting[Priority.LIVE]) + len(self._waiting[Priority.BULK])

    def between(self, upkeep: Callable[[Raw], None]) -> None:
        """Have something done on the connection between two groups, outside any transaction."""
        with self._condition:
            self._between.append(upkeep)
            self._condition.notify()

    def close(self) -> None:
        """Run what waits, then let go of the files."""
        with self._condition:
            self._is_open = False
            self._condition.notify()
        self._thread.join()
        self._connection.close()
        self._engine.dispose()

    def _run(self) -> None:
        while (group := self._take()) is not None:
            self._commit(group)
            self.groups_count += 1
            self.commands_count += len(group)

    def _take(self) -> list[_Waiting] | None:
        with self._condition:
            while self._is_open and not self._between and not any(self._waiting.values()):
                self._condition.wait()
            upkeep, self._between = self._between, []
        for one in upkeep:
            _safely(one, self._raw)
        with self._condition:
            return self._next_group()

    def _next_group(self) -> list[_Waiting] | None:
        """Take live commands, and one slice of bulk work when there are none or when it has waited long enough.

        One at a time, so that a live command never waits for many; but doors that are never quiet must not keep
        the mind from following them.
        """
        live, bulk = self._waiting[Priority.LIVE], self._waiting[Priority.BULK]
        group = [live.popleft() for _ in range(min(len(live), GROUP_COMMANDS_MAX))]
        if bulk and (not group or time.monotonic() - bulk[0].since > BULK_SECONDS_MAX):
            group.append(bulk.popleft())
        return group or ([] if self._is_open else None)

    def _commit(self, group: list[_Waiting]) -> None:
        """Run a group; again when it only came into another's way. Else all of it is told what became of it."""
        if not group:
            return
        for tries_left in reversed(range(TRIES_MAX)):
            tx = Tx(self._connection, self._raw, self._world)
            try:
                self._try(tx, group)
            except (sqlite3.Error, DBAPIError, OSError, StorageError) as lost:
                again = isinstance(lost, StorageError) and lost.is_passing and tries_left > 0
                self._take_back(tx, lost, len(group), again=again)
                if not again:
                    self._lose(group, lost)
                    return
            else:
                break
        for done in tx.committed:
            _safely(done)
        for one in group:
            _safely(one.done, one.answer, one.error)

    def _try(self, tx: Tx, group: list[_Waiting]) -> None:
        self._raw.begin(reduce(or_, (one.command.lock for one in group)))
        self._run_all(tx, group)
        self._raw.commit()

    def _take_back(self, tx: Tx, lost: BaseException, commands: int, *, again: bool) -> None:
        log.error("write group lost", reason=str(lost), commands=commands, again=again)
        if self._raw.in_transaction:
            _safely(self._raw.rollback)
        for undo in tx.lost:
            undo()
        if self._raw.is_lost:
            self._connect_again()

    def _lose(self, group: list[_Waiting], lost: BaseException) -> None:
        reason = lost.reason if isinstance(lost, StorageError) else str(lost)
        error = AppError("engine.storage", status=503, reason=reason)
        for one in group:
            _safely(one.done, None, error)

    def _connect_again(self) -> None:
        """Get another connection; while there is none, groups are told no, at a pace that leaves the database alone."""
        try:
            if not self._connection.closed:
                self._connection.invalidate()
                self._connection.close()
            self._connection = self._engine.connect()
            self._raw = self._database.raw_of(self._connection)
        except (DBAPIError, AppError) as away:
            log.error("no connection for the writer", reason=str(away))
            time.sleep(CONNECT_PAUSE_SECONDS)

    def _run_all(self, tx: Tx, group: list[_Waiting]) -> None:
        done: set[str] = set()
        for one in group:
            if isinstance(one.command, Command):
                self._run_some(tx, [one])
            elif one.command.name not in done:
                done.add(one.command.name)
                self._run_some(tx, [other for other in group if other.command.name == one.command.name])

    def _run_some(self, tx: Tx, some: list[_Waiting]) -> None:
        """Run one command, or all of a kind that run as one, in a savepoint.

        A mistake or a bug is of who brought it, so those that ran as one are then tried one by one; a failing
        disk is everybody's.
        """
        try:
            with tx.part():
                answers = _answers(tx, some[0].command, [one.ask for one in some])
        except GROUP_IS_LOST:
            raise
        except Exception as error:
            if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.OperationalError):
                raise
            some[0].error = error
        else:
            for one, answer in zip(some, answers, strict=True):
                one.answer, one.error = answer, None
        if some[0].error is not None and len(some) > 1:
            for one in some:
                self._run_some(tx, [one])


def _answers(tx: Tx, command: AnyCommand, asks: list[Any]) -> list[Any]:
    if isinstance(command, Command):
        return [command.run(tx, ask) for ask in asks]
    return command.run(tx, asks)


def _together(futures: "list[Future[Answer]]") -> "Future[list[Answer]]":
    """Return the future of all answers of commands of one priority: these are answered in the order they came."""
    answers: Future[list[Answer]] = Future()

    def done(_: "Future[Answer]") -> None:
        try:
            answers.set_result([future.result() for future in futures])
        except Exception as error:  # noqa: BLE001 - it is told to whoever waits
            answers.set_exception(error)

    if futures:
        futures[-1].add_done_callback(done)
    else:
        answers.set_result([])
    return answers


def _safely(call: Callable[..., None], *args: Any) -> None:
    """Tell or tend without letting a bug on the other side end the writer."""
    try:
        call(*args)
    except Exception:
        log.exception("after a write group")
