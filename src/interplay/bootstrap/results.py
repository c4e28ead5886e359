"""How surveys and votes stand, for staff: customers do not see what is hidden from them here."""

from msgspec import Struct

from interplay.acts import api as acts
from interplay.bootstrap.reach import Reach
from interplay.interact.campaigns import api as campaigns
from interplay.interact.mechanics.api import SurveySettings, VoteSettings, places_of, quota_scope, tallies_of
from interplay.interact.surveys import api as surveys
from interplay.interact.surveys.api import Result
from interplay.kernel.errors import AppError
from interplay.link.quotes.contracts import Label


class QuotaStands(Struct, frozen=True):
    """How many complete answers fell into a quota, and how many are wanted."""

    used: int
    most: int


class SurveyStands(Struct, frozen=True):
    """How a survey stands: people who have answered anything, and who have completed it; then each question."""

    survey: str
    people: int
    completed: int
    quotas: dict[str, QuotaStands]
    questions: tuple[Result, ...]


class ChoiceStands(Struct, frozen=True):
    """How a choice of a vote stands: the sum of weights; equal ones share a place."""

    choice: str
    label: Label
    votes: int
    place: int


def survey(reach: Reach, campaign: str, part: str) -> SurveyStands:
    """Return how a survey stands, everything told so far included. Raises AppError `campaigns.*`, `surveys.none`."""
    running, name = reach.home.campaigns.running(campaign), f"{campaign}/{part}"
    settings = campaigns.part_of(running.snapshot, part)[0].survey
    if settings is None:
        raise AppError("surveys.none", status=404, given=name)
    assert isinstance(settings, SurveySettings)
    counted = reach.ask(surveys.count_answers, surveys.asking(settings.form, name))
    used = acts.used_of(reach.home.database, [quota_scope(name, one) for one in settings.quotas])
    quotas = {
        one: QuotaStands(used.get(quota_scope(name, one), 0), quota.most) for one, quota in settings.quotas.items()
    }
    found = tuple(surveys.results(settings.form, counted))
    return SurveyStands(name, counted.people, counted.completed, quotas, found)


def vote(reach: Reach, campaign: str, part: str) -> list[ChoiceStands]:
    """Return how a vote stands now, the most first. Raises AppError `campaigns.*`, `mechanics.no_vote` (404)."""
    running = reach.home.campaigns.running(campaign)
    settings = campaigns.part_of(running.snapshot, part)[0].vote
    if settings is None:
        raise AppError("mechanics.no_vote", status=404, given=f"{campaign}/{part}")
    assert isinstance(settings, VoteSettings)
    at = campaigns.at_of_nobody(reach.home.campaigns, running, part)
    tallies = tallies_of(at, tuple(settings.choices))
    places = places_of(tallies)
    found = [ChoiceStands(one, label, tallies[one], places[one]) for one, label in settings.choices.items()]
    return sorted(found, key=lambda one: one.place)
