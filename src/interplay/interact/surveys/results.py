"""How a survey stands, for staff: what each person has answered last, counted. Words of people are not among it.

Asked of the warehouse, which has no personal field: of a question that is answered in words, or personal, nothing is
counted here.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from interplay.acts.contracts import SOURCE
from interplay.engine.wire.contracts import Question as Asked
from interplay.interact.surveys.asking import questions
from interplay.interact.surveys.contracts import TEXTS, Form, Question, QuestionType
from interplay.interact.surveys.scores import Csat, Nps, csat_of, nps_of
from interplay.link.quotes.contracts import Label
from interplay.understand.profiles.contracts import Reading

ROWS_MAX = 100_000
SHOWN_MAX = 100
"""How many different answers are shown of a question that has no options, the most frequent first."""


class CountAnswers(Struct, frozen=True):
    """How was a survey, `CAMPAIGN/PART`, answered? `several`: questions of which many options may be picked."""

    survey: str
    several: tuple[str, ...] = ()


class Count(Struct, frozen=True):
    """How many people say this of a question; of an option or a row of it, where `part` names one."""

    question: str
    part: str
    answer: str
    people: int


class Counted(Struct, frozen=True):
    """What a survey's facts come to: by answer, and how many people have an answer to each question."""

    counts: tuple[Count, ...]
    answered: dict[str, int]
    people: int  # who have answered anything
    completed: int  # people


class Result(Struct, frozen=True):
    """How a question was answered: people by answer.

    An answer is the code, the date, the number; an option that is among those picked; `row.column`; `option.place`.
    Of a question without options the most frequent, and `others` beside them. None: in words, which are not counted.
    """

    question: str
    type: QuestionType
    label: Label
    answered: int | None
    answers: dict[str, int] = {}
    others: int = 0
    nps: Nps | None = None
    csat: Csat | None = None


def _count(reading: Reading, ask: CountAnswers) -> Counted:
    with reading.warehouse.session() as session:
        facts = session.table("facts")
        ours = facts.filter(facts.survey_id == ask.survey, facts.source == SOURCE)
        told = ours.join(session.table("members"), "subject")
        said = told.filter(told.name == "survey.answered")
        place = said.question_id.split(".")
        said = said.mutate(question=place[0], part=place[1].fill_null(""))
        in_order = (said.occurred_at, said.position)
        last = said.group_by(["customer", "question", "part"]).aggregate(
            answer=said.answer.last(order_by=in_order, include_null=True)
        )
        is_picked = ~(last.question.isin(ask.several or ("",)) & (last.answer == "no"))
        stands = last.filter(last.answer.notnull() & is_picked)
        by_answer = stands.group_by(["question", "part", "answer"]).aggregate(people=stands.count())
        ordered = by_answer.order_by(by_answer.people.desc(), "question", "part", "answer").limit(ROWS_MAX)
        answered = stands.group_by("question").aggregate(people=stands.customer.nunique())
        done = told.filter(told.name == "survey.completed")
        people = said.aggregate(people=said.customer.nunique())
        completed = done.aggregate(people=done.customer.nunique())
        return Counted(
            tuple(Count(**row) for row in ordered.to_pyarrow().to_pylist()),
            {row["question"]: row["people"] for row in answered.to_pyarrow().to_pylist()},
            int(people.to_pyarrow()["people"][0].as_py()), int(completed.to_pyarrow()["people"][0].as_py()),
        )  # fmt: skip


count_answers = Asked("surveys.count", CountAnswers, Counted, _count)


def asking(form: Form, survey: str) -> CountAnswers:
    """Return the question for a survey's form."""
    several = (one.name for one in questions(form).values() if one.type is QuestionType.CHOICES)
    return CountAnswers(survey, tuple(several))


def results(form: Form, counted: Counted) -> Iterator[Result]:
    """Yield how each question stands, in the order of the form."""
    for name, question in questions(form).items():
        if question.personal or question.type in TEXTS:
            yield Result(name, question.type, question.label, None)
            continue
        found = {_said(question, one): one.people for one in counted.counts if one.question == name}
        known = _options(question)
        shown = {answer: found.get(answer, 0) for answer in known} if known else dict(list(found.items())[:SHOWN_MAX])
        others = sum(found.values()) - sum(shown.values())
        yield Result(
            name, question.type, question.label, counted.answered.get(name, 0), shown, others, _nps(question, found),
            _csat(question, found),
        )  # fmt: skip


def _said(question: Question, one: Count) -> str:
    if question.type is QuestionType.CHOICES:
        return one.part
    return f"{one.part}.{one.answer}" if one.part else one.answer


def _options(question: Question) -> list[str]:
    """Return every answer that there can be, where the form names them."""
    codes = [option.code for option in question.options]
    match question.type:
        case QuestionType.MATRIX:
            return [f"{row.code}.{code}" for row in question.rows for code in codes]
        case QuestionType.RANKING:
            return [f"{code}.{place}" for code in codes for place in range(1, len(codes) + 1)]
        case QuestionType.BOOLEAN:
            return ["yes", "no"]
    return codes


def _nps(question: Question, found: Mapping[str, int]) -> Nps | None:
    if question.type is not QuestionType.NPS:
        return None
    return nps_of({int(answer): people for answer, people in found.items()})


def _csat(question: Question, found: Mapping[str, int]) -> Csat | None:
    if question.type is not QuestionType.CSAT:
        return None
    return csat_of({int(answer): people for answer, people in found.items()})
