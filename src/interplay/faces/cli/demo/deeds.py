"""What the demo did besides the story: orders it placed, people it erased. A later run of the same folder knows of it.

All is written down before it is done. An order is sent again by every later run, as a sender does who is not sure; an
erasure that was interrupted is done by the next one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from interplay.rehearse.brand.contracts import Json, Tally, Truth

Number = TypeVar("Number", int, int | None)
Value = TypeVar("Value")


class Placed(Struct, frozen=True):
    """An order: of whom in truth, its value in fen, and the message that was sent."""

    number: int
    value: int
    message: Json


class Deeds(Struct, frozen=True):
    orders: tuple[Placed, ...] = ()
    erased: frozenset[int] = frozenset()  # numbers of people


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
    for number in deeds.erased & known.keys():
        known[number] = replace(known[number], value=0, refunded=0)
    ordered = truth.facts.get("order.completed", 0) + len(deeds.orders)
    return replace(
        truth,
        seen=_without(truth.seen, deeds),
        connected=_without(truth.connected, deeds),
        known=known,
        facts=truth.facts | ({"order.completed": ordered} if ordered else {}),
    )


def _without(numbered: Mapping[Number, Value], deeds: Deeds) -> dict[Number, Value]:
    return {number: value for number, value in numbered.items() if number not in deeds.erased}
