"""`serve`: the door and the mind as two processes, and a small one that keeps both alive.

The lock on the data directory is handed down to both, so it is free only when both are gone. The leash is a pipe:
when it breaks, the keeper is gone, however it ended, and the two end as well. The listening socket is the keeper's
too: nobody can take the port while a door is started again, and who calls meanwhile waits.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from interplay.bootstrap.home import HeldError, Hold, open_home
from interplay.bootstrap.journal import keep_journal
from interplay.bootstrap.upgrading import upgrade_home
from interplay.engine.wire.server import socket_path
from interplay.kernel.errors import AppError

RESTART_SECONDS_FIRST = 0.2
RESTART_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 15.0
LOOK_SECONDS = 0.05
HOLD_SECONDS_MAX = 3.0
STEADY_SECONDS = 30.0
ORPHAN_SECONDS_MAX = 1.0
COLLECTOR_THRESHOLDS = (50_000, 20, 100)  # objects, young collections, middle collections
CONNECTIONS_WAITING_MAX = 2048
LISTENING_ROLE = "door"
ALL_ROLES = frozenset({"door", "mind"})

log = structlog.get_logger()


@dataclass(slots=True)
class _Child:
    role: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = 0.0


@dataclass(slots=True)
class _Stop:
    wanted: bool = False
    signals: tuple[signal.Signals, ...] = field(default=(signal.SIGTERM, signal.SIGINT))

    def listen(self) -> None:
        for number in self.signals:
            signal.signal(number, self._on_signal)

    def _on_signal(self, *_: object) -> None:
        self.wanted = True


def serve(
    folder: Path, modules: Mapping[str, str], host: str, port: int, on_listening: Callable[[], object] = lambda: None
) -> int:
    """Run a process per role until told to stop; return the exit status.

    `modules` maps each role to the module that is run: `python -m MODULE DIR LEASH`, and for the door a third word,
    the number of the socket that listens. Raises AppError `serve.address` when that cannot be had, `serve.role` where
    only all roles together can be run, and HeldError.
    """
    home = open_home(folder)
    is_shared = home.database.is_shared
    if not is_shared and set(modules) != ALL_ROLES:
        home.close()
        raise AppError("serve.role", status=409, given=", ".join(modules), allowed="all")
    keep_journal("keeper")
    is_listening = LISTENING_ROLE in modules
    with closing(_hold(folder, is_shared)) as hold, _listen(host, port) if is_listening else nullcontext() as listener:
        if (done := upgrade_home(home)) is not None:
            log.info("tables upgraded", former=done.former, tables=done.tables, backup=str(done.backup))
        home.close()
        if not is_shared:
            hold.note(f"http://{host}:{port}")
        if is_listening:
            on_listening()
        _run(folder, modules, hold, listener)
    return 0


def _run(folder: Path, modules: Mapping[str, str], hold: Hold, listener: socket.socket | None) -> None:
    leash, leash_end = os.pipe()

    def starter(role: str, module: str) -> Callable[[], "subprocess.Popen[bytes]"]:
        files = (leash,) if listener is None or role != LISTENING_ROLE else (leash, listener.fileno())
        command = [sys.executable, "-m", module, str(folder), *map(str, files)]
        return lambda: subprocess.Popen(command, pass_fds=(hold.file, *files), start_new_session=True)  # noqa: S603

    stop = _Stop()
    stop.listen()
    children = [_Child(role, starter(role, module)) for role, module in modules.items()]
    if not hold.is_shared:  # else another mind may be asked there
        for child in children:
            socket_path(folder, child.role).unlink(missing_ok=True)
    try:
        _keep(children, stop)
    finally:
        if listener is not None:
            listener.close()  # before the door, which answers whom it has accepted: nobody else shall wait in vain
        _end(children)
        os.close(leash_end)


def _hold(folder: Path, is_shared: bool) -> Hold:
    """Hold the directory; after a keeper was killed its processes need a moment to let go."""
    until = time.monotonic() + HOLD_SECONDS_MAX
    while True:
        try:
            return Hold(folder, is_shared=is_shared)
        except HeldError:
            if time.monotonic() > until:
                raise
        time.sleep(LOOK_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=CONNECTIONS_WAITING_MAX)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AppError("serve.address", status=503, host=host, port=port, reason=reason) from None


def _keep(children: list[_Child], stop: _Stop) -> None:
    """Start what is not running, again and again, until told to stop."""
    while not stop.wanted:
        for child in children:
            _look_after(child)
        time.sleep(LOOK_SECONDS)


def _look_after(child: _Child) -> None:
    now = time.monotonic()
    if child.process is not None and child.process.poll() is not None:
        if now - child.started_at > STEADY_SECONDS:
            child.failures = 0
        wait = min(RESTART_SECONDS_FIRST * 2**child.failures, RESTART_SECONDS_MAX)
        log.error("process ended; starting it again", role=child.role, status=child.process.returncode, seconds=wait)
        child.failures += 1
        child.due_at = now + wait
        child.process = None
    if child.process is None and now >= child.due_at:
        child.process = child.start()
        child.started_at = now


def _end(children: list[_Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def calm_collector() -> None:
    """Let the garbage collector look less often: what the processes make in great numbers has no cycles."""
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def watch_leash(leash: int, let_go: Callable[[], None]) -> None:
    """Call `let_go` once the keeper is gone; end the process soon after, whatever it is at.

    The lock must become free for the next keeper, and nothing is lost: what was acknowledged is on disk.
    """

    def watch() -> None:
        while os.read(leash, 1):
            pass
        let_go()
        time.sleep(ORPHAN_SECONDS_MAX)
        os._exit(1)

    threading.Thread(target=watch, name="leash", daemon=True).start()
