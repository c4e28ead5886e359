"""One answer to one question: how it is kept, whether it is an answer at all, and what is wrong with it."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from interplay.interact.surveys.contracts import (
    ONE_OF,
    RATING_LEAST,
    RATING_MOST,
    SCALES,
    SEVERAL,
    TEXTS,
    Fault,
    Question,
    QuestionType,
    Reason,
)

TEXT_CHARS_MAX = 500
COMMENT_CHARS_MAX = 5_000
PATTERNED_CHARS_MAX = 100
NUMBER_MAX = 10**15
PATTERNS_REMEMBERED_MAX = 2_000

_UNREADABLE = re.compile("[\0\ud800-\udfff]")  # NUL and lone surrogates: no store could hold them
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(
    r"""([^<>()\[\].,;:\s@"]+(\.[^<>()\[\].,;:\s@"]+)*|".+")"""
    r"""@([^<>()=\[\].,;:\s@"]+\.)+[^<>()=\[\].,;:\s@"]{2,}"""
)
"""What survey-core takes for an address; whether anybody reads what is sent there is another question."""


def tidy(value: Any) -> Any:
    """Return an answer as it is kept: text without blanks around it; None where nothing was answered.

    Some write every number with a point: 9.0 is 9.
    """
    if isinstance(value, str):
        value = value.strip()
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value in ("", [], {}) else value


def number(value: float) -> Decimal:
    """Return a number of JSON as it was written: 0.1 is one tenth."""
    return Decimal(str(value))


def scale(question: Question) -> tuple[int, int]:
    """Return the ends of a rating's scale."""
    least = RATING_LEAST if question.least is None else question.least
    most = RATING_MOST if question.most is None else question.most
    return SCALES.get(question.type, (least, most))


def chars_max(question: Question) -> int:
    """Return how long a text may ever be; a pattern takes time, so what it is tried on is short."""
    if question.pattern:
        return PATTERNED_CHARS_MAX
    return COMMENT_CHARS_MAX if question.type is QuestionType.COMMENT else TEXT_CHARS_MAX


def is_date(text: str) -> bool:
    """Return whether a text is a date as forms send it: `2026-03-08`."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def misshapen(question: Question, value: Any) -> Fault | None:
    """Return why a value can be no answer to the question, whatever its bounds: no page of ours would send it."""
    kind = question.type
    codes = {option.code for option in question.options}
    if kind in TEXTS:
        is_text = isinstance(value, str) and not _UNREADABLE.search(value)
        return None if is_text else _fault(question, Reason.SHAPE)
    if kind is QuestionType.BOOLEAN:
        return None if isinstance(value, bool) else _fault(question, Reason.SHAPE)
    if kind is QuestionType.DATE:
        return None if isinstance(value, str) and is_date(value) else _fault(question, Reason.SHAPE)
    if kind in ONE_OF:
        return _strange(question, [value], codes)
    if kind in SEVERAL:
        if not isinstance(value, list):
            return _fault(question, Reason.SHAPE)
        strange = _strange(question, value, codes)
        is_whole = kind is QuestionType.CHOICES or len(value) == len(codes)
        return strange or (None if is_whole and len(set(value)) == len(value) else _fault(question, Reason.SHAPE))
    if kind is QuestionType.MATRIX:
        return _no_matrix(question, value, codes)
    return _no_number(question, value)


def faults(question: Question, value: Any) -> Iterator[Fault]:
    """Yield what is wrong with an answer of the right shape."""
    kind = question.type
    if kind in TEXTS:
        yield from _of_text(question, value)
    elif kind is QuestionType.NUMBER:
        yield from _of_number(question, number(value))
    elif kind is QuestionType.DATE:
        if question.earliest and value < question.earliest:
            yield _fault(question, Reason.TOO_EARLY, least=question.earliest)
        if question.latest and value > question.latest:
            yield _fault(question, Reason.TOO_LATE, most=question.latest)
    elif kind is QuestionType.CHOICES:
        if question.least is not None and len(value) < question.least:
            yield _fault(question, Reason.TOO_FEW, least=question.least)
        if question.most is not None and len(value) > question.most:
            yield _fault(question, Reason.TOO_MANY, most=question.most)


@lru_cache(PATTERNS_REMEMBERED_MAX)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern that stands for the whole of a text, with digits and letters of ASCII, as in a browser."""
    return re.compile(pattern, re.ASCII)


def _no_matrix(question: Question, value: Any, codes: set[str]) -> Fault | None:
    rows = {row.code for row in question.rows}
    if not isinstance(value, dict) or not set(value) <= rows:
        return _fault(question, Reason.SHAPE)
    return _strange(question, list(value.values()), codes)


def _no_number(question: Question, value: Any) -> Fault | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= NUMBER_MAX:
        return _fault(question, Reason.SHAPE)
    if question.type is QuestionType.NUMBER:
        return None
    least, most = scale(question)
    return None if value == int(value) and least <= value <= most else _fault(question, Reason.OPTION)


def _strange(question: Question, values: list[Any], codes: set[str]) -> Fault | None:
    is_known = all(isinstance(one, str) and one in codes for one in values)
    return None if is_known else _fault(question, Reason.OPTION)


def _of_text(question: Question, text: str) -> Iterator[Fault]:
    longest = chars_max(question)
    most = longest if question.chars_most is None else min(longest, question.chars_most)
    if question.chars_least is not None and len(text) < question.chars_least:
        yield _fault(question, Reason.TOO_SHORT, least=question.chars_least)
    if len(text) > most:
        yield _fault(question, Reason.TOO_LONG, most=most)
    if len(text) > longest:  # nothing more is tried on it
        return
    if question.type is QuestionType.EMAIL and not _EMAIL.fullmatch(text):
        yield _fault(question, Reason.EMAIL)
    if question.pattern and not compiled(question.pattern).fullmatch(text):
        yield _fault(question, Reason.PATTERN)


def _of_number(question: Question, value: Decimal) -> Iterator[Fault]:
    if value != round(value, question.decimals):
        yield _fault(question, Reason.DECIMALS, most=question.decimals)
    if question.least is not None and value < question.least:
        yield _fault(question, Reason.TOO_SMALL, least=question.least)
    if question.most is not None and value > question.most:
        yield _fault(question, Reason.TOO_LARGE, most=question.most)


def _fault(question: Question, reason: Reason, **arguments: int | str) -> Fault:
    return Fault(question.name, reason, arguments)
