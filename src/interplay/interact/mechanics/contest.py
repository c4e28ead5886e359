"""Contest 作品大赛: customers enter photos and words; the public votes, jurors give points; winners ranked or drawn.

    score = public percent × votes × 10⁶ ÷ most votes + jury percent × points × 10⁶ ÷ (10 × jurors who gave some)

Whole numbers, rounded down once, at the end. Of equal scores the earlier entry is first.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import Struct

from interplay.acts.contracts import Count, Draw, Outcome, Refused, Within
from interplay.interact.contests.contracts import (
    POINTS_MAX,
    SHOWN,
    SUBMITTED,
    WON,
    Entered,
    EntryState,
    jurors_scope,
    jury_scope,
)
from interplay.interact.mechanics.contest_settings import By, ContestSettings, mistakes_of
from interplay.interact.mechanics.contracts import (
    Around,
    At,
    Mechanic,
    Mistake,
    Plan,
    Planning,
    no,
    settle_key,
)
from interplay.interact.mechanics.vote import cast, may_see, standing, tallies_of
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import parse_instant

TITLE_CHARS_MAX = 60
MILLION = 10**6


class Submission(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a customer enters: photos that she has uploaded, by their digests."""

    title: str
    photos: tuple[str, ...] = ()
    text: str = ""


class ContestMove(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Enter something, or vote for entries by their numbers."""

    enter: Submission | None = None
    vote: tuple[int, ...] = ()


class Standing(Struct, frozen=True, array_like=True):
    """An entry when the campaign was settled."""

    entry: int
    subject: int
    votes: int
    points: int
    jurors: int
    score: int


class ContestMechanic(Mechanic[ContestSettings, ContestMove]):
    """Takes entries and ballots. What is hidden or rejected has no votes to come and wins nothing."""

    name = "contest"
    settings = ContestSettings
    move = ContestMove
    is_simulated = False

    def has_draw(self, settings: ContestSettings) -> bool:
        return settings.by is not By.SCORE

    def mistakes(self, settings: ContestSettings, around: Around) -> Iterator[Mistake]:
        return mistakes_of(settings, around)

    def play(self, at: At, settings: ContestSettings, move: ContestMove) -> Plan | Refused:
        if (move.enter is None) is (not move.vote):
            return no("contest.one_of")
        return _enter(at, settings, move.enter) if move.enter is not None else _vote(at, settings, move.vote)

    def show(self, at: At, settings: ContestSettings) -> dict[str, Any]:
        mine = at.look.entries(at.name, whose=at.wallet)
        shown: dict[str, Any] = {
            "entries": at.look.used(at.scope("entries")),
            "mine": [{"entry": one.entry, "state": one.state.value, "reason": one.reason} for one in mine],
            "may_enter": len(mine) < settings.entries.per_customer_max and not _is_late(at, settings),
        }
        if settings.votes is not None:
            voting = standing(at, settings.votes, ())
            voting.pop("tallies", None)
            shown["voting"] = voting | {"sees_tallies": may_see(at, settings.votes)}
        return shown

    def settle(self, at: At, settings: ContestSettings) -> Iterator[Plan]:
        """Write down how it stands first, so that nothing that happens meanwhile changes who wins what."""
        winners = [one.prize for one in settings.winners for _ in range(one.winners)]
        ranked = ranking(at, settings)
        kept = ranked if settings.by is not By.SCORE else ranked[: len(winners)]
        yield Plan(says={"standing": [msgspec.to_builtins(one) for one in kept]}, is_awaited=True)
        said = at.look.said(settle_key(at.name, 0))
        frozen = [] if said is None else msgspec.convert(said.says["standing"], list[Standing])
        if settings.by is By.SCORE:
            for place, (one, prize) in enumerate(zip(frozen, winners, strict=False), 1):
                yield _winner(at, one, prize, place)
        else:
            yield from _drawn(at, settings, frozen, winners)


def ranking(at: At, settings: ContestSettings) -> list[Standing]:
    """Return the entries that qualify, the best first; of equal ones the earlier first."""
    shown = [one for one in at.look.entries(at.name) if one.state is EntryState.SHOWN]
    votes = {} if settings.votes is None else tallies_of(at, [str(one.entry) for one in shown])
    scopes = [scope(at.name, one.entry) for one in shown for scope in (jury_scope, jurors_scope)]
    judged = {} if settings.jury is None else at.look.used_of(scopes)
    most = max(votes.values(), default=0)
    found = [_standing(at, settings, one, votes.get(str(one.entry), 0), most, judged) for one in shown]
    jurors_min = 0 if settings.jury is None else settings.jury.jurors_min
    qualified = [one for one in found if one.votes >= settings.votes_min and one.jurors >= jurors_min]
    return sorted(qualified, key=lambda one: (-one.score, one.entry))  # numbers are given in the order of entering


def score_of(jury_percent: int, votes: int, votes_most: int, points: int, jurors: int) -> int:
    """Return a score in millionths of a percent: at most 100 × 10⁶. Who got nothing of something has 0 for it."""
    public = Fraction(votes, votes_most) if votes_most else Fraction(0)
    jury = Fraction(points, POINTS_MAX * jurors) if jurors else Fraction(0)
    return int(((100 - jury_percent) * public + jury_percent * jury) * MILLION)


def _standing(
    at: At, settings: ContestSettings, one: Entered, votes: int, most: int, judged: dict[str, int]
) -> Standing:
    points = judged.get(jury_scope(at.name, one.entry), 0)
    jurors = judged.get(jurors_scope(at.name, one.entry), 0)
    percent = 0 if settings.jury is None else 100 if settings.votes is None else settings.jury.percent
    return Standing(one.entry, one.subject, votes, points, jurors, score_of(percent, votes, most, points, jurors))


def _enter(at: At, settings: ContestSettings, given: Submission) -> Plan | Refused:
    rules, plan = settings.entries, Planning(at)
    title, text = given.title.strip(), given.text.strip()
    if not 1 <= len(title) <= TITLE_CHARS_MAX:
        return no("contest.title", most=TITLE_CHARS_MAX)
    if len(text) > rules.text_chars_max:
        return no("contest.text", given=len(text), most=rules.text_chars_max)
    if not rules.photos_min <= len(given.photos) <= rules.photos_max:
        return no("contest.photos", given=len(given.photos), least=rules.photos_min, most=rules.photos_max)
    if at.look.free_photos(at.name, given.photos, at.wallet) < len(given.photos):
        return no("contest.photo_unknown")
    if rules.until is not None:
        plan.do(Within(closes_at=parse_instant(rules.until, at.zone), late="contest.entries_closed"))
    plan.do(at.mine("mine", rules.per_customer_max, refusal="contest.entered"))
    number = plan.do(Count(at.scope("entries"), 1, rules.total_max, refusal="contest.full"))
    filled = {"entry_no": (number, "used")}
    told = {"entry_title": title, "entry_text": text, "photos": " ".join(given.photos)}
    plan.tell(SUBMITTED, {name: value for name, value in told.items() if value}, filled)
    if rules.is_shown_at_once:
        plan.tell(SHOWN, {}, filled)
    plan.say(state=EntryState.SHOWN.value if rules.is_shown_at_once else EntryState.WAITING.value)
    return plan.done()


def _vote(at: At, settings: ContestSettings, numbers: Sequence[int]) -> Plan | Refused:
    if settings.votes is None:
        return no("contest.no_votes")
    if settings.votes_from is not None and at.now < (opens := parse_instant(settings.votes_from, at.zone)):
        return no("contest.votes_later", opens_at=opens)
    if len(numbers) > settings.votes.at_once:
        return no("vote.too_many", given=len(numbers), most=settings.votes.at_once)
    shown = {one.entry: one for one in at.look.entries(at.name, only=numbers) if one.state is EntryState.SHOWN}
    if (missing := next((one for one in numbers if one not in shown), None)) is not None:
        return no("vote.unknown", given=missing)
    if any(one.subject in at.wallet for one in shown.values()):
        return no("contest.own")
    return cast(at, settings.votes, [str(one) for one in numbers])


def _winner(at: At, one: Standing, prize: str, place: int) -> Plan:
    """Return how a winner gets her prize: an act of her own, so that nobody else's prize depends on it."""
    subject, plan = SubjectId(one.subject), Planning(at)
    fields = {"entry_no": one.entry, "place": place, "prize": prize, "votes": one.votes, "score": one.score}
    plan.tell(WON, fields, subject=subject)
    plan.give(prize, subject)
    plan.say(entry=one.entry, place=place)
    return msgspec.structs.replace(plan.done(), subject=subject)


def _drawn(at: At, settings: ContestSettings, frozen: Sequence[Standing], winners: Sequence[str]) -> Iterator[Plan]:
    """Draw winner after winner; nobody is drawn twice. Who stands first plays, so nobody chooses for whom."""
    number, place, left = 1, 0, list(frozen)
    while place < len(winners) and (outcomes := _chances(settings, left)):
        player = SubjectId(left[0].subject)
        draw = Draw(at.name, player, outcomes, outcomes[0].name)
        yield Plan((draw,), is_awaited=True)
        said = at.look.said(settle_key(at.name, number))
        number += 1
        if said is None:  # she was erased meanwhile; with her entry
            left = left[1:]
            continue
        drawn = next(one for one in left if str(one.entry) == said.effects[0].name)
        left.remove(drawn)
        place += 1
        yield _winner(at, drawn, winners[place - 1], place)
        number += 1


def _chances(settings: ContestSettings, left: Sequence[Standing]) -> tuple[Outcome, ...]:
    is_by_votes = settings.by is By.DRAW_BY_VOTES
    found = tuple(Outcome(str(one.entry), one.votes if is_by_votes else 1) for one in left)
    return found if any(one.weight for one in found) else ()


def _is_late(at: At, settings: ContestSettings) -> bool:
    until = settings.entries.until
    return until is not None and at.now >= parse_instant(until, at.zone)
