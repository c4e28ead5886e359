"""Typed Ibis values and the tests on them, equal to the closure's in every case.

Three-valued logic is SQL's own: a missing value is NULL and so is every comparison with it. Numbers compare in
128 bits: a decimal is scaled, an average is the fraction sum ÷ count and is compared by cross-multiplication.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import ibis
import ibis.expr.types as ir

from interplay.criteria.contracts import (
    DECIMAL_SCALE,
    Ago,
    And,
    Compare,
    CompareOp,
    In,
    InSegment,
    InSequence,
    Literal,
    Missing,
    Not,
    Now,
    Or,
    Predicate,
    Truth,
    Value,
    ValueType,
)

WIDE = "decimal(38, 0)"
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
NUMBERS = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY})
COLUMN_TYPES = {ValueType.TEXT: "string", ValueType.TEXTS: "string", ValueType.BOOLEAN: "boolean"}
LIST = "array<string>"

_OPERATORS: dict[CompareOp, Callable[[Any, Any], Any]] = {
    CompareOp.EQ: operator.eq,
    CompareOp.NE: operator.ne,
    CompareOp.LT: operator.lt,
    CompareOp.LE: operator.le,
    CompareOp.GT: operator.gt,
    CompareOp.GE: operator.ge,
}


class Term(NamedTuple):
    """A value: `expr`, or `expr ÷ divisor` where one is given.

    `is_missing` stands in where the value itself cannot say it: a personal one is not in the warehouse, and not every
    engine has a list that is NULL.
    """

    type: ValueType
    expr: ir.Value
    divisor: ir.Value | None = None
    is_missing: ir.BooleanValue | None = None


class Scope(Protocol):
    """Where the leaves of a predicate are found: the columns of one fact, or of one customer."""

    def term(self, value: Value) -> Term: ...
    def segment(self, node: InSegment) -> ir.BooleanValue: ...
    def sequence(self, node: InSequence) -> ir.BooleanValue: ...


def column_type(type_: ValueType) -> str:
    """Return the Ibis type of a physical value in facts."""
    return COLUMN_TYPES.get(type_, "int64")


def stored(type_: ValueType, column: ir.Value) -> Term:
    """Return the value of a column that came from a fact or a trait; lists are stored as JSON text."""
    if type_ is ValueType.TEXTS:
        return Term(type_, from_json(column), is_missing=column.isnull())
    return Term(type_, column)


def from_json(text: ir.StringValue) -> ir.ArrayValue:
    """Return a list of texts. Other engines than DuckDB need a rule of their own: `engine.olap.dialects`."""
    return text.cast("json").cast(LIST)


def constant(value: Value, now: int) -> Term:
    """Return what is known without any table; anything else here is a bug."""
    match value:
        case Now():
            return Term(ValueType.TIME, ibis.literal(now, "int64"))
        case Ago():
            return Term(ValueType.TIME, ibis.literal(max(now - value.micros, INT64_MIN), "int64"))
        case Literal():
            return Term(value.type, ibis.literal(value.value, column_type(value.type)))
        case _:
            raise TypeError(f"{value!r} is no constant")


def holds(node: Predicate, scope: Scope) -> ir.BooleanValue:
    """Return the answer to a predicate: true, false or NULL for unknown."""
    match node:
        case And():
            return all_of([holds(item, scope) for item in node.items])
        case Or():
            return any_of([holds(item, scope) for item in node.items])
        case Not():
            return ~holds(node.item, scope)
        case Compare():
            return _compare(node.op, scope.term(node.left), scope.term(node.right))
        case In():
            return _is_among(scope.term(node.value), node.options)
        case Truth():
            return scope.term(node.value).expr
        case Missing():
            return _is_missing(scope.term(node.value))
        case InSegment():
            return scope.segment(node)
        case InSequence():
            return scope.sequence(node)


def all_of(tests: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    """Return whether all of one or more tests hold."""
    return _balanced(operator.and_, tests)


def any_of(tests: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    """Return whether any of one or more tests holds."""
    return _balanced(operator.or_, tests)


def _balanced(combine: Callable[[Any, Any], Any], tests: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    """Combine by halves: what reads an expression goes down it, and a chain of a thousand tests is too deep."""
    if len(tests) == 1:
        return tests[0]
    half = len(tests) // 2
    return combine(_balanced(combine, tests[:half]), _balanced(combine, tests[half:]))


def _is_missing(term: Term) -> ir.BooleanValue:
    return term.expr.isnull() if term.is_missing is None else term.is_missing


def _compare(op: CompareOp, left: Term, right: Term) -> ir.BooleanValue:
    compare = _OPERATORS[op]
    if left.type not in NUMBERS:
        return compare(left.expr, right.expr)
    a, b = left.expr, right.expr
    if (left.type is ValueType.DECIMAL) != (right.type is ValueType.DECIMAL):
        a, b = _scaled(left), _scaled(right)
    if right.divisor is not None:
        a = a.cast(WIDE) * right.divisor.cast(WIDE)
    if left.divisor is not None:
        b = b.cast(WIDE) * left.divisor.cast(WIDE)
    return compare(a, b)


def _scaled(term: Term) -> ir.Value:
    if term.type is ValueType.DECIMAL:
        return term.expr
    return term.expr.cast(WIDE) * ibis.literal(10**DECIMAL_SCALE, "int64").cast(WIDE)


def _is_among(term: Term, options: tuple[Literal, ...]) -> ir.BooleanValue:
    """`x in (…)` is `x == a or x == b or …`; for a list, whether any element is an option."""
    if options and term.divisor is None and all(option.type is term.type for option in options):
        return term.expr.isin([option.value for option in options])
    never = _is_missing(term).nullif(True)  # unknown where x is missing, else false
    if term.type is ValueType.TEXTS:
        return any_of([never, *(term.expr.contains(option.value) for option in options)])
    return any_of([never, *(_compare(CompareOp.EQ, term, constant(option, 0)) for option in options)])
