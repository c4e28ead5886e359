"""Orders at the till over HTTP: a shared coupon with its limits, its budget and the customer's points, each durable."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

import msgspec

from bench import shop
from bench.acts_by_hand import CUSTOMERS
from bench.figures import Figure, Limit, Settings
from bench.load import Counted
from bench.processes import Running, free_port, served
from bench.store import copied, people_store
from bench.till_load import TillOrders
from interplay.acts import api as acts
from interplay.acts.contracts import Act, Credit
from interplay.bootstrap import coupons as couponing
from interplay.bootstrap.access import Access
from interplay.bootstrap.devices import add_device
from interplay.bootstrap.kinds import apply
from interplay.engine.documents.contracts import Document
from interplay.faces.http.orders import OrderAsk
from interplay.faces.http.shapes import Identifier
from interplay.link.coupons.contracts import AskedBasket, Wish
from interplay.link.quotes.contracts import Line

CLIENTS = 64
WARM_UP_SECONDS = 2.0
SECONDS = 15.0
REQUESTS_PER_SECOND_MAX = 4_000
TARGET = 1_200
P99_MS_MAX = 100.0
POINTS = 100
POINTS_GIVEN = 10_000
STEP = 7_919
GIVEN_AT_ONCE = 200
STORE, CODE = "s1", "HELLO"
LABEL = {"zh": "测", "en": "Bench"}
REFUSED = '"refused":{'
DOCUMENTS: dict[tuple[str, str], dict[str, Any]] = {
    ("store", STORE): {"label": LABEL},
    ("points", "points"): {"label": LABEL, "worth": {"points": 100, "money": 100}},
    ("coupon", "hello"): {
        "label": LABEL, "funder": "brand", "campaign": "bench", "codes": "shared", "code": CODE,
        "per_customer_max": 1_000, "total_max": 10**9, "budget": 10**12,
        "terms": {"benefit": {"amount": {"off_amount": 2_000}}, "spend_min": 10_000},
    },
}  # fmt: skip
BASKET = AskedBasket("CNY", (Line("1", "tea", 1, 20_000), Line("2", "cup", 1, 15_000)))


class _Sent(msgspec.Struct):
    counted: Counted
    per_second: float
    processor_us: float  # of all processes of the server, for each order


def measure(settings: Settings) -> list[Figure]:
    """Commit orders at a running server; then the rows of as many acts at the bare till."""
    with copied(people_store(settings, CUSTOMERS), settings.folder / "run") as copy:
        orders = _prepared(settings, copy.folder)
        os.sync()
        settings.say(f"tills: {CLIENTS} clients commit orders …")
        with served(copy.folder, settings.folder / "serve.log") as server:
            ours = _send(orders, server)
        _check(copy.folder)
    settings.say("tills: the bare till …")
    with bare_till(settings) as server:
        bare = _send(orders, server)
    return [
        Figure(
            row="orders at the till, over HTTP",
            what=f"{CLIENTS} clients: coupon, limits, budget, points, facts and receipt, on disk before the 2xx",
            value=ours.per_second,
            unit="orders/s",
            limit=Limit("bare till, the rows of an act by hand", bare.per_second),
            target=f"{TARGET:,}/s, p99 < {P99_MS_MAX:.0f} ms",
            is_met=ours.per_second >= TARGET and ours.counted.p99_ms < P99_MS_MAX,
            details={
                "p50 ms": ours.counted.p50_ms,
                "p99 ms": ours.counted.p99_ms,
                "bare p99 ms": bare.counted.p99_ms,
                "processor µs an order": ours.processor_us,
                "bare µs an order": bare.processor_us,
            },
        )
    ]


def _prepared(settings: Settings, folder: Path) -> TillOrders:
    """Give points to whoever will shop, add devices, and ask what the basket costs."""
    seconds = settings.seconds(SECONDS)
    requests = int((seconds + WARM_UP_SECONDS) * REQUESTS_PER_SECOND_MAX)
    with Access(folder) as access:
        apply(access, [Document(kind, name, content) for (kind, name), content in DOCUMENTS.items()])
        keys = [add_device(access, STORE, f"till-{number}") for number in range(CLIENTS)]
        _give(access, sorted({number * STEP % CUSTOMERS for number in range(requests)}))
        who = ("user_id", shop.user_id(0))
        subject = couponing.subject_of(access, who)
        wish = Wish(basket=BASKET, codes=(CODE,), subject=subject, points=POINTS, store=STORE)
        quoted = couponing.quote(access, wish)
        if not quoted.quote.applied or quoted.quote.refused or quoted.quote.points.points != POINTS:
            raise RuntimeError(f"not as it is meant: {quoted}")
    order = OrderAsk(
        basket=BASKET, fingerprint=quoted.quote.fingerprint, coupons=[CODE], customer=Identifier(*who), points=POINTS
    )
    return TillOrders(
        port=0, write_key="", connections=CLIENTS, facts_per_request=1, requests_max=requests,
        warm_up_seconds=WARM_UP_SECONDS, seconds=seconds, customers=CUSTOMERS, seed=settings.seed, refusal=REFUSED,
        order=order, device_keys=keys, step=STEP,
    )  # fmt: skip


def _give(access: Access, people: list[int]) -> None:
    subjects = [couponing.subject_of(access, ("user_id", shop.user_id(one))) for one in people]
    starts = range(0, len(subjects), GIVEN_AT_ONCE)
    asks = (
        Act(f"given:{start}", "given", b"g", tuple(
            Credit("points", one, POINTS_GIVEN) for one in subjects[start : start + GIVEN_AT_ONCE]
        ))
        for start in starts
    )  # fmt: skip
    for _ in acts.do_all(access.home.acts, access, asks):
        pass


def _check(folder: Path) -> None:
    with Access(folder) as access:
        if broken := acts.check(access.home.database):
            raise RuntimeError(f"the ledger is broken: {broken}")


@contextmanager
def bare_till(settings: Settings) -> Iterator[Running]:
    port, folder = free_port(), settings.folder / "bare-till"
    command = [sys.executable, "-m", "bench.bare_till", str(folder), str(port)]
    with Running(command, port, "/", settings.folder / "bare.log") as server:
        yield server
    rmtree(folder)


def _send(orders: TillOrders, server: Running) -> _Sent:
    orders = msgspec.structs.replace(orders, port=server.port)
    used = server.processor_seconds()
    command = [sys.executable, "-m", "bench.till_load"]
    done = subprocess.run(command, input=msgspec.json.encode(orders), stdout=subprocess.PIPE, check=True)
    counted = msgspec.json.decode(done.stdout, type=Counted)
    if counted.refused:
        raise RuntimeError(f"{counted.refused} requests were refused, e.g. {counted.first_refusal}")
    processor = server.processor_seconds() - used
    return _Sent(counted, counted.requests / counted.seconds, processor / counted.sent * 1e6)
