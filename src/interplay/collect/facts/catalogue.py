"""Documents → everything a brand has declared, checked; and the names that senders use → ours."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from interplay.collect.facts.contracts import Declared, Dialect, FactKind
from interplay.collect.facts.documents import (
    FactDocument,
    FactsDocument,
    FieldDocument,
    all_fields,
    all_traits,
    decode_documents,
)
from interplay.criteria.contracts import Field, Trait, ValueType
from interplay.kernel.errors import AppError

NAME_CHARS_MAX = 63
_FACT_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\Z")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

RESERVED_FIELDS = frozenset(
    {"at", "customer", "name", "occurred_at", "origin", "position", "products", "received_at", "source", "subject"}
)
"""Columns that every fact has in the warehouse, and the list of products, which stays in the body."""


@cache
def standard_documents() -> tuple[FactsDocument, ...]:
    """Return the facts that come with Interplay."""
    folder = files("interplay.collect.facts").joinpath("standard")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name)
    return tuple(part for path in paths for part in decode_documents(path.read_bytes(), path.name))


def catalogue(documents: Iterable[FactsDocument] = ()) -> Declared:
    """Return the standard facts and traits with those of a team's documents.

    Raises AppError `facts.*`: a name that is no name or is reserved, an unknown field, a field with two types.
    """
    every = [*standard_documents(), *documents]
    fields, traits = all_fields(every), all_traits(every)
    _check_names(fields, traits)
    facts: dict[str, FactKind] = {}
    common = tuple(name for document in every for name in document.every_fact)
    for document in every:
        for name, fact in document.facts.items():
            facts[name] = _kind(name, fact, facts.get(name), common, fields)
    _check_foreign_names(facts.values())
    return Declared(
        facts=facts,
        traits={name: Trait(name, t.type, t.personal, None, t.label.zh, t.label.en) for name, t in traits.items()},
        trait_spellings=_trait_spellings(traits),
        trait_codes=frozenset(name for name, trait in traits.items() if trait.code),
    )


def columns(declared: Declared) -> list[tuple[str, ValueType]]:
    """Return the warehouse's columns in order of declaration: every field that is not personal.

    `texts` are stored as JSON text.
    """
    found: dict[str, ValueType] = {}
    for kind in declared.facts.values():
        for field in kind.fields.values():
            if not field.is_personal:
                found.setdefault(field.name, field.type)
    return list(found.items())


CALLS = frozenset(
    {
        "customer.identified", "group.joined", "identity.aliased", "identity.linked", "identity.unlinked",
        "item.deleted", "item.updated", "page.viewed", "screen.viewed",
    }
)  # fmt: skip
"""Facts that a sender makes by the kind of its call: what it called them besides says nothing."""


class Names:
    """The names that senders use for facts → ours."""

    def __init__(self, declared: Declared) -> None:
        self._own = {name: name for name in declared.facts}
        self._segment = dict(self._own)
        self._sensors = dict(self._own)
        for kind in declared.facts.values():
            self._segment.update((_folded(name), kind.name) for name in kind.segment_names)
            self._segment.update((name, kind.name) for name in kind.segment_names)
            self._sensors.update((name, kind.name) for name in kind.sensors_names)

    def resolve(self, received: str, dialect: Dialect) -> str:
        """Return our name; a name nobody declared stays as received, without the space around it.

        Segment names are matched without regard to case, `_` and space: "Order Completed", "order_completed".
        """
        if dialect is Dialect.SEGMENT:
            return self._segment.get(received) or self._segment.get(_folded(received)) or received.strip()
        known = self._sensors if dialect is Dialect.SENSORS else self._own
        return known.get(received) or known.get(received.strip()) or received.strip()

    def today(self, stored: str, received: str, dialect: Dialect | None) -> str:
        """Return what a stored fact is called now, by the name it was received under ("": that it is stored under).

        A name that nobody declares any more stays as it was stored. Without a dialect, any dialect's name will do.
        """
        if received and stored in CALLS:
            return stored
        for one in (Dialect.OWN, Dialect.SEGMENT, Dialect.SENSORS) if dialect is None else (dialect,):
            if (name := self.resolve(received or stored, one)) in self._own:
                return name
        return stored


def _folded(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())


def _kind(
    name: str, fact: FactDocument, known: FactKind | None, common: tuple[str, ...], fields: dict[str, FieldDocument]
) -> FactKind:
    if not _FACT_NAME.match(name) or len(name) > NAME_CHARS_MAX:
        raise AppError("facts.fact.name", given=name)
    names = dict.fromkeys((*(known.fields if known else ()), *fact.fields, *common))
    if unknown := [field for field in names if field not in fields]:
        raise AppError("facts.field.unknown", fact=name, given=unknown[0])
    spellings = {field: fields[field].received_as for field in names if fields[field].received_as}
    return FactKind(
        name=name,
        zh=fact.label.zh,
        en=fact.label.en,
        fields={field: _field(field, fields[field]) for field in names},
        segment_names=(known.segment_names if known else ()) + fact.segment,
        sensors_names=(known.sensors_names if known else ()) + fact.sensors,
        spellings=spellings,
        codes=frozenset(field for field in names if fields[field].code),
    )


def _field(name: str, document: FieldDocument) -> Field:
    return Field(name, document.type, document.personal, document.label.zh, document.label.en)


def _check_names(fields: dict[str, FieldDocument], traits: dict[str, FieldDocument]) -> None:
    for name, document in (*fields.items(), *traits.items()):
        if not _FIELD_NAME.match(name) or len(name) > NAME_CHARS_MAX:
            raise AppError("facts.field.name", given=name)
        if document.code and document.type is not ValueType.TEXT:
            raise AppError("facts.field.code", name=name, given=document.type.value)
    if reserved := RESERVED_FIELDS & fields.keys():
        raise AppError("facts.field.reserved", given=min(reserved), reserved=", ".join(sorted(RESERVED_FIELDS)))


def _check_foreign_names(facts: Iterable[FactKind]) -> None:
    """Two facts may not claim the same name of a sender: which one it meant could not be told."""
    claimed: dict[tuple[Dialect, str], str] = {}
    for key, fact in _claims(facts):
        if claimed.setdefault(key, fact) != fact:
            raise AppError("facts.fact.claimed", given=key[1], fact=fact, other=claimed[key])


def _claims(facts: Iterable[FactKind]) -> Iterator[tuple[tuple[Dialect, str], str]]:
    for kind in facts:
        for name in kind.segment_names:
            yield (Dialect.SEGMENT, _folded(name)), kind.name
        for name in kind.sensors_names:
            yield (Dialect.SENSORS, name), kind.name


def _trait_spellings(traits: dict[str, FieldDocument]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, trait in traits.items():
        for spelling in trait.received_as:
            if found.setdefault(spelling, name) != name:
                raise AppError("facts.trait.claimed", given=spelling, trait=name, other=found[spelling])
    return found
