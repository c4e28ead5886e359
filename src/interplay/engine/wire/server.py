"""Serving the socket: a thread per connection, since its clients are a handful of local processes."""

import socket
import socketserver
import struct
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import structlog

from interplay.engine.wire.contracts import FRAME_BYTES_MAX, Failure, Request, Response
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS

PATH_BYTES_MAX = 100  # the kernel allows 107

log = structlog.get_logger()

_LENGTH = struct.Struct("<I")


class Served(msgspec.Struct, frozen=True):
    """One thing that this process answers."""

    ask: Any
    run: Callable[[Any, bool], Any]  # (message, is it bulk work) -> answer


def socket_path(folder: Path, name: str) -> Path:
    """Return where a data directory's socket is: in it, or in a private temporary folder if its path is too long."""
    path = folder.absolute() / "run" / f"{name}.sock"
    if len(str(path).encode()) <= PATH_BYTES_MAX:
        return path
    short = blake2b(str(path.parent).encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"interplay-{short}" / f"{name}.sock"


class WireServer:
    """Answers requests on a Unix socket until closed."""

    def __init__(self, path: Path, served: Mapping[str, Served]) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()
        self._path = path
        self._server = _Server(str(path), served)
        path.chmod(0o600)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="wire", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: str, served: Mapping[str, Served]) -> None:
        self.served = served
        super().__init__(path, _Handler)

    def handle_error(self, *_: object) -> None:
        """Say in the journal, not with a traceback of its own, that a connection ended badly."""
        log.exception("connection failed")


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        while (frame := read_frame(self.request)) is not None:
            with suppress(BrokenPipeError):
                write_frame(self.request, self._reply(frame))

    def _reply(self, frame: bytes) -> bytes:
        reply = msgspec.msgpack.encode(self._answer(frame), enc_hook=str)
        if len(reply) > FRAME_BYTES_MAX:
            reply = msgspec.msgpack.encode(Response(failure=_failure(too_large(reply))))
        return reply

    def _answer(self, frame: bytes) -> Response:
        try:
            request = msgspec.msgpack.decode(frame, type=Request)
            served = self.server.served[request.name]
            answer = served.run(msgspec.msgpack.decode(request.ask, type=served.ask), request.is_bulk)
            return Response(answer=msgspec.Raw(msgspec.msgpack.encode(answer)))
        except AppError as error:
            return Response(failure=_failure(error))
        except Exception as bug:
            log.exception("request failed")
            return Response(failure=Failure("", 500, {"reason": repr(bug)}))


def _failure(error: AppError) -> Failure:
    return Failure(error.code, error.status, error.params, {lang: error.text(lang) for lang in LANGS})


def too_large(frame: bytes) -> AppError:
    return AppError("engine.frame", status=413, given=len(frame), allowed=FRAME_BYTES_MAX)


def read_frame(connection: socket.socket) -> bytes | None:
    """Return the next frame, or None when the other side has closed."""
    head = _read(connection, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > FRAME_BYTES_MAX:
        raise ConnectionError(f"a frame of {length} bytes; {FRAME_BYTES_MAX} are allowed")
    return _read(connection, length)


def write_frame(connection: socket.socket, frame: bytes) -> None:
    connection.sendall(_LENGTH.pack(len(frame)) + frame)


def _read(connection: socket.socket, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        try:
            part = connection.recv(min(length - len(parts), 1 << 20))
        except ConnectionError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)
