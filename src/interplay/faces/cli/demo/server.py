"""A server beside the demo: `interplay serve` as everybody runs it, in a process of its own."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from interplay.kernel.errors import AppError

HOST = "127.0.0.1"
USUAL_PORT = 8000
READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.1
LOG_LINES_SHOWN = 8


class Server:
    """Runs while it is entered. However the demo ends, the server is told to stop and waited for."""

    def __init__(self, data: Path, port: int, log: Path) -> None:
        self.url = f"http://{HOST}:{port}"
        self._log = log
        self._command = [sys.executable, "-m", "interplay.faces.cli", "--data", str(data), "serve"]
        self._command += ["--host", HOST, "--port", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which then stops the server in order.
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._stop()

    def wait(self) -> None:
        """Return when the server has ended by itself."""
        if self._process is not None:
            self._process.wait()

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < until and process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/health", timeout=READY_SECONDS_MAX).status_code == httpx.codes.OK:
                    return
            time.sleep(LOOK_SECONDS)
        last = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        raise AppError("demo.server", status=503, log=str(self._log), last="\n".join(last))

    def _stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port(wanted: int | None) -> int:
    """Return the port wanted, or the usual one, or any: whichever is free. Raises AppError `demo.port`."""
    for port in (USUAL_PORT, 0) if wanted is None else (wanted,):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise AppError("demo.port", status=409, given=wanted)
