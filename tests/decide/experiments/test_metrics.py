"""Metrics as text: what is one, and what is refused."""

import pytest

from interplay.decide.experiments.api import read_metric, read_planned
from interplay.decide.experiments.contracts import Kind, Side, Term
from interplay.kernel.errors import AppError
from interplay.measure.funnels.contracts import FunnelStep

ORDERS = FunnelStep(("order.completed",))


def test_terms_are_subtracted_and_divided():
    found = read_metric(" sum(order.completed, value) - sum(order.refunded, value) / count(order.completed) ")
    refunds = Term(Kind.SUM, FunnelStep(("order.refunded",)), "value")
    assert found.of == Side(((1.0, Term(Kind.SUM, ORDERS, "value")), (-1.0, refunds)))
    assert found.over == Side(((1.0, Term(Kind.COUNT, ORDERS)),))
    assert found.text == found.text.strip()


def test_signs_within_a_condition_are_of_the_condition():
    found = read_metric('share(page.viewed | product.viewed(event.path == "a-b/c, (d)" and event.price > 3))')
    where = 'event.path == "a-b/c, (d)" and event.price > 3'
    assert found.of == Side(((1.0, Term(Kind.SHARE, FunnelStep(("page.viewed", "product.viewed"), where))),))
    assert found.over is None


@pytest.mark.parametrize("text", [
    "", "order.completed", "Orders", "mean(order.completed)", "sum(order.completed)", "count(order.completed, value)",
    "sum(order.completed, value, price)", "share(a.b) - share(c.d)", "count(a.b) - count(c.d) - count(e.f)",
    "count(a.b) / count(c.d) / count(e.f)", "count(a.b > c.d)", "count(a.b?)", "count(a.b", "sum(a.b, c) -",
])  # fmt: skip
def test_what_is_no_metric_is_refused(text):
    with pytest.raises(AppError) as wrong:
        read_metric(text)
    assert wrong.value.code in ("effects.metric", "funnels.text")


def test_planned_weights_are_read_and_names_may_have_spaces():
    assert read_planned("No E-Mail=1, a=b=2.5") == {"No E-Mail": 1.0, "a=b": 2.5}
    assert read_planned("") == {}
    with pytest.raises(AppError, match="weights"):
        read_planned("a=much")
