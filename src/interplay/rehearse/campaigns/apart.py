"""Rehearsing in a process of its own, one at a time, behind the process that serves customers."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from interplay.bootstrap.reach import Reach
from interplay.bootstrap.serving import calm_collector
from interplay.kernel.errors import AppError
from interplay.rehearse.campaigns.contracts import Preview, PreviewAsk
from interplay.rehearse.campaigns.rehearsing import ALONE_PLAYS_MAX, Prepared, prepare, run
from interplay.rehearse.stage.api import MEMORY, PREFIX

PLAYS_IN_ALL_MAX = ALONE_PLAYS_MAX
"""More than these take longer than who asks over HTTP waits."""
SECONDS_MAX = 120.0
NICENESS = 10
"""What serves customers goes first where there are few processors."""


class Rehearsals:
    """Runs one rehearsal at a time beside the process that asks."""

    def __init__(self, seconds_max: float = SECONDS_MAX) -> None:
        self._seconds_max = seconds_max
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rehearsal")
        self._is_busy = False
        self._process: SpawnProcess | None = None

    async def preview(self, reach: Reach, ask: PreviewAsk) -> Preview:
        """Run the newest version of a campaign several times, as `rehearsing.preview`.

        Raises AppError `rehearse.too_many` for more plays than it takes, `rehearse.busy` (503) while another one runs,
        `rehearse.too_slow` (503).
        """
        if ask.plays * ask.runs > PLAYS_IN_ALL_MAX:
            raise AppError("rehearse.too_many", given=ask.plays * ask.runs, allowed=PLAYS_IN_ALL_MAX)
        if self._is_busy:
            raise AppError("rehearse.busy", status=503)
        self._is_busy = True  # until it has ended, also where who asked has gone
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._preview, reach, ask)

    def close(self) -> None:
        """End what runs, and start nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        if (process := self._process) is not None:
            process.kill()

    def _preview(self, reach: Reach, ask: PreviewAsk) -> Preview:
        try:
            with TemporaryDirectory(prefix=PREFIX, dir=MEMORY) as folder:  # of ours, so whatever is ended leaves none
                return self._wait(replace(prepare(reach, ask), within=Path(folder)))
        finally:
            self._is_busy = False

    def _wait(self, prepared: Prepared) -> Preview:
        context = get_context("spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(there, prepared), name="rehearsal", daemon=True)
        process.start()
        self._process = process
        there.close()
        try:
            if not here.poll(self._seconds_max):
                raise AppError("rehearse.too_slow", status=503, seconds=int(self._seconds_max))
            return _said(here)
        finally:
            self._process = None
            process.kill()
            process.join()
            here.close()


def work(there: Connection, prepared: Prepared) -> None:
    """Run a rehearsal and say what came of it."""
    os.nice(NICENESS)
    calm_collector()
    try:
        there.send(run(prepared))
    except AppError as wrong:
        there.send((wrong.code, wrong.status, wrong.params))


def _said(here: Connection) -> Preview:
    """Return the answer. Raises what the rehearsal raised, or AppError `rehearse.ended` (503) where it was ended."""
    try:
        found = here.recv()
    except EOFError:
        raise AppError("rehearse.ended", status=503) from None
    if isinstance(found, Preview):
        return found
    code, status, params = found
    raise AppError(code, status=status, **params)
