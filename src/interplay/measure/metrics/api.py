"""What can be asked of metrics. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.metrics.catalogue import metrics, unknown
from interplay.measure.metrics.checking import check
from interplay.measure.metrics.contracts import AskMetrics, ListMetrics, MetricSeen, MetricView
from interplay.measure.metrics.documents import MetricKind
from interplay.measure.metrics.importing import names as template_names
from interplay.measure.metrics.importing import template
from interplay.measure.metrics.quotients import Quotient, as_quotient, as_sum
from interplay.measure.metrics.viewing import view
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskMetrics) -> list[MetricSeen]:
    from interplay.measure.metrics import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


def _list(reading: Reading, ask: ListMetrics) -> list[MetricView]:
    every = metrics(reading.declarations.current().documents)
    return [view(one, ask.lang) for one in every.values() if ask.group in ("", one.document.group)]


ask = Question("metrics.ask", AskMetrics, list[MetricSeen], _ask)
list_metrics = Question("metrics.list", ListMetrics, list[MetricView], _list)

__all__ = [
    "MetricKind", "Quotient", "as_quotient", "as_sum", "ask", "check", "list_metrics", "metrics", "template",
    "template_names", "unknown",
]  # fmt: skip
