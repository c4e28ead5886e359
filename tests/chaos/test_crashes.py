"""Kill -9 at random points under load: what was acknowledged is there, once, and every fold agrees with the log."""

import random
import time

import pytest

from tests.chaos.load import Load
from tests.serving import Server, Site
from tests.stored import StoredFact, check_folds, facts

VICTIMS = ((), (), ("door",), ("door",), ("mind",), ("keeper",))  # none named: all three at once
RUN_SECONDS = (0.05, 1.0)
ROUNDS, ROUNDS_OF_SOAK = 5, 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 3))
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(site, seed):
    crash_again_and_again(site, seed, ROUNDS)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_the_same_two_hundred_times(site, part, pytestconfig):
    seed = int(pytestconfig.getoption("hypothesis_seed") or 1) * 1000 + part
    crash_again_and_again(site, seed, ROUNDS_OF_SOAK)


def crash_again_and_again(site: Site, seed: int, rounds: int) -> None:
    rng = random.Random(seed)
    load = Load(site, seed)
    server = site.server()
    server.start()
    try:
        for number in range(rounds):
            victims = rng.choice(VICTIMS)
            print(f"seed {seed}, round {number}: kill {' '.join(victims) or 'all'}", flush=True)
            crash_once(server, load, rng, victims)
            check_acknowledged(load, facts(site.data))
        server.wait_until_ready()
        assert server.stop() == 0
    finally:
        load.stop()
        server.kill()
    stored = check_folds(site.data)
    check_acknowledged(load, stored)
    assert len(stored) > rounds
    print(f"seed {seed}: {len(stored)} facts, {len(load.acknowledged)} acknowledged, {len(load.sent)} sent")


def crash_once(server: Server, load: Load, rng: random.Random, victims: tuple[str, ...]) -> None:
    if "mind" in victims or rng.random() < 0.4:
        server.wait_until_ready()
    else:
        server.wait_until_open()
    load.start()
    time.sleep(rng.uniform(*RUN_SECONDS))
    server.kill(*victims)
    if not victims or "keeper" in victims:
        load.stop()
        server.wait_until_free()
        server.start()
    else:
        time.sleep(rng.uniform(*RUN_SECONDS))  # the senders go on trying meanwhile
        load.stop()


def check_acknowledged(load: Load, stored: list[StoredFact]) -> None:
    assert load.wrong == []
    ids = [fact.message_id for fact in stored]
    assert len(ids) == len(set(ids)), "a fact is there twice"
    assert load.acknowledged <= set(ids), "an acknowledged fact is lost"
    assert set(ids) <= load.sent.keys()
    for fact in stored:
        properties = load.sent[fact.message_id].get("properties", {})
        if "revenue" in properties:
            assert fact.fields["value"] == round(properties["revenue"] * 100)
