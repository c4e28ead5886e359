"""The words of a document's `where` about one fact: the fields of the fact itself, nothing of the customer's past."""

from collections.abc import Mapping, Sequence

from interplay.collect.facts.contracts import Declared
from interplay.criteria.api import depends_on, parse_trigger
from interplay.criteria.contracts import Criterion, FeatureSource, Field, Trait
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand


class FactWords:
    """What is declared. Traits may be named so that the refusal can say what is wrong with them here."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared

    def fact_names(self) -> Sequence[str]:
        return sorted(self._declared.facts)

    def fields(self, fact: str) -> Mapping[str, Field]:
        kind = self._declared.facts.get(fact)
        return {} if kind is None else kind.fields

    def fact_label(self, fact: str) -> tuple[str, str]:
        kind = self._declared.facts.get(fact)
        return (fact, fact) if kind is None else (kind.zh, kind.en)

    def traits(self) -> Mapping[str, Trait]:
        return self._declared.traits

    def segments(self) -> Mapping[str, Criterion]:
        return {}

    def features(self) -> Mapping[str, FeatureSource]:
        return {}


def read_where(text: str, fact: str, words: FactWords, brand: Brand) -> Criterion:
    """Return the condition on one fact. Raises CriteriaError, or AppError `facts.where` where it asks for more."""
    criterion = parse_trigger(text, fact, words, brand.zone())
    found = depends_on(criterion, words)
    if asked := sorted({*found.facts, *found.traits}):
        raise AppError("facts.where", given=", ".join(asked))
    return criterion
