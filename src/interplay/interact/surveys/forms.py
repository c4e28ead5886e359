"""What is wrong with a form by itself, each with its place."""

import re
from collections.abc import Iterator, Mapping, Sequence

from interplay.engine.documents.places import Place
from interplay.interact.surveys.conditions import parsed
from interplay.interact.surveys.contracts import (
    ONE_OF,
    SEVERAL,
    TEXTS,
    Form,
    Option,
    Question,
    QuestionType,
)
from interplay.interact.surveys.referring import misused
from interplay.interact.surveys.values import (
    NUMBER_MAX,
    chars_max,
    is_date,
    scale,
)
from interplay.kernel.errors import AppError

PAGES_MAX = 50
QUESTIONS_MAX = 200
OPTIONS_MAX = 100
ANSWERS_MAX = 500  # each is a fact, told in one transaction
SCALE_STEPS_MAX = 20
DECIMALS_MAX = 6
PATTERN_CHARS_MAX = 200
REPEATS_MAX = 3
CHOICES_MAX = 6

Mistake = tuple[Place, AppError]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
_KEYWORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "for", "missing", "lambda", "await", "async"})
_PATTERN_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|\(\?:|\{\d+(?:,\d*)?\}|.", re.DOTALL)

ONLY_OF: dict[str, frozenset[QuestionType]] = {
    "options": ONE_OF | SEVERAL | {QuestionType.MATRIX},
    "rows": frozenset({QuestionType.MATRIX}),
    "rows_required": frozenset({QuestionType.MATRIX}),
    "least": frozenset({QuestionType.NUMBER, QuestionType.RATING, QuestionType.CHOICES}),
    "most": frozenset({QuestionType.NUMBER, QuestionType.RATING, QuestionType.CHOICES}),
    "decimals": frozenset({QuestionType.NUMBER}),
    "chars_least": TEXTS,
    "chars_most": TEXTS,
    "pattern": frozenset({QuestionType.TEXT}),
    "earliest": frozenset({QuestionType.DATE}),
    "latest": frozenset({QuestionType.DATE}),
}
"""What can be said of which types of questions only."""


def mistakes(form: Form) -> Iterator[Mistake]:
    """Yield what is wrong with a form that has the right shape."""
    yield from _bounds(("pages",), len(form.pages), 1, PAGES_MAX)
    yield from _bounds(("pages",), sum(len(page.questions) for page in form.pages), 1, QUESTIONS_MAX)
    answers = sum(_parts(question) for page in form.pages for question in page.questions)
    if answers > ANSWERS_MAX:
        yield ("pages",), AppError("surveys.answers", given=answers, most=ANSWERS_MAX)
    before: dict[str, Question] = {}
    for number, page in enumerate(form.pages):
        here: Place = ("pages", number)
        yield from _of_condition((*here, "visible_if"), page.visible_if, before)
        for place, question in enumerate(page.questions):
            yield from _of_question((*here, "questions", place), question, before)
            before[question.name] = question


def _parts(question: Question) -> int:
    """Return how many facts an answer may be."""
    return len(question.options) if question.type in SEVERAL else max(1, len(question.rows))


def condition_mistakes(text: str, known: Mapping[str, Question]) -> Iterator[AppError]:
    """Yield what is wrong with a condition over these questions; an empty one is none."""
    if not text:
        return
    try:
        condition = parsed(text)
    except AppError as wrong:
        yield wrong
    else:
        yield from misused(condition, known)


def _of_question(here: Place, question: Question, before: dict[str, Question]) -> Iterator[Mistake]:
    if not _NAME.match(question.name) or question.name in _KEYWORDS:
        yield (*here, "name"), AppError("surveys.name", given=question.name)
    if question.name in before:
        yield (*here, "name"), AppError("surveys.twice", given=question.name)
    for word in ("visible_if", "enabled_if", "required_if"):
        yield from _of_condition((*here, word), getattr(question, word), before)
    if question.required and question.required_if:
        yield (*here, "required_if"), AppError("surveys.required_twice")
    for word, types in ONLY_OF.items():
        if question.type not in types and getattr(question, word) not in (None, "", (), False, 0):
            yield (*here, word), AppError("surveys.not_for", word=word, type=question.type.value)
    if question.type in ONLY_OF["options"]:
        yield from _of_options((*here, "options"), question.options)
    if question.type is QuestionType.MATRIX:
        yield from _of_options((*here, "rows"), question.rows, is_named=True)
    yield from _of_bounds(here, question)
    if question.pattern and (wrong := _of_pattern(question.pattern)) is not None:
        yield (*here, "pattern"), wrong


def _of_condition(here: Place, text: str, before: Mapping[str, Question]) -> Iterator[Mistake]:
    yield from ((here, wrong) for wrong in condition_mistakes(text, before))


def _of_options(here: Place, options: Sequence[Option], *, is_named: bool = False) -> Iterator[Mistake]:
    yield from _bounds(here, len(options), 1 if is_named else 2, OPTIONS_MAX)
    seen: set[str] = set()
    for number, option in enumerate(options):
        if not (_NAME if is_named else _CODE).match(option.code):
            yield (*here, number, "code"), AppError("surveys.name", given=option.code)
        if option.code in seen:
            yield (*here, number, "code"), AppError("surveys.twice", given=option.code)
        seen.add(option.code)


def _of_bounds(here: Place, question: Question) -> Iterator[Mistake]:
    """Yield bounds that nothing can meet, or that go beyond what is kept."""
    kind = question.type
    least, most = question.least, question.most
    if kind is QuestionType.RATING:
        least, most = scale(question)
        yield from _bounds((*here, "most"), most - least, 1, SCALE_STEPS_MAX)
    limit = len(question.options) if kind is QuestionType.CHOICES else NUMBER_MAX
    floor = 0 if kind in (QuestionType.CHOICES, QuestionType.RATING) else -NUMBER_MAX
    if kind in ONLY_OF["least"]:
        yield from _between((*here, "least"), least, floor, limit if most is None else min(most, limit))
        yield from _between((*here, "most"), most, floor if kind is QuestionType.NUMBER else 1, limit)
    chars = chars_max(question)
    yield from _between((*here, "chars_least"), question.chars_least, 1, question.chars_most or chars)
    yield from _between((*here, "chars_most"), question.chars_most, 1, chars)
    yield from _bounds((*here, "decimals"), question.decimals, 0, DECIMALS_MAX)
    dates = [one for one in (question.earliest, question.latest) if one]
    for word in ("earliest", "latest"):
        if getattr(question, word) and not is_date(getattr(question, word)):
            yield (*here, word), AppError("time.date", given=getattr(question, word))
    if dates != sorted(dates):
        yield (*here, "latest"), AppError("surveys.dates", earliest=question.earliest, latest=question.latest)


def _of_pattern(pattern: str) -> AppError | None:
    """Return why a pattern is not allowed: one whose time grows fast with the text would hold up everybody.

    Nothing that repeats stands within something that repeats; few things repeat, and few choices are left open.
    """
    wrong = AppError("surveys.pattern", given=pattern, repeats=REPEATS_MAX, choices=CHOICES_MAX)
    if len(pattern) > PATTERN_CHARS_MAX or "(?" in pattern.replace("(?:", ""):
        return wrong
    tokens = _PATTERN_TOKEN.findall(pattern)
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return wrong
    repeats = sum(token in ("*", "+") or (token[0] == "{" and len(token) > 1) for token in tokens)
    choices = sum(token in ("?", "|") for token in tokens)
    is_foreign = any(token[0] == "\\" and token[1].isalnum() and token[1] not in "dDwWsS" for token in tokens)
    is_slow = repeats > REPEATS_MAX or choices > CHOICES_MAX or _is_nested(tokens)
    return wrong if is_slow or is_foreign else None


def _is_nested(tokens: Sequence[str]) -> bool:
    """Return whether something repeats that itself repeats something, or leaves a choice."""
    open_groups, closed = [False], False  # for each: does anything in it vary
    for one in tokens:
        varies = one in ("*", "+", "?") or (one[0] == "{" and len(one) > 1)
        if varies and closed:
            return True
        closed = varies
        if varies or one == "|":
            open_groups[-1] = True
        elif one in ("(", "(?:"):
            open_groups.append(False)
        elif one == ")" and len(open_groups) > 1:
            closed = open_groups.pop()
            open_groups[-1] |= closed
    return False


def _bounds(here: Place, given: int, least: int, most: int) -> Iterator[Mistake]:
    if not least <= given <= most:
        yield here, AppError("surveys.bounds", given=given, least=least, most=most)


def _between(here: Place, given: int | None, least: int, most: int) -> Iterator[Mistake]:
    if given is not None:
        yield from _bounds(here, given, least, most)
