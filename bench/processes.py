"""The server as a user runs it, and what its processes use: memory (PSS) and processor time, from /proc."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from interplay.faces.cli.operating import PROCESSES

READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.05
HOST = "127.0.0.1"
MIB = 1024 * 1024


def pss_bytes(pids: list[int]) -> int:
    """Return the memory of processes, shared pages shared out among their users (`Pss` of smaps_rollup)."""
    found = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found += int(line.split()[1]) * 1024
    return found


def processor_seconds(pids: list[int]) -> float:
    """Return the processor time that processes have used so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / ticks


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def interplay(folder: Path, *words: str) -> list[str]:
    """Return the command line of one of our commands."""
    return [sys.executable, "-m", "interplay.faces.cli", "--data", str(folder), *words]


class Running:
    """A server process and its children, while it is entered."""

    def __init__(self, command: list[str], port: int, ready_path: str, log: Path) -> None:
        self.port = port
        self._command = command
        self._ready = f"http://{HOST}:{port}{ready_path}"
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._stop()

    def pids(self) -> list[int]:
        root = psutil.Process(self._process.pid)
        return [root.pid, *(child.pid for child in root.children(recursive=True))]

    def pss_mib(self) -> float:
        return pss_bytes(self.pids()) / MIB

    def pss_mib_by_role(self) -> dict[str, float]:
        """Return the memory of each process by what it is: keeper, door, mind."""
        found: dict[str, float] = {}
        for pid in self.pids():
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            role = next((role for role, module in PROCESSES.items() if module.encode() in words), "keeper")
            found[role] = found.get(role, 0.0) + pss_bytes([pid]) / MIB
        return found

    def processor_seconds(self) -> float:
        return processor_seconds(self.pids())

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with urllib.request.urlopen(self._ready, timeout=5):
                    return
            except OSError:
                time.sleep(LOOK_SECONDS)
        raise RuntimeError(f"not ready: {' '.join(self._command)}\n{self._log.read_text()[-2000:]}")

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def served(folder: Path, log: Path) -> Running:
    """Return `interplay serve` of a data directory: the door and the mind."""
    port = free_port()
    return Running(interplay(folder, "serve", "--port", str(port)), port, "/health", log)
