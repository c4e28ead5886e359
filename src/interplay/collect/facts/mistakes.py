"""What is wrong with declarations: every mistake of every document, with its place in it."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from interplay.collect.facts.contracts import Dialect
from interplay.collect.facts.documents import FactsDocument, FieldDocument, folded
from interplay.criteria.contracts import ValueType
from interplay.engine.documents.places import Place
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest

NAME_CHARS_MAX = 63
_FACT_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\Z")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

RESERVED_FIELDS = frozenset(
    {"at", "customer", "name", "occurred_at", "origin", "position", "products", "received_at", "source", "subject"}
)
"""Columns that every fact has in the warehouse, and the list of products, which stays in the body."""


class Misdeclared(Struct, frozen=True):
    """One mistake: in which of the documents, where in it, and what."""

    document: int
    place: Place
    mistake: AppError  # `facts.*`


def mistakes(documents: Sequence[FactsDocument]) -> Iterator[Misdeclared]:
    """Yield what is wrong with documents that stand together, in their order."""
    declared = {name: field for document in documents for name, field in document.fields.items()}
    yield from _two_meanings(documents, "fields", "field")
    yield from _two_meanings(documents, "traits", "trait")
    for number, document in enumerate(documents):
        for place, mistake in _names(document):
            yield Misdeclared(number, place, mistake)
        for place, mistake in _fields_of_facts(document, declared):
            yield Misdeclared(number, place, mistake)
    yield from _claimed_facts(documents)
    yield from _claimed_traits(documents)


def _two_meanings(documents: Sequence[FactsDocument], part: str, what: str) -> Iterator[Misdeclared]:
    """One name has one type and one privacy, in all documents."""
    known: dict[str, FieldDocument] = {}
    for number, document in enumerate(documents):
        fields: dict[str, FieldDocument] = getattr(document, part)
        for name, field in fields.items():
            first = known.setdefault(name, field)
            if first.type is not field.type:
                error = AppError(f"facts.{what}.type", name=name, given=field.type.value, allowed=first.type.value)
                yield Misdeclared(number, (part, name, "type"), error)
            if first.personal is not field.personal:
                yield Misdeclared(number, (part, name, "personal"), AppError(f"facts.{what}.personal", name=name))


def _names(document: FactsDocument) -> Iterator[tuple[Place, AppError]]:
    for part, fields in (("fields", document.fields), ("traits", document.traits)):
        for name, field in fields.items():
            if not _is_name(_FIELD_NAME, name):
                yield (part, name), AppError("facts.field.name", given=name)
            if field.code and field.type is not ValueType.TEXT:
                yield (part, name, "code"), AppError("facts.field.code", name=name, given=field.type.value)
    for name in document.fields:
        if name in RESERVED_FIELDS:
            reserved = ", ".join(sorted(RESERVED_FIELDS))
            yield ("fields", name), AppError("facts.field.reserved", given=name, reserved=reserved)
    for name in document.facts:
        if not _is_name(_FACT_NAME, name):
            yield ("facts", name), AppError("facts.fact.name", given=name)


def _is_name(pattern: re.Pattern[str], name: str) -> bool:
    return bool(pattern.match(name)) and len(name) <= NAME_CHARS_MAX


def _fields_of_facts(document: FactsDocument, declared: dict[str, FieldDocument]) -> Iterator[tuple[Place, AppError]]:
    lists: list[tuple[Place, str, tuple[str, ...]]] = [(("every_fact",), "every_fact", document.every_fact)]
    lists += [(("facts", name, "fields"), name, fact.fields) for name, fact in document.facts.items()]
    for place, fact, names in lists:
        for n, name in enumerate(names):
            if name in declared:
                continue
            if (meant := closest(name, declared)) is None:
                yield (*place, n), AppError("facts.field.unknown", fact=fact, given=name)
            else:
                yield (*place, n), AppError("facts.field.unknown_meant", fact=fact, given=name, meant=meant)


def _claimed_facts(documents: Sequence[FactsDocument]) -> Iterator[Misdeclared]:
    """Two facts may not claim the same name of a sender: which one it meant could not be told."""
    claimed: dict[tuple[Dialect, str], str] = {}
    for number, document in enumerate(documents):
        for fact, said in document.facts.items():
            claims = [(Dialect.SEGMENT, n, folded(name)) for n, name in enumerate(said.segment)]
            claims += [(Dialect.SENSORS, n, name) for n, name in enumerate(said.sensors)]
            for dialect, n, name in claims:
                if (other := claimed.setdefault((dialect, name), fact)) != fact:
                    error = AppError("facts.fact.claimed", given=name, fact=fact, other=other)
                    yield Misdeclared(number, ("facts", fact, dialect.value, n), error)


def _claimed_traits(documents: Sequence[FactsDocument]) -> Iterator[Misdeclared]:
    claimed: dict[str, str] = {}
    for number, document in enumerate(documents):
        for trait, said in document.traits.items():
            for n, spelling in enumerate(said.received_as):
                if (other := claimed.setdefault(spelling, trait)) != trait:
                    error = AppError("facts.trait.claimed", given=spelling, trait=trait, other=other)
                    yield Misdeclared(number, ("traits", trait, "received_as", n), error)
