"""A formula's numbers, and between which bounds they lie."""

from collections.abc import Hashable, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from interplay.engine.olap.trails import Ints
from interplay.measure.certainty.api import Z, wilson
from interplay.measure.metrics import counting
from interplay.measure.metrics.contracts import Constant, Figure, Formula, Operation, Term, TermKind, Unit
from interplay.measure.metrics.counting import Cells
from interplay.measure.metrics.formula import terms
from interplay.measure.metrics.grouping import Groups
from interplay.measure.metrics.quotients import Linear, Quotient, as_quotient
from interplay.measure.reading.api import NOTHING, Facts, Listed, Numbers, Reads, Rows

CLUSTERS_MAX = 30_000_000
"""Customers times groups up to which bounds are worked out, 24 bytes each."""


class _Taken(NamedTuple):
    """A term's facts that count, and in which cell each is."""

    rows: Rows
    where: Cells


def values(facts: Facts, formula: Formula, edges: Ints, groups: Groups) -> Numbers:
    """Return a formula's numbers, (stretches, groups); NaN where there is none."""
    match formula:
        case Constant():
            return np.full((len(edges) - 1, groups.size), formula.number)
        case Term():
            return _term(facts, formula, edges, groups)
        case Operation():
            left, right = (values(facts, side, edges, groups) for side in (formula.left, formula.right))
            return _operated(formula.op, left, right)


def figures(facts: Facts, formula: Formula, unit: Unit, edges: Ints, groups: Groups) -> list[Figure]:
    """Return by group the number of one stretch, with its bounds where it is an estimate."""
    found = values(facts, formula, edges, groups)[0]
    bounds = _bounds(facts, formula, unit, edges, groups, found)
    return [_figure(float(value), *bound) for value, bound in zip(found, bounds, strict=True)]


def series(facts: Facts, formula: Formula, unit: Unit, edges: Ints, groups: Groups) -> list[list[Figure]]:
    """Return the numbers by stretch and group; bounds are those of shares of people."""
    found = values(facts, formula, edges, groups)
    quotient = as_quotient(formula)
    if quotient is None or not _is_share_of_people(unit, quotient):
        return [[_figure(float(value), None, None) for value in row] for row in found]
    above, below = (_term(facts, side[0][1], edges, groups) for side in (quotient.above, quotient.below))
    return [
        [_figure(float(value), *_share_bounds(quotient, *one)) for value, *one in zip(*rows, strict=True)]
        for rows in zip(found, above, below, strict=True)
    ]


def _figure(value: float, low: float | None, high: float | None) -> Figure:
    return Figure(None) if np.isnan(value) else Figure(value, low, high)


def _operated(op: str, left: Numbers, right: Numbers) -> Numbers:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    found: Numbers = np.divide(left, right, out=np.full(left.shape, np.nan), where=right != 0)
    return found


def reads(term: Term) -> list[Reads]:
    """Return the facts that a term reads, with their conditions."""
    then = [Reads(term.then, term.then_where)] if term.then else []
    return [Reads(term.facts, term.where, term.field), *then]


def is_anything(facts: Facts, formula: Formula) -> bool:
    """Return whether any fact that a formula reads ever happened."""

    def count(names: tuple[str, ...]) -> Numbers:
        return facts.added(("facts", names), (), lambda some: np.array([float(len(some.rows(names, "").row))]))

    return any(count(term.facts)[0] > 0 for term in terms(formula))


def _term(facts: Facts, term: Term, edges: Ints, groups: Groups) -> Numbers:
    """Return a term's numbers, (stretches, groups); NaN where there is none."""
    match term.kind:
        case TermKind.AVERAGE:
            above, below = (
                _term(facts, replace(term, kind=one), edges, groups) for one in (TermKind.SUM, TermKind.COUNT)
            )
            return _operated("/", above, below)
        case TermKind.SUM | TermKind.STOCK:
            return _added(facts, term, edges, groups) / facts.unit(term.facts, term.field)
        case TermKind.COUNT | TermKind.PEOPLE:
            return _added(facts, term, edges, groups)
        case TermKind.MEDIAN_TIME | TermKind.P90_TIME:
            waits = _waits(facts, term, edges, groups)
            cell, at, waited = waits.columns
            spans = np.where(waited >= 0, waited, facts.now - at)
            where = Cells(cell, len(edges) - 1, groups.size)
            return counting.time_until(where, spans, waited >= 0, term.kind.value)
        case TermKind.DISTINCT:
            rows, where = _taken(facts, term, edges, groups)
            return counting.distinct(where, facts.codes(term.facts, rows, term.field, {}))
    rows, where = _taken(facts, term, edges, groups)
    amounts = facts.numbers(term.facts, rows, term.field)
    if term.kind is TermKind.LATEST:
        return counting.latest(where, rows.at, facts.spine.position[rows.row], amounts)
    return counting.quantile(where, amounts, term.kind.value)


def _added(facts: Facts, term: Term, edges: Ints, groups: Groups) -> Numbers:
    """Return a term's numbers that add up over customers; amounts as they are stored, so that sums are exact."""

    def work(some: Facts) -> Numbers:
        stretches = _stretches(some, facts, edges)
        if term.kind is TermKind.STOCK:
            rows = some.rows(term.facts, term.where)
            of = groups.among((term.facts, term.where), np.arange(len(rows.at)))
            return counting.stock(rows.at, stretches, of, groups.size, some.stored(term.facts, rows, term.field))
        rows, where = _taken(some, term, stretches, groups)
        match term.kind:
            case TermKind.PEOPLE:
                return counting.people(where, rows.owner, term.at_least)
            case TermKind.COUNT:
                return counting.count(_with_value(some, term, rows, where))
        return counting.total(where, some.stored(term.facts, rows, term.field))

    return work(facts) if groups.of else facts.added((term, _ends(facts, edges)), reads(term), work)


def _waits(facts: Facts, term: Term, edges: Ints, groups: Groups) -> Listed:
    """Return of each customer the cells, when it began and how long it took in µs, -1: it has not come to it yet."""

    def work(some: Facts) -> Listed:
        rows, where = _taken(some, term, _stretches(some, facts, edges), groups)
        then = some.rows(term.then, term.then_where)
        waited = counting.wait(*rows, (then.row, then.owner, then.at), 0)
        counts = where.cell >= 0
        columns = where.cell[counts], rows.at[counts], waited[counts]
        return Listed(some.customers[rows.owner[counts]], columns)

    return (
        work(facts)
        if groups.of
        else facts.listed((replace(term, kind=TermKind.MEDIAN_TIME), _ends(facts, edges)), reads(term), work)
    )


def _ends(facts: Facts, edges: Ints) -> Hashable:
    """Return what tells stretches from others, of which the last may end now, whenever that is."""
    return edges[:-1].tobytes(), None if edges[-1] == facts.now else int(edges[-1])


def _stretches(some: Facts, facts: Facts, edges: Ints) -> Ints:
    """Return stretches as they were at the time of some facts."""
    return np.append(edges[:-1], some.now) if edges[-1] == facts.now else edges


def _taken(facts: Facts, term: Term, edges: Ints, groups: Groups) -> _Taken:
    inside = facts.inside(term.facts, term.where, edges)
    rows, of = inside.rows, groups.among((term.facts, term.where), inside.place)
    where = Cells(np.where(of >= 0, inside.stretch * groups.size + of, NOTHING), len(edges) - 1, groups.size)
    if not (term.kind is TermKind.PEOPLE or term.then):
        return _Taken(rows, where)
    counts = (where.cell >= 0) & (rows.owner >= 0)
    if term.is_first:
        counts &= counting.is_first(facts.rows(term.facts, term.where).owner)[inside.place]
    if term.is_last:
        counts &= counting.is_last(rows.owner, where.cell, groups.size)
    if over := max(term.mature, term.within):
        counts &= rows.at <= facts.now - over
    if term.within:
        then = facts.rows(term.then, term.then_where)
        counts &= counting.is_followed(*rows, (then.row, then.owner, then.at), term.after, term.within)
    if term.also:
        others = facts.inside(term.also, "", edges)
        counts &= counting.did_also(rows.owner, inside.stretch, (others.rows.owner, others.stretch))
    return _Taken(rows, where._replace(cell=np.where(counts, where.cell, NOTHING)))


def _with_value(facts: Facts, term: Term, rows: Rows, where: Cells) -> Cells:
    """Return the cells without facts that have no value of the field which is averaged."""
    if not term.field:
        return where
    has = ~np.isnan(facts.numbers(term.facts, rows, term.field))
    return where._replace(cell=np.where(has, where.cell, NOTHING))


def _bounds(
    facts: Facts, formula: Formula, unit: Unit, edges: Ints, groups: Groups, found: Numbers
) -> Sequence[tuple[float | None, float | None]]:
    """Return low and high of each group's number with 95 percent: of a count there are none, it is no estimate."""
    quotient = as_quotient(formula)
    nothing = [(None, None)] * groups.size
    if quotient is None:
        return nothing
    if _is_share_of_people(unit, quotient):
        above, below = (_term(facts, side[0][1], edges, groups)[0] for side in (quotient.above, quotient.below))
        return [_share_bounds(quotient, *one) for one in zip(above, below, strict=True)]
    return _clustered(facts, quotient, edges, groups, found)


def _is_share_of_people(unit: Unit, quotient: Quotient) -> bool:
    """Return whether somebody is either counted in it or not, so that Wilson's bounds hold."""
    sides = (quotient.above, quotient.below)
    is_plain = all(len(side) == 1 and side[0][0] == 1 and side[0][1].kind is TermKind.PEOPLE for side in sides)
    return is_plain and unit is Unit.SHARE and abs(quotient.scale) == 1


def _share_bounds(quotient: Quotient, above: float, below: float) -> tuple[float | None, float | None]:
    if not below or above > below:
        return None, None
    low, high = sorted(quotient.offset + quotient.scale * one for one in wilson(int(above), int(below)))
    return low, high


def _clustered(
    facts: Facts, quotient: Quotient, edges: Ints, groups: Groups, found: Numbers
) -> list[tuple[float | None, float | None]]:
    """Return bounds by how much single customers sway the number: the linearized ratio, customers as clusters.

    Source: W. G. Cochran, "Sampling Techniques", 3rd ed. (1977), 6.3 and 9A.3; var(R) = n/(n − 1) · Σ(x − R·y)² ÷ Y².
    """

    def work(some: Facts) -> Numbers:
        """Return n, Σx, Σy, Σx², Σxy and Σy² over customers, (6, groups)."""
        if some.clusters_count * groups.size > CLUSTERS_MAX:
            return np.full((6, groups.size), np.nan)
        stretches = _stretches(some, facts, edges)
        x, y = (_by_cluster(some, side, stretches, groups) for side in (quotient.above, quotient.below))
        count = np.count_nonzero((x != 0) | (y != 0), axis=0)
        return np.array([count, x.sum(0), y.sum(0), (x * x).sum(0), (x * y).sum(0), (y * y).sum(0)])

    sides = tuple(quotient.above), tuple(quotient.below)
    read = [one for side in sides for _, term in side for one in reads(term)]
    moments = work(facts) if groups.of else facts.added(("moments", *sides, _ends(facts, edges)), read, work)
    bounds: list[tuple[float | None, float | None]] = []
    for value, (count, x, y, xx, xy, yy) in zip(found, moments.T.tolist(), strict=True):
        if not y or not count >= 2:  # of too many customers it is not known
            bounds.append((None, None))
            continue
        rest = max(xx - 2 * x / y * xy + (x / y) ** 2 * yy, 0.0)
        half = Z * abs(quotient.scale) * sqrt(rest * count / (count - 1)) / abs(y)
        bounds.append((float(value) - half, float(value) + half))
    return bounds


def _by_cluster(facts: Facts, side: Linear, edges: Ints, groups: Groups) -> Numbers:
    """Return what each customer adds to a sum of terms, (clusters, groups)."""
    found = np.zeros(facts.clusters_count * groups.size)
    for factor, term in side:
        rows, where = _taken(facts, term, edges, groups)
        where = _with_value(facts, term, rows, where) if term.kind is TermKind.COUNT else where
        weights = None if term.kind is not TermKind.SUM else np.nan_to_num(facts.numbers(term.facts, rows, term.field))
        has = where.cell >= 0
        place = facts.clusters(rows)[has] * groups.size + where.cell[has] % groups.size
        part = np.bincount(place, None if weights is None else weights[has], minlength=len(found)).astype(np.float64)
        if term.kind is TermKind.PEOPLE:
            part = (part >= term.at_least).astype(np.float64)
        found += factor * part
    return found.reshape(-1, groups.size)
