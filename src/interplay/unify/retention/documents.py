"""The document of kind `retention`: read strictly and checked against what may never be purged."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from interplay.collect.facts.api import declared_as_far
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.spelling import closest
from interplay.kernel.time import DAY, parse_duration
from interplay.unify.retention import rules
from interplay.unify.retention.contracts import RETENTION, Periods, RetentionDocument

FOR_EVER = "none"
PERIOD_MIN = DAY


class RetentionKind:
    """Documents of kind `retention`."""

    kind = RETENTION

    def __init__(self, received: Callable[[], list[str]]) -> None:
        self._received = received

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, RetentionDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read the document with the facts as they would be declared: what is to be kept may have no period."""
        kept = _kept(documents)
        own = [document for document in documents if document.kind == RETENTION]
        known = {*declared_as_far(documents).facts, *self._received()} if own else set()
        return [
            DocumentError(document, mistake, place)
            for document in own
            for place, mistake in _mistakes(document, kept, known)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(RetentionDocument)


def current(documents: Sequence[Document]) -> Periods:
    """Return the brand's periods; without a document everything is kept for ever."""
    kept = _kept(documents)
    own = next((document for document in documents if document.kind == RETENTION), None)
    if own is None:
        return Periods(kept=kept)
    return _periods(msgspec.convert(own.content, RetentionDocument), kept, own.applied_at)


def wanted(document: RetentionDocument, standing: Sequence[Document]) -> Periods:
    """Return the periods as a document would make them."""
    return _periods(document, _kept(standing), Micros(0))


def _periods(content: RetentionDocument, kept: frozenset[str], applied_at: Micros) -> Periods:
    facts = {pattern: _micros(text) for pattern, text in content.facts.items()}
    return Periods(facts, _micros(content.default), _micros(content.anonymous), kept, applied_at)


def _kept(documents: Iterable[Document]) -> frozenset[str]:
    return frozenset(name for name, kind in declared_as_far(documents).facts.items() if kind.kept)


def _mistakes(document: Document, kept: frozenset[str], known: Collection[str]) -> Iterator[tuple[Place, AppError]]:
    if document.name != RETENTION:
        yield ("name",), AppError("retention.document_name", given=document.name)
    content = msgspec.convert(document.content, RetentionDocument)
    for part in ("default", "anonymous"):
        if (mistake := _period_mistake(getattr(content, part))) is not None:
            yield (part,), mistake
    for pattern, text in content.facts.items():
        if (mistake := _period_mistake(text)) is not None:
            yield ("facts", pattern), mistake
        elif "*" in pattern.removesuffix(rules.ANY):
            yield ("facts", pattern), AppError("retention.pattern", given=pattern)
        elif not pattern.endswith(rules.ANY) and pattern not in known:  # else it would be kept for ever, unnoticed
            yield ("facts", pattern), AppError("retention.fact", given=pattern, meant=closest(pattern, known) or "")
        elif _micros(text) is not None and (held := [name for name in kept if rules.matches(pattern, name)]):
            yield ("facts", pattern), AppError("retention.kept", given=pattern, kept=", ".join(sorted(held)))


def _period_mistake(text: str | None) -> AppError | None:
    try:
        period = _micros(text)
    except AppError as mistake:
        return mistake
    if period is not None and period < PERIOD_MIN:
        return AppError("retention.too_short", given=text)
    return None


def _micros(text: str | None) -> int | None:
    return None if text is None or text == FOR_EVER else parse_duration(text)
