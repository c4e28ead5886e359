"""What is said of a form and its answers: to the page that shows it, and as facts that criteria read."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, to_builtins

from interplay.interact.surveys.asking import Asking, questions
from interplay.interact.surveys.contracts import NUMBERS, TEXTS, Fault, Form, Question, QuestionType
from interplay.interact.surveys.values import misshapen
from interplay.kernel.i18n import LANGS, say

CONDITIONS = ("required", "required_if", "visible_if", "enabled_if", "personal")


class Told(Struct, frozen=True):
    """An answer as a fact says it: in the words of a code, or in somebody's own, which are personal."""

    answer: str = ""
    answer_text: str = ""
    score: int | None = None

    def fields(self) -> dict[str, object]:
        return {name: value for name, value in to_builtins(self).items() if value not in ("", None)}


def shown(form: Form) -> list[dict[str, Any]]:
    """Return all questions for a page that asks them: plain data, without conditions, which the server decides."""
    return [
        {"label": to_builtins(page.label), "questions": [_shown(question) for question in page.questions]}
        for page in form.pages
    ]


def stands(asking: Asking) -> list[dict[str, Any]]:
    """Return which questions are asked now, by the number of their page."""
    return [
        {"page": number, "questions": [
            {"name": one.question.name, "required": one.is_required, "enabled": one.is_enabled} for one in items
        ]}
        for number, items in asking.pages.items()
    ]  # fmt: skip


def sentences(faults: list[Fault]) -> list[dict[str, Any]]:
    """Return what is wrong, in words."""
    return [
        {
            "question": one.question, "reason": one.reason.value,
            **{lang: say(one.reason.value, lang, question=one.question, **one.arguments) for lang in LANGS},
        }
        for one in faults
    ]  # fmt: skip


def facts_of(form: Form, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Yield the fields of a fact for each answer that is another than before; without an answer: it was taken back.

    An option of several is a question of its own, `drinks.tea`, answered yes or no; an option of a ranking is answered
    by its place, and a row of a matrix by its column. So the last fact of a question always says how it stands.
    """
    for name, question in questions(form).items():
        then, now = _told(question, before.get(name)), _told(question, after.get(name))
        for part in {**then, **now}:
            if then.get(part) != now.get(part):
                was_picked = question.type is QuestionType.CHOICES and name in after and part not in now
                told = now.get(part, _said(question, "no") if was_picked else Told())
                yield {"question_id": part, **told.fields()}


def _told(question: Question, value: Any) -> dict[str, Told]:
    """Return an answer by question, as facts tell it; nothing of one that was given when something else was asked."""
    name = question.name
    if value is None or misshapen(question, value) is not None:
        return {}
    match question.type:
        case QuestionType.CHOICES:
            return {f"{name}.{one}": _said(question, "yes") for one in value}
        case QuestionType.RANKING:
            return {f"{name}.{one}": _said(question, str(place), place) for place, one in enumerate(value, 1)}
        case QuestionType.MATRIX:
            return {f"{name}.{row}": _said(question, column) for row, column in value.items()}
        case QuestionType.BOOLEAN:
            return {name: _said(question, "yes" if value else "no")}
        case kind if kind in NUMBERS:
            return {name: _said(question, str(value), int(value) if value == int(value) else None)}
    return {name: _said(question, value)}


def _said(question: Question, text: str, score: int | None = None) -> Told:
    is_personal = question.personal or question.type in TEXTS
    return Told(answer_text=text) if is_personal else Told(answer=text, score=score)


def _shown(question: Question) -> dict[str, Any]:
    found: dict[str, Any] = to_builtins(question)
    return {word: value for word, value in found.items() if word not in CONDITIONS}
