"""A real `interplay serve` on a data directory of its own and a free port, to be sent to, asked and killed."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from interplay.bootstrap.access import Access
from interplay.bootstrap.home import Hold, create
from interplay.bootstrap.keys import first_keys, make_key
from interplay.criteria.contracts import Answer
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.wire.client import WireClient
from interplay.engine.wire.server import socket_path
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand, Database, Serve, Settings
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment

HOST = "127.0.0.1"
READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.02
MODULES = {"door": "interplay.faces.http.process", "mind": "interplay.bootstrap.mind_process"}
EVERYBODY = 'count("page.viewed") >= 0'


class Site:
    """A new data directory, its keys and the port it will be served on."""

    def __init__(self, data: Path, database: str = "", serve: Serve | None = None) -> None:
        self.data = data
        self.database = database
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.log = data.parent / f"{data.name}.log"
        brand = Brand("Hillside", "Asia/Shanghai", "CNY", "CN")
        create(data, Settings(brand, database=Database(database), serve=serve or Serve()))
        keys = first_keys(data)
        self.write_key, self.secret_key = keys["write_key"], keys["secret_key"]

    def server_key(self) -> str:
        """Make a key of a server, which sends facts and is believed who is who."""
        with Access(self.data) as access:
            return make_key(access, "server", (Scope.WRITE, Scope.LINK))

    def server(self) -> "Server":
        return Server(self)

    def command(self, *words: str) -> list[str]:
        """Return the command line of `interplay --data …`."""
        return [sys.executable, "-m", "interplay.faces.cli", "--data", str(self.data), *words]

    def cli(self, *words: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a command of the command line and check how it ends."""
        run = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False)
        assert run.returncode == status, run.stdout + run.stderr
        return run

    def cli_json(self, *words: str) -> Any:
        return json.loads(self.cli(*words, "--json").stdout)

    def basic(self, key: str = "") -> str:
        """Return the `Authorization` header of Segment's libraries."""
        return "Basic " + base64.b64encode(f"{key or self.write_key}:".encode()).decode()


class Server:
    """Runs while it is entered. Its output goes to `site.log`. On PostgreSQL there may be several, each of a role."""

    def __init__(self, site: Site, role: str = "all", port: int | None = None) -> None:
        self.site = site
        self.role = role
        self.port = port or site.port
        self.url = f"http://{HOST}:{self.port}"
        self.keeper: psutil.Popen | None = None

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, limit: Callable[[], None] | None = None) -> None:
        """Start it; `limit` runs in the new process before the program does."""
        with self.site.log.open("ab") as log:
            command = self.site.command("serve", "--host", HOST, "--port", str(self.port), "--role", self.role)
            self.keeper = psutil.Popen(command, stdout=log, stderr=log, start_new_session=True, preexec_fn=limit)

    def wait_until_ready(self) -> None:
        """Return once door and mind answer."""
        wait_for(lambda: self.health() == httpx.codes.OK, "the server to be well", self._last_words)

    def wait_until_open(self) -> None:
        """Return once the door answers, whatever it says."""
        wait_for(lambda: self.health() != 0, "the door to answer", self._last_words)

    def wait_until_free(self) -> None:
        """Return once nobody holds the directory."""
        wait_for(self.is_free, "the lock to be free", self._last_words)

    def is_free(self) -> bool:
        """Return whether somebody else could hold the directory now."""
        try:
            Hold(self.site.data).close()
        except AppError:
            return False
        return True

    def health(self) -> int:
        """Return the status of /health; 0 when nobody answers."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health", timeout=READY_SECONDS_MAX).status_code
        return 0

    def pids(self) -> dict[str, int]:
        """Return the running processes by role."""
        found: dict[str, int] = {}
        if self.keeper is None:
            return found
        with suppress(psutil.Error):
            found["keeper"] = self.keeper.pid
            for child in self.keeper.children():
                with suppress(psutil.Error):
                    words = child.cmdline()
                    found.update({role: child.pid for role, module in MODULES.items() if module in words})
        return found

    def kill(self, *roles: str) -> None:
        """Kill -9; all three processes when none is named. A killed process is gone when this returns."""
        running = self.pids()
        victims = [psutil.Process(running[role]) for role in roles or tuple(running) if role in running]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        for victim in victims:
            wait_for(lambda victim=victim: is_gone(victim), f"process {victim.pid} to be gone")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """Tell it to stop and wait; return its exit status. Kill what does not stop."""
        if self.keeper is None:
            return None
        children = [psutil.Process(pid) for role, pid in self.pids().items() if role != "keeper"]
        with suppress(psutil.NoSuchProcess):
            self.keeper.send_signal(number)
        try:
            status: int | None = self.keeper.wait(STOP_SECONDS_MAX)
        except psutil.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop" + self._last_words()) from None
        finally:
            self.keeper = None
        wait_for(lambda: all(is_gone(child) for child in children), "door and mind to be gone")
        return status

    def count(self, criteria: str = EVERYBODY) -> Answer:
        """Ask the mind; its answer knows every fact stored so far."""
        asking = WireClient(socket_path(self.site.data, "mind"))
        try:
            return asking.ask(segments.count, CountSegment(criteria))
        finally:
            asking.close()

    def post(self, path: str, body: object, key: str = "") -> httpx.Response:
        """Post JSON to the Segment doors."""
        headers = {"authorization": self.site.basic(key), "content-type": "application/json"}
        return httpx.post(f"{self.url}{path}", content=json.dumps(body), headers=headers, timeout=30)

    def words(self) -> str:
        """Return what it has printed so far."""
        return self.site.log.read_text(encoding="utf-8", errors="replace") if self.site.log.exists() else ""

    def _last_words(self) -> str:
        return "\n" + "\n".join(self.words().splitlines()[-30:])


def wait_for(
    is_so: Callable[[], bool], what: str, words: Callable[[], str] = str, seconds_max: float = READY_SECONDS_MAX
) -> float:
    """Wait until something is so; return the seconds it took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds_max:
            raise AssertionError(f"waited {seconds_max} s for {what}{words()}")
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def is_gone(process: psutil.Process) -> bool:
    """Return whether a process has ended; one that nobody has collected yet has ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def kill_group(process: "subprocess.Popen[Any]") -> None:
    """Kill -9 a process that leads a session, and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_and_wait(command: Sequence[str], **more: Any) -> "subprocess.CompletedProcess[str]":
    """Run a foreign program, such as somebody's client library, and say what it said when it fails."""
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)
    assert run.returncode == 0, run.stdout + run.stderr
    return run
