"""Formulas: `people("order.completed", at_least=2) / people("order.completed")`.

Sums, differences, products and quotients of terms, numbers and other metrics. A term is a call over facts; what it may
have beside them is listed in `_OPTIONS`. Conditions in it are those of the criteria language on a fact's own fields.
"""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from interplay.criteria.api import expression
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.kernel.time import parse_duration
from interplay.measure.metrics.contracts import Constant, Formula, Operation, Term, TermKind

FACTS_MAX = 20
TERMS_MAX = 40

_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_TIMES = (TermKind.MEDIAN_TIME, TermKind.P90_TIME)
_WITH_FIELD = frozenset(TermKind) - {TermKind.COUNT, TermKind.PEOPLE, *_TIMES}
_OPTIONS: dict[TermKind, tuple[str, ...]] = {
    **dict.fromkeys(TermKind, ("where",)),
    **dict.fromkeys(_TIMES, ("where", "first", "then", "then_where")),
    TermKind.PEOPLE: (
        "where", "at_least", "first", "last", "also", "then", "then_where", "after", "within", "mature",
    ),
}  # fmt: skip
_REFERENCE = "metric"

Find: TypeAlias = Callable[[str], Formula]
"""The formula of another metric, by its name. Raises AppError `metrics.unknown` or `metrics.circle`."""


def read_formula(text: str, find: Find) -> Formula:
    """Return what a text says. Raises AppError `metrics.formula.*`, or CriteriaError where it cannot even be read."""
    source, body = expression(text)
    found = _Reader(source.written, find).formula(body)
    if (count := sum(1 for _ in terms(found))) > TERMS_MAX:
        raise AppError("metrics.formula.long", given=count, allowed=TERMS_MAX)
    return found


def terms(formula: Formula) -> Iterator[Term]:
    """Yield the terms of a formula."""
    match formula:
        case Term():
            yield formula
        case Operation():
            yield from terms(formula.left)
            yield from terms(formula.right)


def narrowed(formula: Formula, only: Mapping[str, str]) -> Formula:
    """Return a formula whose terms count only facts with these values of their fields; `also` and `then` are any."""
    match formula:
        case Term():
            conditions = [f"event.{field} == {json.dumps(value, ensure_ascii=False)}" for field, value in only.items()]
            own = [f"({formula.where})"] if formula.where else []
            return replace(formula, where=" and ".join([*own, *conditions]))
        case Operation():
            return Operation(formula.op, narrowed(formula.left, only), narrowed(formula.right, only))
    return formula


class _Reader:
    def __init__(self, written: Callable[[ast.expr], str], find: Find) -> None:
        self._written = written
        self._find = find

    def formula(self, node: ast.expr) -> Formula:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return Constant(float(number))
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                return Operation(_OPERATORS[type(op)], self.formula(node.left), self.formula(node.right))
            case ast.Call(func=ast.Name(id=name)) if name == _REFERENCE:
                return self._find(self._text(self._only(node)))
            case ast.Call(func=ast.Name(id=name)):
                return self._term(name, node)
        raise AppError("metrics.formula.part", given=self._written(node)[:80])

    def _only(self, node: ast.Call) -> ast.expr:
        if len(node.args) != 1 or node.keywords:
            raise AppError("metrics.formula.reference", given=self._written(node)[:80])
        return node.args[0]

    def _term(self, name: str, node: ast.Call) -> Term:
        kinds = [kind.value for kind in TermKind]
        if name not in kinds:
            meant = closest(name, [*kinds, _REFERENCE])
            raise AppError("metrics.formula.call", given=name, meant=meant or "", allowed=", ".join(kinds))
        kind = TermKind(name)
        wanted = 2 if kind in _WITH_FIELD else 1
        if len(node.args) != wanted:
            code = "metrics.formula.field" if wanted == 2 else "metrics.formula.facts"
            raise AppError(code, given=self._written(node)[:80], name=name)
        facts = self._facts(node.args[0])
        field = self._text(node.args[1]) if wanted == 2 else ""
        return self._with_options(Term(kind, facts, field=field), node)

    def _with_options(self, term: Term, node: ast.Call) -> Term:
        allowed = _OPTIONS[term.kind]
        given: dict[str, ast.expr] = {}
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg not in allowed:
                raise AppError(
                    "metrics.formula.option", name=term.kind.value, given=str(keyword.arg), allowed=", ".join(allowed)
                )
            given[keyword.arg] = keyword.value
        if term.kind in _TIMES and "then" not in given:
            raise AppError("metrics.formula.time", given=self._written(node)[:80], name=term.kind.value)
        if term.kind is TermKind.PEOPLE and ("then" in given) != ("within" in given):
            raise AppError("metrics.formula.then", given=self._written(node)[:80])
        if ({"after", "then_where"} & set(given)) and "then" not in given:
            raise AppError("metrics.formula.then", given=self._written(node)[:80])
        return Term(
            term.kind, term.facts, self._condition(given.get("where")), term.field, self._times(given.get("at_least")),
            self._flag(given.get("first")), self._flag(given.get("last")), self._some(given.get("also")),
            self._some(given.get("then")), self._condition(given.get("then_where")), self._span(given.get("after")),
            self._span(given.get("within")), self._span(given.get("mature")),
        )  # fmt: skip

    def _facts(self, node: ast.expr) -> tuple[str, ...]:
        """Return the names of `"a" | "b"`."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            found = (*self._facts(node.left), *self._facts(node.right))
        else:
            found = (self._text(node),)
        if len(found) > FACTS_MAX:
            raise AppError("metrics.formula.many", given=len(found), allowed=FACTS_MAX)
        return found

    def _some(self, node: ast.expr | None) -> tuple[str, ...]:
        return () if node is None else self._facts(node)

    def _text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise AppError("metrics.formula.text", given=self._written(node)[:80])

    def _condition(self, node: ast.expr | None) -> str:
        return "" if node is None else self._written(node)

    def _span(self, node: ast.expr | None) -> int:
        return 0 if node is None else parse_duration(self._text(node))

    def _times(self, node: ast.expr | None) -> int:
        if node is None:
            return 1
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value >= 1:
            return node.value
        raise AppError("metrics.formula.times", given=self._written(node)[:80])

    def _flag(self, node: ast.expr | None) -> bool:
        if node is None:
            return False
        if isinstance(node, ast.Constant) and node.value is True:
            return True
        raise AppError("metrics.formula.flag", given=self._written(node)[:80])
