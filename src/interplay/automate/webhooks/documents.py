"""The document of kind `webhook`: read strictly and checked against what is declared."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from interplay.automate.webhooks.contracts import SEGMENT_FACTS, WEBHOOK, WebhookDocument
from interplay.collect.facts.api import FactWords, check_kind, declared_as_far, read_where
from interplay.engine.delivery.addresses import checked_url
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.kernel.spelling import closest
from interplay.unify.consent import api as consent

WEBHOOKS_MAX = 100
PATTERNS_MAX = 50
ANY = "*"

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
_PATTERN = re.compile(r"[^*\s][^*]{0,199}\.\*\Z")


class WebhookKind:
    """Documents of kind `webhook`."""

    kind = WEBHOOK

    def __init__(self, brand: Brand, received: Callable[[], list[str]], *, are_private_allowed: bool) -> None:
        self._brand = brand
        self._received = received
        self._are_private_allowed = are_private_allowed

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, WebhookDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each webhook beside all other documents as they would stand."""
        ours = [document for document in documents if document.kind == WEBHOOK]
        if not ours:
            return []
        found = [
            DocumentError(document, mistake, place)
            for document in ours
            for place, mistake in self._mistakes(document, documents)
        ]
        if len(ours) > WEBHOOKS_MAX:
            found.append(DocumentError(ours[-1], AppError("webhooks.too_many", given=len(ours), allowed=WEBHOOKS_MAX)))
        return found

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(WebhookDocument)

    def _mistakes(self, document: Document, documents: Sequence[Document]) -> Iterator[tuple[Place, AppError]]:
        content = msgspec.convert(document.content, WebhookDocument)
        if not _NAME.match(document.name):
            yield ("name",), AppError("webhooks.name", given=document.name)
        try:
            checked_url(content.url, are_private_allowed=self._are_private_allowed)
        except AppError as wrong:
            yield ("url",), wrong
        yield from self._mistaken_facts(content, documents)
        yield from _mistaken_segments(content, documents)
        yield from _mistaken_identifiers(content, documents)

    def _mistaken_facts(
        self, content: WebhookDocument, documents: Sequence[Document]
    ) -> Iterator[tuple[Place, AppError]]:
        declared = declared_as_far(documents)
        known = sorted({*declared.facts, *self._received(), *SEGMENT_FACTS})
        patterns = content.patterns()
        if not 1 <= len(patterns) <= PATTERNS_MAX:
            yield ("facts",), AppError("webhooks.no_facts", given=len(patterns), allowed=PATTERNS_MAX)
        for number, pattern in enumerate(content.facts):
            is_pattern = pattern == ANY or _PATTERN.match(pattern) is not None
            if not is_pattern and pattern not in known:
                meant = closest(pattern, known) or ""
                yield ("facts", number), AppError("webhooks.fact", given=pattern, meant=meant)
        fields = {name for kind in declared.facts.values() for name in kind.fields}
        for number, name in enumerate(content.fields or ()):
            if name not in fields:
                yield ("fields", number), AppError("webhooks.field", given=name, meant=closest(name, fields) or "")
        if content.where is not None:
            words = FactWords(declared)
            for fact in sorted(name for name in declared.facts if matches(patterns, name)):
                try:
                    read_where(content.where, fact, words, self._brand)
                except AppError as wrong:
                    yield ("where",), wrong
                    return


def matches(patterns: Sequence[str], name: str) -> bool:
    """Return whether a fact is among names and patterns: `segment.*` is every name that begins with `segment.`."""
    return any(
        pattern in (ANY, name) or (pattern.endswith(".*") and name.startswith(pattern.removesuffix("*")))
        for pattern in patterns
    )


def _mistaken_segments(content: WebhookDocument, documents: Sequence[Document]) -> Iterator[tuple[Place, AppError]]:
    known = sorted(document.name for document in documents if document.kind == "segment")
    for number, name in enumerate(content.segments):
        if name not in known:
            yield ("segments", number), AppError("webhooks.segment", given=name, meant=closest(name, known) or "")
    if content.segments and not all(pattern.startswith("segment.") for pattern in content.patterns()):
        yield ("facts",), AppError("webhooks.segments_only", given=", ".join(content.facts))


def _mistaken_identifiers(content: WebhookDocument, documents: Sequence[Document]) -> Iterator[tuple[Place, AppError]]:
    for number, kind in enumerate(content.identifiers):
        try:
            check_kind(kind)
        except AppError as wrong:
            yield ("identifiers", number), wrong
    if content.consent is not None:
        try:
            consent.check_asked(documents, content.consent)
        except AppError as wrong:
            yield ("consent",), wrong
