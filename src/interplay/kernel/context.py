"""The World: what code may know of the moment. Time, chance and the identity of things come in from outside.

The same code runs live, in a test, and in a rehearsal on a virtual clock; only the World differs.
"""

import os
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand


@dataclass(frozen=True, slots=True)
class World:
    """The moment that code runs in. Transactions and the log are handed to commands beside it (`engine/oltp`)."""

    brand: Brand
    now: Callable[[], Micros]
    rng: random.Random
    ids: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", ZoneInfo(self.brand.timezone))


def live_world(brand: Brand) -> World:
    """Return the World of a running system: the machine's clock and its source of chance."""
    return World(
        brand=brand,
        now=lambda: Micros(time.time_ns() // 1000),
        rng=random.SystemRandom(),
        ids=lambda: str(uuid.uuid4()),  # noqa: TID251 - this is where ids come from
        random_bytes=os.urandom,
    )
