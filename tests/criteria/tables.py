"""A random past as warehouse tables, in DuckDB, rows in no useful order."""

from collections.abc import Mapping

import ibis
import msgspec
import pyarrow as pa

from interplay.criteria.contracts import Physical, Tables, TraitChange, ValueType
from tests.criteria.strategies import FIELDS, Past

FIELD_TYPES = {
    ValueType.TEXT: pa.string(),
    ValueType.TEXTS: pa.string(),
    ValueType.BOOLEAN: pa.bool_(),
    ValueType.DATE: pa.int32(),
}
TRAIT_SCHEMA = pa.schema(
    {"position": pa.int64(), "subject": pa.int64(), "occurred_at": pa.int64(), "trait": pa.string()}
    | {"op": pa.string(), "number": pa.int64(), "text": pa.string()}
)
CHILD = {ValueType.TEXT, ValueType.TEXTS}


def tables_of(
    past: Past, personal: frozenset[str] = frozenset({"secret"}), fields: Mapping[str, ValueType] = FIELDS
) -> Tables:
    """Return the past as the warehouse would hold it. Customer 99 is known by nothing but a membership."""
    members = {**past.customers, 999: 99}
    return Tables(
        customers=_table("customers", {"customer": sorted(set(members.values()))}),
        members=_table("members", {"subject": list(members), "customer": list(members.values())}),
        facts=ibis.memtable(_facts(past, fields)),
        traits=ibis.memtable(_traits(past, personal)),
    )


def _table(name: str, columns: dict[str, list[int]]):
    return ibis.memtable(pa.table({key: pa.array(values, pa.int64()) for key, values in columns.items()}))


def _facts(past: Past, fields: Mapping[str, ValueType]) -> pa.Table:
    rows = past.facts[::-1]
    columns = {
        "position": pa.array([fact.position for _, fact in rows], pa.int64()),
        "subject": pa.array([subject for subject, _ in rows], pa.int64()),
        "name": pa.array([fact.name for _, fact in rows], pa.string()),
        "occurred_at": pa.array([fact.at for _, fact in rows], pa.int64()),
    }
    for name, type_ in fields.items():
        values = [_stored(fact.fields.get(name)) for _, fact in rows]
        columns[name] = pa.array(values, FIELD_TYPES.get(type_, pa.int64()))
    return pa.table(columns)


def _traits(past: Past, personal: frozenset[str]) -> pa.Table:
    rows = [_trait_row(subject, change, change.trait in personal) for subject, change in past.changes]
    return pa.Table.from_pylist(rows[::-1], TRAIT_SCHEMA)


def _trait_row(subject: int, change: TraitChange, is_personal: bool) -> dict[str, object]:
    value = None if is_personal else _stored(change.value)
    return {
        "position": change.position,
        "subject": subject,
        "occurred_at": change.at,
        "trait": change.trait,
        "op": change.op.value,
        "number": int(value) if isinstance(value, int) else None,
        "text": value if isinstance(value, str) else None,
    }


def _stored(value: Physical | None) -> str | int | bool | None:
    return msgspec.json.encode(value).decode() if isinstance(value, list) else value
