"""What a measurement gives: a figure, its limit, and whether the target is met. Nothing here fails a run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from msgspec import Struct

SEED = 20261101
FACTS_PER_CUSTOMER = 20


@dataclass(frozen=True)
class Settings:
    """What a run is asked for."""

    folder: Path  # everything that is written goes below it
    facts: int
    is_quick: bool
    say: Callable[[str], None]
    data: Path | None = None  # the folder of real files, where there is one
    seed: int = SEED
    customers_asked: int | None = None

    @property
    def customers(self) -> int:
        return self.customers_asked or self.facts // FACTS_PER_CUSTOMER

    def seconds(self, long: float) -> float:
        """Return for how long to measure."""
        return min(long, 4.0) if self.is_quick else long


class Limit(Struct, frozen=True):
    """What the machine can do at all, or what the same costs by hand, measured in the same run."""

    what: str
    value: float


class Figure(Struct, frozen=True, kw_only=True):
    """One line of the report. `ratio` is the value as a share of the limit."""

    row: str
    what: str
    value: float
    unit: str
    limit: Limit | None = None
    target: str = ""
    is_met: bool | None = None
    details: dict[str, float] = {}

    @property
    def ratio(self) -> float | None:
        return None if self.limit is None or not self.limit.value else self.value / self.limit.value


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long something takes, once."""
    began = perf_counter()
    work()
    return perf_counter() - began


def alternating(works: Sequence[Callable[[], object]], times: int, warm_ups: int = 2) -> list[float]:
    """Return the median time of each, taken in turns so that a busy moment of the machine hits all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(times + warm_ups):
        for work, seconds in zip(works, taken, strict=True):
            elapsed = seconds_of(work)
            if turn >= warm_ups:
                seconds.append(elapsed)
    return [median(seconds) for seconds in taken]


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile by nearest rank; `values` are sorted."""
    return values[min(int(len(values) * share), len(values) - 1)]
