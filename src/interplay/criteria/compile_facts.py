"""All aggregates of a criterion in one scan of the facts: conditional aggregates of one group-by.

Facts are filtered to the names and times asked for, what is read of them is projected, then they are joined to
`members` and grouped by customer.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, assert_never

import ibis
import ibis.expr.types as ir

from interplay.criteria.compile_terms import INT64_MIN, WIDE, Term, all_of, any_of, column_type, constant, holds, stored
from interplay.criteria.contracts import (
    Aggregate,
    AggregateKind,
    Between,
    Criterion,
    Event,
    InSegment,
    InSequence,
    Tables,
    Value,
    ValueType,
    Window,
    Within,
)


class Bounds(NamedTuple):
    """A window as instants, both ends inside. It is empty where `first > last`."""

    first: int
    last: int


def bounds(window: Window, now: int) -> Bounds:
    """Return the instants of a window asked for at `now`."""
    match window:
        case Within():
            return Bounds(max(now - window.micros + 1, INT64_MIN), now)
        case Between():
            return Bounds(window.from_at, min(window.until_at - 1, now))
        case None:
            return Bounds(INT64_MIN, now)


def rows_needed(facts: ir.Table, needs: Iterable[tuple[str, Bounds]]) -> ir.Table:
    """Return the facts of each name, from the first to the last instant that it is asked for."""
    spans: dict[str, Bounds] = {}
    for name, (first, last) in needs:
        known = spans.get(name, Bounds(first, last))
        spans[name] = Bounds(min(first, known.first), max(last, known.last))
    by_span: dict[Bounds, list[str]] = {}
    for name, span in spans.items():
        by_span.setdefault(span, []).append(name)
    return facts.filter(any_of([_is_one_of(facts, names) & _is_within(facts, s) for s, names in by_span.items()]))


def matching(criterion: Criterion, facts: ir.Table, now: int) -> ir.Table:
    """Return the facts for which a condition on one fact is true."""
    return facts.filter(truth(criterion, facts, now))


def truth(criterion: Criterion, facts: ir.Table, now: int) -> ir.BooleanValue:
    """Return whether a condition on one fact is true of each."""
    return holds(criterion.root, _FactScope(facts, now))


def by_customer(aggregates: Sequence[Aggregate], tables: Tables, now: int) -> ir.Table:
    """Return one row per customer with a fact needed, and the columns of `term(table, i, aggregates[i])`."""
    facts = _inputs(aggregates, tables.facts, now).inner_join(tables.members, "subject")
    columns: dict[str, ir.Value] = {}
    for index, aggregate in enumerate(aggregates):
        columns[f"fact_{index}"] = _aggregated(facts, index, aggregate)
        if aggregate.kind is AggregateKind.AVG:
            columns[f"fact_{index}_count"] = facts[f"value_{index}"].count(where=_where(facts, index))
    return facts.group_by("customer").aggregate(**columns)


def term(table: ir.Table, index: int, aggregate: Aggregate) -> Term:
    """Return an aggregate's value for customers of a table to which `by_customer` was left-joined."""
    value = table[f"fact_{index}"]
    match aggregate.kind:
        case AggregateKind.COUNT | AggregateKind.SUM | AggregateKind.DISTINCT:
            return Term(aggregate.type, value.coalesce(ibis.literal(0, "int64")))
        case AggregateKind.AVG:
            return Term(aggregate.type, value, table[f"fact_{index}_count"])
        case AggregateKind.FIRST | AggregateKind.LAST if aggregate.field is not None:
            return stored(aggregate.type, value["value"])
        case AggregateKind.MIN | AggregateKind.MAX | AggregateKind.FIRST | AggregateKind.LAST:
            return Term(aggregate.type, value)
        case _:
            assert_never(aggregate.kind)


def _is_one_of(facts: ir.Table, names: list[str]) -> ir.BooleanValue:
    return facts["name"] == names[0] if len(names) == 1 else facts["name"].isin(sorted(names))


def _is_within(facts: ir.Table, span: Bounds) -> ir.BooleanValue:
    until = facts.occurred_at <= span.last
    return until if span.first == INT64_MIN else (facts.occurred_at >= span.first) & until


def _inputs(aggregates: Sequence[Aggregate], facts: ir.Table, now: int) -> ir.Table:
    """Return the facts needed, with what each aggregate reads of them: the other hundred columns stay behind."""
    needs = [(a.fact, bounds(a.window, now)) for a in aggregates]
    rows = rows_needed(facts, needs)
    inputs: dict[str, ir.Value] = {}
    for index, aggregate in enumerate(aggregates):
        tests = _tests(rows, aggregate, needs, now)
        if tests:
            inputs[f"counts_{index}"] = all_of(tests)
        if aggregate.field is not None and aggregate.field_type is not None:
            inputs[f"value_{index}"] = column(rows, aggregate.field, aggregate.field_type)
    return rows.select("subject", "occurred_at", "position", **inputs)


def _tests(
    facts: ir.Table, aggregate: Aggregate, needs: Sequence[tuple[str, Bounds]], now: int
) -> list[ir.BooleanValue]:
    """Return what a row must be to count, beyond what all rows that were fetched are."""
    first, last = bounds(aggregate.window, now)
    same = [span for name, span in needs if name == aggregate.fact]
    tests: list[ir.BooleanValue] = []
    if any(name != aggregate.fact for name, _ in needs):
        tests.append(facts["name"] == aggregate.fact)
    if any(span.first < first for span in same):
        tests.append(facts.occurred_at >= first)
    if any(span.last > last for span in same):
        tests.append(facts.occurred_at <= last)
    if aggregate.where is not None:
        tests.append(holds(aggregate.where, _FactScope(facts, now)))
    return tests


def _aggregated(facts: ir.Table, index: int, aggregate: Aggregate) -> ir.Value:
    """Sums are of 128-bit decimals on every engine; first and last go by (occurred_at, position).

    The value of the first or last fact travels in a struct: engines skip a bare NULL and would answer
    with an earlier fact's value.
    """
    where = _where(facts, index)
    value = facts.occurred_at if aggregate.field is None else facts[f"value_{index}"]
    match aggregate.kind:
        case AggregateKind.COUNT:
            return facts.count(where=where)
        case AggregateKind.SUM | AggregateKind.AVG:
            return value.cast(WIDE).sum(where=where)
        case AggregateKind.DISTINCT:
            return value.nunique(where=where)
        case AggregateKind.FIRST if aggregate.field is not None:
            return ibis.struct({"value": value}).argmin(order_key(facts), where=where)
        case AggregateKind.LAST if aggregate.field is not None:
            return ibis.struct({"value": value}).argmax(order_key(facts), where=where)
        case AggregateKind.MIN | AggregateKind.FIRST:
            return value.min(where=where)
        case AggregateKind.MAX | AggregateKind.LAST:
            return value.max(where=where)
        case _:
            assert_never(aggregate.kind)


def order_key(rows: ir.Table) -> ir.StructValue:
    """Return what rows of one customer are ordered by; positions are unique, so there are no ties."""
    return ibis.struct({"occurred_at": rows.occurred_at, "position": rows.position})


def _where(facts: ir.Table, index: int) -> ir.BooleanValue | None:
    return facts[f"counts_{index}"] if f"counts_{index}" in facts.columns else None


def column(facts: ir.Table, name: str, type_: ValueType) -> ir.Value:
    """Return a field's column. A field declared since the warehouse was loaded is missing in every fact."""
    return facts[name] if name in facts.columns else ibis.null(column_type(type_))


class _FactScope:
    """The fields of one fact, for `where=`."""

    def __init__(self, facts: ir.Table, now: int) -> None:
        self._facts = facts
        self._now = now

    def term(self, value: Value) -> Term:
        match value:
            case Event():
                return stored(value.type, column(self._facts, value.name, value.type))
            case _:
                return constant(value, self._now)

    def segment(self, node: InSegment) -> ir.BooleanValue:
        raise TypeError(f"{node!r} inside where=")

    def sequence(self, node: InSequence) -> ir.BooleanValue:
        raise TypeError(f"{node!r} inside where=")
