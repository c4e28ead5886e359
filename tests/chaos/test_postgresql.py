"""Two doors and two minds on PostgreSQL under load: random `kill -9`, and the database's server falls down as well."""

import random
import time
from contextlib import ExitStack, suppress
from http import HTTPStatus

import psutil
import pytest

from interplay.bootstrap.access import Access
from tests.chaos.load import Load
from tests.chaos.test_crashes import check_acknowledged
from tests.postgresql import PostgresServer, empty_url, server
from tests.serving import Server, Site, free_port, wait_for
from tests.stored import check_folds, facts

ROUNDS, ROUNDS_OF_SOAK = 6, 60
RUN_SECONDS = (0.3, 1.5)
TAKE_OVER_SECONDS_MAX = 15.0


@pytest.fixture
def database():
    made = server()
    yield made
    made.remove()


def farm(site: Site) -> list[Server]:
    return [Server(site, "door", free_port()) for _ in range(2)] + [Server(site, "mind") for _ in range(2)]


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(tmp_path, database):
    crash_again_and_again(tmp_path, database, 1, ROUNDS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_the_same_for_longer(tmp_path, database, seed):
    crash_again_and_again(tmp_path, database, seed, ROUNDS_OF_SOAK)


def crash_again_and_again(folder, database: PostgresServer, seed: int, rounds: int) -> None:
    rng = random.Random(seed)
    site = Site(folder / "data", empty_url(database))
    servers = farm(site)
    load = Load(site, seed, ports=[one.port for one in servers[:2]])
    falls = set(rng.sample(range(1, rounds), max(1, rounds // 8)))
    try:
        for one in servers:
            one.start()
        for number in range(rounds):
            for door in servers[:2]:
                door.wait_until_open()
            load.start()
            time.sleep(rng.uniform(*RUN_SECONDS))
            crash(rng, servers, database, has_fallen=number in falls)
            time.sleep(rng.uniform(*RUN_SECONDS))
            load.stop()
            check_acknowledged(load, facts(site.data))
        for door in servers[:2]:
            door.wait_until_ready()
        assert [one.stop() for one in servers] == [0] * 4
    finally:
        load.stop()
        for one in servers:
            one.kill()
    stored = check_folds(site.data)
    check_acknowledged(load, stored)
    assert len(stored) > rounds
    print(f"seed {seed}: {len(stored)} facts, {len(load.acknowledged)} acknowledged, {dict(load.statuses)}")


def crash(rng: random.Random, servers: list[Server], database: PostgresServer, *, has_fallen: bool) -> None:
    if has_fallen:
        print("the database's server falls", flush=True)
        database.stop("immediate")
        time.sleep(rng.uniform(0, 1))
        database.start()
        return
    victim = rng.choice(servers)
    is_whole = rng.random() < 0.4
    print(f"kill {'all of ' if is_whole else ''}{victim.role} {victim.port}", flush=True)
    if is_whole:
        victim.kill()
        victim.start()
    else:
        victim.kill(victim.role)


@pytest.mark.slow
def test_a_mind_that_stands_by_takes_over_in_seconds(tmp_path):
    site = Site(tmp_path / "data", empty_url())
    with ExitStack() as running:
        door, *minds = servers = [Server(site, "door"), Server(site, "mind"), Server(site, "mind")]
        for one in servers:
            running.callback(one.kill)
            one.start()
        door.wait_until_ready()
        event = {"type": "track", "event": "Cart Added", "userId": "u1"}
        assert door.post("/v1/track", {**event, "messageId": "1"}).status_code == HTTPStatus.OK
        assert door.count().population == 1
        leader = next(one for one in minds if leads(one))
        leader.kill()
        assert door.post("/v1/track", {**event, "messageId": "2", "userId": "u2"}).status_code == HTTPStatus.OK
        seconds = wait_for(lambda: door.health() == HTTPStatus.OK, "the other mind", seconds_max=TAKE_OVER_SECONDS_MAX)
        assert door.count().population == 2
        print(f"taken over after {seconds:.1f} s")
        with Access(site.data) as access:
            assert not access.is_holder  # the command line asks the mind that leads
        for one in servers:
            one.stop()


def leads(mind: Server) -> bool:
    """Return whether this mind has the warehouse's file open."""
    with suppress(psutil.Error, KeyError):
        files = psutil.Process(mind.pids()["mind"]).open_files()
        return any(file.path.endswith("warehouse.duckdb") for file in files)
    return False
