"""What a form asks somebody who has answered so far: pages and questions, and what is wrong with the answers.

One pass from the first question to the last. A condition may name earlier questions only, so there is one answer to
what is asked. What is hidden says nothing: its answer is dropped, and conditions that follow do not see it.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct

from interplay.interact.surveys.conditions import holds, parsed
from interplay.interact.surveys.contracts import Answers, Fault, Form, Page, Question, QuestionType, Reason
from interplay.interact.surveys.values import faults, misshapen, tidy

NAME_CHARS_MAX = 63
UNKNOWN_SAID_MAX = 10


class Item(Struct, frozen=True):
    """A question as it is asked."""

    question: Question
    is_enabled: bool
    is_required: bool


class Asking(Struct, frozen=True):
    """What is asked, by the place of its page; and the answers that count."""

    pages: dict[int, list[Item]]
    answers: Answers

    def items(self) -> Iterator[Item]:
        for items in self.pages.values():
            yield from items


class Accepted(Struct, frozen=True):
    """What came of answers: those that are kept now, and what was wrong with others, which are not."""

    answers: Answers
    faults: list[Fault]


def asked(form: Form, answers: Mapping[str, Any]) -> Asking:
    """Return what is asked beside answers of the right shape. Bounds are not looked at, nor is what is missing."""
    pages: dict[int, list[Item]] = {}
    kept: Answers = {}
    for number, page in enumerate(form.pages):
        items = []
        for question in _open(page, kept):
            items.append(_item(question, kept))
            if (value := tidy(answers.get(question.name))) is not None and misshapen(question, value) is None:
                kept[question.name] = value
        if items:
            pages[number] = items
    return Asking(pages, kept)


def validate(form: Form, answers: Mapping[str, Any]) -> list[Fault]:
    """Return everything that is wrong with answers which are meant to be all, by question in their order."""
    found = list(_unknown(form, answers))
    asking = asked(form, answers)
    for item in asking.items():
        if item.is_enabled:
            found += _of_item(item, asking.answers, tidy(answers.get(item.question.name)))
    return found


def accept(form: Form, before: Mapping[str, Any], given: Mapping[str, Any]) -> Accepted:
    """Return what is kept when somebody answers more, or otherwise than before. None takes an answer back.

    An answer that is wrong is not kept; the one before it stays.
    """
    known, wrong = questions(form), list(_unknown(form, given))
    kept: Answers = {}
    seen: set[str] = set()
    for page in form.pages:
        for question in _open(page, kept):
            name = question.name
            seen.add(name)
            value = former = tidy(before.get(name))
            if name in given and (value := tidy(given[name])) != former:
                found = _refused(_item(question, kept), value)
                wrong += found
                value = former if found else value
            if value is not None and misshapen(question, value) is None:
                kept[name] = value
    wrong += (Fault(name, Reason.NOT_ASKED) for name in known if name not in seen and tidy(given.get(name)) is not None)
    return Accepted(kept, wrong)


def fill_in(form: Form, answer: Callable[[Item], Any]) -> Answers:
    """Return what is kept of somebody who is asked from the first question to the last; None: she passes one over."""
    kept: Answers = {}
    for page in form.pages:
        for question in _open(page, kept):
            item = _item(question, kept)
            if item.is_enabled and (value := tidy(answer(item))) is not None:
                kept[question.name] = value
    return kept


def _unknown(form: Form, answers: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield answers to questions that there are not: a few, and shortened, since anything may be sent."""
    known = questions(form)
    strange = (name for name in answers if name not in known)
    return (Fault(name[:NAME_CHARS_MAX], Reason.UNKNOWN) for name in islice(strange, UNKNOWN_SAID_MAX))


def questions(form: Form) -> dict[str, Question]:
    """Return all questions by name, in their order."""
    return {question.name: question for page in form.pages for question in page.questions}


def is_so(condition: str, answers: Answers) -> bool:
    """Return whether a condition is true of answers; no condition is."""
    return not condition or holds(parsed(condition), answers) is True


def _open(page: Page, kept: Answers) -> Iterator[Question]:
    """Yield the questions of a page that are asked, each looked at only when those before it are answered."""
    if not is_so(page.visible_if, kept):
        return
    for question in page.questions:
        if is_so(question.visible_if, kept):
            yield question


def _item(question: Question, kept: Answers) -> Item:
    is_required = question.required or (bool(question.required_if) and is_so(question.required_if, kept))
    return Item(question, is_so(question.enabled_if, kept), is_required)


def _refused(item: Item, value: Any) -> list[Fault]:
    if not item.is_enabled:
        return [Fault(item.question.name, Reason.NOT_ASKED)]
    if value is None:
        return []
    shape = misshapen(item.question, value)
    return [shape] if shape is not None else list(faults(item.question, value))


def _of_item(item: Item, answers: Answers, given: Any) -> Iterator[Fault]:
    question, value = item.question, answers.get(item.question.name)
    if given is not None and value is None:
        yield from _refused(item, given)
    elif value is None:
        if item.is_required:
            yield Fault(question.name, Reason.REQUIRED)
        if question.rows_required:
            yield Fault(question.name, Reason.ROWS)
    else:
        yield from faults(question, value)
        if question.type is QuestionType.MATRIX and question.rows_required and len(value) < len(question.rows):
            yield Fault(question.name, Reason.ROWS)
