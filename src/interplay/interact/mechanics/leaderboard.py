"""Leaderboard 排行榜: who has the most, by day, week, month, season or in the whole campaign, and prizes for ranks.

A score is told by the brand's own server or follows from facts. What a customer's phone says is believed only where
the document says so, and within its caps. A board closes with its period: nothing is posted or taken back afterwards,
so what was decided stays decided.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from interplay.acts.contracts import Count, Refused, Score, Within
from interplay.criteria.contracts import Occurrence
from interplay.interact.mechanics.contracts import (
    MEANWHILE,
    Around,
    At,
    Mechanic,
    Mistake,
    Plan,
    Planning,
    Simulated,
    Turn,
    bounds,
    no,
    numbers_of,
    one_move,
    unknown,
    unknown_prizes,
    unread,
)
from interplay.interact.mechanics.orders import (
    BACK,
    Sources,
    left_of,
    number_in,
    open_order,
    taken_back,
    uncounted,
    with_refunds,
)
from interplay.interact.mechanics.periods import Per, window_of
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_instant
from interplay.link.quotes.contracts import Label

POSTED = "score.posted"
PLACED = "leaderboard.placed"
OWN = frozenset({POSTED, PLACED})
SCORE_MAX = 10**12
RANKS_MAX = 10_000
SHOWN_MAX = 100
SIMULATED_MAX = 1_000

Window = tuple[Micros, Micros]
"""Where a period begins, which names it, and where it ends (exclusive)."""


class Keeps(StrEnum):
    """What of somebody's scores counts."""

    SUM = "sum"
    BEST = "best"


class ScoredFact(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A fact that is worth a score: 1, or what one of its fields says."""

    fact: str
    where: str = ""
    sum: str = ""  # an integer or money field
    sources: tuple[str, ...] = ()


class Untrusted(Struct, frozen=True, forbid_unknown_fields=True):
    """How much is believed of what a customer's phone says."""

    per_play_max: int
    per_day_max: int


class Season(Struct, frozen=True, forbid_unknown_fields=True):
    """A period of its own: from `starts` until `ends`, exclusive."""

    label: Label
    starts: str
    ends: str


class RankPrizes(Struct, frozen=True, forbid_unknown_fields=True):
    """What ranks from the first to the last get, both included."""

    first: int
    last: int
    prizes: tuple[str, ...]


class LeaderboardSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `leaderboard`."""

    keeps: Keeps = Keeps.SUM
    per: Per = Per.CAMPAIGN
    seasons: tuple[Season, ...] = ()  # in place of `per`; between them nothing is posted
    facts: tuple[ScoredFact, ...] = ()
    untrusted: Untrusted | None = None
    score_max: int = 10**9  # of one post
    ranks: tuple[RankPrizes, ...] = ()
    shown: int = 10


class LeaderboardMove(Struct, frozen=True, forbid_unknown_fields=True):
    """A score of a game."""

    score: int


class LeaderboardMechanic(Mechanic[LeaderboardSettings, LeaderboardMove]):
    """Keeps boards, and gives prizes for ranks when they close."""

    name = "leaderboard"
    settings = LeaderboardSettings
    move = LeaderboardMove

    def mistakes(self, settings: LeaderboardSettings, around: Around) -> Iterator[Mistake]:
        yield from bounds(("shown",), settings.shown, 1, SHOWN_MAX)
        yield from bounds(("score_max",), settings.score_max, 1, SCORE_MAX)
        if settings.untrusted is not None:
            for word in ("per_play_max", "per_day_max"):
                yield from bounds(("untrusted", word), getattr(settings.untrusted, word), 1, SCORE_MAX)
        for number, fact in enumerate(settings.facts):
            yield from _of_fact(("facts", number), fact, around)
        yield from _of_seasons(settings, around)
        before = 0
        for number, one in enumerate(settings.ranks):
            yield from bounds(("ranks", number, "first"), one.first, before + 1, RANKS_MAX)
            yield from bounds(("ranks", number, "last"), one.last, one.first, RANKS_MAX)
            yield from unknown_prizes(("ranks", number, "prizes"), one.prizes, around)
            before = one.last

    def play(self, at: At, settings: LeaderboardSettings, move: LeaderboardMove) -> Plan | Refused:
        if not 1 <= move.score <= settings.score_max:
            return no("leaderboard.score", given=move.score, most=settings.score_max)
        plan, untrusted = Planning(at), settings.untrusted
        if not at.is_trusted:
            if untrusted is None:
                return no("leaderboard.not_trusted")
            if move.score > untrusted.per_play_max:
                return no("leaderboard.score", given=move.score, most=untrusted.per_play_max)
            today, _ = window_of(Per.DAY, at.now, at.zone)
            scope, cap = at.scope("untrusted"), untrusted.per_day_max
            plan.do(Count(scope, move.score, cap, today, at.subject, "leaderboard.day_out"))
        if (window := _window(settings, at, at.now)) is None:
            return no("leaderboard.no_season")
        _post(plan, at, settings, window, move.score)
        return plan.done()

    def follows(self, settings: LeaderboardSettings) -> frozenset[str]:
        return with_refunds(frozenset(one.fact for one in settings.facts))

    def follow(self, at: At, settings: LeaderboardSettings, fact: Occurrence) -> Plan | None:
        if fact.name in BACK:
            return taken_back(at, fact)
        fresh, before = uncounted(at, fact, {one.sources for one in settings.facts if one.fact == fact.name})
        scores = {sources: score for sources, score in _scores(at, settings, fact).items() if sources in fresh}
        window = _window(settings, at, at.now)
        if not scores or window is None or not at.is_offered(fact):
            return None
        plan = Planning(at)
        counted = {sources: [_post(plan, at, settings, window, score)] for sources, score in scores.items()}
        open_order(plan, at, fact, counted, before)
        plan.say(closes_at=window[1])
        return plan.done()

    def show(self, at: At, settings: LeaderboardSettings) -> dict[str, Any]:
        if (window := _window(settings, at, at.now)) is None:
            return {"starts_at": None}
        board = _board(at, settings)
        mine = at.look.standing(board, window[0], at.wallet)
        top = at.look.leaders(board, window[0], settings.shown)
        return {
            "starts_at": window[0] or at.starts_at, "ends_at": min(window[1], at.ends_at),
            "people": at.look.people_on(board, window[0]),
            "top": [{"rank": one.rank, "score": one.score, "is_me": one.subject in at.wallet} for one in top],
            "mine": None if mine is None else {"rank": mine.rank, "score": mine.score, "at": mine.at},
        }  # fmt: skip

    def settle(self, at: At, settings: LeaderboardSettings) -> Iterator[Plan]:
        board, most = _board(at, settings), max((one.last for one in settings.ranks), default=0)
        for starts in at.look.windows_of(board) if most else ():
            window = _window(settings, at, max(starts, at.starts_at))
            if not at.is_over and (window is None or at.now < min(window[1], at.ends_at)):
                continue
            for one in at.look.leaders(board, starts, most):
                prizes = next((by.prizes for by in settings.ranks if by.first <= one.rank <= by.last), ())
                if prizes:
                    hers = replace(at, subject=one.subject, wallet=(one.subject,))
                    yield _placed(hers, starts, one.rank, one.score, prizes)

    def next_settling(self, at: At, settings: LeaderboardSettings) -> Micros | None:
        if not settings.ranks:
            return None
        ends = [parse_instant(one.ends, at.zone) for one in settings.seasons]
        if not settings.seasons:
            ends = [window_of(settings.per, at.now, at.zone)[1]]
        return min((one for one in ends if at.now < one < at.ends_at), default=None)

    def simulate(self, settings: LeaderboardSettings, player: Simulated) -> Turn:
        """Post what the brand's server would: who has which rank is chance, what the ranks get is not."""
        return one_move(score=1 + player.pick(min(settings.score_max, SIMULATED_MAX)))


def board_at(at: At, settings: LeaderboardSettings, when: Micros) -> tuple[str, Window] | None:
    """Return the board of an instant: its name in acts, and its period; between seasons there is none."""
    window = _window(settings, at, when)
    return None if window is None else (_board(at, settings), window)


def _post(plan: Planning, at: At, settings: LeaderboardSettings, window: Window, score: int) -> int:
    """Post a score on the board that is open; return its place. Closed when it is written, it is planned again."""
    plan.do(Within(closes_at=window[1], late=MEANWHILE))
    place = plan.do(Score(_board(at, settings), at.subject, score, window[0], settings.keeps is Keeps.SUM))
    plan.tell(POSTED, {"score": score}, {"score_total": (place, "used")})
    plan.say(score=score)
    return place


def _placed(at: At, starts: Micros, rank: int, score: int, prizes: tuple[str, ...]) -> Plan:
    """Give what a rank gets, to one person once for each board, and each rank's once."""
    plan = Planning(at)
    plan.do(at.mine("placed", 1, starts, "leaderboard.placed_already"))
    plan.tell(PLACED, {"board_rank": rank, "score": score, "period_from": starts or at.starts_at})
    for prize in prizes:
        plan.offer(prize)
    return msgspec.structs.replace(plan.done(), subject=at.subject, key=f"{starts}:{rank}")


def _board(at: At, settings: LeaderboardSettings) -> str:
    return at.scope(f"board:{settings.keeps.value}")


def _window(settings: LeaderboardSettings, at: At, now: Micros) -> Window | None:
    """Return the period of an instant; between seasons there is none."""
    if not settings.seasons:
        return window_of(settings.per, now, at.zone)
    seasons = ((parse_instant(one.starts, at.zone), parse_instant(one.ends, at.zone)) for one in settings.seasons)
    return next((one for one in seasons if one[0] <= now < one[1]), None)


def _scores(at: At, settings: LeaderboardSettings, fact: Occurrence) -> dict[Sources, int]:
    """Return what a fact is worth, less what is refunded of it; apart where other sources may take it back."""
    found: dict[Sources, int] = {}
    for one in settings.facts:
        found[one.sources] = found.get(one.sources, 0) + _worth(at, one, fact)
    for sources, score in found.items():
        left, whole = left_of(at, fact, sources) if score else (0, 1)
        found[sources] = min(score * left // whole, settings.score_max)
    return {sources: score for sources, score in found.items() if score > 0}


def _worth(at: At, one: ScoredFact, fact: Occurrence) -> int:
    if one.fact != fact.name or (one.sources and at.source not in one.sources):
        return 0
    if one.where and not at.holds(one.where, fact):
        return 0
    return number_in(fact, one.sum) if one.sum else 1


def _of_fact(here: tuple[str | int, ...], one: ScoredFact, around: Around) -> Iterator[Mistake]:
    if one.fact not in around.facts or one.fact in OWN:
        yield (*here, "fact"), unknown(one.fact, around.facts - OWN)
        return
    if one.sum and one.sum not in (numbers := numbers_of(one.fact, around)):
        yield (*here, "sum"), unknown(one.sum, numbers)
    if (wrong := unread(one.where, one.fact, around)) is not None:
        yield (*here, "where"), wrong


def _of_seasons(settings: LeaderboardSettings, around: Around) -> Iterator[Mistake]:
    if settings.seasons and settings.per is not Per.CAMPAIGN:
        yield ("per",), AppError("mechanics.seasons_or_per", per=settings.per.value)
    before = around.starts_at
    for number, one in enumerate(settings.seasons):
        try:
            starts, ends = parse_instant(one.starts, around.zone), parse_instant(one.ends, around.zone)
        except AppError as wrong:
            yield ("seasons", number), wrong
            return
        if not before <= starts < ends <= around.ends_at:
            yield ("seasons", number), AppError("mechanics.season", starts=one.starts, ends=one.ends)
        before = ends
