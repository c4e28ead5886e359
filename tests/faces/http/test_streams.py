"""Server-sent events: one look for all who listen, none for nobody, and no stream outlives its listener or server."""

import asyncio
import json
import threading
import time

import httpx
import pytest

from interplay.faces.http import streams
from interplay.faces.http.streams import Streams, Update
from interplay.kernel.errors import AppError
from tests.serving import Site, wait_for

FACT = {"type": "track", "event": "Order Completed", "userId": "li", "properties": {"total": 12.5, "order_id": "o1"}}


class Counter:
    """A look that has something new each time, and counts how often it was asked."""

    def __init__(self, states=None):
        self.looks = 0
        self.states = states

    async def __call__(self, known):
        self.looks += 1
        if self.states is not None and self.looks > self.states:
            return None
        return Update(self.looks, str(self.looks), b"%d" % self.looks)


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)


async def first(events, count):
    found = []
    async for event in events:
        found.append(event)
        if len(found) == count:
            break
    await events.aclose()
    return found


@pytest.mark.usefixtures("fast")
def test_two_listeners_are_told_by_one_look_and_nobody_by_none():
    async def run():
        look, listening = Counter(), Streams()
        told = await asyncio.gather(*(first(listening.listen("a", look), 4) for _ in range(2)))
        looks = look.looks
        await asyncio.sleep(0.1)
        return told, looks, look.looks

    told, looks, later = asyncio.run(run())
    assert told[0][0].startswith(b"retry: ")
    assert told[0][1].startswith(b"id: 1\ndata: 1\n\n")
    assert told[0][-1] == told[1][-1]
    assert looks <= 5
    assert later <= looks + 1


@pytest.mark.usefixtures("fast")
def test_who_comes_later_is_told_the_newest_state_at_once():
    async def run():
        look, listening = Counter(states=3), Streams()
        events = listening.listen("a", look)
        await first_of(events, 4)
        return await asyncio.wait_for(first(listening.listen("a", look), 2), 1)

    async def first_of(events, count):
        for _ in range(count):
            await anext(events)

    assert asyncio.run(run())[1].startswith(b"id: 3\n")


@pytest.mark.usefixtures("fast")
def test_a_silent_stream_beats_and_one_of_some_states_ends():
    async def run():
        listening = Streams()
        silent = await first(listening.listen("a", Counter(states=1)), 4)
        ended = [event async for event in listening.listen("b", Counter(), 2)]
        return silent, ended

    silent, ended = asyncio.run(run())
    assert silent[2:] == [b":\n\n", b":\n\n"]
    assert len(ended) == 3


@pytest.mark.usefixtures("fast")
def test_a_look_that_cannot_be_answered_ends_nothing():
    async def run():
        count = Counter()

        async def look(known):
            if count.looks == 1:
                count.looks += 1
                raise AppError("http.busy", status=503, waiting_max=1)
            return await count(known)

        return await first(Streams().listen("a", look), 3)

    assert asyncio.run(run())[2].startswith(b"id: 3\n")


@pytest.mark.usefixtures("fast")
def test_a_bug_in_a_look_ends_the_streams_and_the_next_listener_begins_anew():
    async def run():
        listening, count = Streams(), Counter()

        async def look(known):
            if count.looks == 2:
                count.looks += 1
                raise ZeroDivisionError
            return await count(known)

        ended = [event async for event in listening.listen("a", look)]
        return ended, await first(listening.listen("a", look), 2)

    ended, again = asyncio.run(asyncio.wait_for(run(), 5))
    assert ended[2].startswith(b"id: 2\n")
    assert again[1].startswith(b"id: 4\n")


@pytest.mark.usefixtures("fast")
def test_too_many_are_refused_and_closing_ends_all():
    async def run():
        listening = Streams(listeners_max=2)
        tasks = [asyncio.ensure_future(first(listening.listen("a", Counter(states=1)), 10**6)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(AppError, match="too many"):
            listening.listen("b", Counter())
        listening.close()
        return await asyncio.wait_for(asyncio.gather(*tasks), 1)

    assert all(one[1].startswith(b"id: 1") for one in asyncio.run(run()))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("streams") / "data")


def test_a_fact_is_seen_within_two_seconds_and_the_server_stops_with_somebody_listening(site):
    headers = {"authorization": f"Bearer {site.secret_key}"}
    with site.server() as server:
        url = f"{server.url}/api/realtime/stream"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"authorization": f"Bearer {site.write_key}"}).status_code == 403
        assert httpx.get(f"{url}?minutes=181", headers=headers).status_code == 400
        with httpx.stream("GET", f"{url}?minutes=5", headers=headers, timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
            states = (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: "))
            assert next(states)["orders"] == 0
            assert server.post("/v1/track", {**FACT, "messageId": "m1"}).status_code == 200
            began = time.monotonic()
            found = next(one for one in states if one["orders"])
            assert time.monotonic() - began < 5  # two seconds on a machine that does nothing else
            assert (found["value"], found["people"], len(found["minutes"])) == (12.5, 1, 5)
            again = httpx.get(f"{server.url}/api/realtime?minutes=5", headers=headers).json()
            assert (again["orders"], again["value"]) == (1, 12.5)
            short = httpx.get(f"{url}?minutes=5&states=1", headers=headers, timeout=30)
            assert short.text.count("data: ") == 1
            stopping = threading.Thread(target=server.stop)
            began = time.monotonic()
            stopping.start()
            assert [one for one in states if not one["orders"]] == []
            stopping.join()
            assert time.monotonic() - began < 10
    wait_for(lambda: server.is_free(), "the directory to be free")
