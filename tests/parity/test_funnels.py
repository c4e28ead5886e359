"""Funnels on the other engines: facts, conditions and fields are read from them, the pass over them is ours."""

from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pytest

from interplay.collect.facts.api import catalogue
from interplay.criteria.contracts import Tables
from interplay.engine.olap.contracts import Marks
from interplay.engine.olap.keeper import Keeper
from interplay.kernel.time import DAY, HOUR
from interplay.measure.funnels import answering, telling
from interplay.measure.funnels.api import read_steps
from interplay.measure.funnels.checking import plan
from interplay.measure.funnels.contracts import AskFunnel, Excluded, GroupedBy, Mode
from tests.moments import At
from tests.parity.marking import of_engine
from tests.stores import BRAND, NOW
from tools.reference.support import Engine

NAMES = ("product.viewed", "cart.added", "order.completed", "cart.removed")
WAY = "product.viewed(event.price > 500) > cart.added? > order.completed"
ASKS = (
    AskFunnel(read_steps(WAY), 3 * DAY, by="product_id"),
    AskFunnel(read_steps(WAY), 3 * DAY, linked="product_id", by="source", grouped_by=GroupedBy.LAST),
    AskFunnel(read_steps(WAY), 9 * DAY, mode=Mode.STRICT),
    AskFunnel(read_steps("product.viewed > order.completed"), 9 * DAY, excluded=(Excluded(("cart.removed",)),)),
)
MARKS = Marks(1_000, 60, 0, NOW)


@pytest.fixture(scope="module")
def rows():
    """60 subjects of 50 customers, and facts of nobody."""
    rng = np.random.default_rng(7)
    count = 1_000
    facts = {
        "position": np.arange(1, count + 1), "name": rng.choice(NAMES, count),
        "occurred_at": NOW - rng.integers(0, 25 * DAY // HOUR, count) * HOUR,
        "subject": pa.array([None if one == 0 else int(one) for one in rng.integers(0, 61, count)], pa.int64()),
        "price": pa.array([None if one < 100 else int(one) for one in rng.integers(0, 1_000, count)], pa.int64()),
        "product_id": pa.array([None if one == 5 else f"p{one}" for one in rng.integers(0, 6, count)]),
        "source": rng.choice(["site", "till"], count),
    }  # fmt: skip
    subjects = np.arange(1, 61)
    tables = {
        "customers": {"customer": subjects[:50]},
        "members": {"subject": subjects, "customer": np.where(subjects > 50, subjects - 50, subjects)},
        "facts": facts,
        "traits": {name: pa.array([], pa.int64()) for name in ("position", "subject", "occurred_at", "trait", "op")},
    }  # fmt: skip
    return Tables(**{name: ibis.memtable(pa.table(columns)) for name, columns in tables.items()})


def walked(tables, ask):
    declared = catalogue()
    asked = telling.Asked(ask, declared, ZoneInfo("UTC"), NOW - 30 * DAY, NOW, NOW + 10 * DAY)
    moment = At(tables, MARKS)
    return telling.told(asked, answering.walk(moment, Keeper(), plan(ask, NAMES, declared, BRAND), asked))


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_gives_the_same_funnel(engine, loads, rows, ask):
    found = walked(loads(engine)(rows), ask)
    assert found == walked(rows, ask)
    assert found.entered > found.converted.count > 5
