"""Calls: arguments, facts and their fields, windows, and what is built of them."""

import ast
import re

from interplay.criteria.contracts import (
    SEQUENCE_STEPS_MAX,
    Aggregate,
    AggregateKind,
    Between,
    Feature,
    FeatureSource,
    Field,
    InSequence,
    ValueType,
    Window,
    Within,
)
from interplay.criteria.literals import NUMBERS
from interplay.criteria.scope import Scope
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.kernel.time import DAY, parse_duration, parse_instant

SPAN_DAYS_MAX = 36_500
SEQUENCE_STEPS_MIN = 2
ARGUMENTS_LISTED_MAX = 24

_WINDOW = ("within", "between")
_LOOSE_SPAN = re.compile(r"\s*([0-9]{1,6})\s*(\D*?)\s*\Z")
_LOOSE_UNITS = {
    **dict.fromkeys(["s", "sec", "second", "seconds", "秒"], "s"),
    **dict.fromkeys(["m", "min", "minute", "minutes", "分钟", "分"], "m"),
    **dict.fromkeys(["h", "hour", "hours", "小时"], "h"),
    **dict.fromkeys(["", "d", "day", "days", "天", "日"], "d"),
    **dict.fromkeys(["w", "week", "weeks", "周", "星期"], "w"),
}
_LOOSE_DAYS = {
    **dict.fromkeys(["month", "months", "mo", "个月", "月"], 30),
    **dict.fromkeys(["y", "year", "years", "年"], 365),
}


class Arguments:
    """The arguments of one call, taken one by one; what is left over or missing is an error at its place."""

    def __init__(self, scope: Scope, node: ast.Call, name: str) -> None:
        self.node = node
        self.name = name
        self._scope = scope
        self._named: dict[str, ast.keyword] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise scope.error("unsupported", keyword, found="**")
            self._named[keyword.arg] = keyword

    def positional(self, index: int, called: str) -> ast.expr:
        """Return the argument at `index`; `called` is what the error names when it is missing."""
        if index >= len(self.node.args):
            raise self._scope.error("argument_missing", self.node, function=self.name, argument=called)
        return self.node.args[index]

    def optional(self, index: int) -> ast.expr | None:
        """Return the argument at `index`, if it is given."""
        return self.node.args[index] if index < len(self.node.args) else None

    def named(self, name: str) -> ast.expr | None:
        """Return the value of a keyword argument, if it is given."""
        return self._named[name].value if name in self._named else None

    def close(self, *, at_most: int, allowed: tuple[str, ...] = ()) -> None:
        """Refuse every argument that the function does not have."""
        for name, keyword in self._named.items():
            if name not in allowed:
                suggestion = closest(name, allowed)
                raise self._scope.error(
                    "unknown_argument", keyword, suggestion=suggestion, function=self.name, argument=name
                )
        if len(self.node.args) > at_most:
            extra = self.node.args[at_most]
            raise self._scope.error("arguments_many", extra, function=self.name, limit=at_most)


def aggregate(scope: Scope, arguments: Arguments, kind: AggregateKind) -> Aggregate:
    """Return `count("order.completed", …)` or a sibling."""
    arguments.close(at_most=1 if kind is AggregateKind.COUNT else 2, allowed=("where", *_WINDOW))
    fact = fact_name(scope, arguments.positional(0, "fact"))
    field = None
    if kind not in (AggregateKind.COUNT, AggregateKind.FIRST, AggregateKind.LAST):
        arguments.positional(1, "field")
    if (field_node := arguments.optional(1)) is not None:
        field = _field(scope, field_node, fact)
        _check_field_type(scope, field_node, kind, field)
    condition = arguments.named("where")
    return Aggregate(
        kind,
        fact,
        _result_type(kind, field),
        field.name if field else None,
        field.type if field else None,
        window(scope, arguments),
        scope.predicate(scope.inside(fact), condition) if condition is not None else None,
    )


def sequence(scope: Scope, arguments: Arguments) -> InSequence:
    """Return `sequence(a, b, …, span=…, within=…)`."""
    arguments.close(at_most=len(arguments.node.args), allowed=("span", *_WINDOW))
    steps = tuple(fact_name(scope, node) for node in arguments.node.args)
    if not SEQUENCE_STEPS_MIN <= len(steps) <= SEQUENCE_STEPS_MAX:
        least, most = SEQUENCE_STEPS_MIN, SEQUENCE_STEPS_MAX
        raise scope.error("sequence_steps", arguments.node, found=len(steps), least=least, most=most)
    span_node = arguments.named("span")
    span, micros = span_of(scope, span_node) if span_node is not None else (None, None)
    return InSequence(steps, span, micros, window(scope, arguments))


def feature_call(scope: Scope, node: ast.expr, term: str, arguments: Arguments | None) -> Feature:
    """Return a term of a higher slice: `points("gold")`, or `tier` without brackets."""
    if scope.in_where:
        raise scope.error("only_event_in_where", node, found=term)
    source = scope.vocabulary.features().get(term)
    if source is None:
        raise scope.error("feature_missing", node, term=term)
    if not source.takes_argument:
        if arguments is not None:
            raise scope.error("feature_bare", node, term=term)
        return Feature(term, None, source.type)
    if arguments is None:
        if source.arguments is not None and len(source.arguments) == 1:  # there is only one it can be
            return Feature(term, source.arguments[0], source.type)
        raise scope.error("function_brackets", node, found=term)
    arguments.close(at_most=1)
    given = arguments.positional(0, "name")
    return Feature(term, _feature_argument(scope, given, term, source), source.type)


def _feature_argument(scope: Scope, node: ast.expr, term: str, source: FeatureSource) -> str:
    argument = text_of(scope, node)
    allowed = source.arguments
    if allowed is not None and argument not in allowed:
        listed = ", ".join([*allowed[:ARGUMENTS_LISTED_MAX], *("…" for _ in allowed[ARGUMENTS_LISTED_MAX:][:1])])
        suggestion = closest(argument, allowed)
        raise scope.error("feature_argument", node, suggestion=suggestion, term=term, found=argument, allowed=listed)
    return argument


def fact_name(scope: Scope, node: ast.expr) -> str:
    """Return the name of a fact that was declared, or at least received once."""
    name = text_of(scope, node, unquoted="fact_quotes")
    known = scope.vocabulary.fact_names()
    if name not in known:
        raise scope.error("unknown_fact", node, suggestion=closest(name, known), name=name)
    return name


def text_of(scope: Scope, node: ast.expr, *, unquoted: str = "argument_text") -> str:
    """Return the text in quotes at `node`; `unquoted` names the error for a bare word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    code = unquoted if isinstance(node, ast.Name | ast.Attribute) else "argument_text"
    raise scope.error(code, node, found=scope.source.written(node)[:40])


def span_of(scope: Scope, node: ast.expr) -> tuple[str, int]:
    """Return a span as written and in microseconds."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        written = scope.source.written(node)[:40]
        raise scope.error("duration", node, found=written, suggestion=_likely_span(written))
    text = node.value
    try:
        micros = parse_duration(text)
    except AppError:
        raise scope.error("duration", node, found=text, suggestion=_likely_span(text)) from None
    if micros > SPAN_DAYS_MAX * DAY:
        raise scope.error("duration_long", node, found=text, limit=SPAN_DAYS_MAX)
    return text, micros


def window(scope: Scope, arguments: Arguments) -> Window:
    """Return the window that `within=` or `between=` opens."""
    within, between = arguments.named("within"), arguments.named("between")
    if within is not None and between is not None:
        raise scope.error("window_both", arguments.node)
    if within is not None:
        return Within(*span_of(scope, within))
    if between is None:
        return None
    if not isinstance(between, ast.Tuple | ast.List) or len(between.elts) != 2:
        raise scope.error("between_form", between)
    texts = [text_of(scope, node) for node in between.elts]
    instants = []
    for text, node in zip(texts, between.elts, strict=True):
        try:
            instants.append(parse_instant(text, scope.zone))
        except (AppError, OverflowError):
            raise scope.error("time_literal", node, found=text) from None
    if instants[0] >= instants[1]:
        raise scope.error("between_order", between)
    return Between(texts[0], texts[1], instants[0], instants[1])


def _field(scope: Scope, node: ast.expr, fact: str) -> Field:
    name = text_of(scope, node, unquoted="field_quotes")
    fields = scope.vocabulary.fields(fact)
    if not fields:
        raise scope.error("undeclared_fact_field", node, fact=fact, name=name)
    if name not in fields:
        raise scope.error("unknown_field", node, suggestion=closest(name, fields), fact=fact, name=name)
    if fields[name].is_personal:
        raise scope.error("personal_field", node, name=name)
    return fields[name]


def _check_field_type(scope: Scope, node: ast.expr, kind: AggregateKind, field: Field) -> None:
    match kind:
        case AggregateKind.SUM | AggregateKind.AVG:
            fits = field.type in NUMBERS
        case AggregateKind.MIN | AggregateKind.MAX:
            fits = field.type not in (ValueType.BOOLEAN, ValueType.TEXTS)
        case AggregateKind.DISTINCT:
            fits = field.type is not ValueType.TEXTS
        case _:
            fits = True
    if not fits:
        raise scope.error("aggregate_type", node, function=kind.value, name=field.name, type=field.type)


def _result_type(kind: AggregateKind, field: Field | None) -> ValueType:
    if kind in (AggregateKind.COUNT, AggregateKind.DISTINCT):
        return ValueType.INTEGER
    return field.type if field else ValueType.TIME


def _likely_span(text: str) -> str | None:
    match = _LOOSE_SPAN.match(text)
    if match is None:
        return None
    unit = match[2].lower()
    if unit in _LOOSE_UNITS:
        return f'"{match[1]}{_LOOSE_UNITS[unit]}"'
    return f'"{int(match[1]) * _LOOSE_DAYS[unit]}d"' if unit in _LOOSE_DAYS else None
