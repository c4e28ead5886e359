"""Metrics as people write them: `sum(order.completed, value) - sum(order.refunded, value)`."""

import re
from collections.abc import Collection, Iterator

from interplay.collect.facts.api import FactWords, read_where
from interplay.collect.facts.contracts import Declared
from interplay.criteria.contracts import ValueType
from interplay.decide.experiments.contracts import Kind, Metric, Side, Term, Unit
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.measure.funnels import api as funnels
from interplay.measure.reading.contracts import FACTS_OF_STEP_MAX

_TERM = re.compile(r"\s*(share|count|sum)\s*\((.*)\)\s*", re.DOTALL)
SUMMED = {ValueType.INTEGER, ValueType.MONEY}


def read_metric(text: str) -> Metric:
    """Return the metric of a text. Raises AppError `effects.metric`."""
    of, *over = list(funnels.parts(text, "/"))
    if len(over) > 1:
        raise AppError("effects.metric", given=text)
    return Metric(text.strip(), _side(of), _side(over[0]) if over else None)


def read_planned(text: str) -> dict[str, float]:
    """Return the planned weights of `held_out=10,offered=90`. Raises AppError `effects.planned_weight`."""
    found: dict[str, float] = {}
    for part in text.split(",") if text else ():
        arm, _, weight = part.rpartition("=")
        try:
            found[arm.strip()] = float(weight)
        except ValueError:
            raise AppError("effects.planned_weight", given=text) from None
    return found


def goal(fact: str, field: str) -> tuple[Metric, ...]:
    """Return what a campaign's goal is measured by: who did it, and how often or how much."""
    amount = f"sum({fact}, {field})" if field else f"count({fact})"
    return read_metric(f"share({fact})"), read_metric(amount)


def terms(metric: Metric) -> Iterator[Term]:
    """Yield everything that a metric counts or sums."""
    for side in (metric.of, metric.over):
        if side is not None:
            yield side.plus
            if side.minus is not None:
                yield side.minus


def unit_of(metric: Metric, declared: Declared) -> Unit:
    """Return what a metric's value is of. A quotient of two amounts, or of two counts, is a plain number."""
    of, over = (None if side is None else _unit(side.plus, declared) for side in (metric.of, metric.over))
    if of is Unit.MONEY and over is Unit.MONEY:
        return Unit.NUMBER
    if of is Unit.SHARE and (over is not None or metric.of.minus is not None):
        return Unit.NUMBER
    return of or Unit.NUMBER


def check(term: Term, known: Collection[str], declared: Declared, brand: Brand) -> None:
    """Refuse a term that cannot be asked: its facts, field and condition."""
    facts = term.step.facts
    if not 1 <= len(facts) <= FACTS_OF_STEP_MAX:
        raise AppError("effects.facts", given=len(facts), most=FACTS_OF_STEP_MAX)
    for name in facts:
        if name not in known:
            raise AppError("effects.fact", given=name)
        if term.kind is Kind.SUM:
            _check_field(term.field, name, declared)
        if term.step.where:
            read_where(term.step.where, name, FactWords(declared), brand)


def _side(text: str) -> Side:
    plus, *minus = [_term(part) for part in funnels.parts(text, "-")]
    if len(minus) > 1 or (minus and Kind.SHARE in (plus.kind, minus[0].kind)):
        raise AppError("effects.metric", given=text.strip())
    return Side(plus, minus[0] if minus else None)


def _term(text: str) -> Term:
    if (found := _TERM.fullmatch(text)) is None:
        raise AppError("effects.metric", given=text.strip())
    kind = Kind(found[1])
    step, *field = list(funnels.parts(found[2], ","))
    steps = funnels.read_steps(step)
    if len(field) != (kind is Kind.SUM) or len(steps) != 1 or steps[0].optional:
        raise AppError("effects.metric", given=text.strip())
    return Term(kind, steps[0], field[0].strip() if field else "")


def _check_field(field: str, fact: str, declared: Declared) -> None:
    kind = declared.facts.get(fact)
    fields = {} if kind is None else kind.fields
    fit = sorted(one.name for one in fields.values() if one.type in SUMMED and not one.is_personal)
    if field not in fit:
        raise AppError("effects.field", fact=fact, given=field, allowed=", ".join(fit) or "—")


def _unit(term: Term, declared: Declared) -> Unit:
    if term.kind is not Kind.SUM:
        return Unit.SHARE if term.kind is Kind.SHARE else Unit.NUMBER
    kind = declared.facts[term.step.facts[0]]
    return Unit.MONEY if kind.fields[term.field].type is ValueType.MONEY else Unit.NUMBER
