"""Intervals and distributions on the other engines: facts, fields and amounts are read from them."""

import ibis
import pyarrow as pa
import pytest

from interplay.criteria.contracts import Tables
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.distributions import answering as distributions
from interplay.measure.distributions.contracts import AskDistribution, Of
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.intervals import answering as intervals
from interplay.measure.intervals.contracts import AskIntervals
from tests.measure.metrics.pasts import NOW, facts_of, pasts, tables_of
from tests.parity.marking import of_engine
from tests.stores import BRAND
from tools.reference.support import Engine

FIRST, THEN = FunnelStep(("product.viewed",), "event.quantity > 2"), FunnelStep(("order.completed",))
SINCE = Micros(NOW - 20 * DAY)


def worked(past, tables):
    facts = facts_of(past, tables=tables)
    waits = AskIntervals(FIRST, THEN, "product_id", "source")
    spread = AskDistribution(THEN, Of.SUM, "quantity")
    return (
        intervals.walk(facts, intervals.Asked(waits, BRAND, SINCE, Micros(NOW), Micros(NOW))),
        distributions.walk(facts, distributions.Asked(spread, BRAND, SINCE, Micros(NOW), Micros(NOW), 50)),
    )


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_gives_the_same(engine, loads):
    past = pasts(6)
    rows = Tables(**{name: ibis.memtable(pa.table(columns)) for name, columns in tables_of(past).items()})
    found = worked(past, loads(engine)(rows))
    assert found == worked(past, rows)
    assert min(found[0].spread.count, found[0].open) > 20
    assert found[1].customers > 10
