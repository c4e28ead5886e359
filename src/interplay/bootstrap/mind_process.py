"""`python -m interplay.bootstrap.mind_process DIR LEASH`: the mind, as `serve` runs it."""

import os
import signal
import sys
import threading
from pathlib import Path

from interplay.bootstrap.home import open_home
from interplay.bootstrap.journal import keep_journal
from interplay.bootstrap.mind import Mind
from interplay.bootstrap.registry import served
from interplay.bootstrap.sending import start_sender
from interplay.bootstrap.serving import calm_collector, watch_leash
from interplay.engine.wire.client import WireClient
from interplay.engine.wire.server import WireServer, socket_path

YIELDING = 10  # niceness: where both want the processor, who posts comes before who asks


def run(folder: Path, leash: int) -> None:
    """Follow the log until told to stop; a mind that fails ends with status 1, and `serve` starts another."""
    keep_journal("mind")
    os.nice(YIELDING)
    home = open_home(folder)
    stop = threading.Event()
    watch_leash(leash, stop.set)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    writing = WireClient(socket_path(folder, "door"))
    mind = Mind(home, writing, on_failure=stop.set)
    server = WireServer(socket_path(folder, "mind"), served(mind.ask))
    sender = start_sender(home, mind, writing)
    calm_collector()
    stop.wait()
    sender.close()
    server.close()
    mind.close()
    writing.close()
    sys.stderr.flush()
    os._exit(int(mind.has_failed()))  # all is closed; threads that wait for clients would have DuckDB report leaks


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))
