"""A formula's numbers, and between which bounds they lie."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from interplay.engine.olap.trails import Ints
from interplay.measure.certainty.api import Z, wilson
from interplay.measure.metrics import counting
from interplay.measure.metrics.contracts import Constant, Figure, Formula, Operation, Term, TermKind, Unit
from interplay.measure.metrics.counting import Cells
from interplay.measure.metrics.grouping import Groups
from interplay.measure.metrics.quotients import Linear, Quotient, as_quotient
from interplay.measure.reading.api import NOTHING, Facts, Numbers, Rows

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


def _term(facts: Facts, term: Term, edges: Ints, groups: Groups) -> Numbers:
    if groups.of:
        return _worked_out(facts, term, edges, groups)
    key = (term, edges.tobytes())  # many metrics have the same terms
    if key not in facts.worked_out:
        facts.worked_out[key] = _worked_out(facts, term, edges, groups)
    return facts.worked_out[key]


def _worked_out(facts: Facts, term: Term, edges: Ints, groups: Groups) -> Numbers:
    if term.kind is TermKind.STOCK:
        rows = facts.rows(term.facts, term.where)
        amounts = facts.numbers(term.facts, rows, term.field)
        of = groups.among((term.facts, term.where), np.arange(len(rows.at)))
        return counting.stock(rows.at, edges, of, groups.size, amounts)
    rows, where = _taken(facts, term, edges, groups)
    match term.kind:
        case TermKind.MEDIAN_TIME | TermKind.P90_TIME:
            then = facts.rows(term.then, term.then_where)
            waited = counting.wait(*rows, (then.row, then.owner, then.at), 0)
            spans = np.where(waited >= 0, waited, facts.now - rows.at)
            return counting.time_until(where, spans, waited >= 0, term.kind.value)
        case TermKind.COUNT:
            return counting.count(_with_value(facts, term, rows, where))
        case TermKind.PEOPLE:
            return counting.people(where, rows.owner, term.at_least)
        case TermKind.DISTINCT:
            return counting.distinct(where, facts.codes(term.facts, rows, term.field, {}))
    amounts = facts.numbers(term.facts, rows, term.field)
    match term.kind:
        case TermKind.SUM:
            return counting.total(where, amounts)
        case TermKind.AVERAGE:
            return counting.average(where, amounts)
        case TermKind.LATEST:
            return counting.latest(where, rows.at, facts.spine.position[rows.row], amounts)
    return counting.quantile(where, amounts, term.kind.value)


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
    if quotient is None or facts.clusters_count * groups.size > CLUSTERS_MAX:
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
    above, below = (_by_cluster(facts, side, edges, groups) for side in (quotient.above, quotient.below))
    bounds: list[tuple[float | None, float | None]] = []
    for group, value in enumerate(found):
        x, y = above[:, group], below[:, group]
        whole, count = float(y.sum()), int(np.count_nonzero((x != 0) | (y != 0)))
        if whole == 0 or count < 2:
            bounds.append((None, None))
            continue
        rest = x - y * (float(x.sum()) / whole)
        half = Z * abs(quotient.scale) * sqrt(float(rest @ rest) * count / (count - 1)) / abs(whole)
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
