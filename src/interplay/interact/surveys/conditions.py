"""When something is asked: a condition over the answers so far, in the syntax of criteria, with their meaning.

    drink == "tea" and not (nps < 7)      toppings in ("milk", "sugar")      missing(city)      places.taste == "good"

A comparison with a question that has no answer is unknown, and so is what hangs on it; only *true* counts, as in
criteria. The text is parsed with the standard `ast`; nothing is ever executed.
"""

import ast
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from msgspec import Struct

from interplay.criteria.api import expression
from interplay.criteria.contracts import CompareOp
from interplay.interact.surveys.contracts import Answers
from interplay.interact.surveys.values import number
from interplay.kernel.errors import AppError

Constant = str | bool | Decimal

CONDITIONS_REMEMBERED_MAX = 2_000
_OPS: dict[type[ast.cmpop], CompareOp] = {
    ast.Eq: CompareOp.EQ, ast.NotEq: CompareOp.NE, ast.Lt: CompareOp.LT, ast.LtE: CompareOp.LE,
    ast.Gt: CompareOp.GT, ast.GtE: CompareOp.GE,
}  # fmt: skip


class Asked(Struct, frozen=True):
    """A question, or a row of a matrix."""

    question: str
    row: str = ""


class Compare(Struct, frozen=True):
    asked: Asked
    op: CompareOp
    value: Constant


class Among(Struct, frozen=True):
    """The answer, or one of the answers, is one of these."""

    asked: Asked
    values: tuple[Constant, ...]


class Yes(Struct, frozen=True):
    """A question of yes and no, standing alone."""

    asked: Asked


class Missing(Struct, frozen=True):
    asked: Asked


class Both(Struct, frozen=True):
    items: tuple["Condition", ...]


class Either(Struct, frozen=True):
    items: tuple["Condition", ...]


class Not(Struct, frozen=True):
    item: "Condition"


Leaf = Compare | Among | Yes | Missing
Condition = Compare | Among | Yes | Missing | Both | Either | Not


@lru_cache(CONDITIONS_REMEMBERED_MAX)
def parsed(text: str) -> Condition:
    """Return a condition by its syntax alone. Raises CriteriaError, AppError `surveys.condition`."""
    _, body = expression(text)
    return _condition(body)


def holds(condition: Condition, answers: Answers) -> bool | None:
    """Return whether it is so; None where that is unknown."""
    match condition:
        case Both(items):
            found = [holds(one, answers) for one in items]
            return False if False in found else None if None in found else True
        case Either(items):
            found = [holds(one, answers) for one in items]
            return True if True in found else None if None in found else False
        case Not(item):
            answer = holds(item, answers)
            return None if answer is None else not answer
        case Missing(asked):
            return _value(asked, answers) is None
        case Yes(asked):
            return None if (said := _value(asked, answers)) is None else bool(said)
        case Among(asked, values):
            value = _value(asked, answers)
            if value is None:
                return None
            return any(one in values for one in value) if isinstance(value, list) else value in values
        case Compare(asked, op, constant):
            value = _value(asked, answers)
            return None if value is None else _compared(value, op, constant)


def _value(asked: Asked, answers: Answers) -> Any:
    value = answers.get(asked.question)
    if asked.row and value is not None:
        value = value.get(asked.row)
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _compared(value: Any, op: CompareOp, constant: Constant) -> bool:
    match op:
        case CompareOp.EQ:
            return bool(value == constant)
        case CompareOp.NE:
            return bool(value != constant)
        case CompareOp.LT:
            return bool(value < constant)
        case CompareOp.LE:
            return bool(value <= constant)
        case CompareOp.GT:
            return bool(value > constant)
        case CompareOp.GE:
            return bool(value >= constant)


def _condition(node: ast.expr) -> Condition:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return Both(tuple(map(_condition, values)))
        case ast.BoolOp(values=values):
            return Either(tuple(map(_condition, values)))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(_condition(operand))
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple(elts=options) | ast.List(elts=options)]):
            return Among(_asked(left), tuple(map(_constant, options)))
        case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[ast.Tuple(elts=options) | ast.List(elts=options)]):
            return Not(Among(_asked(left), tuple(map(_constant, options))))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPS:
            return Compare(_asked(left), _OPS[type(op)], _constant(right))
        case ast.Call(func=ast.Name(id="missing"), args=[asked], keywords=[]):
            return Missing(_asked(asked))
    return Yes(_asked(node))


def _asked(node: ast.expr) -> Asked:
    match node:
        case ast.Name(id=name):
            return Asked(name)
        case ast.Attribute(value=ast.Name(id=name), attr=row):
            return Asked(name, row)
    raise AppError("surveys.condition", given=ast.unparse(node))


def _constant(node: ast.expr) -> Constant:
    match node:
        case ast.Constant(value=bool() | str() as value):
            return value
        case ast.Constant(value=int() | float() as value):
            return number(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -number(value)
    raise AppError("surveys.condition", given=ast.unparse(node))


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield what a condition asks of single questions."""
    match condition:
        case Both(items) | Either(items):
            for one in items:
                yield from leaves(one)
        case Not(item):
            yield from leaves(item)
        case _:
            yield condition
