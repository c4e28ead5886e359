"""Log rows → what may leave the sealed body: fields and traits that are declared and not personal."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from interplay.collect.facts.catalogue import Names
from interplay.collect.facts.catalogue import columns as declared_columns
from interplay.collect.facts.contracts import Declared, Dialect, Payload, TraitWrite
from interplay.collect.facts.reading import FactReader
from interplay.collect.facts.traits import EVERY_TRAIT, TraitReader
from interplay.criteria.contracts import Occurrence, Trait, TraitChange, TraitOp, ValueType
from interplay.engine.log.contracts import LogRow
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.settings import Brand

DUCKDB_TYPES = {
    ValueType.TEXT: "VARCHAR",
    ValueType.TEXTS: "VARCHAR",
    ValueType.BOOLEAN: "BOOLEAN",
    ValueType.DATE: "INTEGER",
}
INTEGER_TYPE = "BIGINT"
NAMES_REMEMBERED_MAX = 20_000

_decode_payload = msgspec.msgpack.Decoder(Payload).decode


def warehouse_fields(declared: Declared) -> list[tuple[str, str]]:
    """Return `(field, DuckDB type)` of every column that declared facts bring."""
    return [(name, DUCKDB_TYPES.get(kind, INTEGER_TYPE)) for name, kind in declared_columns(declared)]


class Projector:
    """Opens bodies and reads them by today's declarations, so that what is declared late is found in old facts."""

    def __init__(self, declared: Declared, brand: Brand, keys: SubjectKeys) -> None:
        self.declared = declared
        self._keys = keys
        self.types = dict(declared_columns(declared))
        self._readers = {name: FactReader(kind, brand) for name, kind in declared.facts.items()}
        self._traits = TraitReader(declared, brand)
        self._today = lru_cache(NAMES_REMEMBERED_MAX)(Names(declared).today)

    def payload(self, row: LogRow) -> Payload | None:
        """Return a fact's body, or None when its subject was erased."""
        body = self._keys.open(NOBODY if row.subject is None else row.subject, row.body)
        return None if body is None else _decode_payload(body)

    def occurrence(self, row: LogRow, payload: Payload) -> Occurrence:
        """Return a fact as criteria see it."""
        return Occurrence(row.position, row.occurred_at, self.name(row, payload), self.fields(row, payload))

    def name(self, row: LogRow, payload: Payload | None) -> str:
        """Return a fact's name as declared today; it may have come before a document said whose name that is."""
        received = "" if payload is None else payload.name_received
        if not received and row.name in self._readers:
            return row.name
        return self._today(row.name, received, None if payload is None else _dialect(payload))

    def trait_changes(self, row: LogRow, payload: Payload) -> list[TraitChange]:
        """Return a fact's changes of declared traits, one of each trait at most: its last one in the fact.

        "Forget all" becomes one `unset` of each.
        """
        changes: dict[str, TraitChange] = {}
        for write in payload.traits:
            for trait in self._meant(write):
                value = self._traits.physical(write)
                if value is not None or write.op is TraitOp.UNSET:
                    changes[trait.name] = TraitChange(row.position, row.occurred_at, trait.name, write.op, value)
        return list(changes.values())

    def fields(self, row: LogRow, payload: Payload) -> dict[str, Any]:
        """Return declared, non-personal fields; a field that was undeclared when it came is read now, if it fits."""
        reader = self._readers.get(self.name(row, payload))
        if reader is None:
            return {}
        types = self.types
        fields = {name: value for name, value in payload.fields.items() if name in types and name in reader.fields}
        late = reader.late(payload.fields, payload.extra)
        fields.update({name: value for name, value in late.items() if name in types})
        return fields

    def shown(self, row: LogRow, payload: Payload) -> dict[str, Any]:
        """Return every declared field, personal ones too, for those who may look at one fact."""
        reader = self._readers.get(self.name(row, payload))
        return payload.fields if reader is None else {**payload.fields, **reader.late(payload.fields, payload.extra)}

    def _meant(self, write: TraitWrite) -> list[Trait]:
        if write.trait == EVERY_TRAIT:
            return list(self.declared.traits.values())
        trait = self.declared.traits.get(write.trait)
        return [] if trait is None or trait.definition is not None else [trait]


def _dialect(payload: Payload) -> Dialect | None:
    """Return whose names the sender used, as far as the library it sent with tells."""
    library = payload.context.get("library")
    if not isinstance(library, Mapping) or not library:
        return None
    return Dialect.SENSORS if any(name.startswith("$") for name in library) else Dialect.SEGMENT
