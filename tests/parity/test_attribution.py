"""Attribution on the other engines: touches, conversions, channels and values are read from them."""

import ibis
import pyarrow as pa
import pytest

from interplay.criteria.contracts import Tables
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.attribution.answering import Asked, walk
from interplay.measure.attribution.contracts import AskAttribution
from interplay.measure.funnels.contracts import FunnelStep
from tests.measure.metrics.pasts import NOW, facts_of, pasts, tables_of
from tests.parity.marking import of_engine
from tests.stores import BRAND
from tools.reference.support import Engine

ASK = AskAttribution(
    FunnelStep(("order.completed",), "event.quantity > 2"),
    (FunnelStep(("product.viewed",)), FunnelStep(("cart.added",))), "source", "quantity", "product_id",
)  # fmt: skip


def walked(past, tables):
    facts = facts_of(past, tables=tables)
    return walk(facts, Asked(ASK, BRAND, facts.declared, Micros(NOW - 15 * DAY), Micros(NOW), Micros(NOW)))


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_credits_the_same(engine, loads):
    past = pasts(5)
    rows = Tables(**{name: ibis.memtable(pa.table(columns)) for name, columns in tables_of(past).items()})
    found = walked(past, loads(engine)(rows))
    assert found == walked(past, rows)
    assert found.conversions > found.unattributed.conversions > 0
