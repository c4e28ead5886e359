"""Metrics on the other engines: facts, conditions, fields and values are read from them, the counting is ours."""

import ibis
import numpy as np
import pyarrow as pa
import pytest

from interplay.criteria.contracts import Tables
from interplay.measure.metrics import working
from interplay.measure.metrics.catalogue import standard
from interplay.measure.metrics.formula import read_formula, terms
from interplay.measure.metrics.grouping import grouped
from tests.measure.metrics.pasts import NOW, facts_of, pasts, tables_of
from tests.parity.marking import of_engine
from tools.reference.support import Engine

FORMULAS = (
    'average("order.completed", "quantity", where=event.product_id != "p1")',
    'people("product.viewed", then="order.completed", within="3d") / people("product.viewed", mature="3d")',
    'distinct("order.completed", "product_id") + stock("order.completed", "quantity")',
    'count("visit", where=event.pages == 0) / count("visit")',
    standard()["repurchase_rate"].formula,
)
EDGES = np.arange(NOW - 20 * 86_400_000_000, NOW + 1, 5 * 86_400_000_000)


def worked(facts, text):
    formula = read_formula(text, {}.__getitem__)
    groups = grouped(facts, list(terms(formula)), ("source",), None, int(EDGES[0]), int(EDGES[-1]))
    return groups.values, working.values(facts, formula, EDGES, groups).tolist()


@pytest.fixture(scope="module")
def past():
    return pasts(3)


@pytest.fixture(scope="module")
def rows(past):
    return Tables(**{name: ibis.memtable(pa.table(columns)) for name, columns in tables_of(past).items()})


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_gives_the_same_numbers(engine, loads, past, rows, text):
    values, found = worked(facts_of(past, tables=loads(engine)(rows)), text)
    expected_values, expected = worked(facts_of(past, tables=rows), text)
    assert values == expected_values
    np.testing.assert_allclose(found, expected)
    assert np.isfinite(expected).any()
