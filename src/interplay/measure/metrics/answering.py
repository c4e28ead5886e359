"""Metrics' answers: facts in order from the spine, conditions and fields from the warehouse, arrays for the rest."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interplay.collect.facts.api import written
from interplay.criteria.api import answers_with, parse_value, type_of
from interplay.criteria.contracts import Criterion, Missing
from interplay.engine.olap.trails import Ints
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.measure.metrics import working
from interplay.measure.metrics.catalogue import metrics, unknown
from interplay.measure.metrics.checking import check, check_dimensions, check_only
from interplay.measure.metrics.contracts import AskMetrics, Formula, Metric, MetricSeen
from interplay.measure.metrics.dimensions import SEGMENT, TRAIT
from interplay.measure.metrics.formula import narrowed, terms
from interplay.measure.metrics.grouping import ONE_GROUP, Groups, OfCustomers, grouped
from interplay.measure.metrics.stretches import before, edges, period
from interplay.measure.metrics.telling import Asked, Part, Worked, told
from interplay.measure.reading.api import NOTHING, Columns, Facts, among
from interplay.measure.visits.contracts import BROWSED, KEYS, VISIT, with_visits
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import as_of, vocabulary

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session


class _Chosen(NamedTuple):
    """A metric in the dialect that is asked for."""

    metric: Metric
    formula: Formula
    dialect: str


def answer(reading: Reading, ask: AskMetrics) -> list[MetricSeen]:
    """Return what was asked for, in the order of the catalogue. Raises AppError where it cannot be asked."""
    now = reading.world.now() if ask.at is None else ask.at
    zone, brand = reading.world.zone, reading.world.brand
    current = reading.declarations.current()
    declared, known = with_visits(current.declared), set(vocabulary(reading, current).fact_names())
    chosen = _chosen(metrics(current.documents), ask)
    for one in chosen:
        check(one.formula, declared, known, brand)
        check_dimensions(one.formula, ask.dimensions, declared)
        check_only(one.formula, ask.only, declared)
    chosen = [one._replace(formula=narrowed(one.formula, ask.only)) for one in chosen] if ask.only else chosen
    since, until = period(ask.since, ask.until, now, zone)
    stretches = edges(since, until, ask.by, zone) if ask.by else []
    base = before(since, until, ask.against, zone) if ask.against else None
    asked = Asked(ask, brand, zone, since, until, now, stretches, base)
    with reading.warehouse.session() as session:
        facts, by_customer = opened(reading, session, [one.formula for one in chosen], ask.customers, now)
        return [
            told(asked, one.metric, one.dialect, work(facts, one.metric, one.formula, asked, by_customer))
            for one in chosen
        ]


def opened(
    reading: Reading, session: "Session", formulas: Sequence[Formula], customers: str, now: Micros
) -> tuple[Facts, OfCustomers]:
    """Return what formulas read of a moment, of everybody or of customers for whom criteria are true."""
    hers = among(reading, session, customers, now) if customers else None
    keeper = reading.warehouse.spine
    told = keeper.told(session, _names(formulas))
    declared = with_visits(reading.declarations.current().declared)
    columns = Columns(session, told.shelf, now)
    facts = Facts(session, lambda: keeper.spine(told), declared, reading.world.brand, now, hers, columns)
    parts = {term for formula in formulas for term in terms(formula)}
    facts.keep(
        keeper,
        told,
        [one for term in parts for one in working.reads(term)],
        {max(one.mature, one.within) for one in parts},
    )
    return facts, _by_customer(reading, session, facts)


def work(facts: Facts, metric: Metric, formula: Formula, asked: Asked, by_customer: OfCustomers) -> Worked:
    """Return a metric's numbers, on whatever engine the facts are."""
    ask, since, until = asked.ask, asked.since, asked.until
    parts, stretches, base = list(terms(formula)), asked.stretches, asked.base
    unit = metric.document.unit

    def worked(groups: Groups) -> list[Part]:
        totals = working.figures(facts, formula, unit, np.array((since, until)), groups)
        compared = working.figures(facts, formula, unit, np.array(base), groups) if base else []
        points = working.series(facts, formula, unit, np.array(stretches), groups) if stretches else []
        values = [*groups.values, *([None] if groups.has_rest else [])]
        return [
            Part(values[number], total, [row[number] for row in points], compared[number] if compared else None)
            for number, total in enumerate(totals)
        ]

    (whole,) = worked(ONE_GROUP)
    groups = worked(grouped(facts, parts, ask.dimensions, by_customer, since, until)) if ask.dimensions else []
    return Worked(whole, groups, not metric.document.needs or working.is_anything(facts, formula))


def _chosen(every: Mapping[str, Metric], ask: AskMetrics) -> list[_Chosen]:
    for name in (*ask.names, *ask.targets):
        if name not in every:
            raise unknown(name, every)
    found = [one for name, one in every.items() if not ask.names or name in ask.names]
    if ask.dialect and not any(ask.dialect in one.dialects for one in found):
        allowed = sorted({dialect for one in every.values() for dialect in one.dialects})
        raise AppError("metrics.dialect", given=ask.dialect, allowed=", ".join(allowed))
    return [
        _Chosen(one, one.dialects[ask.dialect], ask.dialect) if ask.dialect in one.dialects
        else _Chosen(one, one.formula, "")
        for one in found
    ]  # fmt: skip


def _names(formulas: Iterable[Formula]) -> set[str]:
    """Return the facts that formulas read."""
    parts = [term for formula in formulas for term in terms(formula)]
    names = {name for term in parts for name in (*term.facts, *term.also, *term.then)}
    return names - {VISIT} | (BROWSED | KEYS if VISIT in names else set())


def _by_customer(reading: Reading, session: "Session", facts: Facts) -> OfCustomers:
    """Return what tells the value of a trait, or whether she is in a segment, of each customer."""
    known: dict[str, tuple[Ints, list[str]]] = {}

    def values(dimension: str) -> tuple[Ints, list[str]]:
        if dimension not in known:
            if dimension.startswith(SEGMENT):
                inside = among(reading, session, dimension.removeprefix(SEGMENT), facts.now)
                known[dimension] = np.isin(facts.customers, inside).astype(np.int64), ["false", "true"]
            else:
                known[dimension] = _traits(reading, session, facts, dimension.removeprefix(TRAIT))
        return known[dimension]

    return values


def _traits(reading: Reading, session: "Session", facts: Facts, name: str) -> tuple[Ints, list[str]]:
    words = vocabulary(reading, reading.declarations.current())
    value = parse_value(f"profile.{name}", words, reading.world.zone)
    nobody = Criterion(Missing(value))
    found = answers_with(nobody, [value], words, as_of(session, facts.now), facts.now)
    rows = found.filter(found.value_0.notnull()).select("customer", "value_0").to_pyarrow()
    encoded = rows["value_0"].combine_chunks().dictionary_encode()
    customer = rows["customer"].to_numpy()
    order = np.argsort(customer)
    place = np.searchsorted(customer[order], facts.customers)
    by_index = np.full(len(facts.customers), NOTHING, dtype=np.int64)
    if len(customer):
        place = np.minimum(place, len(customer) - 1)
        is_known = customer[order][place] == facts.customers
        by_index[is_known] = encoded.indices.to_numpy()[order[place[is_known]]]
    return by_index, [str(written(one, type_of(value))) for one in encoded.dictionary.to_pylist()]
