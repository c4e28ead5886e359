"""What was found at every node of a criterion, for one customer: the parts of an explanation."""

from msgspec import Struct

from interplay.criteria.contracts import Physical, Predicate, Value, ValueType
from interplay.kernel.ids import Micros


class Interval(Struct, frozen=True):
    """The instants that a window stood for when asked: `[from_at, until_at)`; None is the beginning."""

    from_at: Micros | None
    until_at: Micros


class Figure(Struct, frozen=True):
    """One value that was found. `value` is physical, None when missing or personal.

    An average is a numerator and denominator in `fraction`, exactly, and has no `value`. Of a computed trait,
    `definition` is the figure that it stands for.
    """

    text: str
    node: Value
    type: ValueType
    is_missing: bool
    value: Physical | None = None
    fraction: tuple[int, int] | None = None
    interval: Interval | None = None
    definition: "Figure | None" = None


class Part(Struct, frozen=True):
    """One condition: its answer, the figures it compared, the conditions inside it (of a segment, its rule)."""

    text: str
    node: Predicate
    answer: bool | None
    figures: tuple[Figure, ...] = ()
    items: "tuple[Part, ...]" = ()
    missing: tuple[str, ...] = ()  # the inputs without a value that left this condition open
    interval: Interval | None = None  # of a sequence
