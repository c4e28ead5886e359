"""Values: what may stand on one side of a comparison."""

import ast

from interplay.criteria.calls import Arguments, aggregate, feature_call, span_of
from interplay.criteria.contracts import (
    AggregateKind,
    Ago,
    Event,
    Feature,
    Literal,
    Now,
    Profile,
    Trait,
    Value,
)
from interplay.criteria.literals import Constant, constant
from interplay.criteria.scope import Scope
from interplay.kernel.spelling import closest

AGGREGATES = frozenset(kind.value for kind in AggregateKind)
CONDITIONS = frozenset({"missing", "segment", "sequence"})
TERMS = frozenset({"tag", "consent", "points", "tier"})
_NOTHING = frozenset({"null", "none", "nil", "undefined", "nan"})
_TEXT_SEARCH = frozenset({"contains", "like", "matches", "startswith", "endswith"})


def operand(scope: Scope, node: ast.expr, *, personal_allowed: bool = False) -> Value | Constant:
    """Return the value at `node`; a constant stays open until its neighbour is known."""
    if (given := constant(scope, node)) is not None:
        return given
    match node:
        case ast.Attribute() | ast.Subscript():
            return _member(scope, node, personal_allowed)
        case ast.Name():
            return _bare_word(scope, node)
        case ast.Call():
            return _call(scope, node)
        case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            raise scope.error("not_a_value", node)
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            meant = "and" if isinstance(node.op, ast.BitAnd) else "or"
            raise scope.error("symbol", node, found="&" if meant == "and" else "|", meant=meant)
        case ast.BinOp():
            raise scope.error("arithmetic", node)
        case ast.Tuple() | ast.List() | ast.Set():
            raise scope.error("list_outside_in", node)
        case _:
            raise scope.error("unsupported", node, found=scope.source.written(node)[:40])


def _member(scope: Scope, node: ast.Attribute | ast.Subscript, personal_allowed: bool) -> Value:
    """Read `profile.x`, `event.x` or, for names that are no Python identifiers, `profile["x"]`."""
    match node:
        case ast.Attribute(value=ast.Name(id="profile" | "event" as owner), attr=name):
            pass
        case ast.Subscript(value=ast.Name(id="profile" | "event" as owner), slice=ast.Constant(value=str(name))):
            pass
        case _:
            raise _dotted(scope, node)
    if owner == "event":
        return _event(scope, node, name)
    return _profile(scope, node, name, personal_allowed)


def _dotted(scope: Scope, node: ast.Attribute | ast.Subscript) -> Exception:
    written = scope.source.written(node)
    if written in scope.vocabulary.fact_names():
        return scope.error("fact_quotes", node, found=written)
    owner = node.value.id if isinstance(node.value, ast.Name) else written
    return scope.error("unknown_name", node, suggestion=closest(owner, ("profile", "event")), found=written)


def _event(scope: Scope, node: ast.expr, name: str) -> Event:
    if scope.row is None:
        raise scope.error("event_outside", node, name=name)
    fields = scope.vocabulary.fields(scope.row)
    if not fields:
        raise scope.error("undeclared_fact_field", node, fact=scope.row, name=name)
    if name not in fields:
        raise scope.error("unknown_field", node, suggestion=closest(name, fields), fact=scope.row, name=name)
    if fields[name].is_personal:
        raise scope.error("personal_field", node, name=name)
    return Event(name, fields[name].type)


def _profile(scope: Scope, node: ast.expr, name: str, personal_allowed: bool) -> Profile:
    if scope.in_where:
        raise scope.error("only_event_in_where", node, found=scope.source.written(node))
    traits = scope.vocabulary.traits()
    if name not in traits:
        raise scope.error("unknown_trait", node, suggestion=closest(name, traits), name=name)
    trait = traits[name]
    if trait.is_personal and not personal_allowed:
        raise scope.error("personal_trait", node, name=name)
    _refuse_circle(scope, node, trait)
    return Profile(name, trait.type)


def _refuse_circle(scope: Scope, node: ast.expr, trait: Trait) -> None:
    """A computed trait that is another one by name must end at a real one."""
    path = [name for name in (scope.defining_trait,) if name is not None]
    traits = scope.vocabulary.traits()
    while True:
        if trait.name in path:
            raise scope.error("trait_circle", node, names=" → ".join([*path, trait.name]))
        path.append(trait.name)
        if not isinstance(trait.definition, Profile) or trait.definition.name not in traits:
            return
        trait = traits[trait.definition.name]


def _bare_word(scope: Scope, node: ast.Name) -> Feature:
    word = node.id
    sources = scope.vocabulary.features()
    traits = scope.vocabulary.traits()
    if word in sources or (word in TERMS and word not in traits):
        return feature_call(scope, node, word, None)
    if is_nothing(word):
        raise scope.error("null", node, found=word)
    if word.lower() in ("true", "false"):
        raise scope.error("symbol", node, found=word, meant=word.capitalize())
    if word in AGGREGATES | CONDITIONS | {"now", "ago"}:
        raise scope.error("function_brackets", node, found=word)
    if word in ("profile", "event"):
        raise scope.error("member_missing", node, found=word)
    raise scope.error("unknown_name", node, suggestion=_meant(scope, word), found=word)


def _meant(scope: Scope, word: str) -> str | None:
    """Return what a word alone was probably meant to be: a trait, a segment, or a term."""
    traits = scope.vocabulary.traits()
    if word in traits:
        return f"profile.{word}"
    segments = scope.vocabulary.segments()
    if (segment := closest(word, segments)) is not None:
        return f'segment("{segment}")'
    if (trait := closest(word, traits)) is not None:
        return f"profile.{trait}"
    return closest(word, (*scope.vocabulary.features(), *TERMS))


def _call(scope: Scope, node: ast.Call) -> Value | Constant:
    match node.func:
        case ast.Name(id=name):
            pass
        case ast.Attribute(attr=name) if name.lower() in _TEXT_SEARCH:
            raise scope.error("contains", node, found=name)
        case _:
            raise scope.error("unsupported", node, found=scope.source.written(node.func)[:40])
    arguments = Arguments(scope, node, name)
    if name == "now":
        arguments.close(at_most=0)
        return Now()
    if name == "ago":
        arguments.close(at_most=1)
        return Ago(*span_of(scope, arguments.positional(0, "span")))
    if name in CONDITIONS:
        raise scope.error("not_a_value", node)
    if scope.in_where and (name in AGGREGATES or name in TERMS):
        raise scope.error("only_event_in_where", node, found=f"{name}(…)")
    if name in AGGREGATES:
        return aggregate(scope, arguments, AggregateKind(name))
    if name in scope.vocabulary.features() or name in TERMS:
        return feature_call(scope, node, name, arguments)
    if name.lower() in _TEXT_SEARCH:
        raise scope.error("contains", node, found=name)
    known = [*AGGREGATES, *CONDITIONS, *TERMS, *scope.vocabulary.features(), "now", "ago"]
    raise scope.error("unknown_function", node.func, suggestion=closest(name, known), name=name)


def is_nothing(word: str) -> bool:
    """Return whether a word is what other languages call a missing value."""
    return word.lower() in _NOTHING


def is_constant(value: Value | Constant) -> bool:
    """Return whether the value is the same for every customer."""
    return isinstance(value, Constant | Literal | Now | Ago)
