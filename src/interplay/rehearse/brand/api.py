"""Simulate the coffee chain: its senders' messages, its tills' file, and the truth about both.

told = simulate(seed=7, people=3_000, until=datetime(2026, 7, 1, tzinfo=UTC), days=90)
for message in told.segment_events(): ...          # to /v1/batch, best without `sentAt`: times are then kept
for message in told.sensors_events(): ...          # to /sa
told.write_order_file(Path("orders.csv"))          # with the mapping that write_documents writes
told.truth.known[12].value
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import to_micros
from interplay.rehearse.brand import miniprogram, tills, web_shop
from interplay.rehearse.brand.contracts import (
    Door,
    Happening,
    Json,
    Lengths,
    Line,
    Person,
    Session,
    Step,
    StepKind,
    TillOrder,
    Truth,
)
from interplay.rehearse.brand.counter import (
    breakfast,
    by_account,
    by_card,
    came_back,
    cup,
    leaflet_codes,
    paid,
    parcel,
)
from interplay.rehearse.brand.happenings import Window, happenings
from interplay.rehearse.brand.people import PEOPLE_MAX, population
from interplay.rehearse.brand.setting import brand
from interplay.rehearse.brand.truth import truth

DAYS_MAX = 3_660
REGION = "CN"
GUESTS_FROM = 1_000_000_000  # above the number of any story's session
MAPPING = "orders.yaml"
DOCUMENTS = ("facts.yaml", "loyalty.yaml", "offers.yaml", "segments.yaml", "stores.yaml")


@dataclass(frozen=True)
class Simulation:
    """One told story. Every stream tells it anew from the seed, so that none has to be kept in memory."""

    seed: int
    people: tuple[Person, ...]
    window: Window

    def happenings(self) -> Iterator[Happening]:
        """Yield what happens, in order of its beginning."""
        return happenings(self.seed, self.people, self.window)

    def segment_events(self) -> Iterator[Json]:
        """Yield the web shop's messages, ready to be put into a batch."""
        for happening in self.happenings():
            if isinstance(happening, Session) and happening.door is Door.WEB:
                yield from web_shop.messages(happening)

    def sensors_events(self) -> Iterator[Json]:
        """Yield the mini-program's messages, ready for `data_list`; products and stores come first."""
        yield from miniprogram.items(self.window.from_at)
        for happening in self.happenings():
            if isinstance(happening, Session) and happening.door is Door.MINI_PROGRAM:
                yield from miniprogram.messages(happening)

    def write_order_file(self, path: Path) -> int:
        """Write the tills' order file and return the number of its rows, the header not counted."""
        return tills.write(path, (h for h in self.happenings() if isinstance(h, TillOrder)))

    def lengths(self) -> Lengths:
        """Return how much each stream holds, for progress bars."""
        segment, sensors, order_rows = 0, sum(1 for _ in miniprogram.items(self.window.from_at)), 0
        for happening in self.happenings():
            if isinstance(happening, TillOrder):
                order_rows += len(happening.lines)
            elif happening.door is Door.WEB:
                segment += len(happening.steps)
            else:
                sensors += len(happening.steps)
        return Lengths(segment, sensors, order_rows)

    @cached_property
    def truth(self) -> Truth:
        """What really happened."""
        return truth(self.people, self.happenings())


def simulate(seed: int, people: int, until: datetime, days: int) -> Simulation:
    """Return the story of `people` people in the `days` × 24 hours before `until`; the same for the same arguments.

    Raises AppError `rehearse.people` and `rehearse.days` outside the stated limits.
    """
    if not 1 <= people <= PEOPLE_MAX:
        raise AppError("rehearse.people", given=people, allowed=PEOPLE_MAX)
    if not 1 <= days <= DAYS_MAX:
        raise AppError("rehearse.days", given=days, allowed=DAYS_MAX)
    window = Window(to_micros(until - timedelta(days=days)), to_micros(until), ZoneInfo(brand().zone))
    return Simulation(seed, population(seed, people, days), window)


def guest_order(number: int, visitor: str, at: Micros) -> tuple[Json, int]:
    """Return the web shop's message of an order that somebody who has not signed in places, and its value in fen.

    It is none of a story's: `number` tells it from others of the same visitor.
    """
    goods = next(product for product in brand().products if product.shelf == "web")
    order = Step(StepKind.ORDER, at, is_known=False, lines=(Line(goods, 1, 0),), order_no=f"G{number}")
    (message,) = web_shop.messages(Session(GUESTS_FROM + number, Door.WEB, visitor, (order,)))
    return message, order.value


def owner() -> Brand:
    """Return whose data this is, as `init` asks it."""
    return Brand(brand().name["zh"], brand().zone, brand().currency, region=REGION)


def write_documents(folder: Path) -> Path:
    """Write the brand's documents into `folder/documents` and return that; the tills' mapping goes beside it.

    A mapping is given to an import and not applied, so it is not among the documents.
    """
    into = folder / "documents"
    into.mkdir(parents=True, exist_ok=True)
    here = files("interplay.rehearse.brand")
    for name in DOCUMENTS:
        (into / name).write_bytes((here / "documents" / name).read_bytes())
    (folder / MAPPING).write_bytes((here / MAPPING).read_bytes())
    return into


__all__ = [
    "DOCUMENTS",
    "MAPPING",
    "Simulation",
    "breakfast",
    "by_account",
    "by_card",
    "came_back",
    "cup",
    "guest_order",
    "leaflet_codes",
    "owner",
    "paid",
    "parcel",
    "simulate",
    "write_documents",
]
