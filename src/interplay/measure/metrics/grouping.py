"""Groups of a breakdown: which values of the dimensions there are, and in which group each fact is."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from interplay.engine.olap.trails import Flags, Ints
from interplay.measure.metrics.contracts import GROUPS_MAX, Term
from interplay.measure.metrics.dimensions import is_of_customers
from interplay.measure.reading.api import NOTHING, Facts, Rows

Values: TypeAlias = tuple[str | None, ...]  # of each dimension; None: the fact has none

OfCustomers: TypeAlias = Callable[[str], tuple[Ints, list[str]]]
"""A dimension of customers: by index the number of her value (-1: none), and what the numbers stand for."""


Asked: TypeAlias = tuple[tuple[str, ...], str]
"""What decides which facts a term is about: their names, and the condition."""


class Groups(NamedTuple):
    """The group of each fact that is asked about; what each group's values are. The last may be all others together."""

    of: dict[Asked, Ints]  # of one group alone: nothing
    values: list[Values]
    has_rest: bool

    def among(self, one: Asked, place: Ints) -> Ints:
        """Return the groups of some of the facts."""
        return self.of[one][place] if self.of else np.zeros(len(place), dtype=np.int64)

    @property
    def size(self) -> int:
        return len(self.values) + self.has_rest


def asked(terms: Iterable[Term]) -> list[Asked]:
    """Return which facts some terms are about, each once."""
    return list(dict.fromkeys((term.facts, term.where) for term in terms))


ONE_GROUP = Groups({}, [()], has_rest=False)
"""Everything together."""


def grouped(
    facts: Facts, terms: Iterable[Term], dimensions: Sequence[str], of_customers: OfCustomers, since: int, until: int
) -> Groups:
    """Return the groups by dimensions, the largest first: those with the most facts in [since, until)."""
    known: list[dict[str, int]] = [{} for _ in dimensions]
    codes = {
        one: [_codes(facts, one, name, names, of_customers) for name, names in zip(dimensions, known, strict=True)]
        for one in asked(terms)
    }
    combined = {one: _combined(parts, known) for one, parts in codes.items()}
    inside = [numbers[_is_inside(facts.rows(*one), since, until)] for one, numbers in combined.items()]
    found, sizes = np.unique(np.concatenate(inside), return_counts=True)
    ranked = found[np.lexsort((found, -sizes))]
    shown = ranked[:GROUPS_MAX]
    has_rest = len(ranked) > len(shown)
    rest = len(shown) if has_rest else NOTHING
    of = {one: _placed(numbers, shown, rest) for one, numbers in combined.items()}
    return Groups(of, [_values(int(one), known) for one in shown], has_rest)


def _is_inside(rows: Rows, since: int, until: int) -> Flags:
    return (rows.at >= since) & (rows.at < until)


def _codes(facts: Facts, one: Asked, dimension: str, known: dict[str, int], of_customers: OfCustomers) -> Ints:
    rows = facts.rows(*one)
    if not is_of_customers(dimension):
        return facts.codes(one[0], rows, dimension, known)
    by_customer, words = of_customers(dimension)
    ours = np.array([known.setdefault(one, len(known)) for one in words], dtype=np.int64)
    if not len(ours) or not len(by_customer):
        return np.full(len(rows.row), NOTHING)
    hers = np.where(rows.owner >= 0, by_customer[rows.owner], NOTHING)
    return np.where(hers >= 0, ours[hers], NOTHING)


def _combined(parts: Sequence[Ints], known: Sequence[dict[str, int]]) -> Ints:
    """Return one number for the values of all dimensions; that of none is 0 in each place."""
    found = np.zeros(len(parts[0]), dtype=np.int64)
    for codes, names in zip(parts, known, strict=True):
        found = found * (len(names) + 1) + codes + 1
    return found


def _values(combined: int, known: Sequence[dict[str, int]]) -> Values:
    found: list[str | None] = []
    for names in reversed(known):
        combined, code = divmod(combined, len(names) + 1)
        found.append(None if code == 0 else list(names)[code - 1])
    return tuple(reversed(found))


def _placed(combined: Ints, shown: Ints, rest: int) -> Ints:
    order = np.argsort(shown)
    place = np.searchsorted(shown[order], combined)
    is_shown = place < len(shown)
    is_shown[is_shown] = shown[order][place[is_shown]] == combined[is_shown]
    found = np.full(len(combined), rest)
    found[is_shown] = order[place[is_shown]]
    return found
