"""The last minutes on the other engines."""

import ibis
import pyarrow as pa
import pytest

from interplay.criteria.contracts import Tables
from interplay.measure.realtime.answering import count, told
from interplay.measure.realtime.contracts import AskRealtime
from tests.measure.realtime.test_answers import AT, some
from tests.moments import At
from tests.parity.marking import of_engine
from tests.stores import BRAND
from tools.reference.support import Engine


def answered(tables):
    found = count(At(tables), lambda _, build, after, until: build(after, until).to_pyarrow(), 30, AT)
    return told(found, AskRealtime(), BRAND, AT, 1)


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_counts_the_same(engine, loads):
    rows = some(400, seed=2)
    facts = {
        "occurred_at": [row[2] for row in rows], "name": [row[0] for row in rows],
        "subject": pa.array([None if row[1] is None else row[1] + 1 for row in rows], pa.int64()),
        "channel": pa.array([row[3] for row in rows], pa.string()),
        "campaign_id": pa.array([None] * len(rows), pa.string()),
        "value": pa.array([row[4] for row in rows], pa.int64()),
    }  # fmt: skip
    members = {"subject": list(range(1, 9)), "customer": [1, 1, 3, 4, 5, 6, 7, 7]}
    nothing = pa.array([], pa.int64())
    columns = {"facts": facts, "members": members, "customers": {"customer": nothing}, "traits": {"subject": nothing}}
    here = Tables(**{name: ibis.memtable(pa.table(one)) for name, one in columns.items()})
    found = answered(loads(engine)(here))
    assert found == answered(here)
    assert 1 < found.people <= 6
    assert found.orders > 10
