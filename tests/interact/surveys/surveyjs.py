"""Our forms in the words of SurveyJS. What differs between the two on purpose is said here, and in the guide.

- A comparison with a missing answer is unknown here, as in criteria, and false or true there: it is spelled out.
- Texts are compared exactly here; SurveyJS ignores case and blanks unless told otherwise, and is told so.
- Blanks around a text are no part of it here, so they are taken off before it goes there.
- A pattern stands for the whole text here.
- A date outside its bounds is an answer with a fault here, as any other; SurveyJS's `min` and `max` of dates keep it
  out of the data, so that bounds of dates are expressions there.
"""

from typing import Any

from interplay.criteria.contracts import CompareOp
from interplay.interact.surveys.asking import questions
from interplay.interact.surveys.conditions import (
    Among,
    Asked,
    Both,
    Compare,
    Condition,
    Constant,
    Either,
    Missing,
    Not,
    Yes,
    parsed,
)
from interplay.interact.surveys.contracts import SEVERAL, Form, Page, Question, QuestionType, Reason
from interplay.interact.surveys.values import chars_max, scale

T = QuestionType
KINDS = {
    T.TEXT: "text", T.EMAIL: "text", T.NUMBER: "text", T.DATE: "text", T.COMMENT: "comment", T.CHOICE: "radiogroup",
    T.DROPDOWN: "dropdown", T.CHOICES: "checkbox", T.RANKING: "ranking", T.BOOLEAN: "boolean", T.RATING: "rating",
    T.NPS: "rating", T.CSAT: "rating", T.MATRIX: "matrix",
}  # fmt: skip
INPUTS = {T.EMAIL: "email", T.NUMBER: "number", T.DATE: "date"}
OPS = {CompareOp.EQ: "=", CompareOp.NE: "<>"}


def translated(form: Form) -> dict[str, Any]:
    several = {name for name, one in questions(form).items() if one.type in SEVERAL}
    pages = [_page(number, page, Translator(several)) for number, page in enumerate(form.pages)]
    return {"clearInvisibleValues": "onHiddenContainer", "checkErrorsMode": "onComplete", "pages": pages}


class Translator:
    """Conditions, beside the questions of which several options may be picked."""

    def __init__(self, several: set[str]) -> None:
        self._several = several

    def is_true(self, condition: Condition) -> str:
        """Return what is true there exactly when the condition is true here."""
        match condition:
            case Both(items):
                return _joined("and", map(self.is_true, items))
            case Either(items):
                return _joined("or", map(self.is_true, items))
            case Not(item):
                return self.is_false(item)
            case Missing(asked):
                return f"{_name(asked)} empty"
            case Yes(asked):
                return f"{_name(asked)} = true"
            case Compare(asked, op, value):
                return f"({_name(asked)} notempty and {_name(asked)} {OPS.get(op, op.value)} {_value(value)})"
            case Among(asked, values):
                return f"({_name(asked)} notempty and {self._among(asked, values)})"

    def is_false(self, condition: Condition) -> str:
        match condition:
            case Both(items):
                return _joined("or", map(self.is_false, items))
            case Either(items):
                return _joined("and", map(self.is_false, items))
            case Not(item):
                return self.is_true(item)
            case Missing(asked):
                return f"{_name(asked)} notempty"
            case Yes(asked):
                return f"{_name(asked)} = false"
            case Compare(asked, op, value):
                return f"({_name(asked)} notempty and !({_name(asked)} {OPS.get(op, op.value)} {_value(value)}))"
            case Among(asked, values):
                return f"({_name(asked)} notempty and !{self._among(asked, values)})"

    def _among(self, asked: Asked, values: tuple[Constant, ...]) -> str:
        op = "contains" if asked.question in self._several else "="
        return _joined("or", (f"{_name(asked)} {op} {_value(one)}" for one in values))


def _page(number: int, page: Page, words: Translator) -> dict[str, Any]:
    found: dict[str, Any] = {"name": str(number), "elements": [_question(one, words) for one in page.questions]}
    if page.visible_if:
        found["visibleIf"] = words.is_true(parsed(page.visible_if))
    return found


def _question(question: Question, words: Translator) -> dict[str, Any]:
    kind = question.type
    found: dict[str, Any] = {
        "type": KINDS[kind], "name": question.name, "isRequired": question.required,
        "validators": list(_validators(question)),
    }  # fmt: skip
    for ours, theirs in (("visible_if", "visibleIf"), ("enabled_if", "enableIf"), ("required_if", "requiredIf")):
        if text := getattr(question, ours):
            found[theirs] = words.is_true(parsed(text))
    if kind in INPUTS:
        found["inputType"] = INPUTS[kind]
    codes = [option.code for option in question.options]
    if kind is T.MATRIX:
        rows = [row.code for row in question.rows]
        found |= {"columns": codes, "rows": rows, "isAllRowRequired": question.rows_required}
    elif codes:
        found["choices"] = codes
    if KINDS[kind] == "rating":
        least, most = scale(question)
        found |= {"rateMin": least, "rateMax": most}
    return found


def _validators(question: Question) -> Any:
    kind = question.type
    if kind is T.NUMBER:
        yield from _bound("numeric", "minValue", question.least, Reason.TOO_SMALL)
        yield from _bound("numeric", "maxValue", question.most, Reason.TOO_LARGE)
    for op, bound, reason in ((">=", question.earliest, Reason.TOO_EARLY), ("<=", question.latest, Reason.TOO_LATE)):
        if bound:
            name = _name(Asked(question.name))
            yield {"type": "expression", "expression": f"{name} empty or {name} {op} '{bound}'", "text": reason.value}
    if kind is T.CHOICES:
        yield from _bound("answercount", "minCount", question.least, Reason.TOO_FEW)
        yield from _bound("answercount", "maxCount", question.most, Reason.TOO_MANY)
    if kind in (T.TEXT, T.COMMENT, T.EMAIL):
        most = min(chars_max(question), question.chars_most or 10**6)
        yield from _bound("text", "minLength", question.chars_least, Reason.TOO_SHORT)
        yield from _bound("text", "maxLength", most, Reason.TOO_LONG)
    if kind is T.EMAIL:
        yield {"type": "email", "text": Reason.EMAIL.value}
    if question.pattern:
        yield {"type": "regex", "regex": f"^(?:{question.pattern})$", "text": Reason.PATTERN.value}


def _bound(kind: str, word: str, bound: int | None, reason: Reason) -> Any:
    if bound is not None:
        yield {"type": kind, word: bound, "text": reason.value}


def _joined(word: str, parts: Any) -> str:
    return "(" + f" {word} ".join(parts) + ")"


def _name(asked: Asked) -> str:
    return f"{{{asked.question}.{asked.row}}}" if asked.row else f"{{{asked.question}}}"


def _value(value: Constant) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)
