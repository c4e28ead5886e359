"""`python -m interplay.bootstrap.mind_process DIR LEASH`: the mind, as `serve` runs it."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import structlog

from interplay.bootstrap.door import fire_timers
from interplay.bootstrap.home import Home, open_home
from interplay.bootstrap.journal import keep_journal
from interplay.bootstrap.mind import Mind
from interplay.bootstrap.registry import served
from interplay.bootstrap.sending import start_sender
from interplay.bootstrap.serving import calm_collector, watch_leash
from interplay.bootstrap.watching import Watch
from interplay.engine.oltp.contracts import Writing, write
from interplay.engine.oltp.database import Lead
from interplay.engine.oltp.writer import Writer
from interplay.engine.timers import api as timers
from interplay.engine.wire.client import WireClient
from interplay.engine.wire.server import WireServer, socket_path
from interplay.kernel.errors import AppError
from interplay.unify.erasure import api as erasure

YIELDING = 10  # niceness: where both want the processor, who posts comes before who asks
STANDBY_SECONDS = 1.0
LEAD_LOOK_SECONDS = 0.5
FINISH_SECONDS = 30.0

log = structlog.get_logger()


def run(folder: Path, leash: int) -> None:
    """Follow the log until told to stop; a mind that fails ends with status 1, and `serve` starts another."""
    keep_journal("mind")
    os.nice(YIELDING)
    home = open_home(folder)
    stop = threading.Event()
    watch_leash(leash, stop.set)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    is_shared = home.database.is_shared
    writing = Writer(home.database, home.world) if is_shared else WireClient(socket_path(folder, "door"))
    status = 0
    if (lead := _stand_by(home, writing, stop)) is not None:
        status = _lead(home, writing, lead, stop)
    writing.close()
    sys.stderr.flush()
    os._exit(status)  # all is closed; threads that wait for clients would have DuckDB report leaks


def _stand_by(home: Home, writing: Writing, stop: threading.Event) -> Lead | None:
    """Fire timers until the lead is to be had; return it, or None when told to stop."""
    while not stop.is_set():
        try:
            if (lead := home.database.try_lead()) is not None:
                return lead
            due_at = timers.next_due(home.database)
            if due_at is not None and due_at <= home.world.now():
                write(writing, fire_timers(home), timers.Fire())
        except AppError as error:  # the database is away: it will be back
            log.warning("mind stands by", reason=str(error))
        stop.wait(STANDBY_SECONDS)
    return None


def _lead(home: Home, writing: Writing, lead: Lead, stop: threading.Event) -> int:
    """Be the mind that is asked; return the status to end with."""
    mind = Mind(home, writing, on_failure=stop.set)
    server = WireServer(socket_path(home.folder, "mind"), served(mind.ask))
    sender = start_sender(home, mind, writing)
    watch = Watch(home, mind, writing)
    watch.start()
    calm_collector()
    finish_at = time.monotonic() + FINISH_SECONDS
    while not stop.wait(LEAD_LOOK_SECONDS):
        if not lead.is_held():
            log.error("the lead is lost; another mind may have it already")
            os._exit(1)
        if home.database.is_shared and time.monotonic() > finish_at:
            _finish_erasures(home)
            finish_at = time.monotonic() + FINISH_SECONDS
    watch.close()
    sender.close()
    server.close()
    mind.close()
    lead.close()
    return int(mind.has_failed())


def _finish_erasures(home: Home) -> None:
    """Destroy what keys are left of an erasure whose process died between the commit and the keys."""
    try:
        erasure.finish(home.database, home.keys)
    except (AppError, OSError) as error:
        log.warning("keys are left", reason=str(error))


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))
