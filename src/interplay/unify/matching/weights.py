"""How each kind of column is compared: its levels, the best first, and how often each is seen.

`same` is how often two records of one person agree that far, `other` how often two people do. They are where learning
starts, and what holds in a list too small to learn from. Pure.
"""

from collections.abc import Sequence

from msgspec import Struct

from interplay.unify.matching.contracts import Agreement, Column, ColumnKind

SAME_PERSON_SHARE = 0.1
"""How many of a list's customers are thought to be somebody else's double, before anything is known of them."""


class Level(Struct, frozen=True):
    """One answer to how far two values agree. `like` is the Jaro-Winkler likeness or the number of days it takes."""

    agreement: Agreement
    same: float
    other: float
    like: float = 0.0


_DIFFERENT = Agreement.DIFFERENT

LEVELS: dict[ColumnKind, tuple[Level, ...]] = {
    ColumnKind.NAME: (
        Level(Agreement.EXACT, 0.78, 0.01),
        Level(Agreement.SWAPPED, 0.02, 0.001),
        Level(Agreement.CLOSE, 0.07, 0.001, 0.92),
        Level(Agreement.SIMILAR, 0.03, 0.001, 0.88),
        Level(Agreement.SIMILAR, 0.03, 0.03, 0.7),
        Level(_DIFFERENT, 0.07, 0.957),
    ),
    ColumnKind.EMAIL: (
        Level(Agreement.EXACT, 0.7, 0.0001),
        Level(Agreement.SAME_NAME_PART, 0.08, 0.0005),
        Level(Agreement.CLOSE, 0.07, 0.001, 0.88),
        Level(_DIFFERENT, 0.15, 0.9984),
    ),
    ColumnKind.PHONE: (
        Level(Agreement.EXACT, 0.7, 0.0001),
        Level(Agreement.TYPO, 0.08, 0.0002),
        Level(_DIFFERENT, 0.22, 0.9997),
    ),
    ColumnKind.DATE: (
        Level(Agreement.EXACT, 0.8, 0.0001),
        Level(Agreement.TYPO, 0.08, 0.001),
        Level(Agreement.MONTH, 0.02, 0.003, 31),
        Level(Agreement.YEAR, 0.03, 0.03, 366),
        Level(Agreement.DECADE, 0.03, 0.25, 3653),
        Level(_DIFFERENT, 0.04, 0.7159),
    ),
    ColumnKind.YEAR: (Level(Agreement.EXACT, 0.9, 0.02), Level(_DIFFERENT, 0.1, 0.98)),
    ColumnKind.PLACE: (
        Level(Agreement.EXACT, 0.75, 0.1),
        Level(Agreement.CLOSE, 0.05, 0.005, 0.9),
        Level(_DIFFERENT, 0.2, 0.895),
    ),
    ColumnKind.FEW: (Level(Agreement.EXACT, 0.97, 0.5), Level(_DIFFERENT, 0.03, 0.5)),
    ColumnKind.TEXT: (
        Level(Agreement.EXACT, 0.7, 0.002),
        Level(Agreement.CLOSE, 0.1, 0.003, 0.92),
        Level(_DIFFERENT, 0.2, 0.995),
    ),
}

FREQUENCY_COUNTS = frozenset({ColumnKind.NAME, ColumnKind.PLACE, ColumnKind.TEXT, ColumnKind.EMAIL, ColumnKind.PHONE})
"""Kinds whose rare values say more than frequent ones: two Ouyang are more likely one person than two Wang."""


def levels_of(column: Column, columns: Sequence[Column]) -> tuple[Level, ...]:
    """Return the levels of a column among others: names can only be swapped where there are two."""
    has_both_names = sum(one.kind is ColumnKind.NAME for one in columns) == 2
    return tuple(one for one in LEVELS[column.kind] if has_both_names or one.agreement is not Agreement.SWAPPED)


def agreement(levels: Sequence[Level], number: int) -> Agreement:
    """Return what Splink's number of a level means: -1 is missing, 0 the last one, the highest the first."""
    return Agreement.MISSING if number < 0 else levels[len(levels) - 1 - number].agreement


def chance(customers_count: int) -> float:
    """Return how probable it is that two customers taken at random are one person, where nothing can be learned."""
    return min(SAME_PERSON_SHARE / max(customers_count - 1, 1), 0.05)
