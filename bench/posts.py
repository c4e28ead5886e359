"""Posts to the doors of a running server: single facts and batches, beside a bare door with an index as large."""

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from bench.bare_door import Item, prepare
from bench.figures import Figure, Limit, Settings
from bench.load import Counted, Orders, made
from bench.processes import Running, free_port, served
from bench.store import Store, copied, shop_store
from interplay.engine.oltp.sqlite import FILE_NAME

WARM_UP_SECONDS = 2.0
SECONDS = 15.0
SETTLE_SECONDS_MAX = 120.0
SINGLE_CONNECTIONS = 64
BATCH_CONNECTIONS = 16
FACTS_PER_BATCH = 100
SINGLES_PER_SECOND_MAX = 12_000  # requests are made before the clock starts
BATCHES_PER_SECOND_MAX = 600
SINGLES_TARGET = 5_000
SINGLES_P99_MS_MAX = 40.0
SINGLES_SHARE_MIN = 0.5
BATCHED_TARGET = 25_000
BLOCK_BYTES = 4096
BLOCKS = 1024


def measure(settings: Settings) -> list[Figure]:
    """Single posts and batches to a copy of the store, the mind running beside; then the same to the bare door."""
    store = shop_store(settings)
    settings.say("posts: copying the store …")
    with copied(store, settings.folder / "run") as copy:
        bare_file = settings.folder / "bare.sqlite"
        prepare(bare_file, copy.folder / FILE_NAME)
        os.sync()
        singles, batches = _ours(settings, copy)
        bare_singles, bare_batches = _bare(settings, copy, bare_file)
    for stale in settings.folder.glob("bare.sqlite*"):
        stale.unlink()
    return [
        _singles(singles, bare_singles),
        _batches(batches, bare_batches),
        _decoding(settings, store),
        _flushes(settings),
    ]


def _ours(settings: Settings, store: Store) -> tuple["_Sent", "_Sent"]:
    with served(store.folder, settings.folder / "serve.log") as server:
        singles = _send(settings, store, server, 1)
        _wait_until_quiet(server)
        batches = _send(settings, store, server, FACTS_PER_BATCH)
        return singles, batches


def _bare(settings: Settings, store: Store, file: Path) -> tuple["_Sent", "_Sent"]:
    port = free_port()
    command = [sys.executable, "-m", "bench.bare_door", str(file), str(port)]
    with Running(command, port, "/", settings.folder / "bare.log") as server:
        return _send(settings, store, server, 1), _send(settings, store, server, FACTS_PER_BATCH)


class _Sent(msgspec.Struct):
    counted: Counted
    facts_per_second: float
    pss_mib: float
    processor_share: float  # of one processor, all processes of the server


def _orders(settings: Settings, store: Store, port: int, facts_per_request: int) -> Orders:
    is_single = facts_per_request == 1
    seconds = settings.seconds(SECONDS)
    return Orders(
        port=port,
        write_key=store.notes.write_key,
        connections=SINGLE_CONNECTIONS if is_single else BATCH_CONNECTIONS,
        facts_per_request=facts_per_request,
        requests_max=int(
            (seconds + WARM_UP_SECONDS) * (SINGLES_PER_SECOND_MAX if is_single else BATCHES_PER_SECOND_MAX)
        ),
        warm_up_seconds=WARM_UP_SECONDS,
        seconds=seconds,
        customers=settings.customers,
        seed=settings.seed + facts_per_request,
    )


def _send(settings: Settings, store: Store, server: Running, facts_per_request: int) -> _Sent:
    orders = _orders(settings, store, server.port, facts_per_request)
    settings.say(f"posts: {facts_per_request} fact(s) a request, {orders.connections} connections …")
    used = server.processor_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=msgspec.json.encode(orders), stdout=subprocess.PIPE, check=True
    )
    counted = msgspec.json.decode(done.stdout, type=Counted)
    if counted.refused:
        raise RuntimeError(f"{counted.refused} requests were refused, e.g. {counted.first_refusal}")
    return _Sent(
        counted=counted,
        facts_per_second=counted.requests * facts_per_request / counted.seconds,
        pss_mib=server.pss_mib(),
        processor_share=(server.processor_seconds() - used) / (orders.warm_up_seconds + counted.seconds),
    )


def _wait_until_quiet(server: Running) -> None:
    """Return when the mind has caught up: the server uses next to no processor time."""
    until = time.monotonic() + SETTLE_SECONDS_MAX
    while time.monotonic() < until:
        used = server.processor_seconds()
        time.sleep(1.0)
        if server.processor_seconds() - used < 0.1:
            return


def _singles(ours: _Sent, bare: _Sent) -> Figure:
    counted = ours.counted
    share = ours.facts_per_second / bare.facts_per_second
    is_met = (
        ours.facts_per_second >= SINGLES_TARGET and counted.p99_ms < SINGLES_P99_MS_MAX and share >= SINGLES_SHARE_MIN
    )
    return Figure(
        row="single-event posts",
        what=f"{SINGLE_CONNECTIONS} connections, on disk before the 2xx",
        value=ours.facts_per_second,
        unit="/s",
        limit=Limit("bare door, same index", bare.facts_per_second),
        target=f"{SINGLES_TARGET:,}/s, p99 < {SINGLES_P99_MS_MAX:.0f} ms, {SINGLES_SHARE_MIN:.0%}",
        is_met=is_met,
        details=_details(ours, bare),
    )


def _batches(ours: _Sent, bare: _Sent) -> Figure:
    return Figure(
        row="batches of 100",
        what=f"{BATCH_CONNECTIONS} connections, on disk before the 2xx",
        value=ours.facts_per_second,
        unit="facts/s",
        limit=Limit("bare door, same index", bare.facts_per_second),
        target=f"{BATCHED_TARGET:,}/s",
        is_met=ours.facts_per_second >= BATCHED_TARGET,
        details=_details(ours, bare),
    )


def _details(ours: _Sent, bare: _Sent) -> dict[str, float]:
    return {
        "p50 ms": ours.counted.p50_ms,
        "p99 ms": ours.counted.p99_ms,
        "bare p99 ms": bare.counted.p99_ms,
        "server MiB": ours.pss_mib,
        "server processors": ours.processor_share,
        "processor µs a fact": ours.processor_share / ours.facts_per_second * 1e6,
        "bare µs a fact": bare.processor_share / bare.facts_per_second * 1e6,
        "bytes a fact": ours.counted.bytes_per_fact,
    }


def _decoding(settings: Settings, store: Store) -> Figure:
    """How fast msgspec reads the same bodies into a typed struct."""
    orders = _orders(settings, store, 0, 1)
    orders.requests_max = 20_000
    bodies = [request.partition(b"\r\n\r\n")[2] for request in made(orders)]
    decode = msgspec.json.Decoder(Item).decode
    began = time.perf_counter()
    for body in bodies:
        decode(body)
    rate = len(bodies) / (time.perf_counter() - began)
    return Figure(row="limits", what="msgspec typed decode of the same bodies", value=rate, unit="/s")


def _flushes(settings: Settings) -> Figure:
    """How often a second the disk takes a block for good, in a file that has its size already."""
    path = settings.folder / "flush"
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(file, bytes(BLOCKS * BLOCK_BYTES))
    os.fsync(file)
    count, until = 0, time.perf_counter() + settings.seconds(3.0)
    began = time.perf_counter()
    while time.perf_counter() < until:
        os.pwrite(file, b"x" * BLOCK_BYTES, count % BLOCKS * BLOCK_BYTES)
        os.fdatasync(file)
        count += 1
    rate = count / (time.perf_counter() - began)
    os.close(file)
    path.unlink()
    return Figure(row="limits", what="fdatasync of 4 KiB", value=rate, unit="/s")
