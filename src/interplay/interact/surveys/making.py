"""Answers that nobody gave, for a rehearsal: picked by chance, and within all bounds of the question."""

from collections.abc import Callable
from datetime import date
from typing import Any

from interplay.interact.surveys.asking import Item, fill_in, questions
from interplay.interact.surveys.contracts import ONE_OF, TEXTS, Answers, Form, Question, QuestionType
from interplay.interact.surveys.values import faults, scale

Pick = Callable[[int], int]
"""n → one of 0 … n − 1, by chance."""

SPAN = 100
"""How far numbers and days go where only one end is given, or none."""
FIRST_DAY = date(2000, 1, 1)
DOMAIN = "@example.com"


def can_make(form: Form) -> bool:
    """Return whether every answer that may be required can be made up; what has to match a pattern cannot."""
    needed = (one for one in questions(form).values() if one.required or one.required_if)
    return all(_made(one, lambda _: 0) is not None for one in needed)


def make(form: Form, pick: Pick) -> Answers:
    """Return answers to all that is required, and to half of the rest."""

    def answer(item: Item) -> Any:
        is_needed = item.is_required or item.question.rows_required
        return _made(item.question, pick) if is_needed or pick(2) else None

    return fill_in(form, answer)


def _made(question: Question, pick: Pick) -> Any:
    """Return an answer; None where none was found."""
    value = _any(question, pick)
    return None if next(faults(question, value), None) else value


def _any(question: Question, pick: Pick) -> Any:
    kind, codes = question.type, [one.code for one in question.options]
    if kind in TEXTS:
        return _text(question)
    if kind is QuestionType.BOOLEAN:
        return bool(pick(2))
    if kind is QuestionType.DATE:
        return _day(question, pick)
    if kind in ONE_OF:
        return codes[pick(len(codes))]
    if kind is QuestionType.MATRIX:
        return {row.code: codes[pick(len(codes))] for row in question.rows}
    if kind is QuestionType.RANKING:
        return _some(codes, len(codes), pick)
    if kind is QuestionType.CHOICES:
        least, most = max(question.least or 1, 1), min(question.most or len(codes), len(codes))
        return _some(codes, least + pick(most - least + 1), pick)
    if kind is QuestionType.NUMBER:
        return _between(question.least, question.most, pick)
    return _between(*scale(question), pick)


def _text(question: Question) -> str:
    end = DOMAIN if question.type is QuestionType.EMAIL else ""
    return "a" * max((question.chars_least or 0) - len(end), 1) + end


def _day(question: Question, pick: Pick) -> str:
    first, last = (date.fromisoformat(one).toordinal() if one else None for one in (question.earliest, question.latest))
    if first is None and last is None:
        first = FIRST_DAY.toordinal()
    return date.fromordinal(_between(first, last, pick)).isoformat()


def _between(least: int | None, most: int | None, pick: Pick) -> int:
    if least is None:
        least = 0 if most is None else most - SPAN
    return least + pick((least + SPAN if most is None else most) - least + 1)


def _some(codes: list[str], count: int, pick: Pick) -> list[str]:
    rest = list(codes)
    return [rest.pop(pick(len(rest))) for _ in range(count)]
