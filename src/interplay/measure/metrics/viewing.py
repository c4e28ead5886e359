"""A metric of the catalogue in words."""

from interplay.kernel.i18n import Lang
from interplay.measure.metrics.contracts import Metric, MetricView


def view(metric: Metric, lang: Lang) -> MetricView:
    """Return a metric in words."""
    one = metric.document
    dialects = {name: dialect.definition.of(lang) for name, dialect in one.dialects.items()}
    return MetricView(
        metric.name, one.label.of(lang), one.group, one.unit, one.direction, one.formula, one.definition.of(lang),
        dialects, one.dimensions, one.number, one.needs, metric.is_own,
    )  # fmt: skip
