"""What the demo did besides the story: orders it placed, people it erased. A later run of the same folder knows of it.

All is written down before it is done. An order is sent again by every later run, as a sender does who is not sure; an
erasure that was interrupted is done by the next one.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from interplay.rehearse.brand.contracts import Json, Tally, Truth

Number = TypeVar("Number", int, int | None)
Value = TypeVar("Value")

FEN_PER_YUAN = 100


class Placed(Struct, frozen=True):
    """An order: of whom in truth, its value in fen, and the message that was sent; and what came back of it."""

    number: int
    value: int
    message: Json
    refunded: int = 0
    back: Json | None = None

    def messages(self) -> tuple[Json, ...]:
        return (self.message,) if self.back is None else (self.message, self.back)


class Deeds(Struct, frozen=True):
    orders: tuple[Placed, ...] = ()
    erased: frozenset[int] = frozenset()  # numbers of people
    guests: frozenset[int] = frozenset()  # who came on the day of a run; another run has others


def read(path: Path) -> Deeds:
    return msgspec.json.decode(path.read_bytes(), type=Deeds) if path.exists() else Deeds()


def write(path: Path, deeds: Deeds) -> None:
    """Replace the file whole, so that an interrupted demo leaves the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.encode(deeds))
    fresh.replace(path)


def truth_after(truth: Truth, deeds: Deeds) -> Truth:
    """Return what can be known after the deeds.

    Of whom was erased no identifier and no amount is left, while the number of facts stays.
    """
    known = {number: replace(tally) for number, tally in truth.known.items()}
    for order in deeds.orders:
        tally = known.setdefault(order.number, Tally())
        tally.orders += 1
        tally.value += order.value
        tally.refunds += order.back is not None
        tally.refunded += order.refunded
    for number in deeds.erased & known.keys():
        known[number] = replace(known[number], value=0, refunded=0)
    facts = Counter(truth.facts)
    facts["order.completed"] += len(deeds.orders)
    facts["order.refunded"] += sum(order.back is not None for order in deeds.orders)
    return replace(
        truth,
        seen=_without(truth.seen, deeds),
        connected=_without(truth.connected, deeds),
        known=known,
        facts=dict(+facts),
    )


def points(truth: Truth, deeds: Deeds) -> tuple[int, int]:
    """Return how many points were given for orders in truth, one for each yuan, and how many taken back.

    Of a part that comes back, the part of the points is rounded down.
    """
    given, back = truth.online
    for order in deeds.orders:
        whole = order.value // FEN_PER_YUAN
        given += whole
        back += whole * order.refunded // order.value if order.refunded else 0
    return given, back


def _without(numbered: Mapping[Number, Value], deeds: Deeds) -> dict[Number, Value]:
    return {number: value for number, value in numbered.items() if number not in deeds.erased}
