"""Effects on the other engines: who met a campaign and what they did is read from them, the statistics are ours."""

import ibis
import numpy as np
import pyarrow as pa
import pytest

from interplay.collect.facts.api import catalogue
from interplay.criteria.contracts import Tables
from interplay.decide.experiments import answering, reading
from interplay.decide.experiments.api import read_metric
from interplay.decide.experiments.contracts import AskEffects, Estimate
from interplay.engine.olap.contracts import Marks
from interplay.engine.olap.keeper import Keeper
from interplay.kernel.time import DAY, HOUR
from interplay.measure.reading.api import Facts
from interplay.measure.reading.contracts import Words
from tests.moments import At
from tests.parity.marking import of_engine
from tests.stores import BRAND, NOW
from tools.reference.support import Engine

NAMES = ("order.completed", "order.refunded", "product.viewed", "prize.given")
METRICS = (
    "share(order.completed(event.value > 500))",
    "sum(order.completed, value) - sum(order.refunded, value)",
    "sum(order.completed | order.refunded, value) / count(order.completed | product.viewed)",
    "count(order.completed | order.refunded(event.value > 500))",
)
MARKS = Marks(5_000, 700, 0, NOW)


@pytest.fixture(scope="module")
def rows():
    """700 subjects of 650 customers, of whom some met both sides; facts of nobody, and without a value."""
    rng = np.random.default_rng(7)
    subjects, count = np.arange(1, 701), 4_000
    who = np.concatenate([subjects, rng.integers(0, 701, count)])
    names = np.concatenate(
        [np.where(subjects % 3 == 0, "exposure.withheld", "exposure.shown"), rng.choice(NAMES, count)]
    )
    is_its = np.concatenate([np.ones(700, dtype=bool), rng.random(count) < 0.7])
    amounts = rng.integers(0, 1_000, len(who))
    facts = {
        "position": np.arange(1, len(who) + 1), "name": names,
        "occurred_at": NOW - rng.integers(10 * DAY // HOUR, 30 * DAY // HOUR, len(who)) * HOUR,
        "subject": pa.array([None if one == 0 else int(one) for one in who], pa.int64()),
        "campaign_id": pa.array(["spring" if one else None for one in is_its]),
        "arm": pa.array([None if number % 5 == 0 else "a" if number % 3 else "none" for number in who]),
        "value": pa.array([None if one < 100 else int(one) for one in amounts], pa.int64()),
        "cost": pa.array([None if one > 900 else int(one) for one in amounts], pa.int64()),
    }  # fmt: skip
    tables = {
        "customers": {"customer": subjects[:650]},
        "members": {"subject": subjects, "customer": np.where(subjects > 650, subjects - 650, subjects)},
        "facts": facts,
        "traits": {name: pa.array([], pa.int64()) for name in ("position", "subject", "occurred_at", "trait", "op")},
    }  # fmt: skip
    return Tables(**{name: ibis.memtable(pa.table(columns)) for name, columns in tables.items()})


def walked(tables):
    moment = At(tables, MARKS)
    ask = AskEffects("spring", tuple(map(read_metric, METRICS)), 5 * DAY, margin=0.5)
    asked = answering.plan(ask, None, Words("effects", set(NAMES), catalogue(), BRAND), {}, NOW)
    facts = Facts(moment, Keeper().of(moment), catalogue(), BRAND, NOW)
    return answering.walk(facts, asked, reading.met(moment, "spring", NOW))


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_gives_the_same_effects(engine, loads, rows):
    found = walked(loads(engine)(rows))
    assert found == walked(rows)
    assert found.mixed > 5
    assert all(isinstance(one.compared[0].difference, Estimate) for one in found.metrics)
    assert found.contaminated.count > 5
