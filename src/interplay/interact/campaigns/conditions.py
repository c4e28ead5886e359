"""What parts ask of the facts that they follow, compiled once as long as the declarations are the same."""

from collections.abc import Callable

import structlog

from interplay.collect.facts.api import Current, FactWords, read_where
from interplay.criteria.api import CustomerHistory, trigger_closure
from interplay.criteria.contracts import Occurrence
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand

Condition = Callable[[Occurrence], bool | None]

log = structlog.get_logger()


class Conditions:
    """The conditions of one revision of what is declared."""

    def __init__(self, current: Current, brand: Brand) -> None:
        self.revision = current.revision
        self._words = FactWords(current.declared)
        self._brand = brand
        self._read: dict[tuple[str, str], Condition] = {}

    def holds(self, where: str, fact: Occurrence) -> bool:
        """Return whether a condition is true of a fact; one by words that are gone is true of nothing."""
        key = fact.name, where
        if key not in self._read:
            self._read[key] = self._condition(*key)
        return self._read[key](fact) is True

    def _condition(self, fact: str, where: str) -> Condition:
        try:
            criterion = read_where(where, fact, self._words, self._brand)
        except AppError as error:
            log.warning("a campaign's where cannot be read", fact=fact, reason=str(error))
            return lambda _: None
        ask, nothing = trigger_closure(criterion, self._words), CustomerHistory()
        return lambda occurrence: ask(nothing, occurrence, occurrence.at)
