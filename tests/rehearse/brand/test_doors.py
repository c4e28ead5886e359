"""The real doors take every message of the simulated senders, and make of each the fact that the truth names."""

import base64
import gzip
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from interplay.collect.facts.api import Catalogue, catalogue, decode_documents
from interplay.collect.imports.api import Reading, load, read
from interplay.collect.ingest import segment, sensors
from interplay.collect.ingest.contracts import Door, Rejected
from interplay.kernel.settings import Brand
from interplay.kernel.time import to_micros
from interplay.rehearse.brand.api import simulate

BRAND = Path(__file__).parents[3] / "src" / "interplay" / "rehearse" / "brand"
UNTIL = datetime(2026, 10, 1, tzinfo=UTC)
BATCH = 100


@pytest.fixture(scope="module")
def told():
    return simulate(seed=1, people=600, until=UNTIL, days=60)


@pytest.fixture(scope="module")
def coffee():
    return Catalogue(
        catalogue(decode_documents((BRAND / "documents" / "facts.yaml").read_bytes(), "facts.yaml")),
        Brand(name="山间咖啡"),
    )


def batches(messages):
    found = list(messages)
    return [found[n : n + BATCH] for n in range(0, len(found), BATCH)]


@pytest.fixture(scope="module")
def from_the_web(told, coffee):
    door = Door(coffee, "web-shop")
    found = []
    for batch in batches(told.segment_events()):
        body = json.dumps({"batch": batch}).encode()
        found += segment.receive(segment.Call.BATCH, body, door, told.window.until_at)
    return found


@pytest.fixture(scope="module")
def from_the_mini_program(told, coffee):
    door = Door(coffee, "mini-program")
    found = []
    for batch in batches(told.sensors_events()):
        packed = base64.b64encode(gzip.compress(json.dumps(batch).encode(), mtime=0))
        body = urlencode({"data_list": packed, "gzip": 1}).encode()
        found += sensors.receive(body, b"", door, told.window.until_at)
    return found


@pytest.fixture(scope="module")
def from_the_tills(told, coffee, tmp_path_factory):
    path = tmp_path_factory.mktemp("tills") / "orders.csv"
    rows = told.write_order_file(path)
    mapping, text = load(BRAND / "orders.yaml")
    reading = Reading(declared=coffee.declared, brand=coffee.brand, now=told.window.until_at)
    chunks = list(read(path, mapping, reading, text=text))
    assert chunks[-1].rows == rows
    assert not [one.text() for chunk in chunks for one in chunk.rejects]
    return [fact for chunk in chunks for fact in chunk.facts]


@pytest.fixture(scope="module")
def received(from_the_web, from_the_mini_program, from_the_tills):
    return [*from_the_web, *from_the_mini_program, *from_the_tills]


def test_no_message_is_rejected(received):
    assert not [one.text() for one in received if isinstance(one, Rejected)]


def test_the_doors_make_the_facts_that_the_truth_counts(received, told):
    assert dict(sorted(Counter(one.name for one in received).items())) == told.truth.facts


def test_every_fact_is_declared_and_only_lists_of_products_and_presets_of_the_sdk_are_not(received, coffee):
    assert {one.name for one in received} <= coffee.declared.facts.keys()
    extra = {(one.name, key) for one in received for key in one.payload.extra if not key.startswith("$")}
    assert {key for name, key in extra if name != "item.updated"} == {"products", "refund_of"}


def test_every_fact_keeps_its_own_instant(from_the_web, from_the_mini_program, told):
    assert [one.at for one in from_the_web] == [
        to_micros(datetime.fromisoformat(m["timestamp"])) for m in told.segment_events()
    ]
    assert [one.at for one in from_the_mini_program] == [m["time"] * 1000 for m in told.sensors_events()]


def test_no_two_facts_have_one_key(received):
    assert len({one.digest for one in received}) == len(received)


def test_the_identifiers_received_are_those_the_truth_has_seen(received, told):
    seen = {(str(i.kind), i.value) for one in received for i in one.identifiers}
    assert seen == set().union(*told.truth.seen.values())


@pytest.mark.parametrize(("fact", "orders", "value"), [
    ("order.completed", "orders", "value"), ("order.refunded", "refunds", "refunded"),
])  # fmt: skip
def test_orders_and_values_of_every_person_are_the_true_ones(received, told, fact, orders, value):
    owner = {identifier: number for number, person in told.truth.people.items() for identifier in person.identifiers()}
    found = defaultdict(lambda: [0, 0])
    for one in received:
        if one.name == fact:
            first = one.identifiers[0] if one.identifiers else None
            tally = found[owner.get((str(first.kind), first.value)) if first else "anonymous"]
            tally[0] += 1
            tally[1] += one.payload.fields["value"]
    truth = {**told.truth.known, "anonymous": told.truth.anonymous}
    expected = {who: [getattr(t, orders), getattr(t, value)] for who, t in truth.items()}
    assert dict(found) == {who: tally for who, tally in expected.items() if tally[0]}


def test_every_order_says_its_channel_and_type_of_day(received):
    for one in received:
        if one.name == "order.completed":
            assert one.payload.fields["channel"] in {"store", "web", "mini_program"}
            assert one.payload.fields["day_type"] in {"workday", "weekend", "holiday"}
            assert one.payload.fields["quantity"] >= one.payload.fields.get("item_count", 1) >= 1
