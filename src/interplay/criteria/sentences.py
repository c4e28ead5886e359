"""An explanation as text for people, in Chinese and English."""

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TypeAlias

from interplay.criteria.contracts import (
    Aggregate,
    AggregateKind,
    Ago,
    And,
    Between,
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
    Physical,
    Profile,
    Truth,
    Value,
    ValueType,
    Window,
    Within,
)
from interplay.criteria.findings import Figure, Part
from interplay.criteria.literals import decimal_text
from interplay.criteria.text import to_text
from interplay.kernel.i18n import Lang, say
from interplay.kernel.time import EPOCH_ON, from_micros

Labels: TypeAlias = dict[str, tuple[str, str]]

REASONS_MAX = 3
_MIRRORED = {
    CompareOp.EQ: CompareOp.EQ,
    CompareOp.NE: CompareOp.NE,
    CompareOp.LT: CompareOp.GT,
    CompareOp.LE: CompareOp.GE,
    CompareOp.GT: CompareOp.LT,
    CompareOp.GE: CompareOp.LE,
}
_WORDS = {
    CompareOp.EQ: "eq",
    CompareOp.NE: "ne",
    CompareOp.LT: "lt",
    CompareOp.LE: "le",
    CompareOp.GT: "gt",
    CompareOp.GE: "ge",
}
_MARKS = {True: "✓", False: "✗", None: "?"}
_ANSWERS = {True: "yes", False: "no", None: "unknown"}


def render(root: Part, labels: Labels, lang: Lang, zone: tzinfo) -> str:
    """Return the verdict and its decisive reasons on the first line, then every condition, indented."""
    writer = _Sentences(labels, lang, zone)
    reasons = list(dict.fromkeys(writer.sentence(part) for part in _decisive(root)))
    shown = writer.say("list").join(reasons[:REASONS_MAX])
    if len(reasons) > REASONS_MAX:
        shown += writer.say("more", count=len(reasons) - REASONS_MAX)
    verdict = writer.say(f"verdict.{_ANSWERS[root.answer]}", reasons=shown)
    return "\n".join([verdict, *writer.lines(root, 1)])


def _decisive(part: Part) -> Iterator[Part]:
    """Yield the conditions without which the answer would be another."""
    match part.node:
        case And() | Or():
            everything_counts = part.answer is isinstance(part.node, And)
            for item in part.items:
                if everything_counts or item.answer is part.answer:
                    yield from _decisive(item)
        case Not():
            yield from _decisive(part.items[0])
        case _:
            yield part


class _Sentences:
    def __init__(self, labels: Labels, lang: Lang, zone: tzinfo) -> None:
        self._labels = labels
        self._lang = lang
        self._zone = zone

    def say(self, key: str, **params: object) -> str:
        return say(f"criteria.explain.{key}", self._lang, **params)

    def lines(self, part: Part, depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}{_MARKS[part.answer]} {self.sentence(part)}"
        for item in part.items:
            yield from self.lines(item, depth + 1)
        for figure in part.figures:
            if figure.definition is not None:
                yield f"{'  ' * (depth + 1)}= {self._is(figure.definition)}"

    def sentence(self, part: Part) -> str:
        match part.node:
            case And():
                return self.say("all")
            case Or():
                return self.say("any")
            case Not():
                return self.say("not")
            case Compare():
                return self._comparison(part.node, *part.figures)
            case In():
                options = self.say("list").join(self._physical(o.value, o.type) for o in part.node.options)
                return self._asked(part.figures[0], self.say("one_of", options=options))
            case Truth():
                return self._asked(part.figures[0], self.say("value.yes"))
            case Missing():
                return self._asked(part.figures[0], self.say("value.missing"))
            case InSegment():
                return self.say("in_segment" if part.answer else "not_in_segment", name=part.node.name)
            case InSequence():
                return self._sequence(part.node, bool(part.answer))

    def _comparison(self, node: Compare, left: Figure, right: Figure) -> str:
        op = node.op
        if isinstance(node.left, Literal | Now | Ago):
            left, right, op = right, left, _MIRRORED[op]
        kind = "time" if left.type in (ValueType.TIME, ValueType.DATE) else "number"
        return self._asked(left, self.say(f"{kind}.{_WORDS[op]}", value=self._threshold(right)))

    def _threshold(self, figure: Figure) -> str:
        if isinstance(figure.node, Literal):
            return self._shown(figure)
        return self.say("of", name=self._name(figure.node), value=self._shown(figure))

    def _asked(self, figure: Figure, asked: str) -> str:
        return self.say("asked", found=self._is(figure), asked=asked)

    def _is(self, figure: Figure) -> str:
        if figure.is_missing:
            return self.say("is_missing", name=self._name(figure.node))
        return self.say("is", name=self._name(figure.node), value=self._shown(figure))

    def _sequence(self, node: InSequence, happened: bool) -> str:
        steps = " → ".join(self._label(step) for step in node.steps)
        span = self.say("span", span=self._span(node.span)) if node.span else ""
        key = "sequence" if happened else "no_sequence"
        return self.say(key, steps=steps, span=span, window=self._window(node.window))

    def _name(self, node: Value) -> str:
        match node:
            case Aggregate():
                return self._aggregate(node)
            case Profile():
                return self._label(f"profile.{node.name}", node.name)
            case Event():
                return self._label(f"event.{node.name}", node.name)
            case Ago():
                return self.say("ago", span=self._span(node.span))
            case Now():
                return self.say("now")
            case Feature() | Literal():
                return to_text(node)

    def _aggregate(self, node: Aggregate) -> str:
        key = node.kind.value
        if node.field is not None and node.kind in (AggregateKind.FIRST, AggregateKind.LAST):
            key += "_field"
        field = self._label(f"event.{node.field}", node.field or "")
        name = self.say(f"aggregate.{key}", fact=self._label(node.fact), field=field, window=self._window(node.window))
        return name if node.where is None else self.say("where", name=name, where=to_text(node.where))

    def _label(self, key: str, otherwise: str = "") -> str:
        zh, en = self._labels.get(key, (otherwise or key, otherwise or key))
        return zh if self._lang == "zh" else en

    def _window(self, window: Window) -> str:
        match window:
            case Within():
                return self.say("within", span=self._span(window.span))
            case Between():
                return self.say(
                    "between",
                    start=self._physical(window.from_at, ValueType.TIME),
                    until=self._physical(window.until_at, ValueType.TIME),
                )
        return ""

    def _span(self, span: str) -> str:
        number, unit = int(span[:-1]), span[-1]
        return self.say(f"unit.{unit}" if number != 1 else f"unit.{unit}_one", number=number)

    def _shown(self, figure: Figure) -> str:
        if figure.is_missing:
            return self.say("value.missing")
        if figure.fraction is not None:
            return _rounded(*figure.fraction, is_decimal=figure.type is ValueType.DECIMAL)
        if figure.value is None:
            return self.say("value.hidden")
        return self._physical(figure.value, figure.type)

    def _physical(self, value: Physical, type_: ValueType) -> str:
        match value:
            case bool():
                return self.say("value.yes" if value else "value.no")
            case list():
                return self.say("list").join(self._physical(text, ValueType.TEXT) for text in value) or "[]"
            case str():
                return self.say("value.text", value=value)
        match type_:
            case ValueType.TIME:
                return _local(value, self._zone)
            case ValueType.DATE:
                return str(EPOCH_ON + timedelta(days=value))
            case ValueType.DECIMAL:
                return decimal_text(value)
            case ValueType.MONEY:
                return self.say("value.money", value=f"{value:,}")
        return f"{value:,}"


def _local(at: int, zone: tzinfo) -> str:
    return from_micros(at).astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _rounded(numerator: int, denominator: int, *, is_decimal: bool) -> str:
    with localcontext(prec=60, rounding=ROUND_HALF_EVEN):
        value = Decimal(numerator) / Decimal(denominator)
        if is_decimal:
            value = value.scaleb(-6)
        exact = value.quantize(Decimal("0.01"))
        return f"{exact:,f}" if exact == value else f"≈ {exact:,f}"
