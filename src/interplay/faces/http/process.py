"""`python -m interplay.faces.http.process DIR LEASH LISTENER`: the door, as `serve` runs it."""

import signal
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from types import FrameType

import uvicorn

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import open_home
from interplay.bootstrap.journal import keep_journal
from interplay.bootstrap.serving import CONNECTIONS_WAITING_MAX, calm_collector, watch_leash
from interplay.engine.oltp.contracts import Command, GroupCommand, Priority
from interplay.engine.wire.client import WireClient
from interplay.engine.wire.contracts import Answer, Ask, Question
from interplay.engine.wire.server import socket_path
from interplay.faces.http.app import App, make_app

KEEP_ALIVE_SECONDS = 75
THREADS_TAKE_TURNS_SECONDS = 0.001
STOP_SECONDS_MAX = 5  # for requests that are under way; a sender that never finishes its own is left


class DoorAccess:
    """Questions go to the mind; commands to the writer, which is in this process."""

    def __init__(self, door: Door) -> None:
        self.home = door.home
        self.append = door.append
        self.writer = door.writer
        self._mind = WireClient(socket_path(door.home.folder, "mind"))

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        return self._mind.ask(question, ask)

    def submit(
        self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask, priority: Priority = Priority.LIVE
    ) -> "Future[Answer]":
        return self.writer.submit(command, ask, priority)

    def write(self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask) -> Answer:
        return self.writer.submit(command, ask).result()

    def submit_in_order(
        self, command: Command[Ask, Answer], asks: Sequence[Ask], priority: Priority
    ) -> "Future[list[Answer]]":
        return self.writer.submit_in_order(command, asks, priority)


class _Server(uvicorn.Server):
    """Ends streams when it is told to stop, since it waits for every request that is under way."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app

    def stop(self) -> None:
        self._app.end_streams()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.end_streams()
        super().handle_exit(sig, frame)


def run(folder: Path, leash: int, listener: int) -> None:
    """Answer HTTP on the keeper's socket until told to stop."""
    keep_journal("door")
    home = open_home(folder)
    door = Door(home)
    app = make_app(DoorAccess(door), home.settings)
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=CONNECTIONS_WAITING_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    server = _Server(config, app)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again once it has stopped: not to end here
        signal.signal(number, lambda *_: server.stop())
    watch_leash(leash, server.stop)
    sys.setswitchinterval(THREADS_TAKE_TURNS_SECONDS)
    calm_collector()
    server.run(sockets=[socket.socket(fileno=listener)])
    app.close()
    door.close()


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
