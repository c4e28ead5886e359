"""Log rows → the warehouse's columns: declared, not personal, nothing else leaves the sealed body."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from interplay.collect.facts.catalogue import columns
from interplay.collect.facts.contracts import Declared, Payload, TraitWrite
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

_ARROW_TYPES = {"VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "INTEGER": pa.int32(), "BIGINT": pa.int64()}
_TEXT_TYPES = frozenset({ValueType.TEXT, ValueType.TEXTS})
_decode_payload = msgspec.msgpack.Decoder(Payload).decode
_TRAITS_SCHEMA = pa.schema(
    [
        ("position", pa.int64()),
        ("subject", pa.int64()),
        ("occurred_at", pa.int64()),
        ("trait", pa.string()),
        ("op", pa.string()),
        ("number", pa.int64()),
        ("text", pa.string()),
    ]
)


def warehouse_fields(declared: Declared) -> list[tuple[str, str]]:
    """Return `(field, DuckDB type)` of every column that declared facts bring."""
    return [(name, DUCKDB_TYPES.get(kind, INTEGER_TYPE)) for name, kind in columns(declared)]


class Projector:
    """Opens bodies and reads them by today's declarations, so that a field declared late is found in old facts."""

    def __init__(self, declared: Declared, brand: Brand, keys: SubjectKeys) -> None:
        self._declared = declared
        self._keys = keys
        self._types = dict(columns(declared))
        self._readers = {name: FactReader(kind, brand) for name, kind in declared.facts.items()}
        self._traits = TraitReader(declared, brand)

    def payload(self, row: LogRow) -> Payload | None:
        """Return a fact's body, or None when its subject was erased."""
        body = self._keys.open(NOBODY if row.subject is None else row.subject, row.body)
        return None if body is None else _decode_payload(body)

    def occurrence(self, row: LogRow, payload: Payload) -> Occurrence:
        """Return a fact as criteria see it."""
        return Occurrence(row.position, row.occurred_at, row.name, self._fields(row, payload))

    def trait_changes(self, row: LogRow, payload: Payload) -> list[TraitChange]:
        """Return a fact's changes of declared traits; "forget all" becomes one `unset` of each."""
        changes = []
        for write in payload.traits:
            for trait in self._meant(write):
                value = self._traits.physical(write)
                if value is not None or write.op is TraitOp.UNSET:
                    changes.append(TraitChange(row.position, row.occurred_at, trait.name, write.op, value))
        return changes

    def tables(self, rows: Sequence[LogRow]) -> tuple[pa.Table, pa.Table]:
        """Return the rows' facts and trait changes as the warehouse takes them."""
        fields: dict[str, list[Any]] = {}
        traits: list[tuple[Any, ...]] = []
        for i, row in enumerate(rows):
            if (payload := self.payload(row)) is None:
                continue
            for name, value in self._fields(row, payload).items():
                if (column := fields.get(name)) is None:
                    column = fields[name] = [None] * len(rows)
                column[i] = value
            if payload.traits and row.subject is not None:
                traits += [self._trait_row(row, change) for change in self.trait_changes(row, payload)]
        return self._facts(rows, fields), _trait_table(traits)

    def _facts(self, rows: Sequence[LogRow], fields: dict[str, list[Any]]) -> pa.Table:
        arrays = {
            "position": pa.array([row.position for row in rows], pa.int64()),
            "subject": pa.array([row.subject for row in rows], pa.int64()),
            "name": pa.array([row.name for row in rows], pa.string()),
            "occurred_at": pa.array([row.occurred_at for row in rows], pa.int64()),
            "received_at": pa.array([row.received_at for row in rows], pa.int64()),
            "origin": pa.array([int(row.origin) for row in rows], pa.int8()),
            "source": pa.array([row.source for row in rows], pa.string()),
        }
        for name, values in fields.items():
            kind = self._types[name]
            if kind is ValueType.TEXTS:
                values = [None if value is None else msgspec.json.encode(value).decode() for value in values]
            arrays[name] = pa.array(values, _ARROW_TYPES[DUCKDB_TYPES.get(kind, INTEGER_TYPE)])
        return pa.table(arrays)

    def _fields(self, row: LogRow, payload: Payload) -> dict[str, Any]:
        """Return declared, non-personal fields; a field that was undeclared when it came is read now, if it fits."""
        reader = self._readers.get(row.name)
        if reader is None:
            return {}
        types = self._types
        fields = {name: value for name, value in payload.fields.items() if name in types and name in reader.fields}
        late = reader.late(payload.fields, payload.extra)
        fields.update({name: value for name, value in late.items() if name in types})
        return fields

    def _meant(self, write: TraitWrite) -> list[Trait]:
        if write.trait == EVERY_TRAIT:
            return list(self._declared.traits.values())
        trait = self._declared.traits.get(write.trait)
        return [] if trait is None or trait.definition is not None else [trait]

    def _trait_row(self, row: LogRow, change: TraitChange) -> tuple[Any, ...]:
        trait = self._declared.traits[change.trait]
        number = text = None
        if change.value is not None and not trait.is_personal:
            if trait.type is ValueType.TEXTS:
                text = msgspec.json.encode(change.value).decode()
            elif trait.type in _TEXT_TYPES:
                text = change.value
            else:
                number = int(change.value)  # type: ignore[arg-type]  # lists are texts
        return (change.position, row.subject, change.at, change.trait, change.op.value, number, text)


def _trait_table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns_ = list(zip(*rows, strict=True)) or [[] for _ in _TRAITS_SCHEMA]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns_, _TRAITS_SCHEMA, strict=True)],
        schema=_TRAITS_SCHEMA,
    )
