"""What an answer depends on: which facts, fields, traits and segments, and how far back it looks."""

from collections.abc import Iterator

from msgspec import Struct

from interplay.criteria.contracts import (
    Aggregate,
    And,
    Between,
    Compare,
    Criterion,
    Event,
    Feature,
    In,
    InSegment,
    InSequence,
    Missing,
    Not,
    Or,
    Predicate,
    Profile,
    Truth,
    Value,
    Vocabulary,
    Window,
    Within,
)
from interplay.kernel.ids import Micros

Node = Predicate | Value


class Dependencies(Struct, frozen=True):
    """Everything an answer is made of, nested segments and computed traits included.

    `traits` are stored ones; computed traits appear as what defines them and in `computed`. What a term of a higher
    slice reads is among `facts` and `traits`, without the fields.
    """

    facts: frozenset[str]
    fields: frozenset[tuple[str, str]]  # (fact, field); of a trigger's own fields, ("", field)
    traits: frozenset[str]
    computed: frozenset[str]
    segments: frozenset[str]
    features: frozenset[tuple[str, str | None]]
    windows: frozenset[Window]
    reaches: frozenset[tuple[str, Window]]  # (fact, window): how far back it looks for each fact

    def earliest(self, now: int) -> Micros | None:
        """Return the first instant whose facts can matter at `now`; None when the whole history does."""
        starts = [_start(window, now) for window in self.windows]
        known = [start for start in starts if start is not None]
        if len(known) < len(starts):
            return None
        return Micros(min([*known, now]))


def depends_on(criterion: Criterion, vocabulary: Vocabulary) -> Dependencies:
    """Return what the answer of `criterion` depends on."""
    found = _Found(vocabulary)
    found.collect(criterion.root)
    return Dependencies(
        frozenset(found.facts),
        frozenset(found.fields),
        frozenset(found.traits),
        frozenset(found.computed),
        frozenset(found.segments),
        frozenset(found.features),
        frozenset(found.windows),
        frozenset(found.reaches),
    )


def segments_in(criterion: Criterion) -> frozenset[str]:
    """Return the segments that a criterion names itself, not those inside them."""
    return frozenset(node.name for node in _nodes(criterion.root) if isinstance(node, InSegment))


class _Found:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.facts: set[str] = set()
        self.fields: set[tuple[str, str]] = set()
        self.traits: set[str] = set()
        self.computed: set[str] = set()
        self.segments: set[str] = set()
        self.features: set[tuple[str, str | None]] = set()
        self.windows: set[Window] = set()
        self.reaches: set[tuple[str, Window]] = set()

    def collect(self, root: Node, fact: str = "") -> None:
        """Add what is below `root`; `fact` is the one whose fields `event.x` reads."""
        for node in _nodes(root):
            match node:
                case Aggregate():
                    self._aggregate(node)
                case InSequence():
                    self.facts.update(node.steps)
                    self.windows.add(node.window)
                    self.reaches.update((step, node.window) for step in node.steps)
                case Event():
                    self.fields.add((fact, node.name))
                case Feature():
                    self._feature(node)
                case Profile():
                    self._profile(node)
                case InSegment() if node.name not in self.segments:
                    self.segments.add(node.name)
                    self.collect(self._vocabulary.segments()[node.name].root)

    def _feature(self, node: Feature) -> None:
        self.features.add((node.term, node.argument))
        source = self._vocabulary.features()[node.term]
        self.facts |= source.facts
        self.traits |= source.traits
        if source.facts:
            self.windows.add(None)
            self.reaches.update((fact, None) for fact in source.facts)

    def _aggregate(self, node: Aggregate) -> None:
        self.facts.add(node.fact)
        self.windows.add(node.window)
        self.reaches.add((node.fact, node.window))
        if node.field is not None:
            self.fields.add((node.fact, node.field))
        if node.where is not None:
            self.collect(node.where, node.fact)

    def _profile(self, node: Profile) -> None:
        definition = self._vocabulary.traits()[node.name].definition
        if definition is None:
            self.traits.add(node.name)
        elif node.name not in self.computed:
            self.computed.add(node.name)
            self.collect(definition)


def _nodes(root: Node) -> Iterator[Node]:
    """Yield `root` and the nodes below it; `where=` is not entered, it has a fact of its own."""
    yield root
    match root:
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _nodes(item)
        case Not(item=item):
            yield from _nodes(item)
        case Compare():
            yield from (root.left, root.right)
        case In(value=value) | Truth(value=value) | Missing(value=value):
            yield value


def _start(window: Window, now: int) -> int | None:
    match window:
        case Within():
            return now - window.micros + 1
        case Between():
            return window.from_at
    return None
