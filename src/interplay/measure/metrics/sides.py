"""A metric's numbers by stretch and group, with what they are quotients of: to compare stretches with each other."""

from typing import TYPE_CHECKING

import numpy as np

from interplay.engine.olap.trails import Ints
from interplay.measure.metrics import working
from interplay.measure.metrics.answering import opened
from interplay.measure.metrics.catalogue import metrics
from interplay.measure.metrics.checking import check_dimensions
from interplay.measure.metrics.contracts import AskSides, Formula, Sides
from interplay.measure.metrics.formula import narrowed, terms
from interplay.measure.metrics.grouping import ONE_GROUP, OfCustomers, grouped
from interplay.measure.metrics.quotients import Linear, as_quotient, as_sum
from interplay.measure.reading.api import Facts, Numbers
from interplay.measure.visits.contracts import with_visits
from interplay.understand.profiles.contracts import Reading

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session


def read(reading: Reading, session: "Session", ask: AskSides) -> list[Sides]:
    """Return the numbers for each set of dimensions. Raises AppError where a fact has not such a dimension."""
    current = reading.declarations.current()
    metric = metrics(current.documents)[ask.name]
    formula = metric.dialects[ask.dialect] if ask.dialect else metric.formula
    for dimensions in ask.dimensions:
        check_dimensions(formula, dimensions, with_visits(current.declared))
    formula = narrowed(formula, ask.only) if ask.only else formula
    facts, by_customer = opened(reading, session, [formula], ask.customers, ask.at)
    edges = np.array(ask.edges)
    return [sides(facts, formula, edges, dimensions, by_customer) for dimensions in ask.dimensions]


def sides(facts: Facts, formula: Formula, edges: Ints, dimensions: tuple[str, ...], of_customers: OfCustomers) -> Sides:
    """Return a metric's numbers of consecutive stretches, of everything or by dimensions."""
    parts = list(terms(formula))
    whole = grouped(facts, parts, dimensions, of_customers, int(edges[0]), int(edges[-1])) if dimensions else ONE_GROUP
    value = working.values(facts, formula, edges, whole)
    groups = [*whole.values, *([None] if whole.has_rest else [])]

    def added(side: Linear) -> Numbers:
        found: Numbers = np.sum([factor * working.values(facts, term, edges, whole) for factor, term in side], axis=0)
        return found

    begins = min((int(at.min()) for one in parts if len(at := facts.rows(one.facts, "").at)), default=None)
    if plain := as_sum(formula):
        return Sides(groups, value, added(plain), None, begins=begins)
    quotient = as_quotient(formula)
    if quotient is None:
        return Sides(groups, value, None, None, begins=begins)
    above, below = added(quotient.above), added(quotient.below)
    return Sides(groups, value, above, below, quotient.offset, quotient.scale, begins)
