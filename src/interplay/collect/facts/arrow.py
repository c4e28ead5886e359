"""Log rows → Arrow tables, as the warehouse takes them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from interplay.collect.facts.projection import DUCKDB_TYPES, INTEGER_TYPE, Projector
from interplay.criteria.contracts import TraitChange, ValueType
from interplay.engine.log.contracts import LogRow

_ARROW_TYPES = {"VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "INTEGER": pa.int32(), "BIGINT": pa.int64()}
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


def tables(projector: Projector, rows: Sequence[LogRow]) -> tuple[pa.Table, pa.Table]:
    """Return the rows' facts and trait changes. An erased subject's facts stay, without content."""
    names: list[str] = []
    fields: dict[str, list[Any]] = {}
    traits: list[tuple[Any, ...]] = []
    for i, row in enumerate(rows):
        payload = projector.payload(row)
        names.append(projector.name(row, payload))
        if payload is None:
            continue
        for name, value in projector.fields(row, payload).items():
            if (column := fields.get(name)) is None:
                column = fields[name] = [None] * len(rows)
            column[i] = value
        if payload.traits and row.subject is not None:
            traits += [_trait_row(projector, row, change) for change in projector.trait_changes(row, payload)]
    return _facts(projector, rows, names, fields), _traits(traits)


def _facts(projector: Projector, rows: Sequence[LogRow], names: list[str], fields: dict[str, list[Any]]) -> pa.Table:
    arrays = {
        "position": pa.array([row.position for row in rows], pa.int64()),
        "subject": pa.array([row.subject for row in rows], pa.int64()),
        "name": pa.array(names, pa.string()),
        "occurred_at": pa.array([row.occurred_at for row in rows], pa.int64()),
        "received_at": pa.array([row.received_at for row in rows], pa.int64()),
        "origin": pa.array([int(row.origin) for row in rows], pa.int8()),
        "source": pa.array([row.source for row in rows], pa.string()),
    }
    for name, values in fields.items():
        kind = projector.types[name]
        column = map(_listed, values) if kind is ValueType.TEXTS else values
        arrays[name] = pa.array(column, _ARROW_TYPES[DUCKDB_TYPES.get(kind, INTEGER_TYPE)])
    return pa.table(arrays)


def _trait_row(projector: Projector, row: LogRow, change: TraitChange) -> tuple[Any, ...]:
    trait = projector.declared.traits[change.trait]
    number: int | None = None
    text: str | None = None
    if change.value is not None and not trait.is_personal:
        if trait.type is ValueType.TEXTS:
            text = _listed(change.value)
        elif isinstance(change.value, str):
            text = change.value
        elif isinstance(change.value, int):
            number = int(change.value)
    return (change.position, row.subject, change.at, change.trait, change.op.value, number, text)


def _listed(value: object) -> str | None:
    """Return a list of texts as the warehouse keeps it."""
    return None if value is None else msgspec.json.encode(value).decode()


def _traits(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in _TRAITS_SCHEMA)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, _TRAITS_SCHEMA, strict=True)]
    return pa.table(arrays, schema=_TRAITS_SCHEMA)
