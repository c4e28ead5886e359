"""The document of kind `promotion`: read strictly and checked beside the segments and offers there are."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.link.quotes.contracts import PROMOTION, PromotionDocument
from interplay.link.quotes.policies import RESERVED
from interplay.link.quotes.terms import offer_words, terms_mistakes
from interplay.understand.segments.contracts import SEGMENT

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")


class PromotionKind:
    """Documents of kind `promotion`."""

    kind = PROMOTION

    def __init__(self, brand: Brand) -> None:
        self._zone = brand.zone()

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, PromotionDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each promotion beside all other documents as they would stand."""
        segments = sorted(document.name for document in documents if document.kind == SEGMENT)
        words = offer_words(documents)
        return [
            DocumentError(document, mistake, place)
            for document in documents
            if document.kind == PROMOTION
            for place, mistake in self._mistakes(document, segments, words)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(PromotionDocument)

    def _mistakes(
        self, document: Document, segments: Collection[str], words: Collection[str]
    ) -> Iterator[tuple[Place, AppError]]:
        content = msgspec.convert(document.content, PromotionDocument)
        if not _NAME.match(document.name) or document.name in RESERVED:
            yield ("name",), AppError("quotes.name", given=document.name)
        if not content.funder:
            yield ("funder",), AppError("quotes.funder")
        for place, mistake in terms_mistakes(content.terms, self._zone, segments, words):
            yield ("terms", *place), mistake
