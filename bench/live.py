"""Live segments: facts from the door to who is in which segment, and the first build of a new one."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import NamedTuple

import httpx
import msgspec

from bench.figures import Figure, Limit, Settings, percentile, seconds_of
from bench.load import Counted, Orders
from bench.processes import Running, served
from bench.store import Store, copied, people_store, shop_store
from interplay.bootstrap.access import Access
from interplay.bootstrap.kinds import apply
from interplay.collect.facts.contracts import Payload
from interplay.engine.documents.contracts import Document
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Position
from interplay.kernel.time import SECOND, iso
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships import store as kept
from interplay.understand.memberships.contracts import ENTERED, ListLive
from interplay.understand.segments.contracts import SEGMENT

SECONDS = 20.0
WARM_UP_SECONDS = 3.0
FACTS_PER_BATCH = 10
CONNECTIONS = 16
TARGET = 6_000
VISIBLE_SECONDS_MAX = 1.0
BUILD_SECONDS_MAX = 5.0
SETTLE_SECONDS_MAX = 300.0
LOOK_SECONDS = 0.01
PROBE_SECONDS = 0.1
LOOKED_AT_MAX = 20_000
MOST = 15_000  # facts a second that are made before the clock starts
SINGLES = 500
MANY = 1_000_000
MANY_QUICK = 100_000
DUE_AFTER = 15 * SECOND
DRAIN_SECONDS_MAX = 300.0
BUILDS = 3
PROBE = "probed"
PROBE_FACT = "referral.sent"
SHAPES = {False: "each of one visitor", True: "every fact of another customer"}
WINDOWS = ("1h", "1d", "7d", "30d", "90d")
VIEWED = ('count("page.viewed", within="{w}") >= {n}', 'count("product.viewed", within="{w}") >= {n}')
BOUGHT = (
    'count("order.completed", within="{w}") >= {n}',
    'sum("order.completed", "value", within="{w}") > {n}0000',
    'count("cart.added", within="{w}") >= {n} and count("order.completed", within="{w}") == 0',
    'last("order.completed") < ago("{w}") and count("order.completed") >= {n}',
    'profile.city == "上海" and count("coupon.redeemed", within="{w}") >= {n}',
    'count("app.opened", within="{w}") >= {n} or profile.age < {n}0',
)
NEW = 'count("product.viewed", within="30d") >= 2 and sum("order.completed", "value", within="365d") > 100000'


def criteria() -> dict[str, str]:
    """Return 50 segments: ten of page views, ten of product views, thirty of what is rarer."""
    found = {f"viewed-{i}": VIEWED[i % 2].format(w=WINDOWS[i // 4], n=3 + i % 4) for i in range(20)}
    found |= {f"bought-{i}": BOUGHT[i % 6].format(w=WINDOWS[i // 6], n=2 + i % 3) for i in range(29)}
    return {**found, PROBE: f'count("{PROBE_FACT}") >= 1'}


class Stage(NamedTuple):
    """A copy of the store that is served, with 50 live segments."""

    store: Store
    server: Running
    access: Access
    built_seconds: float  # how long the 50 took


def measure(settings: Settings) -> list[Figure]:
    """Send to copies with 50 live segments: at half of the aimed pace, at that pace, as fast as it goes."""
    store = shop_store(settings)
    with _staged(settings, store) as stage:
        calm = _visible(settings, stage, TARGET // 2)
    with _staged(settings, store) as stage:
        aimed = _visible(settings, stage, TARGET)
        visitors = _throughput(settings, stage, is_scattered=False)
        strangers = _throughput(settings, stage, is_scattered=True)
    with _staged(settings, store) as stage:  # not behind what was sent as fast as it goes
        built = _first_build(settings, stage)
    return [calm, aimed, visitors, strangers, built, _due_at_once(settings)]


@contextmanager
def _staged(settings: Settings, store: Store) -> Iterator[Stage]:
    settings.say("live: copying the store …")
    with (
        copied(store, settings.folder / "run") as copy,
        served(copy.folder, settings.folder / "serve.log") as server,
        Access(copy.folder) as access,
    ):
        settings.say("live: computing 50 segments …")
        yield Stage(copy, server, access, seconds_of(lambda: apply_live(access, criteria())))


def _due_at_once(settings: Settings) -> Figure:
    """Let time alone take everybody out of a segment at one instant, beside single posts."""
    customers = MANY_QUICK if settings.is_quick else MANY
    store = people_store(settings, customers)
    with (
        copied(store, settings.folder / "run") as copy,
        served(copy.folder, settings.folder / "serve.log") as server,
        Access(copy.folder) as access,
    ):
        at = access.home.world.now() + DUE_AFTER
        settings.say(f"live: {customers:,} customers leave at {iso(at)} …")
        apply_live(access, {"until-then": f'count("customer.identified") >= 1 and now() < "{iso(at)}"'})
        if kept.live(access.home.database)["until-then"].customers != customers:
            raise RuntimeError("not everybody was in the segment")
        time.sleep(max((at - access.home.world.now()) / SECOND, 0))
        found: list[Counted] = []
        sender = threading.Thread(target=lambda: found.append(_send(_orders(settings, copy, server.port, 1, SINGLES))))
        sender.start()
        began = time.perf_counter()
        while (left := kept.live(access.home.database)["until-then"].customers) and time.perf_counter() - began < 900:
            time.sleep(LOOK_SECONDS)
        taken = time.perf_counter() - began
        sender.join()
    return Figure(
        row="due at once",
        what=f"{customers:,} customers leave a segment at one instant, each told, beside {SINGLES} posts a second",
        value=taken,
        unit="s",
        target=f"< {DRAIN_SECONDS_MAX:.0f} s",
        is_met=not left and taken < DRAIN_SECONDS_MAX,
        details={"post p99 ms": found[0].p99_ms, "left": float(left)},
    )


def apply_live(access: Access, texts: dict[str, str]) -> None:
    """Apply segments and wait until they are live."""
    label = {"zh": "测", "en": "bench"}
    apply(access, [Document(SEGMENT, name, {"criteria": text, "label": label}) for name, text in texts.items()])
    until = time.monotonic() + SETTLE_SECONDS_MAX
    while time.monotonic() < until:
        live = kept.live(access.home.database)
        if all(name in live and live[name].definition for name in texts):
            return
        time.sleep(LOOK_SECONDS)
    raise RuntimeError("the segments did not become live")


def _orders(
    settings: Settings, store: Store, port: int, batch: int, pace: float, *, is_scattered: bool = True
) -> Orders:
    seconds = settings.seconds(SECONDS)
    return Orders(
        port=port, write_key=store.notes.write_key, connections=CONNECTIONS, facts_per_request=batch,
        requests_max=int((seconds + WARM_UP_SECONDS) * (pace or MOST / batch)), warm_up_seconds=WARM_UP_SECONDS,
        seconds=seconds, customers=settings.customers, seed=settings.seed + int(pace) + batch + is_scattered,
        requests_per_second=pace, is_scattered=is_scattered,
    )  # fmt: skip


def _send(orders: Orders) -> Counted:
    words = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(words, input=msgspec.json.encode(orders), stdout=subprocess.PIPE, check=True)
    counted = msgspec.json.decode(done.stdout, type=Counted)
    if counted.refused:
        raise RuntimeError(f"{counted.refused} requests were refused, e.g. {counted.first_refusal}")
    return counted


def _visible(settings: Settings, stage: Stage, pace: int) -> Figure:
    """Measure how long each probe takes from its post to the fact that it entered, beside so many facts a second."""
    settings.say(f"live: {pace:,} facts a second …")
    orders = _orders(settings, stage.store, stage.server.port, FACTS_PER_BATCH, pace / FACTS_PER_BATCH)
    with _probing(stage.store, stage.server, stage.access) as found:
        counted = _send(orders)
    seen = sorted(found)
    p99 = percentile(seen, 0.99)
    return Figure(
        row="change visible, p99",
        what=f"from the post to segment.entered in the log, {pace:,} facts/s, 50 segments, {settings.facts:,} facts",
        value=p99,
        unit="s",
        target=f"< {VISIBLE_SECONDS_MAX:.0f} s",
        is_met=p99 < VISIBLE_SECONDS_MAX,
        details={
            "p50 s": percentile(seen, 0.5),
            "probes": float(len(seen)),
            "facts/s": counted.requests * FACTS_PER_BATCH / counted.seconds,
            "post p99 ms": counted.p99_ms,
        },
    )


def _throughput(settings: Settings, stage: Stage, *, is_scattered: bool) -> Figure:
    """Count the facts a second that go all the way: until the last of them is known to the segments."""
    whose = SHAPES[is_scattered]
    settings.say(f"live: as many as are answered, {whose} …")
    orders = _orders(settings, stage.store, stage.server.port, FACTS_PER_BATCH, 0.0, is_scattered=is_scattered)
    counted = _send(orders)
    behind = seconds_of(lambda: wait_until_known(stage.access))
    value = counted.sent * FACTS_PER_BATCH / (WARM_UP_SECONDS + counted.seconds + behind)
    return Figure(
        row="door to live segments",
        what=f"batches of {FACTS_PER_BATCH}, {whose}; until the last fact sent is known to 50 live segments",
        value=value,
        unit="facts/s",
        limit=Limit("the door alone, in the same run", counted.requests * FACTS_PER_BATCH / counted.seconds),
        target=f"≥ {TARGET:,}",
        is_met=value >= TARGET,
        details={"seconds behind at the end": behind, "post p50 ms": counted.p50_ms, "post p99 ms": counted.p99_ms},
    )


def wait_until_known(access: Access) -> None:
    """Return once the segments know every fact that is there now."""
    until = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        try:
            access.ask(memberships.list_live, ListLive())
        except AppError:  # behind by more than a question waits for
            if time.monotonic() > until:
                raise
        else:
            return


def _first_build(settings: Settings, stage: Stage) -> Figure:
    """Measure how long a new segment takes to be live, and how the doors answer meanwhile."""
    settings.say("live: a new segment beside single posts …")
    found: list[Counted] = []
    orders = _orders(settings, stage.store, stage.server.port, 1, SINGLES)
    sender = threading.Thread(target=lambda: found.append(_send(orders)))
    sender.start()
    time.sleep(2 * WARM_UP_SECONDS)
    texts = [{f"new-{i}": NEW.replace("2", str(i))} for i in range(2, 2 + BUILDS)]
    built = max(seconds_of(partial(apply_live, stage.access, one)) for one in texts)
    sender.join()
    return Figure(
        row="first build of a live segment",
        what=f"{settings.customers:,} customers, {settings.facts:,} facts, beside {SINGLES} single posts a second",
        value=built,
        unit="s",
        target=f"< {BUILD_SECONDS_MAX:.0f} s",
        is_met=built < BUILD_SECONDS_MAX,
        details={"post p99 ms": found[0].p99_ms, "50 segments at once, s": stage.built_seconds},
    )


@contextmanager
def _probing(store: Store, server: Running, access: Access) -> Iterator[list[float]]:
    """Post one fact of somebody new after another, and look in the log for the fact that she entered."""
    seen: list[float] = []
    stop = threading.Event()
    thread = threading.Thread(target=_probe, args=(store, server, access, seen, stop))
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _probe(store: Store, server: Running, access: Access, seen: list[float], stop: threading.Event) -> None:
    with closing(LogReader(access.home.database)) as reader, httpx.Client(timeout=60) as client:
        while not stop.wait(PROBE_SECONDS):
            after = reader.last_position()
            who = access.home.world.ids()
            began = time.perf_counter()
            body = {"type": "track", "event": PROBE_FACT, "userId": who, "messageId": who}
            url = f"http://127.0.0.1:{server.port}/v1/track"
            client.post(url, json=body, auth=(store.notes.write_key, "")).raise_for_status()
            while not (found := _look(access, reader, after)).has_entered:
                after = found.until
                time.sleep(LOOK_SECONDS)
            seen.append(time.perf_counter() - began)


class _Look(NamedTuple):
    has_entered: bool
    until: Position


def _look(access: Access, reader: LogReader, after: Position) -> _Look:
    """Look whether somebody entered the segment of the probes after a position; only one probe is ever under way."""
    until = reader.last_position()
    rows = reader.live_named(after, until, (ENTERED,), LOOKED_AT_MAX)
    bodies = (access.home.keys.open(row.subject, row.body) for row in rows if row.subject is not None)
    fields = (msgspec.msgpack.decode(body, type=Payload).fields for body in bodies if body is not None)
    return _Look(any(one.get("segment") == PROBE for one in fields), rows[-1].position if rows else until)
