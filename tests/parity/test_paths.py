"""Paths on the other engines: facts, conditions and fields are read from them."""

import ibis
import pyarrow as pa
import pytest

from interplay.criteria.contracts import Tables
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.paths.answering import Asked, walk
from interplay.measure.paths.contracts import AskPaths
from tests.measure.metrics.pasts import NOW, facts_of, pasts, tables_of
from tests.parity.marking import of_engine
from tests.stores import BRAND
from tools.reference.support import Engine

STEPS = (FunnelStep(("product.viewed",), "event.quantity > 2"), FunnelStep(("order.completed", "cart.added")))


def walked(past, tables):
    ask = AskPaths(STEPS, "product_id", depth=4, shown=3, pause=Micros(2 * DAY))
    asked = Asked(ask, STEPS, BRAND, Micros(NOW - 20 * DAY), Micros(NOW), Micros(NOW))
    return walk(facts_of(past, tables=tables), asked)


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_gives_the_same_paths(engine, loads):
    past = pasts(8)
    rows = Tables(**{name: ibis.memtable(pa.table(columns)) for name, columns in tables_of(past).items()})
    found = walked(past, loads(engine)(rows))
    everything = [{(one.depth, one.step): one for one in seen.nodes} for seen in (found, walked(past, rows))]
    assert everything[0] == everything[1]
    assert found.stretches > 50
    assert any(one.step is None for one in found.nodes)
