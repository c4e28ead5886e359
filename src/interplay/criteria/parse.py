"""From text to a checked tree: what a brand's words allow, and nothing else."""

import ast
from zoneinfo import ZoneInfo

from interplay.criteria.calls import Arguments, sequence, text_of
from interplay.criteria.contracts import (
    And,
    Compare,
    CompareOp,
    Criterion,
    In,
    InSegment,
    Literal,
    Missing,
    Not,
    Or,
    Predicate,
    Truth,
    Value,
    ValueType,
    Vocabulary,
)
from interplay.criteria.dependencies import segments_in
from interplay.criteria.literals import NUMBERS, Constant, settle, type_of
from interplay.criteria.operands import is_constant, is_nothing, operand
from interplay.criteria.scope import Scope
from interplay.criteria.syntax import Source, expression
from interplay.kernel.spelling import closest

_OPERATORS: dict[type[ast.cmpop], CompareOp] = {
    ast.Eq: CompareOp.EQ,
    ast.NotEq: CompareOp.NE,
    ast.Lt: CompareOp.LT,
    ast.LtE: CompareOp.LE,
    ast.Gt: CompareOp.GT,
    ast.GtE: CompareOp.GE,
}


def parse(
    text: str, vocabulary: Vocabulary, zone: ZoneInfo, *, trigger: str | None = None, segment: str | None = None
) -> Criterion:
    """Return the checked criterion of `text`; dates in it are read in `zone`, the brand's.

    `trigger` names the fact whose fields `event.x` may be read; `segment` the segment that is being defined,
    so that it cannot contain itself. Raises CriteriaError, which knows the place and what was probably meant.
    """
    source, body = expression(text)
    scope = _scope(source, vocabulary, zone, trigger=trigger, segment=segment)
    return Criterion(predicate(scope, body))


def parse_trigger(text: str, fact: str, vocabulary: Vocabulary, zone: ZoneInfo) -> Criterion:
    """Return a criterion that is asked when `fact` happens and may read its fields as `event.x`."""
    return parse(text, vocabulary, zone, trigger=fact)


def parse_value(text: str, vocabulary: Vocabulary, zone: ZoneInfo, *, trait: str | None = None) -> Value:
    """Return the value that defines a computed trait; `trait` is its name, so that it cannot contain itself."""
    source, body = expression(text)
    scope = _scope(source, vocabulary, zone, trait=trait)
    value = operand(scope, body)
    return settle(scope, value, value.type) if isinstance(value, Constant) else value


def predicate(scope: Scope, node: ast.expr) -> Predicate:
    """Return the condition at `node`."""
    match node:
        case ast.BoolOp(op=ast.And()):
            return And(tuple(predicate(scope, item) for item in node.values))
        case ast.BoolOp():
            return Or(tuple(predicate(scope, item) for item in node.values))
        case ast.UnaryOp(op=ast.Not()):
            return Not(predicate(scope, node.operand))
        case ast.Compare():
            return _comparisons(scope, node)
        case ast.Call(func=ast.Name(id="missing")):
            return _missing(scope, Arguments(scope, node, "missing"))
        case ast.Call(func=ast.Name(id="segment")):
            return _segment(scope, Arguments(scope, node, "segment"))
        case ast.Call(func=ast.Name(id="sequence")):
            if scope.in_where:
                raise scope.error("only_event_in_where", node, found="sequence(…)")
            return sequence(scope, Arguments(scope, node, "sequence"))
    value = operand(scope, node)
    if type_of(value) is not ValueType.BOOLEAN:
        raise scope.error("not_a_condition", node, type=type_of(value))
    return Truth(settle(scope, value, ValueType.BOOLEAN) if isinstance(value, Constant) else value)


def _scope(
    source: Source,
    vocabulary: Vocabulary,
    zone: ZoneInfo,
    *,
    trigger: str | None = None,
    segment: str | None = None,
    trait: str | None = None,
) -> Scope:
    return Scope(source, vocabulary, zone, predicate, row=trigger, defining_segment=segment, defining_trait=trait)


def _comparisons(scope: Scope, node: ast.Compare) -> Predicate:
    """Return `a < b <= c` as `a < b and b <= c`."""
    sides = [node.left, *node.comparators]
    pairs = [_comparison(scope, node, op, *sides[n : n + 2]) for n, op in enumerate(node.ops)]
    return pairs[0] if len(pairs) == 1 else And(tuple(pairs))


def _comparison(scope: Scope, node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Predicate:
    match op:
        case ast.In():
            return _membership(scope, left, right)
        case ast.NotIn():
            return Not(_membership(scope, left, right))
        case ast.Is() | ast.IsNot():
            written = scope.source.written(right)
            raise scope.error("null" if is_nothing(written) else "is", right, found=written)
    operator = _OPERATORS[type(op)]
    a, b = operand(scope, left), operand(scope, right)
    first = settle(scope, a, type_of(b)) if isinstance(a, Constant) else a
    second = settle(scope, b, type_of(a)) if isinstance(b, Constant) else b
    _check_types(scope, node, operator, type_of(first), type_of(second))
    return Compare(operator, first, second)


def _check_types(scope: Scope, node: ast.expr, operator: CompareOp, left: ValueType, right: ValueType) -> None:
    if ValueType.TEXTS in (left, right):
        raise scope.error("texts_compared", node)
    if left is not right and not {left, right} <= NUMBERS:
        code = "date_with_time" if {left, right} == {ValueType.DATE, ValueType.TIME} else "types"
        raise scope.error(code, node, left=left, right=right)
    if left is ValueType.BOOLEAN and operator not in (CompareOp.EQ, CompareOp.NE):
        raise scope.error("boolean_order", node)


def _membership(scope: Scope, left: ast.expr, right: ast.expr) -> In:
    """Return `x in (a, b)`, or `"a" in profile.interests` for a list of texts."""
    if not isinstance(right, ast.Tuple | ast.List | ast.Set | ast.Constant):
        return _contained(scope, left, right)
    value = operand(scope, left)
    if isinstance(value, Constant):
        raise scope.error("in_constant", left)
    nodes = [right] if isinstance(right, ast.Constant) else right.elts
    if not nodes:
        raise scope.error("list_empty", right)
    type_ = type_of(value)
    options = tuple(_option(scope, node, type_) for node in nodes)
    return In(value, options)


def _option(scope: Scope, node: ast.expr, type_: ValueType) -> Literal:
    given = operand(scope, node)
    if not isinstance(given, Constant):
        raise scope.error("list_constants", node, found=scope.source.written(node)[:40])
    return settle(scope, given, ValueType.TEXT if type_ is ValueType.TEXTS else type_)


def _contained(scope: Scope, left: ast.expr, right: ast.expr) -> In:
    owner = operand(scope, right)
    if isinstance(owner, Constant) or type_of(owner) is not ValueType.TEXTS:
        raise scope.error("in_needs_list", right, found=scope.source.written(right)[:40])
    given = operand(scope, left)
    if not isinstance(given, Constant):
        raise scope.error("list_constants", left, found=scope.source.written(left)[:40])
    return In(owner, (settle(scope, given, ValueType.TEXT),))


def _missing(scope: Scope, arguments: Arguments) -> Missing:
    arguments.close(at_most=1)
    node = arguments.positional(0, "value")
    value = operand(scope, node, personal_allowed=True)
    if isinstance(value, Constant) or is_constant(value):
        raise scope.error("missing_constant", node)
    return Missing(value)


def _segment(scope: Scope, arguments: Arguments) -> InSegment:
    if scope.in_where:
        raise scope.error("only_event_in_where", arguments.node, found="segment(…)")
    arguments.close(at_most=1)
    node = arguments.positional(0, "name")
    name = text_of(scope, node)
    _refuse_circle(scope, node, name)
    return InSegment(name)


def _refuse_circle(scope: Scope, node: ast.expr, name: str) -> None:
    """Follow the segments inside the segment: each must be known, and none may lead back."""
    known = scope.vocabulary.segments()
    if name != scope.defining_segment and name not in known:
        raise scope.error("unknown_segment", node, suggestion=closest(name, known), name=name)

    done: set[str] = set()

    def follow(current: str, path: tuple[str, ...]) -> None:
        if current in path:
            raise scope.error("segment_circle", node, names=" → ".join([*path, current]))
        if current in done or current not in known:
            return
        for inner in sorted(segments_in(known[current])):
            follow(inner, (*path, current))
        done.add(current)

    follow(name, (scope.defining_segment,) if scope.defining_segment else ())
