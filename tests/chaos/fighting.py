"""Several processes ask a server that is killed now and then; what they were told is held against the store."""

import json
import random
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.chaos.shopping import Plan
from tests.chaos.test_tills import kill_now_and_then
from tests.serving import Site

SECONDS_MAX = 6 * 3600


def fight(
    site: Site,
    module: str,
    plan: Plan,
    *,
    processes: int,
    operations: int,
    meanwhile: Callable[[list[Path], list[subprocess.Popen[str]]], None] | None = None,
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


def answered(outs: list[Path]) -> int:
    """Return how many answers are written down so far."""
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
