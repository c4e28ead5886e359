"""Documents of kind `alert`, checked against the metrics that there are."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.measure.alerts.contracts import ALERT, AlertDocument
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import DIMENSIONS_MAX, By, Metric


class AlertKind:
    """Documents of kind `alert`."""

    kind = ALERT

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, AlertDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Look at each beside the metrics as they would stand."""
        own = [one for one in documents if one.kind == ALERT]
        if not own:
            return []
        try:
            catalogue = metrics.metrics(documents)
        except AppError:  # told where it is
            return []
        return [
            DocumentError(document, mistake, place)
            for document in own
            for place, mistake in _mistakes(msgspec.convert(document.content, AlertDocument), catalogue)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(AlertDocument)


def _mistakes(alert: AlertDocument, catalogue: dict[str, Metric]) -> Iterator[tuple[Place, AppError]]:
    if alert.by is By.MONTH:
        yield ("by",), AppError("alerts.by", given=alert.by.value)
    has_bound = alert.above is not None or alert.below is not None
    if (alert.change is not None) == has_bound:
        yield ("change",) if alert.change is not None else (), AppError("alerts.rule")
    if alert.change is not None and alert.change <= 0:
        yield ("change",), AppError("alerts.change", given=alert.change)
    if alert.above is not None and alert.below is not None and alert.above <= alert.below:
        yield ("above",), AppError("alerts.bounds", above=alert.above, below=alert.below)
    if (metric := catalogue.get(alert.metric)) is None:
        meant = closest(alert.metric, list(catalogue)) or ""
        yield ("metric",), AppError("alerts.metric", given=alert.metric, meant=meant)
        return
    if alert.dialect and alert.dialect not in metric.dialects:
        allowed = ", ".join(metric.dialects) or "—"
        yield ("dialect",), AppError("alerts.dialect", metric=alert.metric, given=alert.dialect, allowed=allowed)
    if len(alert.dimensions or ()) > DIMENSIONS_MAX:
        yield ("dimensions",), AppError("alerts.dimensions", given=len(alert.dimensions or ()), most=DIMENSIONS_MAX)
