"""How surveys, votes and leaderboards stand, for staff: who is who, and what is hidden from customers."""

from contextlib import closing

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Standing
from interplay.bootstrap.home import Home
from interplay.bootstrap.reach import Reach
from interplay.engine.log.erasure import identifiers
from interplay.engine.log.read import LogReader
from interplay.interact.campaigns import api as campaigns
from interplay.interact.mechanics.api import (
    LeaderboardSettings,
    SurveySettings,
    VoteSettings,
    board_at,
    places_of,
    quota_scope,
    tallies_of,
)
from interplay.interact.surveys import api as surveys
from interplay.interact.surveys.api import Result
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros
from interplay.link.quotes.contracts import Label
from interplay.unify.identity.api import customer_of


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


class RankStands(Struct, frozen=True):
    """Who has a rank: the customer, and the identifier, KIND:VALUE, under which she stands on the board."""

    rank: int
    customer: CustomerId
    identifier: str
    score: int
    at: Micros  # when the score was reached


class BoardStands(Struct, frozen=True):
    """A page of the board of one period, `until` exclusive; between seasons there is none, and nobody on it.

    `period` names the board: asked for by `at`, the same is shown again when the next has begun.
    """

    period: Micros | None = None
    since: Micros | None = None
    until: Micros | None = None
    people: int = 0
    ranks: tuple[RankStands, ...] = ()


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


def board(
    reach: Reach, campaign: str, part: str, at: Micros | None = None, after: int = 0, rows_max: int = 100
) -> BoardStands:
    """Return who stands behind a rank on the board of an instant: now, or of a campaign that is over its last one.

    Raises AppError `campaigns.*`, `mechanics.no_board` (404).
    """
    home = reach.home
    running = home.campaigns.running(campaign)
    settings = campaigns.part_of(running.snapshot, part)[0].leaderboard
    if settings is None:
        raise AppError("mechanics.no_board", status=404, given=f"{campaign}/{part}")
    assert isinstance(settings, LeaderboardSettings)
    stands = campaigns.at_of_nobody(home.campaigns, running, part)
    when = min(max(stands.now, stands.starts_at), stands.ends_at - 1) if at is None else at
    if (found := board_at(stands, settings, Micros(when))) is None:
        return BoardStands()
    name, (period, until) = found
    leaders = acts.top(home.database, name, period, rows_max, after)
    since = max(period, stands.starts_at)
    people = acts.people_on(home.database, name, period)
    with closing(LogReader(home.database)) as reader:
        ranks = tuple(_rank(home, reader, one) for one in leaders)
    return BoardStands(period, since, min(until, stands.ends_at), people, ranks)


def _rank(home: Home, reader: LogReader, one: Standing) -> RankStands:
    known = identifiers(reader, home.keys, [one.subject])
    who = ":".join(known[0]) if known else ""
    return RankStands(one.rank, customer_of(home.database, one.subject)[0], who, one.score, one.at)
