"""The document of kind `audience`: read strictly and checked against the segments and traits there are."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from interplay.automate.audiences.columns import check_consent, layout
from interplay.automate.audiences.contracts import AUDIENCE, NO_CONSENT_ASKED, AudienceDocument
from interplay.collect.facts.api import declared_as_far
from interplay.engine.delivery.addresses import checked_url
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.kernel.time import HOUR, parse_duration
from interplay.unify.consent import api as consent

EVERY_MIN = HOUR

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")


class AudienceKind:
    """Documents of kind `audience`."""

    kind = AUDIENCE

    def __init__(self, *, are_private_allowed: bool) -> None:
        self._are_private_allowed = are_private_allowed

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, AudienceDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each audience beside all other documents as they would stand."""
        return [
            DocumentError(document, mistake, place)
            for document in documents
            if document.kind == AUDIENCE
            for place, mistake in self._mistakes(document, documents)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(AudienceDocument)

    def _mistakes(self, document: Document, documents: Sequence[Document]) -> Iterator[tuple[Place, AppError]]:
        content = msgspec.convert(document.content, AudienceDocument)
        if not _NAME.match(document.name):
            yield ("name",), AppError("audiences.name", given=document.name)
        try:
            checked_url(content.url, are_private_allowed=self._are_private_allowed)
        except AppError as wrong:
            yield ("url",), wrong
        known = sorted(one.name for one in documents if one.kind == "segment")
        if content.segment not in known:
            meant = closest(content.segment, known) or ""
            yield ("segment",), AppError("audiences.segment", given=content.segment, meant=meant)
        try:
            if parse_duration(content.every) < EVERY_MIN:
                yield ("every",), AppError("audiences.every", given=content.every)
        except AppError as wrong:
            yield ("every",), wrong
        yield from _mistaken_columns(content, documents)


def _mistaken_columns(content: AudienceDocument, documents: Sequence[Document]) -> Iterator[tuple[Place, AppError]]:
    try:
        found = layout(content.columns)
        check_consent(content.columns, content.consent)
        if content.consent not in (None, NO_CONSENT_ASKED):
            consent.check_asked(documents, str(content.consent))
    except AppError as wrong:
        part = "consent" if wrong.code.startswith(("consent.", "audiences.consent")) else "columns"
        yield (part,), wrong
        return
    stored = declared_as_far(documents).traits
    computed = {one.name for one in documents if one.kind == "trait"}
    for name in found.traits:
        place = ("columns", content.columns.index(name))
        if name in stored and stored[name].is_personal:
            yield place, AppError("audiences.personal", given=name)
        elif name not in stored and name not in computed:
            meant = closest(name, {*stored, *computed}) or ""
            yield place, AppError("audiences.column", given=name, meant=meant)
