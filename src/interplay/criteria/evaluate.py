"""A criterion as nested Python closures, asked of one customer as of an instant.

Three-valued, as in SQL: True, False, or None for "cannot tell". Nothing is executed from text; the closures are
chosen once, when the criterion is built.

A trigger's criterion also reads the fact at hand: then what is asked is a pair of history and row (`AtHand`), and
every closure that wants the history reaches for it there; inside `where=` what is asked is the row alone.
"""

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias, assert_never, cast

import msgspec

from interplay.criteria.contracts import (
    DECIMAL_SCALE,
    Aggregate,
    AggregateKind,
    Ago,
    And,
    Compare,
    CompareOp,
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
    Occurrence,
    Or,
    Physical,
    Predicate,
    Profile,
    Truth,
    Value,
    ValueType,
    Vocabulary,
)
from interplay.criteria.history import CustomerHistory, Row, Timeline
from interplay.criteria.literals import NUMBERS, type_of
from interplay.criteria.ordered import sequence_reader
from interplay.criteria.readers import Find, aggregate_reader

__all__ = ["Closures", "CustomerHistory", "closure", "trigger_closure"]

Found: TypeAlias = Physical | Fraction | None
Ask: TypeAlias = Callable[[Any, int], bool | None]  # Any: a history, a pair with the fact at hand, or a row
Read: TypeAlias = Callable[[Any, int], Found]

_COMPARE: dict[CompareOp, Callable[[Any, Any], bool]] = {
    CompareOp.EQ: operator.eq,
    CompareOp.NE: operator.ne,
    CompareOp.LT: operator.lt,
    CompareOp.LE: operator.le,
    CompareOp.GT: operator.gt,
    CompareOp.GE: operator.ge,
}
_NEVER_MISSING = (AggregateKind.COUNT, AggregateKind.SUM, AggregateKind.DISTINCT)
_SCALE = 10**DECIMAL_SCALE


class AtHand(NamedTuple):
    """What a trigger is asked of: the customer's history and the fact that just happened."""

    history: CustomerHistory
    row: Row


def closure(criterion: Criterion, vocabulary: Vocabulary) -> Callable[[CustomerHistory, int], bool | None]:
    """Return the criterion as a function of (history, now): True, False, or None when it cannot be told."""
    return Closures(vocabulary).ask(criterion.root)


def trigger_closure(
    criterion: Criterion, vocabulary: Vocabulary
) -> Callable[[CustomerHistory, Occurrence, int], bool | None]:
    """Return a trigger's criterion as a function of (history, the fact at hand, now)."""
    ask = Closures(vocabulary, is_trigger=True).ask(criterion.root)
    return lambda history, occurrence, now: ask(AtHand(history, occurrence.fields), now)


class Closures:
    """Builds closures with a brand's words; segments and computed traits are built in where they are named."""

    def __init__(self, vocabulary: Vocabulary, *, is_trigger: bool = False) -> None:
        self._vocabulary = vocabulary
        self._is_trigger = is_trigger
        self._segments: dict[str, Ask] = {}

    def ask(self, node: Predicate) -> Ask:
        """Return the closure of a condition."""
        match node:
            case And(items=items):
                return _and([self.ask(item) for item in items])
            case Or(items=items):
                return _or([self.ask(item) for item in items])
            case Not(item=item):
                return _not(self.ask(item))
            case Compare():
                return self._compare(node)
            case In():
                return self._membership(node)
            case Truth(value=value):
                return cast("Ask", self.read(value))
            case Missing(value=value):
                return self._missing(value)
            case InSegment(name=name):
                return self._segment(name)
            case InSequence():
                return self._of_history(sequence_reader(node))
        assert_never(node)

    def read(self, node: Value) -> Read:
        """Return the closure of a value; an average is an exact Fraction."""
        match node:
            case Literal(value=value):
                return lambda _, __: value
            case Now():
                return lambda _, now: now
            case Ago(micros=span):
                return lambda _, now: now - span
            case Event(name=name):
                if self._is_trigger:
                    return lambda at_hand, _: at_hand.row.get(name)
                return lambda row, _: row.get(name)
            case Profile(name=name):
                definition = self._vocabulary.traits()[name].definition
                if definition is not None:
                    return self.read(definition)
                return self._of_history(lambda history, now: history.trait(name, now))
            case Aggregate():
                return self._of_history(aggregate_reader(node, self.facts(node)))
            case Feature(term=term, argument=argument):
                return self._of_history(self._vocabulary.features()[term].closure(argument))
        assert_never(node)

    def facts(self, node: Aggregate) -> Find | None:
        """Return what finds the facts of an aggregate where `where` is true; None when all of that name count."""
        name = node.fact
        if node.where is None:
            return None
        condition = Closures(self._vocabulary).ask(node.where)
        key = msgspec.json.encode(node.where)
        if _depends_on_now(node.where):
            return _filtered_at(name, condition)

        def view(history: CustomerHistory, now: int) -> Timeline | None:
            line = history.timelines.get(name)
            return None if line is None else line.view(key, lambda row: condition(row, now) is True)

        return view

    def _segment(self, name: str) -> Ask:
        """Return the closure of a segment, built once however often it is named."""
        if name not in self._segments:
            self._segments[name] = _two_valued(self.ask(self._vocabulary.segments()[name].root))
        return self._segments[name]

    def _of_history(self, read: Callable[[CustomerHistory, int], Any]) -> Callable[[Any, int], Any]:
        if self._is_trigger:
            return lambda at_hand, now: read(at_hand.history, now)
        return read

    def _compare(self, node: Compare) -> Ask:
        compare = _COMPARE[node.op]
        left_scale, right_scale = _scales(type_of(node.left), type_of(node.right))
        left = _scaled(self.read(node.left), left_scale)
        if isinstance(node.right, Literal):
            constant = cast("Any", node.right.value) * right_scale
            if isinstance(node.left, Aggregate) and node.left.kind in _NEVER_MISSING:
                return lambda asked, now: compare(left(asked, now), constant)
            return _compared_with(left, compare, constant)
        right = _scaled(self.read(node.right), right_scale)

        def ask(asked: Any, now: int) -> bool | None:
            a = left(asked, now)
            b = right(asked, now)
            return None if a is None or b is None else compare(a, b)

        return ask

    def _membership(self, node: In) -> Ask:
        read = self.read(node.value)
        if type_of(node.value) is ValueType.TEXTS:
            texts = frozenset(option.value for option in node.options)
            return lambda asked, now: None if (v := read(asked, now)) is None else not texts.isdisjoint(v)  # type: ignore[arg-type]
        value_type = type_of(node.value)
        is_scaled = any(ValueType.DECIMAL in (value_type, option.type) for option in node.options)
        both = ValueType.DECIMAL if is_scaled else value_type
        options = frozenset(
            cast("Any", option.value) * _scales(option.type, both)[0] if is_scaled else option.value
            for option in node.options
        )
        value = _scaled(read, _scales(value_type, both)[0])
        return lambda asked, now: None if (v := value(asked, now)) is None else v in options

    def _missing(self, value: Value) -> Ask:
        if isinstance(value, Profile):
            trait = self._vocabulary.traits()[value.name]
            if trait.is_personal and trait.definition is None:
                return self._of_history(lambda history, now: not history.has_trait(trait.name, now))
        read = self.read(value)
        return lambda asked, now: read(asked, now) is None


def _and(items: list[Ask]) -> Ask:
    if len(items) == 2:
        one, two = items

        def both(asked: Any, now: int) -> bool | None:
            a = one(asked, now)
            if a is False:
                return False
            b = two(asked, now)
            return b if a or b is False else None

        return both

    def every(asked: Any, now: int) -> bool | None:
        answer: bool | None = True
        for item in items:
            found = item(asked, now)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return every


def _or(items: list[Ask]) -> Ask:
    def some(asked: Any, now: int) -> bool | None:
        answer: bool | None = False
        for item in items:
            found = item(asked, now)
            if found:
                return True
            if found is None:
                answer = None
        return answer

    return some


def _not(item: Ask) -> Ask:
    return lambda asked, now: None if (found := item(asked, now)) is None else not found


def _two_valued(item: Ask) -> Ask:
    return lambda asked, now: item(asked, now) is True


def _compared_with(read: Read, compare: Callable[[Any, Any], bool], constant: Any) -> Ask:
    return lambda asked, now: None if (found := read(asked, now)) is None else compare(found, constant)


def _filtered_at(name: str, condition: Ask) -> Find:
    def find(history: CustomerHistory, now: int) -> Timeline | None:
        line = history.timelines.get(name)
        return None if line is None else line.filtered(lambda row: condition(row, now) is True)

    return find


def _scaled(read: Read, factor: int) -> Read:
    if factor == 1:
        return read
    return lambda asked, now: None if (found := read(asked, now)) is None else cast("Any", found) * factor


def _scales(left: ValueType, right: ValueType) -> tuple[int, int]:
    """Return what to multiply each side by so that numbers of different scale compare exactly."""
    if {left, right} <= NUMBERS and left is not right:
        if left is ValueType.DECIMAL:
            return 1, _SCALE
        if right is ValueType.DECIMAL:
            return _SCALE, 1
    return 1, 1


def _depends_on_now(node: Predicate) -> bool:
    match node:
        case And(items=items) | Or(items=items):
            return any(_depends_on_now(item) for item in items)
        case Not(item=item):
            return _depends_on_now(item)
        case Compare(left=left, right=right):
            return isinstance(left, Now | Ago) or isinstance(right, Now | Ago)
        case In(value=value) | Truth(value=value) | Missing(value=value):
            return isinstance(value, Now | Ago)
    return False
