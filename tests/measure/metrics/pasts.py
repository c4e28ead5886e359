"""Facts at random, and as a store would hold them."""

from dataclasses import dataclass, replace

import ibis
import numpy as np
import pyarrow as pa

from interplay.collect.facts.api import catalogue
from interplay.criteria.contracts import Tables
from interplay.engine.olap.contracts import Marks
from interplay.engine.olap.keeper import Keeper
from interplay.kernel.time import DAY, HOUR
from interplay.measure.reading.facts import Facts
from interplay.measure.visits.contracts import with_visits
from tests.moments import At
from tests.stores import BRAND, NOW

__all__ = ["NOW", "At", "Past", "facts_of", "pasts", "tables_of"]

NAMES = ("product.viewed", "cart.added", "order.completed", "cart.removed")
MARKS = Marks(10_000, 60, 0, NOW)


@dataclass(frozen=True)
class Past:
    """One fact. Customers 51 to 60 of the subjects are those of 1 to 10."""

    position: int
    subject: int | None
    at: int
    name: str
    quantity: int | None = None
    product: str | None = None
    source: str = "site"

    @classmethod
    def of(cls, customer, at, name):
        return cls(0, customer, at, name)

    @property
    def customer(self):
        return self.subject - 50 if self.subject is not None and self.subject > 50 else self.subject


def pasts(seed, count=1_500):
    """Return facts in order of customer, time and position; a few of nobody, a few of tomorrow."""
    rng = np.random.default_rng(seed)
    found = [
        Past(
            position, None if (who := int(rng.integers(0, 61))) == 0 else who,
            NOW + DAY - int(rng.integers(0, 30 * 24)) * HOUR, str(rng.choice(NAMES)),
            None if (amount := int(rng.integers(0, 9))) == 0 else amount,
            None if (item := int(rng.integers(0, 4))) == 0 else f"p{item}", str(rng.choice(["site", "till"])),
        )
        for position in range(1, count + 1)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.customer or 0, one.at, one.position))


def tables_of(past):
    """Return the columns of a warehouse's tables."""
    subjects = np.arange(1, 61)
    facts = {
        "position": [one.position for one in past], "name": [one.name for one in past],
        "occurred_at": [one.at for one in past], "subject": pa.array([one.subject for one in past], pa.int64()),
        "quantity": pa.array([one.quantity for one in past], pa.int64()),
        "product_id": pa.array([one.product for one in past], pa.string()), "source": [one.source for one in past],
    }  # fmt: skip
    return {
        "customers": {"customer": subjects[:50]},
        "members": {"subject": subjects, "customer": np.where(subjects > 50, subjects - 50, subjects)},
        "facts": facts,
        "traits": {name: pa.array([], pa.int64()) for name in ("position", "subject", "occurred_at", "trait", "op")},
    }  # fmt: skip


def facts_of(past, among=None, tables=None):
    """Return facts as terms read them."""
    if tables is None:
        numbered = past if past[0].position else [replace(one, position=number) for number, one in enumerate(past, 1)]
        tables = Tables(**{name: ibis.memtable(pa.table(one)) for name, one in tables_of(numbered).items()})
    moment = At(tables, MARKS)
    chosen = None if among is None else np.array(among)
    return Facts(moment, Keeper().of(moment), with_visits(catalogue()), BRAND, NOW, chosen)
