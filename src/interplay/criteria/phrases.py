"""Values and conditions in words, before anything is known of a customer.

A condition may be asked for or against (`wants`): a negation is worded as the opposite of what is inside it, which has
the same answer also where that is unknown, so that no sentence has to be read upside down.
"""

from typing import NamedTuple, TypeAlias

from interplay.criteria.contracts import (
    Aggregate,
    AggregateKind,
    Ago,
    And,
    Compare,
    CompareOp,
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
)
from interplay.criteria.literals import type_of
from interplay.criteria.text import to_text
from interplay.criteria.wording import Wording

Labels: TypeAlias = dict[str, tuple[str, str]]

_MIRRORED = {
    CompareOp.EQ: CompareOp.EQ,
    CompareOp.NE: CompareOp.NE,
    CompareOp.LT: CompareOp.GT,
    CompareOp.LE: CompareOp.GE,
    CompareOp.GT: CompareOp.LT,
    CompareOp.GE: CompareOp.LE,
}
_OPPOSITE = {
    CompareOp.EQ: CompareOp.NE,
    CompareOp.NE: CompareOp.EQ,
    CompareOp.LT: CompareOp.GE,
    CompareOp.LE: CompareOp.GT,
    CompareOp.GT: CompareOp.LE,
    CompareOp.GE: CompareOp.LT,
}
_WORDS = {
    CompareOp.EQ: "eq",
    CompareOp.NE: "ne",
    CompareOp.LT: "lt",
    CompareOp.LE: "le",
    CompareOp.GT: "gt",
    CompareOp.GE: "ge",
}
_SCALES = {
    ValueType.TEXT: "plain",
    ValueType.BOOLEAN: "plain",
    ValueType.TIME: "time",
    ValueType.DATE: "time",
}


class Comparison(NamedTuple):
    """A comparison as it is said: what varies on the left."""

    op: CompareOp
    left: Value
    right: Value
    is_mirrored: bool


def comparison(node: Compare, *, wants: bool) -> Comparison:
    """Return how a comparison is said; `18 <= profile.age` is about the age."""
    op = node.op if wants else _OPPOSITE[node.op]
    if isinstance(node.left, Literal | Now | Ago):
        return Comparison(_MIRRORED[op], node.right, node.left, is_mirrored=True)
    return Comparison(op, node.left, node.right, is_mirrored=False)


class Phrases:
    """The words of a brand in one language."""

    def __init__(self, labels: Labels, wording: Wording) -> None:
        self._labels = labels
        self._wording = wording
        self._say = wording.say

    def name(self, node: Value) -> str:
        match node:
            case Aggregate():
                return self._aggregate(node)
            case Profile():
                return self._label(f"profile.{node.name}", node.name)
            case Event():
                return self._label(f"event.{node.name}", node.name)
            case Ago():
                return self._say("ago", span=self._wording.span(node.span))
            case Now():
                return self._say("now")
            case Literal():
                return self._wording.value(node.value, node.type)
            case Feature():
                return self._label(to_text(node), to_text(node))

    def fact(self, name: str) -> str:
        return self._say("quoted", text=self._label(name, name))

    def compared(self, said: Comparison, right: str) -> str:
        """Return what a comparison asks of its left side, e.g. `at least 3`."""
        return self._say(f"{_SCALES.get(type_of(said.left), 'number')}.{_WORDS[said.op]}", value=right)

    def asked(self, node: In | Truth | Missing | InSegment | InSequence, *, wants: bool) -> str:
        """Return what a condition asks for, e.g. `one of “a”, “b”`."""
        which = "asked" if wants else "asked_not"
        match node:
            case In(value=value, options=options):
                shown = [self._wording.value(option.value, option.type) for option in options]
                listed = self._wording.listed(shown)
                if type_of(value) is ValueType.TEXTS:
                    return self._say(f"{which}.includes{'' if len(shown) == 1 else '_any'}", options=listed)
                if len(shown) == 1:
                    return self._say(f"plain.{'eq' if wants else 'ne'}", value=shown[0])
                return self._say(f"{which}.one_of", options=listed)
            case Truth():
                return self._say("plain.eq", value=self._say("value.yes" if wants else "value.no"))
            case Missing():
                return self._say(f"{which}.missing")
            case InSegment():
                return self._say(f"{which}.segment")
            case InSequence():
                return self._say(f"{which}.sequence")

    def condition(self, node: Predicate, *, wants: bool = True) -> str:
        """Return a whole condition, e.g. `channel is “store” and value is at least ¥50.00`."""
        match node:
            case And(items=items) | Or(items=items):
                word = "and" if isinstance(node, And) is wants else "or"
                return self._say(word).join(self._inner(item, wants=wants) for item in items)
            case Not(item=item):
                return self.condition(item, wants=not wants)
            case Compare():
                said = comparison(node, wants=wants)
                return self._is(said.left, self.compared(said, self.name(said.right)))
            case In(value=value) | Truth(value=value) | Missing(value=value):
                return self._is(value, self.asked(node, wants=wants))
        return to_text(node if wants else Not(node))

    def _inner(self, node: Predicate, *, wants: bool) -> str:
        while isinstance(node, Not):
            node, wants = node.item, not wants
        text = self.condition(node, wants=wants)
        return self._say("brackets", text=text) if isinstance(node, And | Or) else text

    def _is(self, value: Value, asked: str) -> str:
        is_list = type_of(value) is ValueType.TEXTS
        return self._say("condition_list" if is_list else "condition", name=self.name(value), asked=asked)

    def _aggregate(self, node: Aggregate) -> str:
        key = node.kind.value
        if node.field is not None and node.kind in (AggregateKind.FIRST, AggregateKind.LAST):
            key += "_field"
        fact = self.fact(node.fact)
        if node.where is not None:
            fact = self._say("where", fact=fact, where=self.condition(node.where))
        field = self._label(f"event.{node.field}", node.field or "")
        return self._say(f"aggregate.{key}", fact=fact, field=field, window=self._wording.window(node.window))

    def _label(self, key: str, otherwise: str) -> str:
        zh, en = self._labels.get(key, (otherwise, otherwise))
        return zh if self._wording.lang == "zh" else en
