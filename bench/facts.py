"""`python -m bench.facts KIND FACTS CUSTOMERS SEED FIRST_CHUNK`: facts as the log takes them, framed, to stdout.

A process of its own, so that making facts up does not slow the writer down that is measured. A chunk is a number of
frames (a length and an `Append` in msgpack), then an empty frame.
"""

import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from bench import shop
from bench.shop import Happening
from interplay.collect.facts.contracts import Identifier, Payload, TraitWrite
from interplay.collect.ingest.api import packed, to_new_fact
from interplay.collect.ingest.contracts import Received
from interplay.collect.ingest.keys import message_key
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact, Origin
from interplay.kernel.ids import Micros
from interplay.kernel.time import SECOND

SOURCE = "bench"
FACTS_AT_ONCE = 1_000
LENGTH = struct.Struct("<I")
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)


def main(kind: str, facts: int, customers: int, seed: int, first_chunk: int) -> None:
    """Write every chunk from `first_chunk` on."""
    for number in range(first_chunk, shop.chunks(facts)):
        news = people(number, facts) if kind == "people" else visits(number, facts, customers, seed)
        _write(sys.stdout.buffer, list(news))


def visits(number: int, facts: int, customers: int, seed: int) -> Iterator[NewFact]:
    """Yield a chunk of a year of a shop."""
    for index, one in enumerate(shop.chunk(number, facts, customers, seed)):
        yield _fact(one, f"{number}-{index}", _identifiers(one))


def last_day(facts: int, customers: int, seed: int) -> Iterator[NewFact]:
    """Yield one more last day of a shop."""
    for index, one in enumerate(shop.last_day(facts, customers, seed)):
        yield _fact(one, f"last-{seed}-{index}", _identifiers(one))


def people(number: int, facts: int) -> Iterator[NewFact]:
    """Yield a chunk of customers, each identified once, with traits."""
    for customer in range(number * shop.CHUNK_FACTS, min((number + 1) * shop.CHUNK_FACTS, facts)):
        one = Happening(customer, True, False, "customer.identified", shop.FROM + customer * SECOND, 0, 0, 0)
        yield _fact(one, f"{customer}", _identifiers(one))


def _fact(one: Happening, message_id: str, identifiers: tuple[Identifier, ...]) -> NewFact:
    digest, hour = message_key(SOURCE, message_id, one.at)
    traits: tuple[TraitWrite, ...] = ()
    if one.name == "customer.identified":
        traits = tuple(TraitWrite(trait, TraitOp.SET, value) for trait, value in shop.traits_of(one.customer))
    payload = Payload(
        fields=shop.fields_of(one),
        context={
            "library": {"name": "analytics.js", "version": "2.1.0"}, "locale": "zh-CN", "userAgent": AGENT,
            "page": {"path": f"/p/{one.product}", "url": f"https://shop.example.cn/p/{one.product}?from=list"},
        },
        identifiers=tuple((identifier.kind, identifier.value) for identifier in identifiers),
        traits=traits,
        message_id=message_id,
    )  # fmt: skip
    received = Received(one.name, Micros(one.at), identifiers, digest, hour, payload, packed(payload))
    return to_new_fact(received, SOURCE, Micros(one.at + SECOND), Origin.BACKFILL, is_trusted=True)


def _identifiers(one: Happening) -> tuple[Identifier, ...]:
    found = []
    if one.is_known:
        found.append(Identifier("user_id", shop.user_id(one.customer)))
    if one.has_cookie:
        found.append(Identifier("anonymous_id", shop.cookie_id(one.customer)))
    return tuple(found)


def _write(out: BinaryIO, facts: list[NewFact]) -> None:
    for start in range(0, len(facts), FACTS_AT_ONCE):
        frame = msgspec.msgpack.encode(Append(facts[start : start + FACTS_AT_ONCE]))
        out.write(LENGTH.pack(len(frame)) + frame)
    out.write(LENGTH.pack(0))
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:6]))
