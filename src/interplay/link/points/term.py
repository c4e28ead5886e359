"""`points("beans")` in criteria: what a customer could spend of a unit at the instant asked for, never unknown.

It is folded from what moved, so it is the same live, of everybody, and as of any day; it is below zero for who owes.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from interplay.acts.contracts import MOVED
from interplay.criteria.api import instants_of, stock_of, stock_values
from interplay.criteria.contracts import Gain, History, Physical, Stock, Tables, Turn, ValueType
from interplay.kernel.i18n import say
from interplay.link.points.contracts import EARNED, PointsDocument

if TYPE_CHECKING:
    import ibis.expr.types as ir


class PointsTerm:
    """The brand's units as a term."""

    type = ValueType.INTEGER
    takes_argument = True
    facts = frozenset({EARNED, MOVED})
    traits: frozenset[str] = frozenset()

    def __init__(self, units: Mapping[str, PointsDocument]) -> None:
        self._units = units
        self.arguments = tuple(sorted(units))
        self.instants = instants_of(available(""))

    def label(self, argument: str | None) -> tuple[str, str]:
        unit = self._units[argument or ""].label
        return say("points.term", "zh", unit=unit.zh), say("points.term", "en", unit=unit.en)

    def closure(self, argument: str | None) -> Callable[[History, int], Physical | None]:
        stock = available(argument or "")
        return lambda history, now: stock_of(stock, history, now)

    def ibis(self, argument: str | None, tables: Tables, now: int) -> "ir.Table":
        found = stock_values([available(argument or "")], tables, now)
        return found.select("customer", value=found.stock_0)


def available(unit: str) -> Stock:
    """Return what can be spent of a unit: what came in and what moved, each within its lot's times."""
    return Stock(
        tuple(
            Gain(Turn(fact, (("unit", (unit,)),)), "amount", from_field="active_from", until_field="expires_at")
            for fact in (EARNED, MOVED)
        )
    )
