"""Documents → everything a brand has declared; and the names that senders use → ours."""

from collections.abc import Iterable, Sequence
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
    folded,
)
from interplay.collect.facts.mistakes import mistakes
from interplay.criteria.contracts import Field, Trait, ValueType


@cache
def standard_documents() -> tuple[FactsDocument, ...]:
    """Return the facts that come with Interplay."""
    folder = files("interplay.collect.facts").joinpath("standard")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name)
    return tuple(part for path in paths for part in decode_documents(path.read_bytes(), path.name))


def catalogue(documents: Iterable[FactsDocument] = ()) -> Declared:
    """Return the standard facts and traits with those of a team's documents. Raises the first of their `mistakes`."""
    every = [*standard_documents(), *documents]
    for wrong in mistakes(every):
        raise wrong.mistake
    return compiled(every)


def compiled(every: Sequence[FactsDocument]) -> Declared:
    """Return what documents declare; what is wrong with them is left out."""
    fields, traits = all_fields(every), all_traits(every)
    facts: dict[str, FactKind] = {}
    common = tuple(name for document in every for name in document.every_fact)
    for document in every:
        for name, fact in document.facts.items():
            facts[name] = _kind(name, fact, facts.get(name), common, fields)
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
            self._segment.update((folded(name), kind.name) for name in kind.segment_names)
            self._segment.update((name, kind.name) for name in kind.segment_names)
            self._sensors.update((name, kind.name) for name in kind.sensors_names)

    def resolve(self, received: str, dialect: Dialect) -> str:
        """Return our name; a name nobody declared stays as received, without the space around it.

        Segment names are matched without regard to case, `_` and space: "Order Completed", "order_completed".
        """
        if dialect is Dialect.SEGMENT:
            return self._segment.get(received) or self._segment.get(folded(received)) or received.strip()
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


def _kind(
    name: str, fact: FactDocument, known: FactKind | None, common: tuple[str, ...], fields: dict[str, FieldDocument]
) -> FactKind:
    names = dict.fromkeys((*(known.fields if known else ()), *fact.fields, *common))
    names = {name: None for name in names if name in fields}
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
        kept=fact.kept or (known is not None and known.kept),
    )


def _field(name: str, document: FieldDocument) -> Field:
    return Field(name, document.type, document.personal, document.label.zh, document.label.en)


def _trait_spellings(traits: dict[str, FieldDocument]) -> dict[str, str]:
    return {spelling: name for name, trait in traits.items() for spelling in trait.received_as}
