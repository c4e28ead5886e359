"""What terms of higher slices are made of, for all customers at once: switches and traits, as (customer, value)."""

import functools

import ibis
import ibis.expr.types as ir

from interplay.criteria import compile_facts, compile_traits
from interplay.criteria.contracts import Profile, Switch, Tables, Turn, ValueType


def switch_values(switch: Switch, tables: Tables, now: int) -> ir.Table:
    """Return whether a switch is on, one row per customer for whom anything has turned it."""
    facts = tables.facts
    names = facts["name"].isin([switch.on.fact, switch.off.fact])  # by itself first: engines skip blocks by it
    turns = facts.filter(names & (facts.occurred_at <= now))
    turns = turns.filter(_is_one(turns, switch.on) | _is_one(turns, switch.off))
    turns = turns.select("subject", "occurred_at", "position", is_on=turns["name"] == switch.on.fact)
    owned = turns.inner_join(tables.members, "subject")
    return owned.group_by("customer").aggregate(value=owned.is_on.argmax(compile_facts.order_key(owned)))


def trait_values(trait: Profile, tables: Tables, now: int) -> ir.Table:
    """Return a stored trait's value, one row per customer with changes of it."""
    values = compile_traits.by_customer([trait], tables, now)
    return values.select("customer", value=compile_traits.term(values, 0, trait).expr)


def _is_one(facts: ir.Table, turn: Turn) -> ir.BooleanValue:
    tests = [_is_among(compile_facts.column(facts, name, ValueType.TEXT), texts) for name, texts in turn.fields]
    return functools.reduce(lambda one, other: one & other, tests, facts["name"] == turn.fact)


def _is_among(column: ir.Value, texts: tuple[str | None, ...]) -> ir.BooleanValue:
    known = [text for text in texts if text is not None]
    is_known = column.isin(known).coalesce(False) if known else ibis.literal(False)
    return is_known | column.isnull() if None in texts else is_known
