"""Survey 问卷: pages of questions, branching, quotas; answers are kept as they come and are facts at once.

What somebody has answered so far is a sheet: a unit of a pool. Each move uses it up and issues the next, so two moves
at one instant cannot both build on the same; the last uses it up for good.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct

from interplay.acts.contracts import Count, Issue, Refused, Use
from interplay.interact.mechanics.contracts import (
    MEANWHILE,
    Around,
    At,
    Mechanic,
    Mistake,
    Plan,
    Planning,
    Sheet,
    Simulated,
    Turn,
    no,
    one_move,
    unknown,
)
from interplay.interact.surveys import api as surveys
from interplay.interact.surveys.contracts import Form, Page
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import day_of, start_of

QUOTAS_MAX = 50
QUOTA_MAX = 10**9
SAVES_MAX = 200
"""How often somebody may answer or change answers before a survey is complete."""

ANSWERED = "survey.answered"
COMPLETED = "survey.completed"


class Per(StrEnum):
    """How often somebody may answer: once in all, or once in each of these, by the brand's calendar."""

    EVER = "ever"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Quota(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many complete answers are wanted, of all or of those of whom a condition is true."""

    most: int
    where: str = ""


class SurveySettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `survey`."""

    pages: tuple[Page, ...]
    prizes: tuple[str, ...] = ()  # for a complete answer
    per: Per = Per.EVER
    quotas: dict[str, Quota] = {}

    @property
    def form(self) -> Form:
        return Form(self.pages)


class SurveyMove(Struct, frozen=True, forbid_unknown_fields=True):
    """Answers to some questions; null takes one back. `complete`: these and what was answered before are all."""

    answers: dict[str, Any]
    complete: bool = False


class SurveyMechanic(Mechanic[SurveySettings, SurveyMove]):
    """Keeps answers, tells them, and gives a prize for all of them."""

    name = "survey"
    settings = SurveySettings
    move = SurveyMove

    def mistakes(self, settings: SurveySettings, around: Around) -> Iterator[Mistake]:
        yield from surveys.mistakes(settings.form)
        for number, prize in enumerate(settings.prizes):
            if prize not in around.prizes:
                yield ("prizes", number), unknown(prize, around.prizes)
        if len(settings.quotas) > QUOTAS_MAX:
            yield ("quotas",), AppError("mechanics.bounds", given=len(settings.quotas), least=0, most=QUOTAS_MAX)
        known = surveys.questions(settings.form)
        for name, quota in settings.quotas.items():
            if not 1 <= quota.most <= QUOTA_MAX:
                yield ("quotas", name, "most"), AppError("mechanics.bounds", given=quota.most, least=1, most=QUOTA_MAX)
            for wrong in surveys.condition_mistakes(quota.where, known):
                yield ("quotas", name, "where"), wrong

    def play(self, at: At, settings: SurveySettings, move: SurveyMove) -> Plan | Refused:
        window, until = period(settings.per, at)
        is_done, sheets = _looked(at, window)
        if is_done:
            return no("survey.done")
        before = _answers(sheets)
        accepted = surveys.accept(settings.form, before, move.answers)
        faults = accepted.faults or (surveys.validate(settings.form, accepted.answers) if move.complete else [])
        full = list(_full(at, settings, accepted.answers))
        is_complete = move.complete and not faults and not full
        plan = Planning(at)
        _go_on(plan, at, sheets, window)
        for fields in surveys.facts_of(settings.form, before, accepted.answers):
            plan.tell(ANSWERED, {"survey_id": at.name, **fields})
        if is_complete:
            plan.do(at.mine("completed", 1, window, MEANWHILE))
            _complete(plan, at, settings, accepted.answers)
        else:
            plan.do(Issue(_pool(at), at.subject, valid_until=until))
        asking = surveys.asked(settings.form, accepted.answers)
        plan.say(
            answers=accepted.answers, faults=surveys.sentences(faults), asked=surveys.stands(asking), full=full,
            complete=is_complete,
        )  # fmt: skip
        return plan.done()

    def show(self, at: At, settings: SurveySettings) -> dict[str, Any]:
        window, _ = period(settings.per, at)
        is_done, sheets = _looked(at, window)
        asking = surveys.asked(settings.form, {} if is_done else _answers(sheets))
        return {
            "pages": surveys.shown(settings.form), "asked": surveys.stands(asking), "answers": asking.answers,
            "complete": is_done,
        }  # fmt: skip

    def simulate(self, settings: SurveySettings, player: Simulated) -> Turn | None:
        if not surveys.can_make(settings.form):
            return None
        return one_move(answers=surveys.make(settings.form, player.pick), complete=True)


def period(per: Per, at: At) -> tuple[Micros, Micros | None]:
    """Return the first instants of the period that it is now and of the next; 0 and None where there is one only."""
    if per is Per.EVER:
        return Micros(0), None
    today = day_of(at.now, at.zone)
    first = today
    if per is Per.WEEK:
        first = today - timedelta(days=today.weekday())
    elif per is Per.MONTH:
        first = today.replace(day=1)
    return start_of(first, at.zone), start_of(_next(per, first), at.zone)


def _next(per: Per, first: date) -> date:
    if per is Per.MONTH:
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if per is Per.WEEK else 1)


def _pool(at: At) -> str:
    return f"sheet:{at.name}"


def _looked(at: At, window: Micros) -> tuple[bool, list[Sheet]]:
    """Return whether she has completed it in this period, and her sheets of it: several where she was two people.

    The count is read first: who begins between the two is seen with her sheet, not as one who is done. If one of the
    two had completed it, she has, whatever the other had begun.
    """
    is_begun = at.look.used(at.scope("begun"), window, at.wallet) > 0
    is_complete = at.look.used(at.scope("completed"), window, at.wallet) > 0
    sheets = [one for one in at.look.sheets(_pool(at), at.wallet) if one.at >= window]
    return is_complete or (is_begun and not sheets), sheets


def _answers(sheets: list[Sheet]) -> dict[str, Any]:
    return {name: value for sheet in sheets for name, value in sheet.says["answers"].items()}


def _go_on(plan: Planning, at: At, sheets: list[Sheet], window: Micros) -> None:
    """Take up what was answered before, or begin; somebody's other device may do the same at this moment."""
    if sheets:
        plan.go_on()
        plan.do(*(Use(sheet.unit, at.subject) for sheet in sheets))
    else:
        plan.do(at.mine("begun", 1, window, MEANWHILE))
    plan.do(at.mine("moves", SAVES_MAX, window, "survey.moves"))


def _complete(plan: Planning, at: At, settings: SurveySettings, answers: Mapping[str, Any]) -> None:
    for name in _matched(settings, answers):
        plan.do(Count(_quota(at, name), cap=settings.quotas[name].most, refusal=MEANWHILE))
    for prize in settings.prizes:
        plan.offer(prize)
    plan.tell(COMPLETED, {"survey_id": at.name})


def _full(at: At, settings: SurveySettings, answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield the quotas that answers fall into and that are full: nobody else like her is wanted."""
    for name in _matched(settings, answers):
        if at.look.used(_quota(at, name)) >= settings.quotas[name].most:
            yield name


def _matched(settings: SurveySettings, answers: Mapping[str, Any]) -> Iterator[str]:
    for name, quota in settings.quotas.items():
        if surveys.is_so(quota.where, dict(answers)):
            yield name


def _quota(at: At, name: str) -> str:
    return quota_scope(at.name, name)


def quota_scope(survey: str, name: str) -> str:
    """Return the scope under which complete answers of a quota are counted; a survey is `campaign/part`."""
    return f"play:{survey}:quota:{name}"
