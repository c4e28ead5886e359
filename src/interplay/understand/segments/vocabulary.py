"""The words a brand may use in criteria: its facts, traits, segments, and the terms of higher slices."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from interplay.collect.facts.api import Names
from interplay.collect.facts.contracts import Declared
from interplay.criteria.api import parse_segments, parse_value, type_of
from interplay.criteria.contracts import Criterion, FeatureSource, Field, Trait
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.understand.segments.contracts import SEGMENT, TRAIT, SegmentDocument, TraitDocument

_Content = TypeVar("_Content")


class BrandVocabulary:
    """What is declared, received and defined, at one revision of the documents."""

    def __init__(
        self, declared: Declared, received: Iterable[str], features: Mapping[str, FeatureSource], brand: Brand
    ) -> None:
        self._declared = declared
        today = Names(declared).today
        self._names = sorted({*declared.facts, *(today(name, "", None) for name in received)})
        self._features = features
        self._brand = brand
        self._traits: dict[str, Trait] = dict(declared.traits)
        self._segments: dict[str, Criterion] = {}

    def fact_names(self) -> Sequence[str]:
        return self._names

    def fields(self, fact: str) -> Mapping[str, Field]:
        kind = self._declared.facts.get(fact)
        return {} if kind is None else kind.fields

    def fact_label(self, fact: str) -> tuple[str, str]:
        kind = self._declared.facts.get(fact)
        return (fact, fact) if kind is None else (kind.zh, kind.en)

    def traits(self) -> Mapping[str, Trait]:
        return self._traits

    def segments(self) -> Mapping[str, Criterion]:
        return self._segments

    def features(self) -> Mapping[str, FeatureSource]:
        return self._features

    def define(self, documents: Sequence[Document]) -> None:
        """Read the computed traits and segments among the documents, in any order; one may use another.

        Raises AppError `documents.field` naming file, line, document and the place in its criteria.
        """
        self._define_traits([document for document in documents if document.kind == TRAIT])
        segments = {document.name: document for document in documents if document.kind == SEGMENT}
        texts = {name: _decoded_at(document, SegmentDocument).criteria for name, document in segments.items()}
        for name, found in parse_segments(texts, self, self._brand.zone()).items():
            if isinstance(found, AppError):
                raise DocumentError(segments[name], found)
            self._segments[name] = found

    def _define_traits(self, waiting: list[Document]) -> None:
        """Define what can be defined until nothing is left, or nothing more can be: then say why."""
        while waiting:
            failed: list[tuple[Document, AppError]] = []
            for document in waiting:
                try:
                    self._define_trait(document)
                except AppError as error:
                    failed.append((document, error))
            if len(failed) == len(waiting):
                raise DocumentError(*failed[0])
            waiting = [document for document, _ in failed]

    def _define_trait(self, document: Document) -> None:
        content = decoded(document, TraitDocument)
        if document.name in self._declared.traits:
            raise AppError("traits.declared_already", name=document.name)
        value = parse_value(content.value, self, self._brand.zone(), trait=document.name)
        label = content.label
        self._traits[document.name] = Trait(document.name, type_of(value), definition=value, zh=label.zh, en=label.en)


def decoded(document: Document, kind: type[_Content]) -> _Content:
    """Return a document's content, checked. Raises AppError `documents.field`."""
    try:
        return msgspec.convert(document.content, kind)
    except msgspec.ValidationError as wrong:
        raise AppError("documents.content", reason=str(wrong)) from None


def _decoded_at(document: Document, kind: type[_Content]) -> _Content:
    try:
        return decoded(document, kind)
    except AppError as error:
        raise DocumentError(document, error) from None
