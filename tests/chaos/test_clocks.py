"""A machine's clock that is set back: order, identity of facts, keys and timers do not follow it into the past."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from interplay.bootstrap.door import Door, fire_timers
from interplay.bootstrap.home import open_home
from interplay.collect.facts.api import Declarations
from interplay.collect.ingest import api as ingest
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, write
from interplay.engine.secrets import api_keys
from interplay.engine.secrets.api_keys import RevokeKey
from interplay.engine.timers import api as timers
from interplay.faces.http.callers import Callers
from interplay.faces.http.doorkeeping import Doorkeeping
from interplay.faces.http.doors import Doors
from interplay.faces.http.waiting import AsyncWriter
from interplay.kernel.time import DAY, HOUR, SECOND
from tests.serving import Site
from tests.stored import facts

NOW = 1_790_000_000_000_000


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "data")


@pytest.fixture
def door(site, clock):
    home = open_home(site.data)
    door = Door(replace(home, world=replace(home.world, now=clock)))
    yield door
    door.close()


def track(message_id, **more):
    return {"event": "Thing Happened", "userId": "u", "messageId": message_id, **more}


def posting(door, site, steps):
    """Run steps against the doors; each gets `post(body) -> response`."""

    async def run():
        home = door.home
        declarations = Declarations(home.database, home.settings.brand, home.keys)
        keeping = Doorkeeping(home.world, AsyncWriter(door.writer), door.append, declarations, home.keys, [], frozenset)
        doors = Doors(Callers(home.database, home.world), keeping)
        transport = httpx.ASGITransport(doors)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://x", headers={"authorization": site.basic()}
        ) as client:

            async def post(body):
                return await client.post("/v1/track", content=json.dumps(body))

            await steps(post)

    asyncio.run(run())


def test_positions_go_on_and_a_fact_is_known_again_whatever_the_clock_says(door, site, clock):
    async def steps(post):
        for number, move in enumerate((0, -DAY, HOUR, -400 * DAY)):
            clock.at += move
            assert (await post(track(f"m{number}"))).json()["results"] == [{"status": "stored"}]
            for earlier in range(number + 1):
                again = await post(track(f"m{earlier}"))
                assert again.json()["results"] == [{"status": "duplicate"}]
        stamped = track("stamped", timestamp="2026-09-01T00:00:00Z")
        assert (await post(stamped)).json()["results"] == [{"status": "stored"}]
        clock.at += 800 * DAY
        assert (await post(stamped)).json()["results"] == [{"status": "duplicate"}]

    posting(door, site, steps)
    stored = facts(site.data)
    assert [fact.message_id for fact in stored] == ["m0", "m1", "m2", "m3", "stamped"]
    positions = [fact.position for fact in stored]
    assert positions == sorted(positions)


def test_a_revoked_key_stops_working_though_the_clock_was_set_back(door, site, clock):
    async def steps(post):
        assert (await post(track("m1"))).status_code == 200
        await asyncio.to_thread(write, door.writer, api_keys.revoke, RevokeKey("first-write-key"))
        clock.at -= DAY
        assert (await post(track("m2"))).status_code == 401

    posting(door, site, steps)


def test_a_timer_fires_once_when_the_clock_has_caught_up(door, clock):
    """Set back, a timer waits for its instant; nothing fires twice and nothing is lost."""
    set_timer = Command(
        "test.set", type(None), None,
        lambda tx, _: timers.schedule(tx, timers.Timer(ingest.PURGE_TIMER, "test", clock.at + SECOND)),
    )  # fmt: skip
    write(door.writer, set_timer, None)
    clock.at -= DAY
    assert write(door.writer, fire_timers(door.home), timers.Fire()) == 0
    clock.at += DAY + 2 * SECOND
    assert write(door.writer, fire_timers(door.home), timers.Fire()) == 1
    clock.at -= DAY
    assert write(door.writer, fire_timers(door.home), timers.Fire()) == 0
    clock.at += DAY + 1
    assert write(door.writer, fire_timers(door.home), timers.Fire()) == 0


def test_the_log_is_read_in_the_order_of_storing(door, site, clock):
    async def steps(post):
        await post(track("first"))
        clock.at -= 30 * DAY
        await post(track("second"))

    posting(door, site, steps)
    reader = LogReader(door.home.database)
    received = [row.received_at for row in reader.read(0, 10)]
    reader.close()
    assert received == [NOW, NOW - 30 * DAY]
