"""The value of every stored trait as of an instant: the fold of `TraitOp` for all customers at once.

One group-by gathers what the fold needs of a trait's changes, without a loop over rows:

    reset   the last `set` or `unset`; what is earlier is forgotten
    later   all other changes, of which those after the reset count
    base    the value of the reset if it is a `set`, else of the first later change, whatever its operation
    value   the base, then every later increment or append; a later `set_once` changes nothing
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from interplay.criteria.compile_terms import LIST, NUMBERS, WIDE, Term, from_json
from interplay.criteria.contracts import Profile, Tables, TraitOp, ValueType

FORGETTING = (TraitOp.SET.value, TraitOp.UNSET.value)


def by_customer(profiles: Sequence[Profile], tables: Tables, now: int) -> ir.Table:
    """Return one row per customer with changes, and the columns of `term(table, i, profiles[i])`."""
    rows = _gathered(profiles, tables, now)
    indexes = range(len(profiles))
    rows = rows.mutate(**{f"later_{i}": _later(rows[f"every_{i}"], rows[f"reset_{i}"]) for i in indexes})
    rows = rows.mutate(**{f"base_{i}": _base(rows[f"reset_{i}"], rows[f"later_{i}"]) for i in indexes})
    values = {f"trait_{i}": _value(rows[f"base_{i}"], rows[f"later_{i}"], p.type) for i, p in enumerate(profiles)}
    known = {f"trait_{i}_is_known": rows[f"base_{i}"]["position"].notnull() for i in indexes}
    return rows.select("customer", **values, **known)


def term(table: ir.Table, index: int, profile: Profile) -> Term:
    """Return a trait's value for customers of a table to which `by_customer` was left-joined."""
    is_known = table[f"trait_{index}_is_known"].coalesce(False)
    return Term(profile.type, table[f"trait_{index}"], is_missing=~is_known)


def _gathered(profiles: Sequence[Profile], tables: Tables, now: int) -> ir.Table:
    traits = tables.traits
    asked = traits.trait.isin(sorted(profile.name for profile in profiles)) & (traits.occurred_at <= now)
    changes = traits.filter(asked).inner_join(tables.members, "subject")
    is_reset = changes["op"].isin(FORGETTING)
    columns: dict[str, ir.Value] = {}
    for index, profile in enumerate(profiles):
        is_this = changes.trait == profile.name
        change = _change(changes, profile.type)
        columns[f"reset_{index}"] = change.max(where=is_this & is_reset)
        columns[f"every_{index}"] = change.collect(where=is_this & ~is_reset)
    return changes.group_by("customer").aggregate(**columns)


def _change(changes: ir.Table, type_: ValueType) -> ir.StructValue:
    """Return a change such that changes compare by (occurred_at, position), which no two of one trait share."""
    return ibis.struct(
        {
            "occurred_at": changes.occurred_at,
            "position": changes.position,
            "op": changes["op"],
            "value": changes.text if type_ in (ValueType.TEXT, ValueType.TEXTS) else changes.number,
        }
    )


def _later(every: ir.ArrayValue, reset: ir.StructValue) -> ir.ArrayValue:
    at, position = reset["occurred_at"], reset["position"]

    def is_later(change: ir.StructValue) -> ir.BooleanValue:
        is_same_time = change["occurred_at"] == at
        return at.isnull() | (change["occurred_at"] > at) | (is_same_time & (change["position"] > position))

    return every.filter(is_later)


def _base(reset: ir.StructValue, later: ir.ArrayValue) -> ir.StructValue:
    is_set = (reset["op"] == TraitOp.SET.value).coalesce(False)
    return ibis.ifelse(is_set, reset, later.mins())


def _value(base: ir.StructValue, later: ir.ArrayValue, type_: ValueType) -> ir.Value:
    match type_:
        case ValueType.BOOLEAN:
            return base["value"] != 0
        case ValueType.TEXTS:
            return _listed(base, later)
        case _ if type_ in NUMBERS:
            return _summed(base, later)
        case _:
            return base["value"]


def _summed(base: ir.StructValue, later: ir.ArrayValue) -> ir.Value:
    increments = later.filter(lambda change: change["op"] == TraitOp.INCREMENT.value)
    added = increments.map(lambda change: change["value"].cast(WIDE)).sums()
    nothing = ibis.literal(0, "int64").cast(WIDE)
    is_added = base["op"] == TraitOp.INCREMENT.value  # then the base is one of the increments
    return ibis.ifelse(is_added, nothing, base["value"].cast(WIDE)) + added.coalesce(nothing)


def _listed(base: ir.StructValue, later: ir.ArrayValue) -> ir.Value:
    """Return the elements, in no order and some twice: lists are only asked for what is among them.

    Of somebody without a value it is any list: `is_missing` tells.
    """
    appends = later.filter(lambda change: change["op"] == TraitOp.APPEND.value)
    appended = appends.map(lambda change: from_json(change["value"])).flatten()
    return from_json(base["value"]).concat(appended.coalesce(ibis.literal([], LIST)))
