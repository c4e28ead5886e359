"""How surveys, votes and leaderboards stand, for staff."""

from fractions import Fraction

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from interplay.bootstrap import results
from interplay.bootstrap.results import ChoiceStands, QuotaStands, RankStands
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import LIMIT, Limit, place
from interplay.faces.http.paging import cursor as next_of
from interplay.faces.http.visits import needs
from interplay.interact.surveys.api import Csat, Nps, Result
from interplay.kernel.ids import Micros
from interplay.kernel.time import iso
from interplay.link.quotes.contracts import Label

DIGITS = 2


class NpsItem(Struct, frozen=True):
    """Net promoter score: −100 to 100, rounded; null where nobody has answered."""

    promoters: int
    passives: int
    detractors: int
    score: float | None


class CsatItem(Struct, frozen=True):
    """Customer satisfaction: the percentage of 4 and 5, rounded; null where nobody has answered."""

    satisfied: int
    answered: int
    score: float | None


class QuestionItem(Struct, frozen=True):
    """People by answer. `answered` is null for a question that is answered in words: they are not counted."""

    question: str
    type: str
    label: Label
    answered: int | None
    answers: dict[str, int]
    others: int
    nps: NpsItem | None
    csat: CsatItem | None


class SurveyItem(Struct, frozen=True):
    """How a survey stands: how many people have answered anything, and all of it; then each question."""

    survey: str
    people: int
    completed: int
    quotas: dict[str, QuotaStands]
    questions: list[QuestionItem]


class RankItem(Struct, frozen=True):
    """Who has a rank, by the identifier under which she stands there, KIND:VALUE; `at`: when the score was reached."""

    rank: int
    customer: int
    identifier: str
    score: int
    at: str


class BoardItem(Struct, frozen=True):
    """A page of a board; `next` is the cursor of the page after it. Without a season there is no period."""

    starts_at: str | None
    ends_at: str | None
    people: int
    items: list[RankItem]
    next: str | None


@get("/campaigns/{campaign:str}/parts/{part:str}/answers", opt=needs(Scope.READ, Permission.ANALYSE),
     operation_id="countAnswers",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def count_answers(desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str]) -> SurveyItem:
    """Show how a survey was answered: each person's last answers, counted. What people wrote is not among them."""
    found = await desk.run(results.survey, desk.reach, campaign, part)
    questions = [_question(one) for one in found.questions]
    return SurveyItem(found.survey, found.people, found.completed, found.quotas, questions)


@get("/campaigns/{campaign:str}/parts/{part:str}/votes", opt=needs(Scope.READ, Permission.ANALYSE),
     operation_id="countVotes",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def count_votes(
    desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str]
) -> list[ChoiceStands]:  # fmt: skip
    """Show how a vote stands now, the most first. Customers do not see what is hidden here."""
    return await desk.run(results.vote, desk.reach, campaign, part)


@get("/campaigns/{campaign:str}/parts/{part:str}/board", opt=needs(Scope.READ, Permission.CUSTOMERS),
     operation_id="showBoard",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def show_board(
    desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str], at: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None, limit: Limit = LIMIT,
) -> BoardItem:  # fmt: skip
    """Show who stands where on the leaderboard of now, or of `at`. All pages are of the period of the first one."""
    when, after = desk.instant(at), 0
    if cursor is not None:
        period, after = place(cursor, 0, 0)
        when = Micros(period)
    found = await desk.run(results.board, desk.reach, campaign, part, when, after, limit + 1)
    if found.period is None or found.since is None or found.until is None:
        return BoardItem(None, None, 0, [], None)
    more = next_of(found.period, found.ranks[limit - 1].rank) if len(found.ranks) > limit else None
    ranks = [_rank(one) for one in found.ranks[:limit]]
    return BoardItem(iso(found.since), iso(found.until), found.people, ranks, more)


def _rank(one: RankStands) -> RankItem:
    return RankItem(one.rank, one.customer, one.identifier, one.score, iso(one.at))


def _question(one: Result) -> QuestionItem:
    return QuestionItem(
        one.question, one.type.value, one.label, one.answered, one.answers, one.others,
        None if one.nps is None else _nps(one.nps), None if one.csat is None else _csat(one.csat),
    )  # fmt: skip


def _nps(one: Nps) -> NpsItem:
    return NpsItem(one.promoters, one.passives, one.detractors, _rounded(one.score))


def _csat(one: Csat) -> CsatItem:
    return CsatItem(one.satisfied, one.answered, _rounded(one.score))


def _rounded(score: Fraction | None) -> float | None:
    return None if score is None else round(float(score), DIGITS)
