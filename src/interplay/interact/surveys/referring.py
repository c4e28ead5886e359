"""Whether what a condition says can be asked of the questions that it names."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from interplay.criteria.contracts import CompareOp
from interplay.interact.surveys.conditions import Compare, Condition, Constant, Leaf, Missing, Yes, leaves
from interplay.interact.surveys.contracts import NUMBERS, ONE_OF, SEVERAL, TEXTS, Question, QuestionType
from interplay.interact.surveys.values import is_date, scale
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import listed

IS_ORDERED = NUMBERS | {QuestionType.DATE}


def misused(condition: Condition, known: Mapping[str, Question]) -> Iterator[AppError]:
    """Yield what a condition says that cannot be asked of these questions."""
    for one in leaves(condition):
        if (question := known.get(one.asked.question)) is None:
            yield AppError("surveys.unknown_question", given=one.asked.question, allowed=listed(known))
        elif (wrong := _misuse(one, question)) is not None:
            yield wrong


def _misuse(one: Leaf, question: Question) -> AppError | None:
    row, rows = one.asked.row, [row.code for row in question.rows]
    if row and row not in rows:
        return AppError("surveys.unknown_question", given=f"{question.name}.{row}", allowed=listed(rows))
    if isinstance(one, Missing):
        return None
    if isinstance(one, Yes):
        return None if question.type is QuestionType.BOOLEAN else _unfit(question, one.asked.question)
    if question.type is QuestionType.MATRIX and not row:
        return _unfit(question, one.asked.question)
    if isinstance(one, Compare):
        is_ordering = one.op not in (CompareOp.EQ, CompareOp.NE)
        if question.type in SEVERAL or (is_ordering and question.type not in IS_ORDERED):
            return _unfit(question, one.op.value)
    values = (one.value,) if isinstance(one, Compare) else one.values
    return next((wrong for value in values if (wrong := _foreign(value, question)) is not None), None)


def _foreign(value: Constant, question: Question) -> AppError | None:
    """Return why a constant can never be an answer to the question, or None."""
    kind = question.type
    if kind in ONE_OF | SEVERAL | {QuestionType.MATRIX}:
        codes = [option.code for option in question.options]
        return None if value in codes else AppError("surveys.unknown_option", given=str(value), allowed=listed(codes))
    if kind is QuestionType.BOOLEAN:
        is_fit = isinstance(value, bool)
    elif kind in NUMBERS:
        is_fit = isinstance(value, Decimal) and _is_on_scale(value, question)
    else:
        is_fit = isinstance(value, str) and (kind in TEXTS or is_date(value))
    return None if is_fit else _unfit(question, str(value))


def _is_on_scale(value: Decimal, question: Question) -> bool:
    if question.type is QuestionType.NUMBER:
        return True
    least, most = scale(question)
    return least <= value <= most


def _unfit(question: Question, given: str) -> AppError:
    return AppError("surveys.unfit", question=question.name, type=question.type.value, given=given)
