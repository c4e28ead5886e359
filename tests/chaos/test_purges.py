"""Killed while it purges: nothing else is lost, and the purge goes on where it was."""

import random
import subprocess
import time
from contextlib import closing

import pytest

from interplay.bootstrap.access import Access
from interplay.bootstrap.home import open_home
from interplay.bootstrap.kinds import apply
from interplay.bootstrap.registry import Look, look
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.kernel.time import DAY
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts
from interplay.unify.retention import api as retention
from tests.serving import Site
from tests.stores import document, fact, user

OLD, YOUNG = 12_000, 3_000


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path / "data")
    with Access(made.data) as access:
        now = access.home.world.now()
        for first in range(0, OLD + YOUNG, 1_000):
            days = 1 if first >= OLD else 500
            some = [fact("page.viewed", user(n % 97), key=n, at=now - days * DAY) for n in range(first, first + 1_000)]
            access.write(access.append, Append(some))
        apply(access, [document({"kind": "retention", "facts": {"page.viewed": "400d"}})])
    return made


def left(home):
    with closing(LogReader(home.database)) as reader:
        return sum(reader.counts().values())


@pytest.mark.slow
@pytest.mark.parametrize(("roles", "seed"), [(("mind",), 1), (("door",), 2), ((), 3)])
def test_a_purge_survives_a_kill(site, roles, seed):
    rng = random.Random(seed)
    with closing(open_home(site.data)) as home, site.server() as server:
        asking = subprocess.Popen(site.command("facts", "purge"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        goal = OLD + YOUNG - rng.randrange(500, OLD - 2_000)
        while left(home) > goal and time.monotonic() < until:
            time.sleep(0.005)
        server.kill(*roles)
        asking.wait(60)
        assert left(home) >= YOUNG
        if not roles:
            server.start()
        server.wait_until_ready()
        while retention.under_way(home.database) is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert retention.newest(home.database).ended_at is not None
        assert left(home) == YOUNG
    with Access(site.data) as access:
        assert access.ask(profiles.count_facts, CountFacts()) == {"page.viewed": YOUNG}
        assert access.ask(look, Look()).position == OLD + YOUNG
        assert retention.newest(access.home.database).facts_count == OLD
