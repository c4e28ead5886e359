"""Metrics as people write them: `sum(order.completed, value) - sum(order.refunded, value)`."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from interplay.collect.facts.api import FactWords, read_where
from interplay.collect.facts.contracts import Declared
from interplay.criteria.contracts import ValueType
from interplay.decide.experiments.contracts import Kind, Metric, Side, Term, Unit
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.kernel.spelling import closest
from interplay.measure.funnels import api as funnels
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.metrics import api as measures
from interplay.measure.metrics.contracts import Metric as CatalogueMetric
from interplay.measure.metrics.contracts import Term as CatalogueTerm
from interplay.measure.metrics.contracts import TermKind
from interplay.measure.reading.contracts import FACTS_OF_STEP_MAX, Words

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TERM = re.compile(r"\s*(share|count|sum)\s*\((.*)\)\s*", re.DOTALL)
_KINDS = {TermKind.PEOPLE: Kind.SHARE, TermKind.COUNT: Kind.COUNT, TermKind.SUM: Kind.SUM}
_PLAIN: dict[str, object] = {"is_first": False, "is_last": False, "also": (), "then": (), "mature": 0}
SUMMED = {ValueType.INTEGER, ValueType.MONEY}


def read_metric(text: str) -> Metric:
    """Return the metric of a text; of a name alone, that of the catalogue. Raises AppError `effects.metric`."""
    if _NAME.fullmatch(text.strip()):
        return Metric(text.strip())
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


def checked(metric: Metric, catalogue: Mapping[str, CatalogueMetric], words: Words) -> Metric:
    """Return a metric with its parts. Raises AppError; `effects.form` where no customer alone tells it."""
    if metric.of.parts:
        for term in terms(metric):
            check(term, words.known, words.declared, words.brand)
        return metric
    if metric.text not in catalogue:
        raise measures.unknown(metric.text, catalogue)
    formula = catalogue[metric.text].formula
    measures.check(formula, words.declared, words.known, words.brand)
    found = measures.as_quotient(formula)
    if found is None:
        return Metric(metric.text, _of_catalogue(metric.text, measures.as_sum(formula)))
    above = [(found.scale * factor, term) for factor, term in found.above]
    base = [(found.offset * factor, term) for factor, term in found.below if found.offset]
    return Metric(metric.text, *(_of_catalogue(metric.text, side) for side in ([*above, *base], found.below)))


def terms(metric: Metric) -> Iterator[Term]:
    """Yield everything that a metric counts or sums."""
    for side in (metric.of, metric.over):
        if side is not None:
            yield from (term for _, term in side.parts)


def unit_of(metric: Metric, declared: Declared) -> Unit:
    """Return what a metric's value is of. A quotient of two amounts, or of two counts, is a plain number."""
    of, over = (None if side is None else _unit(side.parts[0][1], declared) for side in (metric.of, metric.over))
    if of is Unit.MONEY and over is Unit.MONEY:
        return Unit.NUMBER
    if of is Unit.SHARE and (over is not None or metric.of.parts != ((1.0, metric.of.parts[0][1]),)):
        return Unit.NUMBER
    return of or Unit.NUMBER


def check(term: Term, known: Collection[str], declared: Declared, brand: Brand) -> None:
    """Refuse a term that cannot be asked: its facts, field and condition."""
    facts = term.step.facts
    if not 1 <= len(facts) <= FACTS_OF_STEP_MAX:
        raise AppError("effects.facts", given=len(facts), most=FACTS_OF_STEP_MAX)
    for name in facts:
        if name not in known:
            raise AppError("effects.fact", given=name, meant=closest(name, known) or "")
        if term.kind is Kind.SUM:
            _check_field(term.field, name, declared)
        if term.step.where:
            read_where(term.step.where, name, FactWords(declared), brand)


def _of_catalogue(name: str, parts: Sequence[tuple[float, CatalogueTerm]]) -> Side:
    """Return what a formula adds up, if each customer's facts alone tell it, whenever her own time began."""
    if not parts or any(msgspec.structs.replace(one, **_PLAIN) != one for _, one in parts):
        raise AppError("effects.form", given=name)
    return Side(tuple(
        (factor, Term(_KINDS[one.kind], FunnelStep(one.facts, one.where), one.field, one.at_least))
        for factor, one in parts
    ))  # fmt: skip


def _side(text: str) -> Side:
    plus, *minus = [_term(part) for part in funnels.parts(text, "-")]
    if len(minus) > 1 or (minus and Kind.SHARE in (plus.kind, minus[0].kind)):
        raise AppError("effects.metric", given=text.strip())
    return Side(((1.0, plus), *((-1.0, one) for one in minus)))


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
