"""Segments that name each other, parsed together whatever the order they are given in."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from interplay.criteria.contracts import (
    Criterion,
    FeatureSource,
    Field,
    Literal,
    Trait,
    Truth,
    ValueType,
    Vocabulary,
)
from interplay.criteria.errors import CriteriaError
from interplay.criteria.parse import parse

_EVERYONE = Criterion(Truth(Literal(ValueType.BOOLEAN, True, "True")))


def parse_segments(
    texts: Mapping[str, str], vocabulary: Vocabulary, zone: ZoneInfo
) -> dict[str, Criterion | CriteriaError]:
    """Return each segment's criterion, or what is wrong with it; the vocabulary's own segments may be named too.

    First every text is parsed knowing only the names of the others, then once more knowing what they are, which
    finds circles and says where they close. A segment that is wrong does not make those that name it wrong.
    """
    together = _Together(vocabulary, dict.fromkeys(texts, _EVERYONE))
    results = {name: _parsed(text, together, zone, None) for name, text in texts.items()}
    together.known |= {name: found for name, found in results.items() if isinstance(found, Criterion)}
    for name, found in results.items():
        if isinstance(found, Criterion):
            results[name] = _parsed(texts[name], together, zone, name)
    return results


def _parsed(text: str, vocabulary: Vocabulary, zone: ZoneInfo, segment: str | None) -> Criterion | CriteriaError:
    try:
        return parse(text, vocabulary, zone, segment=segment)
    except CriteriaError as error:
        return error


class _Together:
    """A vocabulary with more segments."""

    def __init__(self, vocabulary: Vocabulary, segments: Mapping[str, Criterion]) -> None:
        self._vocabulary = vocabulary
        self.known = {**vocabulary.segments(), **segments}

    def segments(self) -> Mapping[str, Criterion]:
        return self.known

    def fact_names(self) -> Sequence[str]:
        return self._vocabulary.fact_names()

    def fields(self, fact: str) -> Mapping[str, Field]:
        return self._vocabulary.fields(fact)

    def fact_label(self, fact: str) -> tuple[str, str]:
        return self._vocabulary.fact_label(fact)

    def traits(self) -> Mapping[str, Trait]:
        return self._vocabulary.traits()

    def features(self) -> Mapping[str, FeatureSource]:
        return self._vocabulary.features()
