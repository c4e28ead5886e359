"""The same on PostgreSQL: two doors, one mind, until the last fact is known: to the map, and to 50 live segments."""

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import msgspec
import psycopg

from bench import live
from bench.figures import Figure, Limit, Settings, seconds_of
from bench.load import Counted, Orders
from bench.processes import Running, free_port, interplay
from interplay.bootstrap.access import Access
from interplay.bootstrap.home import create
from interplay.bootstrap.keys import first_keys
from interplay.kernel.settings import Brand, Database
from interplay.kernel.settings import Settings as BrandSettings
from tests.postgresql import PostgresServer, programs

DOORS = 2
WARM_UP_SECONDS = 2.0
SECONDS = 15.0
CONNECTIONS = 24  # of each door
CUSTOMERS = 50_000
FACTS_PER_BATCH = 100
REQUESTS_PER_SECOND_MAX = {1: 6_000, live.FACTS_PER_BATCH: 1_200, FACTS_PER_BATCH: 300}
TARGET = 2_500
CAUGHT_UP_SECONDS_MAX = 300.0
ROWS_BY_HAND = 200_000
ROWS_PER_COMMIT = 200


def measure(settings: Settings) -> list[Figure]:
    """Post single facts and batches to two doors, and wait for the map after each."""
    found = programs()
    if found is None:
        settings.say("postgres: no PostgreSQL here; left out")
        return []
    folder = Path(mkdtemp(prefix="interplay-bench-"))
    server = PostgresServer(found, folder)
    try:
        return _measured(settings, server)
    finally:
        server.stop()
        shutil.rmtree(folder)


def _measured(settings: Settings, server: PostgresServer) -> list[Figure]:
    brand = settings.folder / "postgres"
    shutil.rmtree(brand, ignore_errors=True)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
        connection.execute("CREATE DATABASE by_hand")
    url = server.url("shop")
    create(brand, BrandSettings(Brand("Bench"), database=Database(url)))
    write_key = first_keys(brand)["write_key"]
    with ExitStack() as stack:
        ports = [free_port() for _ in range(DOORS)]
        mind = stack.enter_context(_Background(interplay(brand, "serve", "--role", "mind")))
        for port in ports:
            words = interplay(brand, "serve", "--role", "door", "--port", str(port))
            stack.enter_context(Running(words, port, "/health", settings.folder / f"door-{port}.log"))
        assert mind.poll() is None
        rows = [_until_mapped(settings, url, write_key, ports, size) for size in (1, FACTS_PER_BATCH)]
        with Access(brand) as access:
            settings.say("postgres: computing 50 segments …")
            live.apply_live(access, live.criteria())
            rows += [_until_told(settings, access, write_key, ports, is_scattered=each) for each in (False, True)]
    limit = Limit(f"the same rows by hand, {ROWS_PER_COMMIT} a commit", _by_hand(server.url("by_hand")))
    shutil.rmtree(brand)
    return [
        Figure(
            row="PostgreSQL, end to end",
            what=f"{DOORS} doors, 1 mind, {row.what}",
            value=row.rate,
            unit="facts/s",
            limit=limit,
            target=f"{TARGET:,}/s",
            is_met=row.rate >= TARGET,
            details=row.details,
        )
        for row in rows
    ]


class _Row(NamedTuple):
    what: str
    rate: float
    details: dict[str, float]


class _Background:
    """A process that answers nobody directly."""

    def __init__(self, command: list[str]) -> None:
        self._command = command

    def __enter__(self) -> "subprocess.Popen[bytes]":
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


def _until_mapped(settings: Settings, url: str, write_key: str, ports: list[int], size: int) -> _Row:
    settings.say(f"postgres: {size} fact(s) a request, {CONNECTIONS} connections to each of {DOORS} doors …")
    with psycopg.connect(url, autocommit=True) as connection, ThreadPoolExecutor(DOORS) as pool:
        before = _position(connection, "SELECT max(position) FROM log")
        sending = [pool.submit(_send, one) for one in _orders(settings, write_key, ports, size)]
        while _position(connection, "SELECT max(position) FROM log") == before:
            time.sleep(0.01)
        began = time.perf_counter()
        counted = [one.result() for one in sending]
        sent = time.perf_counter()
        last = _position(connection, "SELECT max(position) FROM log")
        until = sent + CAUGHT_UP_SECONDS_MAX
        while _position(connection, "SELECT position FROM cursors WHERE name = 'identity'") < last:
            if time.perf_counter() > until:
                raise RuntimeError("the map does not follow")
            time.sleep(0.05)
        done = time.perf_counter()
        stored = _position(connection, f"SELECT count(*) FROM log WHERE position > {before}")
    what = "single posts" if size == 1 else f"batches of {size}"
    what = f"{what}: from the first post until the map is at the log's end"
    return _Row(what, stored / (done - began), _details(counted, done - sent, stored))


def _until_told(settings: Settings, access: Access, write_key: str, ports: list[int], *, is_scattered: bool) -> _Row:
    """Count facts that were posted; what segments tell of them are facts too, and are not counted."""
    size, whose = live.FACTS_PER_BATCH, live.SHAPES[is_scattered]
    settings.say(f"postgres: {size} facts a request, {whose}, 50 live segments …")
    with ThreadPoolExecutor(DOORS) as pool:
        orders = _orders(settings, write_key, ports, size, is_scattered=is_scattered)
        counted = list(pool.map(_send, orders))
    behind = seconds_of(lambda: live.wait_until_known(access))
    seconds = WARM_UP_SECONDS + max(one.seconds for one in counted) + behind
    facts = sum(one.sent for one in counted) * size
    what = f"50 live segments, batches of {size}, {whose}: until segments know the last fact"
    return _Row(what, facts / seconds, _details(counted, behind, facts))


def _orders(
    settings: Settings, write_key: str, ports: list[int], size: int, *, is_scattered: bool = True
) -> list[Orders]:
    seconds = settings.seconds(SECONDS)
    return [
        Orders(
            port, write_key, CONNECTIONS, size, int((seconds + WARM_UP_SECONDS) * REQUESTS_PER_SECOND_MAX[size]),
            WARM_UP_SECONDS, seconds, CUSTOMERS, settings.seed + 2 * (port + size) + is_scattered,
            is_scattered=is_scattered,
        )
        for port in ports
    ]  # fmt: skip


def _details(counted: list[Counted], behind_seconds: float, facts: int) -> dict[str, float]:
    if refused := [one.first_refusal for one in counted if one.refused]:
        raise RuntimeError(f"requests were refused, e.g. {refused[0]}")
    return {
        "p50 ms": max(one.p50_ms for one in counted),
        "p99 ms": max(one.p99_ms for one in counted),
        "seconds behind at the end": behind_seconds,
        "facts": facts,
    }


def _send(orders: Orders) -> Counted:
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=msgspec.json.encode(orders), stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Counted)


def _position(connection: psycopg.Connection[tuple[int | None]], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return 0 if row is None or row[0] is None else row[0]


def _by_hand(url: str) -> float:
    """Insert ids and bodies as large, in commits as large as a group, by one connection that does nothing else."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE ids (hour bigint, high bigint, low bigint, at bigint, PRIMARY KEY (hour, high, low))"
        )
        connection.execute("CREATE TABLE facts (at bigint PRIMARY KEY, name bigint, subject bigint, body bytea)")
        ids = "INSERT INTO ids SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])"
        facts = "INSERT INTO facts SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bytea[])"
        body = bytes(600)
        began = time.perf_counter()
        for start in range(0, ROWS_BY_HAND, ROWS_PER_COMMIT):
            at = list(range(start, start + ROWS_PER_COMMIT))
            key = [n * 7919 % 2**31 for n in at]
            with connection.transaction():
                connection.execute(ids, ([1] * len(at), key, key, at), prepare=True)
                connection.execute(facts, (at, [1] * len(at), at, [body] * len(at)), prepare=True)
        return ROWS_BY_HAND / (time.perf_counter() - began)
