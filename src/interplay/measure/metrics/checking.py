"""Whether a formula can be asked: its facts, fields, conditions and dimensions."""

from collections.abc import Collection, Iterable

from interplay.collect.facts.api import FactWords, read_where
from interplay.collect.facts.contracts import Declared
from interplay.criteria.contracts import ValueType
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.kernel.spelling import closest
from interplay.measure.metrics.contracts import DIMENSIONS_MAX, Formula, Term, TermKind
from interplay.measure.metrics.dimensions import is_of_customers
from interplay.measure.metrics.formula import terms
from interplay.measure.visits.contracts import VISIT

NUMBERS = (ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY)
BASIC = {"source"}
"""What every fact has beside its own fields, and may be grouped by: who sent it."""


def check(formula: Formula, declared: Declared, known: Collection[str], brand: Brand) -> None:
    """Refuse what no fact has. `declared` has the visit among its facts; `known`: names declared or received."""
    for term in terms(formula):
        for facts, where in ((term.facts, term.where), (term.also, ""), (term.then, term.then_where)):
            _check_facts(facts, where, declared, known, brand)
        if VISIT in (*term.also, *term.then) or (VISIT in term.facts and len(term.facts) > 1):
            raise AppError("metrics.visit")
        if term.field:
            _check_field(term, declared)


def check_dimensions(formula: Formula, dimensions: Iterable[str], declared: Declared) -> None:
    """Refuse a dimension that a fact of the formula has not."""
    dimensions = list(dimensions)
    if len(dimensions) > DIMENSIONS_MAX:
        raise AppError("metrics.dimensions", given=len(dimensions), allowed=DIMENSIONS_MAX)
    for dimension in dimensions:
        if not is_of_customers(dimension):
            for fact in {fact for term in terms(formula) for fact in term.facts}:
                fields = set(_fields(fact, declared)) | BASIC
                if dimension not in fields:
                    raise AppError(
                        "metrics.dimension", given=dimension, fact=fact, meant=closest(dimension, sorted(fields)) or ""
                    )


def check_only(formula: Formula, only: Iterable[str], declared: Declared) -> None:
    """Refuse what a metric cannot be narrowed to: text fields of every one of its facts, and no visits."""
    for field in only:
        for fact in {fact for term in terms(formula) for fact in term.facts}:
            if fact == VISIT:
                raise AppError("metrics.only_visit", given=field)
            fields = sorted(name for name, type_ in _fields(fact, declared).items() if type_ is ValueType.TEXT)
            if field not in fields:
                raise AppError("metrics.only", given=field, fact=fact, meant=closest(field, fields) or "")


def _check_facts(facts: Iterable[str], where: str, declared: Declared, known: Collection[str], brand: Brand) -> None:
    for fact in facts:
        if fact != VISIT and fact not in known:
            raise AppError("metrics.fact", given=fact, meant=closest(fact, list(known)) or "")
        if where:
            try:
                read_where(where, fact, FactWords(declared), brand)
            except AppError as wrong:
                raise AppError("metrics.where", fact=fact, reason=str(wrong)) from None


def _check_field(term: Term, declared: Declared) -> None:
    for fact in term.facts:
        fields = _fields(fact, declared)
        if term.kind is not TermKind.DISTINCT:
            fields = {name: type_ for name, type_ in fields.items() if type_ in NUMBERS}
        if term.field not in fields:
            allowed = ", ".join(sorted(fields)) or "—"
            raise AppError("metrics.field", given=term.field, fact=fact, name=term.kind.value, allowed=allowed)


def _fields(fact: str, declared: Declared) -> dict[str, ValueType]:
    kind = declared.facts.get(fact)
    return {} if kind is None else {
        name: one.type for name, one in kind.fields.items() if not one.is_personal and one.type is not ValueType.TEXTS
    }  # fmt: skip
