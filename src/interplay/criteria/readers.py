"""Closures that read one value of what a criterion is asked of. None is missing.

Each shape of question gets a closure of its own when the criterion is built, so that asking does no dispatch.
"""

from bisect import bisect_right
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from interplay.criteria.contracts import Aggregate, AggregateKind, Between, Physical, Window, Within
from interplay.criteria.history import CustomerHistory, Timeline, window_edges

Read: TypeAlias = Callable[[CustomerHistory, int], Physical | Fraction | None]
Ranged: TypeAlias = Callable[[Timeline, int, int], Physical | Fraction | None]
Find: TypeAlias = Callable[[CustomerHistory, int], Timeline | None]
Edges: TypeAlias = Callable[[Timeline, int], tuple[int, int]]


def aggregate_reader(node: Aggregate, find: Find | None) -> Read:
    """Return the closure of an aggregate over the facts that `find` finds, or over all of its name."""
    name = node.fact
    if find is None and isinstance(node.window, Within):
        if node.kind is AggregateKind.COUNT:
            return _count_within(name, node.window.micros)
        if node.kind is AggregateKind.SUM:
            return _sum_within(name, _field(node), node.window.micros)
    read, of_nothing = _over_range(node)
    return _ranged(read, node.window, find or (lambda history, _: history.timelines.get(name)), of_nothing)


def edges(window: Window) -> Edges:
    """Return what finds the range of a window in a timeline."""
    match window:
        case Within(micros=span):
            return lambda line, now: (bisect_right(line.ats, now - span), bisect_right(line.ats, now))
        case Between(from_at=start, until_at=until):
            return lambda line, now: window_edges(line, start, until, now)
    return lambda line, now: (0, bisect_right(line.ats, now))


def _field(node: Aggregate) -> str:
    if node.field is None:
        raise ValueError(f"{node.kind.value} of no field")
    return node.field


def _count_within(name: str, span: int) -> Read:
    """The commonest question of all: no filter, no call in between."""

    def count(history: CustomerHistory, now: int) -> int:
        line = history.timelines.get(name)
        if line is None:
            return 0
        return bisect_right(line.ats, now) - bisect_right(line.ats, now - span)

    return count


def _sum_within(name: str, field: str, span: int) -> Read:
    def total(history: CustomerHistory, now: int) -> int:
        line = history.timelines.get(name)
        if line is None:
            return 0
        totals = line.sums(field)[0]
        return totals[bisect_right(line.ats, now)] - totals[bisect_right(line.ats, now - span)]

    return total


def _over_range(node: Aggregate) -> tuple[Ranged, int | None]:
    """Return what reads a range of facts, and the answer when the range is empty."""
    match node.kind:
        case AggregateKind.COUNT:
            return lambda _, low, high: high - low, 0
        case AggregateKind.SUM:
            return _sum(_field(node)), 0
        case AggregateKind.DISTINCT:
            return _distinct(_field(node)), 0
        case AggregateKind.AVG:
            return _average(_field(node)), None
        case AggregateKind.MIN | AggregateKind.MAX:
            return _extreme(_field(node), node.kind), None
    return _edge(node.field, node.kind), None


def _ranged(read: Ranged, window: Window, find: Find, of_nothing: int | None) -> Read:
    between = edges(window)

    def ask(history: CustomerHistory, now: int) -> Physical | Fraction | None:
        line = find(history, now)
        if line is None:
            return of_nothing
        low, high = between(line, now)
        return read(line, low, high) if low < high else of_nothing

    return ask


def _sum(field: str) -> Ranged:
    def total(line: Timeline, low: int, high: int) -> int:
        totals = line.sums(field)[0]
        return totals[high] - totals[low]

    return total


def _distinct(field: str) -> Ranged:
    def distinct(line: Timeline, low: int, high: int) -> int:
        found = set(line.column(field)[low:high])
        return len(found) - (None in found)

    return distinct


def _average(field: str) -> Ranged:
    def average(line: Timeline, low: int, high: int) -> Fraction | None:
        totals, counts = line.sums(field)
        count = counts[high] - counts[low]
        return Fraction(totals[high] - totals[low], count) if count else None

    return average


def _extreme(field: str, kind: AggregateKind) -> Ranged:
    pick = min if kind is AggregateKind.MIN else max

    def extreme(line: Timeline, low: int, high: int) -> Physical | None:
        present = [value for value in line.column(field)[low:high] if value is not None]
        return pick(present) if present else None

    return extreme


def _edge(field: str | None, kind: AggregateKind) -> Ranged:
    """Return first or last: of the time, or of that fact's field, which may be missing."""
    is_first = kind is AggregateKind.FIRST

    def edge(line: Timeline, low: int, high: int) -> Physical | None:
        index = low if is_first else high - 1
        return line.ats[index] if field is None else line.rows[index].get(field)

    return edge
