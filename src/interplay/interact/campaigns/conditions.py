"""Conditions on one fact, as parts of campaigns name them: read once for each state of the documents."""

from collections.abc import Callable

import structlog

from interplay.collect.facts.api import Current, FactWords, read_where
from interplay.criteria.api import CustomerHistory, trigger_closure
from interplay.criteria.contracts import Occurrence
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand

log = structlog.get_logger()


class Conditions:
    """What was read, as long as the documents are the same."""

    def __init__(self, current: Current, brand: Brand) -> None:
        self.revision = current.revision
        self._words = FactWords(current.declared)
        self._brand = brand
        self._read: dict[tuple[str, str], Callable[[Occurrence], bool]] = {}

    def holds(self, text: str, fact: Occurrence) -> bool:
        """Return whether a condition is true of a fact; one by words that are gone is true of none."""
        key = text, fact.name
        if key not in self._read:
            self._read[key] = self._condition(text, fact.name)
        return self._read[key](fact)

    def _condition(self, text: str, name: str) -> Callable[[Occurrence], bool]:
        try:
            criterion = read_where(text, name, self._words, self._brand)
        except AppError as error:
            log.warning("a condition cannot be read", fact=name, condition=text, reason=str(error))
            return lambda _: False
        ask, nothing = trigger_closure(criterion, self._words), CustomerHistory()
        return lambda fact: ask(nothing, fact, fact.at) is True
