"""Documents of kind `metric`: a brand's own, checked against what is declared."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from interplay.collect.facts.api import declared_as_far
from interplay.collect.facts.contracts import Declared
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.measure.metrics.catalogue import finder, standard
from interplay.measure.metrics.checking import check
from interplay.measure.metrics.contracts import METRIC, MetricDocument
from interplay.measure.metrics.formula import read_formula
from interplay.measure.visits.contracts import with_visits

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


class MetricKind:
    """Documents of kind `metric`."""

    kind = METRIC

    def __init__(self, brand: Brand, received: Callable[[], Iterable[str]]) -> None:
        self._brand = brand
        self._received = received

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, MetricDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each formula beside all other metrics as they would stand."""
        own = {one.name: one for one in documents if one.kind == METRIC}
        if not own:
            return []
        declared = with_visits(declared_as_far(documents))
        every = {**standard(), **{name: msgspec.convert(one.content, MetricDocument) for name, one in own.items()}}
        return [
            DocumentError(document, mistake, place)
            for name, document in own.items()
            for place, mistake in self._mistakes(name, every, declared)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(MetricDocument)

    def _mistakes(
        self, name: str, every: dict[str, MetricDocument], declared: Declared
    ) -> Iterator[tuple[Place, AppError]]:
        if not _NAME.match(name):
            yield ("name",), AppError("metrics.name", given=name)
        one = every[name]
        texts: list[tuple[Place, str]] = [(("formula",), one.formula)]
        texts += [(("dialects", dialect, "formula"), two.formula) for dialect, two in one.dialects.items()]
        for place, text in texts:
            try:
                formula = read_formula(text, finder(every, (name,)))
                check(formula, declared, {*declared.facts, *self._received()}, self._brand)
            except AppError as wrong:
                yield place, wrong
