"""Why a customer matches, does not, or cannot be told: the tree again, with what was found at every node."""

from datetime import tzinfo
from fractions import Fraction

from msgspec import Struct

from interplay.criteria import sentences
from interplay.criteria.contracts import (
    Aggregate,
    And,
    Between,
    Compare,
    Criterion,
    Feature,
    In,
    InSegment,
    InSequence,
    Missing,
    Not,
    Occurrence,
    Or,
    Predicate,
    Profile,
    Truth,
    Value,
    Vocabulary,
    Window,
    Within,
)
from interplay.criteria.dependencies import depends_on
from interplay.criteria.evaluate import AtHand, Closures, CustomerHistory
from interplay.criteria.findings import Figure, Interval, Part
from interplay.criteria.literals import type_of
from interplay.criteria.text import to_text
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros


class Explanation(Struct, frozen=True):
    """The answer for one customer as of `now`, with everything that led to it."""

    now: Micros
    answer: bool | None
    root: Part
    labels: dict[str, tuple[str, str]]  # fact, field or trait → its name for people (zh, en)

    def sentences(self, lang: Lang, zone: tzinfo, currency: str) -> str:
        """Return indented text: the verdict with its decisive reasons, then every condition.

        Times are local in `zone`; amounts are in the brand's `currency`, an ISO 4217 code.
        """
        return sentences.render(self.root, self.labels, lang, zone, currency)


def explain(
    criterion: Criterion,
    vocabulary: Vocabulary,
    history: CustomerHistory,
    now: int,
    occurrence: Occurrence | None = None,
) -> Explanation:
    """Return why `criterion` answers as it does for one customer; a trigger also needs the fact at hand."""
    asked = history if occurrence is None else AtHand(history, occurrence.fields)
    root = _Explainer(vocabulary, asked, now).part(criterion.root)
    labels = _labels(criterion, vocabulary, "" if occurrence is None else occurrence.name)
    return Explanation(Micros(now), root.answer, root, labels)


class _Explainer:
    def __init__(self, vocabulary: Vocabulary, asked: CustomerHistory | AtHand, now: int) -> None:
        self._vocabulary = vocabulary
        self._asked = asked
        self._now = now
        self._explained: set[str] = set()
        self._closures = Closures(vocabulary, is_trigger=isinstance(asked, AtHand))

    def part(self, node: Predicate) -> Part:
        answer = self._closures.ask(node)(self._asked, self._now)
        figures = tuple(self.figure(value) for value in _values(node))
        items = tuple(self.part(item) for item in self._inside(node))
        missing: tuple[str, ...] = ()
        if answer is None:
            missing = tuple(figure.text for figure in figures if figure.is_missing)
            missing += tuple(name for item in items if item.answer is None for name in item.missing)
        interval = self._interval(node.window) if isinstance(node, InSequence) else None
        return Part(to_text(node), node, answer, figures, items, tuple(dict.fromkeys(missing)), interval)

    def figure(self, node: Value) -> Figure:
        type_ = type_of(node)
        interval = self._interval(node.window) if isinstance(node, Aggregate) else None
        if isinstance(node, Profile):
            trait = self._vocabulary.traits()[node.name]
            if trait.is_personal:
                is_missing = self._closures.ask(Missing(node))(self._asked, self._now) is True
                return Figure(to_text(node), node, type_, is_missing)
            definition = self.figure(trait.definition) if trait.definition is not None else None
        else:
            definition = None
        found = self._closures.read(node)(self._asked, self._now)
        value, fraction = (None, found.as_integer_ratio()) if isinstance(found, Fraction) else (found, None)
        return Figure(to_text(node), node, type_, found is None, value, fraction, interval, definition)

    def _inside(self, node: Predicate) -> tuple[Predicate, ...]:
        match node:
            case And(items=items) | Or(items=items):
                return items
            case Not(item=item):
                return (item,)
            case InSegment(name=name) if name not in self._explained:
                self._explained.add(
                    name
                )  # its rule is shown where it is named first, or the text could grow without end
                return (self._vocabulary.segments()[name].root,)
        return ()

    def _interval(self, window: Window) -> Interval:
        """Instants are whole microseconds, so `(a, b]` is `[a + 1, b + 1)`."""
        end = Micros(self._now + 1)
        match window:
            case Within():
                return Interval(Micros(self._now - window.micros + 1), end)
            case Between():
                return Interval(window.from_at, min(window.until_at, end))
        return Interval(None, end)


def _values(node: Predicate) -> tuple[Value, ...]:
    match node:
        case Compare():
            return (node.left, node.right)
        case In(value=value) | Truth(value=value) | Missing(value=value):
            return (value,)
    return ()


def _labels(criterion: Criterion, vocabulary: Vocabulary, at_hand: str) -> dict[str, tuple[str, str]]:
    """Return the names for people of all words in the criterion; a word without one stands for itself."""
    found = depends_on(criterion, vocabulary)
    labels = {fact: vocabulary.fact_label(fact) for fact in sorted(found.facts)}
    traits = vocabulary.traits()
    for name in sorted(found.traits | found.computed):
        labels[f"profile.{name}"] = (traits[name].zh or name, traits[name].en or name)
    for fact, name in sorted(found.fields):
        field = vocabulary.fields(fact or at_hand).get(name)
        if field is not None:
            labels[f"event.{name}"] = (field.zh or name, field.en or name)
    for term, argument in sorted(found.features, key=str):
        source = vocabulary.features()[term]
        if (label := source.label(argument)) is not None:
            labels[to_text(Feature(term, argument, source.type))] = label
    return labels
