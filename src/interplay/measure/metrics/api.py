"""What can be asked of metrics. Other slices import this file and `contracts`."""

from typing import TYPE_CHECKING

from interplay.engine.wire.contracts import Question
from interplay.measure.metrics.catalogue import metrics, unknown
from interplay.measure.metrics.checking import check
from interplay.measure.metrics.contracts import AskMetrics, AskSides, ListMetrics, MetricSeen, MetricView, Sides
from interplay.measure.metrics.documents import MetricKind
from interplay.measure.metrics.importing import names as template_names
from interplay.measure.metrics.importing import template
from interplay.measure.metrics.quotients import Quotient, as_quotient, as_sum
from interplay.measure.metrics.stretches import edges as stretches
from interplay.measure.metrics.viewing import view
from interplay.understand.profiles.contracts import Reading

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session


def _ask(reading: Reading, ask: AskMetrics) -> list[MetricSeen]:
    from interplay.measure.metrics import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


def sides(reading: Reading, session: "Session", ask: AskSides) -> list[Sides]:
    """Return a metric's numbers by stretch, for each set of dimensions, with what they are quotients of."""
    from interplay.measure.metrics import sides as reading_sides  # a lazy seam: numba

    return reading_sides.read(reading, session, ask)


def _list(reading: Reading, ask: ListMetrics) -> list[MetricView]:
    every = metrics(reading.declarations.current().documents)
    return [view(one, ask.lang) for one in every.values() if ask.group in ("", one.document.group)]


ask = Question("metrics.ask", AskMetrics, list[MetricSeen], _ask)
list_metrics = Question("metrics.list", ListMetrics, list[MetricView], _list)

__all__ = [
    "MetricKind",
    "Quotient",
    "as_quotient",
    "as_sum",
    "ask",
    "check",
    "list_metrics",
    "metrics",
    "sides",
    "stretches",
    "template",
    "template_names",
    "unknown",
]  # fmt: skip
