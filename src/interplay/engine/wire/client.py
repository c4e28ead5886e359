"""Asking through the socket: the same calls as in the process that holds the data directory."""

import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from interplay.engine.oltp.contracts import Command, GroupCommand, Priority
from interplay.engine.wire.contracts import FRAME_BYTES_MAX, Answer, Ask, Failure, Question, Request, Response, in_order
from interplay.engine.wire.server import read_frame, too_large, write_frame
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang

CONNECTIONS_MAX = 4
CONNECT_SECONDS_MAX = 5.0


class RelayedError(AppError):
    """A mistake that the other side found, in its words."""

    def __init__(self, failure: Failure) -> None:
        params = {name: value for name, value in failure.params.items() if name != "status"}
        super().__init__(failure.code, status=failure.status, **params)
        self._texts = failure.texts

    def text(self, lang: Lang = "en") -> str:
        return self._texts[lang]


class WireClient:
    """Runs commands and asks questions elsewhere. Safe for many threads; each keeps a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(CONNECTIONS_MAX, thread_name_prefix="wire-client")

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        """Return the answer. Raises what the other side raised, or AppError `engine.away`."""
        answer: Answer = self._call(question.name, ask, question.answer, is_bulk=False)
        return answer

    def submit(
        self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask, priority: Priority = Priority.LIVE
    ) -> "Future[Answer]":
        is_bulk = priority is Priority.BULK
        return self._pool.submit(self._call, command.name, ask, command.answer, is_bulk=is_bulk)

    def submit_in_order(
        self, command: Command[Ask, Answer], asks: Sequence[Ask], priority: Priority
    ) -> "Future[list[Answer]]":
        """Have a command run once for each, one after the other; they travel as one."""
        name, answers = in_order(command.name), list[command.answer]  # type: ignore[name-defined]
        return self._pool.submit(self._call, name, list(asks), answers, is_bulk=priority is Priority.BULK)

    def close(self) -> None:
        self._pool.shutdown()

    def _call(self, name: str, ask: Any, answer: Any, *, is_bulk: bool) -> Any:
        frame = msgspec.msgpack.encode(Request(name, msgspec.Raw(msgspec.msgpack.encode(ask)), is_bulk))
        if len(frame) > FRAME_BYTES_MAX:
            raise too_large(frame)
        response = msgspec.msgpack.decode(self._exchange(frame), type=Response)
        if (failure := response.failure) is None:
            return msgspec.msgpack.decode(response.answer, type=answer)
        if failure.code:
            raise RelayedError(failure)
        raise RuntimeError(f"{name}: {failure.params.get('reason')}")

    def _exchange(self, frame: bytes) -> bytes:
        connection = getattr(self._local, "connection", None) or self._connect()
        try:
            write_frame(connection, frame)
            reply = read_frame(connection)
        except OSError:
            reply = None
        if reply is None:  # the other side went away: whether it did the thing is not known here
            connection.close()
            self._local.connection = None
            raise AppError("engine.away", status=503, path=str(self._path))
        return reply

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS_MAX)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise AppError("engine.away", status=503, path=str(self._path)) from None
        connection.settimeout(None)
        self._local.connection = connection
        return connection
