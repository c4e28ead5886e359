"""`tier` in criteria: the highest tier of a ladder that a customer was granted and that has not ended, or missing.

It is what she was told to have: granted when something was given, ended when its time was found to be over.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from interplay.criteria.api import stock_of, stock_values
from interplay.criteria.contracts import Gain, History, Physical, Stock, Tables, Turn, ValueType
from interplay.kernel.i18n import say
from interplay.link.tiers.contracts import ENDED, GRANTED, LadderDocument

if TYPE_CHECKING:
    import ibis.expr.types as ir


class TierTerm:
    """The brand's ladders as a term; where there is one, it needs no argument."""

    type = ValueType.TEXT
    takes_argument = True
    facts = frozenset({GRANTED, ENDED})
    traits: frozenset[str] = frozenset()
    instants: frozenset[tuple[str, str]] = frozenset()

    def __init__(self, ladders: Mapping[str, LadderDocument]) -> None:
        self._ladders = ladders
        self.arguments = tuple(sorted(ladders))

    def label(self, argument: str | None) -> tuple[str, str]:
        ladder = self._ladders[argument or ""].label
        return say("tiers.term", "zh", ladder=ladder.zh), say("tiers.term", "en", ladder=ladder.en)

    def closure(self, argument: str | None) -> Callable[[History, int], Physical | None]:
        held = self._held(argument or "")

        def ask(history: History, now: int) -> str | None:
            return next((name for name, stock in held.items() if stock_of(stock, history, now) > 0), None)

        return ask

    def ibis(self, argument: str | None, tables: Tables, now: int) -> "ir.Table":
        held = self._held(argument or "")
        found = stock_values([*held.values()], tables, now)
        value: Any = None
        for place, name in reversed([*enumerate(held)]):
            value = (found[f"stock_{place}"] > 0).ifelse(name, value)
        return found.select("customer", value=value)

    def _held(self, ladder: str) -> dict[str, Stock]:
        """Return how many of each tier somebody has in hand, the highest first."""
        return {one.name: _stock(ladder, one.name) for one in reversed(self._ladders[ladder].tiers)}


def _stock(ladder: str, tier: str) -> Stock:
    asked = (("ladder", (ladder,)), ("tier", (tier,)))
    return Stock((Gain(Turn(GRANTED, asked)), Gain(Turn(ENDED, asked), sign=-1)))
