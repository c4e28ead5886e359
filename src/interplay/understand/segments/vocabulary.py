"""The words a brand may use in criteria: its facts, traits, segments, and the terms of higher slices."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from interplay.collect.facts.api import Names
from interplay.collect.facts.contracts import Declared
from interplay.criteria.api import parse_segments, parse_value, type_of
from interplay.criteria.contracts import Criterion, FeatureSource, Field, Trait
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
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

    def define(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read the computed traits and segments among the documents, in any order; one may use another.

        What is wrong is not defined but returned, with the document and the place in its criteria.
        """
        wrong = self._define_traits([document for document in documents if document.kind == TRAIT])
        segments = {document.name: document for document in documents if document.kind == SEGMENT}
        texts = {name: decoded(document, SegmentDocument).criteria for name, document in segments.items()}
        missing = {error.document.name for error in wrong}
        for name, found in parse_segments(texts, self, self._brand.zone()).items():
            if not isinstance(found, AppError):
                self._segments[name] = found
            elif not _follows(found, missing):
                wrong.append(DocumentError(segments[name], found, ("criteria",)))
        return wrong

    def _define_traits(self, waiting: list[Document]) -> list[DocumentError]:
        """Define what can be defined until nothing is left, or nothing more can be: return why."""
        failed: list[tuple[Document, AppError]] = []
        while waiting:
            failed = []
            for document in waiting:
                try:
                    self._define_trait(document)
                except AppError as error:
                    failed.append((document, error))
            if len(failed) == len(waiting):
                break
            waiting = [document for document, _ in failed]
        names = {document.name for document, _ in failed}
        own = [one for one in failed if not _follows(one[1], names)] or failed[:1]
        return [DocumentError(document, error, _place_of(error)) for document, error in own]

    def _define_trait(self, document: Document) -> None:
        content = decoded(document, TraitDocument)
        if document.name in self._declared.traits:
            raise AppError("traits.declared_already", name=document.name)
        value = parse_value(content.value, self, self._brand.zone(), trait=document.name)
        label = content.label
        self._traits[document.name] = Trait(document.name, type_of(value), definition=value, zh=label.zh, en=label.en)


def decoded(document: Document, kind: type[_Content]) -> _Content:
    """Return a document's content, checked. Raises AppError `documents.content`."""
    try:
        return msgspec.convert(document.content, kind)
    except msgspec.ValidationError as wrong:
        raise AppError("documents.content", reason=str(wrong)) from None


def _place_of(error: AppError) -> Place:
    return ("name",) if error.code == "traits.declared_already" else ("value",)


def _follows(error: AppError, missing: Collection[str]) -> bool:
    """Return whether a mistake is only that a trait is not there which has a mistake of its own."""
    return error.code == "criteria.unknown_trait" and error.params.get("name") in missing
