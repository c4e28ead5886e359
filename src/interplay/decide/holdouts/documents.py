"""The document of kind `holdout`: there is one, and what it is measured by has to be declared."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from interplay.collect.facts.api import declared_as_far
from interplay.decide.holdouts.contracts import HOLDOUT, HoldoutDocument
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import listed

PERCENT_MAX = 20
DAYS_MAX = 366
NAME = "all"
"""The only name such a document can have."""


class HoldoutKind:
    """Documents of kind `holdout`."""

    kind = HOLDOUT

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, HoldoutDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read the holdout beside all other documents as they would stand."""
        return [
            DocumentError(document, mistake, place)
            for document in documents
            if document.kind == HOLDOUT
            for place, mistake in _mistakes(document, documents)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(HoldoutDocument)


def _mistakes(document: Document, documents: Sequence[Document]) -> Iterator[tuple[Place, AppError]]:
    content = msgspec.convert(document.content, HoldoutDocument)
    if document.name != NAME:
        yield ("name",), AppError("holdouts.name", given=document.name, allowed=NAME)
    if not 0 <= content.percent <= PERCENT_MAX:
        yield ("percent",), AppError("holdouts.percent", given=content.percent, most=PERCENT_MAX)
    declared, metric = declared_as_far(documents).facts, content.metric
    if metric.fact not in declared:
        yield ("metric", "fact"), AppError("holdouts.fact", given=metric.fact, allowed=listed(sorted(declared)))
    elif metric.field and metric.field not in declared[metric.fact].fields:
        allowed = listed(sorted(declared[metric.fact].fields))
        yield ("metric", "field"), AppError("holdouts.field", given=metric.field, fact=metric.fact, allowed=allowed)
    if not 1 <= metric.within_days <= DAYS_MAX:
        yield ("metric", "within_days"), AppError("holdouts.days", given=metric.within_days, most=DAYS_MAX)
