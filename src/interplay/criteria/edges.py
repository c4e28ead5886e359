"""When an answer can change though nothing happens: facts leave windows, `ago("60d")` reaches an instant.

Between two edges of a customer the answer of a criterion stays what it is. So whoever keeps answers needs to ask
again only when a fact comes, or when an edge is passed; that is how segments stay true without asking everybody.
"""

from msgspec import Struct

from interplay.criteria.contracts import (
    Aggregate,
    Ago,
    And,
    Compare,
    Criterion,
    Event,
    Feature,
    In,
    InSegment,
    InSequence,
    Literal,
    Missing,
    Not,
    Now,
    Or,
    Predicate,
    Profile,
    Truth,
    Value,
    ValueType,
    Vocabulary,
    Window,
    Within,
)
from interplay.kernel.ids import Micros

AFTER = (0, 1)  # `<` and `<=` differ by a microsecond; both edges are passed


class FactEdge(Struct, frozen=True, order=True):
    """Every fact of this name: `offset` µs after it occurred, or after the instant in its field `field`."""

    fact: str
    offset: int
    field: str | None = None


class TraitEdge(Struct, frozen=True, order=True):
    """Every change of this trait: `offset` µs after the instant that is its value, or (`is_value` false) after it."""

    trait: str
    offset: int
    is_value: bool = True


class Edges(Struct, frozen=True):
    """All instants at which an answer can change by itself: those of facts and traits, and the same for everybody."""

    facts: frozenset[FactEdge]
    traits: frozenset[TraitEdge]
    moments: frozenset[Micros]


def edges(criterion: Criterion, vocabulary: Vocabulary) -> Edges:
    """Return the edges of a criterion, with those of the segments and computed traits that it names."""
    found = _Found(vocabulary)
    found.predicate(criterion.root, "")
    return Edges(frozenset(found.facts), frozenset(found.traits), frozenset(found.moments))


class _Found:
    """Gathers edges; `fact` is the one whose fields `event.x` reads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._segments: set[str] = set()
        self.facts: set[FactEdge] = set()
        self.traits: set[TraitEdge] = set()
        self.moments: set[Micros] = set()

    def predicate(self, node: Predicate, fact: str) -> None:
        match node:
            case And(items=items) | Or(items=items):
                for item in items:
                    self.predicate(item, fact)
            case Not(item=item):
                self.predicate(item, fact)
            case Compare():
                for one, other in ((node.left, node.right), (node.right, node.left)):
                    self._value(one)
                    self._beside_now(one, other, fact)
            case In(value=value, options=options):
                self._value(value)
                for option in options:
                    self._beside_now(option, value, fact)
            case Truth(value=value) | Missing(value=value):
                self._value(value)
            case InSegment(name=name) if name not in self._segments:
                self._segments.add(name)
                self.predicate(self._vocabulary.segments()[name].root, "")
            case InSequence():
                for step in node.steps:
                    self._window(step, node.window)

    def _value(self, node: Value) -> None:
        """Add what a value changes by itself, whatever it is compared with."""
        match node:
            case Aggregate():
                self._window(node.fact, node.window)
                if node.where is not None:
                    self.predicate(node.where, node.fact)
            case Profile(name=name):
                definition = self._vocabulary.traits()[name].definition
                if definition is None:
                    self.traits.add(TraitEdge(name, 0, is_value=False))
                else:
                    self._value(definition)
            case Feature(term=term):
                source = self._vocabulary.features()[term]
                self.facts.update(FactEdge(name, 0) for name in source.facts)
                self.facts.update(FactEdge(name, 0, field) for name, field in source.instants)
                self.traits.update(TraitEdge(name, 0, is_value=False) for name in source.traits)

    def _window(self, fact: str, window: Window) -> None:
        """A fact counts from when it occurred, which may still be to come, and until it leaves the window."""
        self.facts.add(FactEdge(fact, 0))
        if isinstance(window, Within):
            self.facts.add(FactEdge(fact, window.micros))

    def _beside_now(self, value: Value, other: Value, fact: str) -> None:
        """Add when a value that stands still is passed by the now, or the ago, that it is compared with."""
        if isinstance(other, Now | Ago):
            ago = other.micros if isinstance(other, Ago) else 0
            for offset in (ago + more for more in AFTER):
                self._passed(value, offset, fact)

    def _passed(self, value: Value, offset: int, fact: str) -> None:
        match value:
            case Literal(value=at) if isinstance(at, int):
                self.moments.add(Micros(at + offset))
            case Event(name=name):
                self.facts.add(FactEdge(fact, offset, name))
            case Aggregate(fact=name, field=field):
                self.facts.add(FactEdge(name, offset, field))
            case Profile(name=name):
                definition = self._vocabulary.traits()[name].definition
                if definition is None:
                    self.traits.add(TraitEdge(name, offset))
                else:
                    self._passed(definition, offset, fact)
            case Feature(term=term) if self._vocabulary.features()[term].type is ValueType.TIME:
                raise TypeError(f"{term} is an instant, and a term does not tell when it is passed")
