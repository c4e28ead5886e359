"""Eight processes ask for the same acts at once while the server is killed: nothing is given twice."""

import json
import random
import subprocess
import sys
import time
from collections import defaultdict

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Do, Receipt
from interplay.bootstrap.access import Access
from tests.chaos import acting
from tests.postgresql import empty_url
from tests.serving import Site
from tests.stores import fact, user

PROCESSES = 8
KILLS = 3
OPERATIONS, OPERATIONS_OF_SOAK = {False: 2_500, True: 400}, 125_000  # of each process; True: on PostgreSQL
SECONDS_MAX = 7_200


@pytest.mark.slow
@pytest.mark.parametrize("is_shared", [False, True], ids=["sqlite", "postgresql"])
def test_eight_processes_and_kill_9(tmp_path, is_shared):
    fight(Site(tmp_path / "data", empty_url() if is_shared else ""), OPERATIONS[is_shared])


@pytest.mark.soak
@pytest.mark.parametrize("is_shared", [False, True], ids=["sqlite", "postgresql"])
def test_a_million_operations(tmp_path, is_shared):
    fight(Site(tmp_path / "data", empty_url() if is_shared else ""), OPERATIONS_OF_SOAK)


def fight(site, operations):
    with Access(site.data) as access:
        access.write(access.append, _people())
        assert isinstance(access.write(access.home.acts.command, Do(acting.stock())), Receipt)
    outs = [site.data.parent / f"out-{seed}" for seed in range(PROCESSES)]
    with site.server() as server:
        words = [sys.executable, "-m", "tests.chaos.acting", str(site.data)]
        running = [
            subprocess.Popen([*words, str(seed), str(operations), str(out)], stderr=subprocess.PIPE, text=True)
            for seed, out in enumerate(outs)
        ]
        rng = random.Random(operations)
        for _ in range(KILLS):
            time.sleep(rng.uniform(1.0, 3.0))
            server.kill("door")
        for one in running:
            _, words_of = one.communicate(timeout=SECONDS_MAX)
            assert one.returncode == 0, words_of[-2_000:]
        server.wait_until_open()
    check(site, outs)


def check(site, outs):
    """Compare what everybody was told with what the store says."""
    numbers = defaultdict(set)
    for out in outs:
        for line in out.read_text().splitlines():
            key, act, *_ = json.loads(line)
            numbers[key].add(act)
    assert all(len(one) == 1 for one in numbers.values()), "two receipts of one key"
    assert len(numbers) > len(outs)
    with Access(site.data) as access:
        database = access.home.database
        assert acts.check(database) == []
        assert sum(acts.totals(database, "points").values()) == 0
        gifts = acts.stock(database, "gifts")
        assert gifts["minted"] == acting.STOCK
        taken = _taken(access, numbers)
        assert gifts["available"] == acting.STOCK - taken
        for key, (act,) in numbers.items():
            assert acts.find(access.home.acts, database, key).act == act


def _taken(access, keys):
    """Count the gifts that are out by the receipts: of what was done or is held, less what was taken back."""
    out = 0
    undone = set()
    for key in keys:
        receipt = acts.find(access.home.acts, access.home.database, key)
        if receipt.kind in ("take", "hold") and receipt.state in ("done", "held"):
            out += 1
        if receipt.kind == "undo":
            undone.add(key)
    for key in undone:
        other = acting.operation(int(key[2:])).steps[0].key
        receipt = acts.find(access.home.acts, access.home.database, other)
        out -= receipt.kind in ("take", "hold")
    return out


def _people():
    from interplay.engine.log.append import Append

    return Append([fact("customer.identified", user(number), key=number) for number in range(acting.PEOPLE)])
