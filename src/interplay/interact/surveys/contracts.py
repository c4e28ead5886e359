"""What a form is: pages of questions, each of a type, and conditions under which they are asked."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from interplay.link.quotes.contracts import Label

Answers = dict[str, Any]
"""Question → answer, as JSON has it: text, number, true or false, a list of options, row → column."""


class QuestionType(StrEnum):
    """What is asked for. The first four are typed, the others picked."""

    TEXT = "text"
    COMMENT = "comment"
    EMAIL = "email"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"  # one of a few
    DROPDOWN = "dropdown"  # one of many
    CHOICES = "choices"
    RANKING = "ranking"  # all options, the best first
    BOOLEAN = "boolean"
    RATING = "rating"
    NPS = "nps"  # 0 to 10
    CSAT = "csat"  # 1 to 5
    MATRIX = "matrix"  # one option for each row


TEXTS = frozenset({QuestionType.TEXT, QuestionType.COMMENT, QuestionType.EMAIL})
"""What somebody writes in her own words, which may say who she is."""
ONE_OF = frozenset({QuestionType.CHOICE, QuestionType.DROPDOWN})
SEVERAL = frozenset({QuestionType.CHOICES, QuestionType.RANKING})
SCALES = {QuestionType.NPS: (0, 10), QuestionType.CSAT: (1, 5)}
RATING_LEAST, RATING_MOST = 1, 5
NUMBERS = frozenset({QuestionType.NUMBER, QuestionType.RATING, *SCALES})


class Option(Struct, frozen=True, forbid_unknown_fields=True):
    """What can be picked, and how it reads."""

    code: str
    label: Label


class Question(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question. `*_if` are conditions over the answers to earlier questions.

    `least` and `most` bound a number, or how many options are picked; of a rating they are the ends of its scale.
    """

    name: str
    type: QuestionType
    label: Label
    required: bool = False
    required_if: str = ""
    visible_if: str = ""
    enabled_if: str = ""
    options: tuple[Option, ...] = ()  # of a matrix: its columns
    rows: tuple[Option, ...] = ()
    rows_required: bool = False  # each row of a matrix that is answered
    least: int | None = None
    most: int | None = None
    decimals: int = 0  # of a number
    chars_least: int | None = None
    chars_most: int | None = None
    pattern: str = ""  # that a text matches as a whole
    earliest: str = ""  # a date
    latest: str = ""
    personal: bool = False  # the answer says who she is, whatever its type: a birthday


class Page(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Questions that are asked together. A page without a question to ask is skipped."""

    questions: tuple[Question, ...]
    label: Label | None = None
    visible_if: str = ""


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked."""

    pages: tuple[Page, ...]


class Reason(StrEnum):
    """What is wrong with an answer. The value is the key of the sentence."""

    UNKNOWN = "survey.unknown"
    NOT_ASKED = "survey.not_asked"
    REQUIRED = "survey.required"
    ROWS = "survey.rows"
    SHAPE = "survey.shape"
    OPTION = "survey.option"
    DECIMALS = "survey.decimals"
    TOO_SMALL = "survey.too_small"
    TOO_LARGE = "survey.too_large"
    TOO_EARLY = "survey.too_early"
    TOO_LATE = "survey.too_late"
    TOO_SHORT = "survey.too_short"
    TOO_LONG = "survey.too_long"
    TOO_FEW = "survey.too_few"
    TOO_MANY = "survey.too_many"
    PATTERN = "survey.pattern"
    EMAIL = "survey.email"


class Fault(Struct, frozen=True):
    """Something that is wrong with an answer."""

    question: str
    reason: Reason
    arguments: dict[str, int | str] = {}
