"""Several processes ask a server that is killed now and then; what they were told is held against the store."""

import json
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import msgspec

from interplay.kernel.settings import Serve
from tests.chaos.shopping import Plan
from tests.serving import Site

SECONDS_MAX = 6 * 3600
KILLS_AT_ONCE = 4
STOP_SECONDS_MAX = 60
GENEROUS = Serve(requests_per_second_max=100_000, requests_burst_max=100_000)

Processes = list[subprocess.Popen[str]]


def fight(
    site: Site,
    module: str,
    plan: Plan,
    *,
    processes: int,
    operations: int,
    meanwhile: Callable[[list[Path], Processes], None] | None = None,
    at_last: Callable[[], None] | None = None,
) -> list[Path]:
    """Let so many processes of a module ask so often; return where each wrote down what it was told.

    `meanwhile` runs beside them, `at_last` when they have ended and the server is well.
    """
    folder = site.data.parent
    said = folder / "plan.json"
    said.write_bytes(msgspec.json.encode(plan))
    outs = [folder / f"out-{seed}" for seed in range(processes)]
    with site.server() as server:
        words = [sys.executable, "-m", module, str(said)]
        running = [
            subprocess.Popen([*words, str(seed), str(operations), str(out)], stderr=subprocess.PIPE, text=True)
            for seed, out in enumerate(outs)
        ]
        beside = threading.Thread(target=meanwhile or (lambda *_: None), args=(outs, running))
        beside.start()
        kill_now_and_then(server, running, random.Random(operations))
        for one in running:
            _, words_of = one.communicate(timeout=SECONDS_MAX)
            assert one.returncode == 0, words_of[-2_000:]
        beside.join()
        server.wait_until_open()
        if at_last is not None:
            at_last()
    return outs


def kill_now_and_then(server, running, rng):
    """Kill a few times at once, then every minute or so: a keeper waits longer after each end that comes soon."""
    pauses = chain([rng.uniform(1.0, 3.0) for _ in range(KILLS_AT_ONCE)], iter(lambda: rng.uniform(40.0, 80.0), None))
    for pause in pauses:
        until = time.monotonic() + pause
        while time.monotonic() < until and any(one.poll() is None for one in running):
            time.sleep(0.1)
        if all(one.poll() is not None for one in running):
            return
        server.kill(rng.choice(["door", "door", "door", "mind"]))


def stopping(site: Site, campaign: str, answers: int) -> Callable[[list[Path], Processes], None]:
    """Return what stops a campaign when so many were answered: what comes afterwards is refused."""

    def stop(outs: list[Path], running: Processes) -> None:
        while _answered(outs) < answers and any(one.poll() is None for one in running):
            time.sleep(0.2)
        words, until = site.command("campaigns", "stop", campaign), time.monotonic() + STOP_SECONDS_MAX
        while subprocess.run(words, capture_output=True, check=False).returncode and time.monotonic() < until:
            time.sleep(0.2)  # the server is being killed: what was stopped is stopped again

    return stop


def _answered(outs: list[Path]) -> int:
    return sum(len(out.read_text().splitlines()) for out in outs if out.exists())


def told(outs: list[Path]) -> dict[tuple[str, str], dict]:
    """Return what each key of each caller was answered: always the same."""
    found = defaultdict(set)
    for out in outs:
        for line in out.read_text().splitlines():
            by, key, said = json.loads(line)
            found[by, key].add(json.dumps(said, sort_keys=True))
    assert found
    assert all(len(one) == 1 for one in found.values()), "two answers of one key"
    return {key: json.loads(next(iter(one))) for key, one in found.items()}
