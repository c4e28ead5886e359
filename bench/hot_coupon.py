"""One coupon that everybody redeems at once, on PostgreSQL; beside the same rows by hand, grouped and one by one.

Whoever redeems stands at the counter of a door's process, as over HTTP.
"""

import asyncio
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from bench.figures import Figure, Limit, Settings
from interplay.acts import api as acts
from interplay.acts.contracts import Asking, Refused
from interplay.bootstrap import coupons as couponing
from interplay.bootstrap.access import Access
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import create, open_home
from interplay.bootstrap.kinds import apply
from interplay.engine.documents.contracts import Document
from interplay.faces.http.counter import Counter
from interplay.faces.http.process import THREADS_TAKE_TURNS_SECONDS, DoorAccess
from interplay.kernel.settings import Brand, Database
from interplay.kernel.settings import Settings as BrandSettings
from interplay.link.coupons.contracts import AskedBasket, Redeem, Redemption, Wish
from interplay.link.quotes.contracts import Line
from tests.postgresql import PostgresServer, programs

CLIENTS = 32
TARGET = 2_000
REDEMPTIONS = 20_000
REDEMPTIONS_QUICK = 3_000
GROUPS_BY_HAND = 400
BODY = bytes(400)  # about as many bytes as the receipt and the fact of one have
CODE = "HELLO"
LABEL = {"zh": "测", "en": "Bench"}
COUPON = {
    "label": LABEL, "funder": "brand", "codes": "shared", "code": CODE, "total_max": 10**9, "budget": 10**12,
    "terms": {"benefit": {"amount": {"off_amount": 2_000}}, "spend_min": 10_000},
}  # fmt: skip
BASKET = AskedBasket("CNY", (Line("1", "tea", 1, 20_000),))
TABLES = (
    "CREATE TABLE counters (scope text PRIMARY KEY, used bigint)",
    "INSERT INTO counters VALUES ('total', 0), ('budget', 0)",
    "CREATE TABLE acts (act bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest bytea UNIQUE, body bytea)",
    "CREATE TABLE facts (at bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea)",
)
TAKE = "UPDATE counters SET used = used + %s WHERE scope = %s AND used + %s <= 1000000000000"
WRITE = "INSERT INTO acts (digest, body) SELECT digest, %b FROM unnest(%b::bytea[]) AS one (digest)"
TELL = "INSERT INTO facts (body) SELECT %b FROM generate_series(1, %s)"


def measure(settings: Settings) -> list[Figure]:
    """Redeem the shared code by so many clients of one door, and write as many rows by hand."""
    found = programs()
    if found is None:
        settings.say("hot coupon: no PostgreSQL here; left out")
        return []
    folder = Path(mkdtemp(prefix="interplay-bench-"))
    server = PostgresServer(found, folder)
    try:
        return [_measured(settings, server)]
    finally:
        server.stop()
        shutil.rmtree(folder)


def _measured(settings: Settings, server: PostgresServer) -> Figure:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
        connection.execute("CREATE DATABASE by_hand")
    count = REDEMPTIONS_QUICK if settings.is_quick else REDEMPTIONS
    settings.say(f"hot coupon: {CLIENTS} clients on PostgreSQL …")
    per_second, processor_us = _redeemed(settings.folder / "hot-coupon", server.url("shop"), count)
    settings.say("hot coupon: the same by hand …")
    url = server.url("by_hand")
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in TABLES:
            connection.execute(statement.encode())
    grouped = _grouped(url)
    alone = _alone(url, count // 4)
    return Figure(
        row="one hot coupon, PostgreSQL",
        what=f"{CLIENTS} clients redeem one shared code: quote, limits, budget, fact and receipt, durable",
        value=per_second,
        unit="redemptions/s",
        limit=Limit(f"the same rows by hand, {CLIENTS} in one call", grouped),
        target=f"{TARGET:,}/s",
        is_met=per_second >= TARGET,
        details={"by hand, a transaction each, per second": alone, "processor µs a redemption": processor_us},
    )


def _redeemed(folder: Path, url: str, count: int) -> tuple[float, float]:
    shutil.rmtree(folder, ignore_errors=True)
    create(folder, BrandSettings(Brand("Hot"), database=Database(url)))
    with Access(folder) as access:
        apply(access, [Document("coupon", "hello", COUPON)])
    door = Door(open_home(folder))
    counter, turns = Counter(DoorAccess(door)), sys.getswitchinterval()
    sys.setswitchinterval(THREADS_TAKE_TURNS_SECONDS)
    try:
        asyncio.run(_redeem(counter, range(CLIENTS * 10)))
        used, began = time.process_time(), time.perf_counter()
        asyncio.run(_redeem(counter, range(count, 2 * count)))
        used, seconds = time.process_time() - used, time.perf_counter() - began
        if broken := acts.check(door.home.database):
            raise RuntimeError(f"the ledger is broken: {broken}")
    finally:
        sys.setswitchinterval(turns)
        counter.close()
        door.close()
    shutil.rmtree(folder)
    return count / seconds, used / count * 1e6


async def _redeem(counter: Counter, numbers: Iterable[int]) -> None:
    """Let clients redeem one after another, each its next when it has the answer to its last."""

    def redeeming(number: int) -> Asking[Redemption | Refused]:
        wish = Wish(basket=BASKET, codes=(CODE,), store="s1")
        return couponing.redeeming(counter.reach, Redeem(key=f"r{number}", wish=wish, order=f"O{number}"))

    async def redeem_on() -> None:
        for number in rest:
            answer = await counter.act(redeeming, number)
            if not isinstance(answer, Redemption):
                raise RuntimeError(f"not redeemed: {answer}")

    rest = iter(numbers)
    await asyncio.gather(*(redeem_on() for _ in range(CLIENTS)))


def _at_once(work: Callable[[int], None], count: int) -> float:
    """Let clients do a piece of work one after another, and return how long all of them took."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        began = time.perf_counter()
        for _ in pool.map(work, range(count)):
            pass
        return time.perf_counter() - began


def _grouped(url: str) -> float:
    """Write the rows of a redemption of each client in one transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        for number in range(GROUPS_BY_HAND):
            _by_hand(connection, [f"g{number}-{client}".encode() for client in range(CLIENTS)])
        return GROUPS_BY_HAND * CLIENTS / (time.perf_counter() - began)


def _alone(url: str, count: int) -> float:
    """Write each client's rows in transactions of its own, which wait for each other at the coupon's row."""
    mine = threading.local()

    def one(number: int) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(url, autocommit=True)
        _by_hand(mine.connection, [f"a{number}".encode()])

    return count / _at_once(one, count)


def _by_hand(connection: psycopg.Connection[tuple[object, ...]], digests: list[bytes]) -> None:
    with connection.transaction():
        for scope, amount in (("total", len(digests)), ("budget", 2_000 * len(digests))):
            connection.execute(TAKE.encode(), (amount, scope, amount), prepare=True)
        connection.execute(WRITE.encode(), (BODY, digests), prepare=True)
        connection.execute(TELL.encode(), (BODY, len(digests)), prepare=True)
