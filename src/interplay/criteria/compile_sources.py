"""What terms of higher slices are made of, for all customers at once: switches, stocks and traits."""

import functools
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from interplay.criteria import compile_facts, compile_traits
from interplay.criteria.compile_terms import WIDE
from interplay.criteria.contracts import Gain, Profile, Stock, Switch, Tables, Turn, ValueType


def switch_values(switch: Switch, tables: Tables, now: int) -> ir.Table:
    """Return whether a switch is on, one row per customer for whom anything has turned it."""
    facts = tables.facts
    names = facts["name"].isin([switch.on.fact, switch.off.fact])  # by itself first: engines skip blocks by it
    turns = facts.filter(names & (facts.occurred_at <= now))
    turns = turns.filter(_is_one(turns, switch.on) | _is_one(turns, switch.off))
    turns = turns.select("subject", "occurred_at", "position", is_on=turns["name"] == switch.on.fact)
    owned = turns.inner_join(tables.members, "subject")
    return owned.group_by("customer").aggregate(value=owned.is_on.argmax(compile_facts.order_key(owned)))


def stock_values(stocks: Sequence[Stock], tables: Tables, now: int) -> ir.Table:
    """Return (customer, stock_0, stock_1, …) of everybody; sums are of 128 bits, as those of facts are."""
    facts = tables.facts
    names = sorted({gain.turn.fact for stock in stocks for gain in stock.gains})
    rows = facts.filter(facts["name"].isin(names) & (facts.occurred_at <= now))
    columns = {f"stock_{i}": _amount(rows, stock, now) for i, stock in enumerate(stocks)}
    owned = rows.select("subject", **columns).inner_join(tables.members, "subject")
    found = owned.group_by("customer").aggregate(**{name: owned[name].cast(WIDE).sum() for name in columns})
    everybody = tables.customers.left_join(found, "customer").select("customer", *columns)
    zero = ibis.literal(0, "int64")
    return everybody.select("customer", **{name: everybody[name].coalesce(zero) for name in columns})


def trait_values(trait: Profile, tables: Tables, now: int) -> ir.Table:
    """Return a stored trait's value, one row per customer with changes of it."""
    values = compile_traits.by_customer([trait], tables, now)
    return values.select("customer", value=compile_traits.term(values, 0, trait).expr)


def _is_one(facts: ir.Table, turn: Turn) -> ir.BooleanValue:
    tests = [_is_among(compile_facts.column(facts, name, ValueType.TEXT), texts) for name, texts in turn.fields]
    return functools.reduce(lambda one, other: one & other, tests, facts["name"] == turn.fact)


def _amount(facts: ir.Table, stock: Stock, now: int) -> ir.Value:
    """Return what each fact adds to a stock; a fact is of one gain at most, or of several and adds all."""
    zero = ibis.literal(0, "int64")
    parts = [_counts(facts, gain, now).ifelse(_gained(facts, gain), zero) for gain in stock.gains]
    return functools.reduce(lambda one, other: one + other, parts)


def _gained(facts: ir.Table, gain: Gain) -> ir.Value:
    if gain.amount is None:
        return ibis.literal(gain.sign, "int64")
    amount = compile_facts.column(facts, gain.amount, ValueType.INTEGER).coalesce(ibis.literal(0, "int64"))
    return amount if gain.sign > 0 else -amount


def _counts(facts: ir.Table, gain: Gain, now: int) -> ir.BooleanValue:
    test = _is_one(facts, gain.turn)
    if gain.from_field is not None:
        since = compile_facts.column(facts, gain.from_field, ValueType.TIME)
        test &= (since <= now).coalesce(True)
    if gain.until_field is not None:
        until = compile_facts.column(facts, gain.until_field, ValueType.TIME)
        test &= (until > now).coalesce(True)
    return test


def _is_among(column: ir.Value, texts: tuple[str | None, ...]) -> ir.BooleanValue:
    known = [text for text in texts if text is not None]
    is_known = column.isin(known).coalesce(False) if known else ibis.literal(False)
    return is_known | column.isnull() if None in texts else is_known
