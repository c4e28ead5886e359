"""A rehearsal in a process of its own ends when it has to, says why, and leaves nothing behind."""

import asyncio
import multiprocessing
import threading
import time
from pathlib import Path
from tempfile import gettempdir

import pytest

from interplay.kernel.errors import AppError
from interplay.rehearse.campaigns.api import Rehearsals
from interplay.rehearse.campaigns.contracts import PreviewAsk
from interplay.rehearse.stage.api import MEMORY, PREFIX
from tests.interact.campaigns.square import Square, campaign

LONG = PreviewAsk(campaign="spring", plays=20_000, runs=1)


@pytest.fixture(scope="module")
def square(tmp_path_factory):
    with Square(tmp_path_factory.mktemp("apart") / "data") as found:
        found.apply(campaign())
        yield found


def scratches():
    return set((MEMORY or Path(gettempdir())).glob(f"{PREFIX}*"))


def code_of(rehearsals, square, ask=LONG):
    with pytest.raises(AppError) as wrong:
        asyncio.run(rehearsals.preview(square, ask))
    return wrong.value.code


@pytest.mark.timeout(60)
def test_what_takes_too_long_is_ended_and_the_next_may_begin(square):
    before, rehearsals = scratches(), Rehearsals(seconds_max=2.0)
    assert code_of(rehearsals, square) == "rehearse.too_slow"
    assert not multiprocessing.active_children()
    left = scratches() - before
    while left & scratches():  # who rehearses beside this test goes, too; what was left here would stay
        time.sleep(0.1)
    assert code_of(rehearsals, square, PreviewAsk(campaign="none", plays=1)) == "campaigns.unknown"
    rehearsals.close()


def test_a_server_that_stops_waits_for_no_rehearsal(square):
    rehearsals = Rehearsals()
    threading.Timer(1.5, rehearsals.close).start()
    began = time.perf_counter()
    assert code_of(rehearsals, square) == "rehearse.ended"
    assert time.perf_counter() - began < 6
    assert not multiprocessing.active_children()
