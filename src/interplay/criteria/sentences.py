"""An explanation as text for people, in Chinese and English.

Every line says what was found and, in brackets, what was asked for. Its mark tells whether it is so: of the line as it
is worded, negations included.
"""

from collections.abc import Iterator
from datetime import tzinfo

from interplay.criteria.contracts import (
    Aggregate,
    AggregateKind,
    And,
    Compare,
    In,
    InSegment,
    InSequence,
    Literal,
    Missing,
    Not,
    Or,
    Truth,
    ValueType,
)
from interplay.criteria.findings import Figure, Part
from interplay.criteria.phrases import Labels, Phrases, comparison
from interplay.criteria.wording import Wording
from interplay.kernel.i18n import Lang

REASONS_MAX = 3
_MOMENTS = (AggregateKind.FIRST, AggregateKind.LAST)
_MARKS = {True: "✓", False: "✗", None: "?"}
_ANSWERS = {True: "yes", False: "no", None: "unknown"}


def render(root: Part, labels: Labels, lang: Lang, zone: tzinfo, currency: str) -> str:
    """Return the verdict and its decisive reasons on the first line, then every condition, indented.

    A single condition is said once: the verdict is all there is to say.
    """
    wording = Wording(lang, zone, currency)
    writer = _Sentences(labels, wording)
    reasons = list(dict.fromkeys(writer.sentence(part, wants=wants) for part, wants in _decisive(root)))
    shown = wording.say("list").join(reasons[:REASONS_MAX])
    if len(reasons) > REASONS_MAX:
        shown += wording.say("more", count=len(reasons) - REASONS_MAX)
    verdict = wording.say(f"verdict.{_ANSWERS[root.answer]}", reasons=shown)
    lines = list(writer.lines(root, 1))
    return "\n".join(wording.spaced(line) for line in [verdict, *(lines if len(lines) > 1 else [])])


def _decisive(part: Part, *, wants: bool = True) -> Iterator[tuple[Part, bool]]:
    """Yield the conditions without which the answer would be another, and whether each is asked for or against."""
    match part.node:
        case And() | Or():
            everything_counts = part.answer is isinstance(part.node, And)
            for item in part.items:
                if everything_counts or item.answer is part.answer:
                    yield from _decisive(item, wants=wants)
        case Not():
            yield from _decisive(part.items[0], wants=not wants)
        case _:
            yield part, wants


class _Sentences:
    def __init__(self, labels: Labels, wording: Wording) -> None:
        self._wording = wording
        self._say = wording.say
        self._phrases = Phrases(labels, wording)
        self._defined: set[str] = set()  # the computed traits whose definition was shown

    def lines(self, part: Part, depth: int, *, wants: bool = True) -> Iterator[str]:
        """Yield the line of a condition and those below it. The rule of a segment is shown as it is, never negated."""
        if isinstance(part.node, Not):
            yield from self.lines(part.items[0], depth, wants=not wants)
            return
        answer = None if part.answer is None else part.answer is wants
        line = f"{'  ' * depth}{_MARKS[answer]} {self.sentence(part, wants=wants)}"
        is_segment = isinstance(part.node, InSegment)
        yield line + self._say("rule" if part.items else "rule_above") if is_segment else line
        for item in part.items:
            yield from self.lines(item, depth + 1, wants=wants or is_segment)
        for figure in part.figures:
            yield from self._definitions(figure, depth + 1)

    def sentence(self, part: Part, *, wants: bool) -> str:
        node = part.node
        match node:
            case And() | Or():
                return self._say("all" if isinstance(node, And) is wants else "any")
            case Compare():
                return self._comparison(part, node, wants=wants)
            case In() | Truth() | Missing():
                found = self._found(part.figures[0])
            case InSegment():
                found = self._membership(part, node)
            case InSequence():
                found = self._sequence(node, happened=part.answer is True)
            case Not():
                return self.sentence(part.items[0], wants=not wants)
        return self._say("asked_for", found=found, asked=self._phrases.asked(node, wants=wants))

    def _comparison(self, part: Part, node: Compare, *, wants: bool) -> str:
        said = comparison(node, wants=wants)
        left, right = reversed(part.figures) if said.is_mirrored else part.figures
        asked = self._phrases.compared(said, self._threshold(right, beside=left))
        return self._say("asked_for", found=self._found(left, beside=right), asked=asked)

    def _threshold(self, figure: Figure, beside: Figure) -> str:
        if isinstance(figure.node, Literal):
            return self._shown(figure, beside)
        name = self._phrases.name(figure.node)
        if figure.is_missing:
            return self._say("of_missing", name=name)
        return self._say("of", name=name, value=self._shown(figure, beside))

    def _found(self, figure: Figure, beside: Figure | None = None) -> str:
        node, name = figure.node, self._phrases.name(figure.node)
        if figure.is_missing:
            is_moment = isinstance(node, Aggregate) and node.kind in _MOMENTS and node.field is None
            return self._say("is_none" if is_moment else "is_missing", name=name)
        if figure.value is None and figure.fraction is None:
            return self._say("is_hidden", name=name)
        key = "is_list" if figure.type is ValueType.TEXTS else "is"
        return self._say(key, name=name, value=self._shown(figure, beside))

    def _shown(self, figure: Figure, beside: Figure | None) -> str:
        if figure.fraction is not None:
            return self._wording.average(*figure.fraction, figure.type)
        if figure.value is None:
            raise TypeError(f"has no value to show: {figure.text}")
        return self._wording.value(figure.value, figure.type, None if beside is None else beside.value)

    def _membership(self, part: Part, node: InSegment) -> str:
        name = self._say("quoted", text=node.name)
        if part.answer:
            return self._say("in_segment", name=name)
        is_unknown = bool(part.items) and part.items[0].answer is None
        return self._say("unknown_in_segment" if is_unknown else "not_in_segment", name=name)

    def _sequence(self, node: InSequence, *, happened: bool) -> str:
        steps = " → ".join(self._phrases.fact(step) for step in node.steps)
        span = self._say("span", span=self._wording.span(node.span)) if node.span else ""
        window = self._wording.window(node.window)
        return self._say("sequence" if happened else "no_sequence", steps=steps, span=span, window=window)

    def _definitions(self, figure: Figure, depth: int) -> Iterator[str]:
        """Yield what a computed trait stands for, and what that stands for in turn; once in a text."""
        while figure.definition is not None and figure.text not in self._defined:
            self._defined.add(figure.text)
            names = {"name": self._phrases.name(figure.node), "definition": self._phrases.name(figure.definition.node)}
            yield f"{'  ' * depth}{self._say('defined', **names)}"
            figure = figure.definition
