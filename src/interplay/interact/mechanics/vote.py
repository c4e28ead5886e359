"""Vote 投票: customers choose among named choices, or among the entries of a contest; who sees the tallies is said.

A ballot is a link of hers that is named by the key of its act, so that one that may be changed is found again, on all
of her devices, and taken back in the act that counts the new one.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from interplay.acts.contracts import Count, Join, Open, Refused, Tell, Undo
from interplay.interact.mechanics.contracts import (
    ALWAYS,
    Around,
    At,
    Mechanic,
    Mistake,
    Plan,
    Planning,
    Said,
    Simulated,
    Turn,
    no,
    one_move,
    unknown,
)
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import day_of, start_of
from interplay.link.quotes.contracts import Label

CHOICES_MAX = 200
VOTES_MAX = 100
WEIGHT_MAX = 1_000
CAST = "vote.cast"
CLOSED = "vote.closed"


class Per(StrEnum):
    """In which window votes are counted."""

    CAMPAIGN = "campaign"
    DAY = "day"  # of the brand's zone


class Tallies(StrEnum):
    """Who may see how it stands before the end."""

    HIDDEN = "hidden"
    VOTED = "voted"  # who has voted
    OPEN = "open"


class Rules(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How votes are cast. A vote counts by the first segment of `segments` that its voter is in, else 1."""

    votes: int = 1  # of a customer in a window
    per: Per = Per.CAMPAIGN
    at_once: int = 1  # choices on one ballot at most
    same_max: int = 1  # of her votes in a window that one choice may have
    is_changeable: bool = False  # a ballot takes the place of her former one of the window
    tallies: Tallies = Tallies.HIDDEN
    segments: dict[str, int] = {}  # weights, published
    prizes: tuple[str, ...] = ()  # for taking part: given with a customer's first ballot


class VoteSettings(Rules, frozen=True, kw_only=True):
    """A part `vote`."""

    choices: dict[str, Label]


class VoteMove(Struct, frozen=True, forbid_unknown_fields=True):
    """A ballot."""

    choices: tuple[str, ...]


class VoteMechanic(Mechanic[VoteSettings, VoteMove]):
    """Counts ballots. When the campaign is settled it tells how each choice did; equal tallies share a place."""

    name = "vote"
    settings = VoteSettings
    move = VoteMove

    def mistakes(self, settings: VoteSettings, around: Around) -> Iterator[Mistake]:
        if not 2 <= len(settings.choices) <= CHOICES_MAX:
            yield ("choices",), AppError("mechanics.bounds", given=len(settings.choices), least=2, most=CHOICES_MAX)
        yield from of_rules(settings, around)

    def play(self, at: At, settings: VoteSettings, move: VoteMove) -> Plan | Refused:
        if (wrong := next((one for one in move.choices if one not in settings.choices), None)) is not None:
            return no("vote.unknown", given=wrong)
        return cast(at, settings, move.choices)

    def show(self, at: At, settings: VoteSettings) -> dict[str, Any]:
        labels = {name: {"zh": one.zh, "en": one.en} for name, one in settings.choices.items()}
        return {"choices": labels, **standing(at, settings, tuple(settings.choices))}

    def settle(self, at: At, settings: VoteSettings) -> Iterator[Plan]:
        tallies = tallies_of(at, tuple(settings.choices))
        places = places_of(tallies)
        tells = tuple(
            Tell(CLOSED, None, {**at.says, "choice": name, "votes": tallies[name], "place": places[name]})
            for name in settings.choices
        )
        yield Plan(tells=tells, says={"tallies": tallies, "places": places})

    def simulate(self, settings: VoteSettings, player: Simulated) -> Turn:
        rest = list(settings.choices)
        most = min(settings.at_once, len(rest))
        return one_move(choices=[rest.pop(player.pick(len(rest))) for _ in range(1 + player.pick(most))])


def of_rules(rules: Rules, around: Around) -> Iterator[Mistake]:
    """Yield what is wrong with how votes are cast."""
    for word in ("votes", "at_once", "same_max"):
        if not 1 <= getattr(rules, word) <= VOTES_MAX:
            yield (word,), AppError("mechanics.bounds", given=getattr(rules, word), least=1, most=VOTES_MAX)
    if rules.at_once > rules.votes:
        yield ("at_once",), AppError("mechanics.bounds", given=rules.at_once, least=1, most=rules.votes)
    if rules.is_changeable and rules.at_once != rules.votes:
        yield ("is_changeable",), AppError("mechanics.vote_change", votes=rules.votes, at_once=rules.at_once)
    for segment, weight in rules.segments.items():
        if segment not in around.segments:
            yield ("segments", segment), unknown(segment, around.segments)
        if not 1 <= weight <= WEIGHT_MAX:
            yield ("segments", segment), AppError("mechanics.bounds", given=weight, least=1, most=WEIGHT_MAX)
    for number, prize in enumerate(rules.prizes):
        if prize not in around.prizes:
            yield ("prizes", number), unknown(prize, around.prizes)


def cast(at: At, rules: Rules, choices: Sequence[str]) -> Plan | Refused:
    """Return what a ballot comes to, or why it does not count."""
    if not 1 <= len(choices) <= rules.at_once:
        return no("vote.too_many", given=len(choices), most=rules.at_once)
    if len(set(choices)) < len(choices):
        return no("vote.twice")
    plan, formers = Planning(at), _ballots(at, rules) if rules.is_changeable else []
    for key, said in formers:
        plan.do(_taking_back(key, said))
    weight = weight_of(at, rules)
    _count(plan, at, rules, choices, weight)
    for choice in choices:
        fields = {"choice": choice, "weight": weight, "is_changed": bool(formers)}
        plan.tell(CAST, fields)
    if rules.prizes and not at.look.used(at.scope("thanked"), ALWAYS, at.wallet):
        plan.do(at.mine("thanked", 1, refusal="vote.again"))
        for prize in rules.prizes:
            plan.give(prize)
    plan.say(choices=list(choices), weight=weight, replaced=len(formers))
    return plan.done()


def weight_of(at: At, rules: Rules) -> int:
    """Return how much each of a customer's votes counts."""
    return next((weight for segment, weight in rules.segments.items() if segment in at.segments), 1)


def tally_scope(at: At, choice: str) -> str:
    """Return the scope of the votes for a choice, by their weights."""
    return at.scope(f"tally:{choice}")


def tallies_of(at: At, choices: Sequence[str]) -> dict[str, int]:
    """Return the sum of weights that each choice has."""
    found = at.look.used_of([tally_scope(at, one) for one in choices])
    return {one: found.get(tally_scope(at, one), 0) for one in choices}


def places_of(tallies: Mapping[str, int]) -> dict[str, int]:
    """Return the place of each choice: 1 for the most; equal tallies share one, and the next is left out."""
    return {name: 1 + sum(other > one for other in tallies.values()) for name, one in tallies.items()}


def standing(at: At, rules: Rules, choices: Sequence[str]) -> dict[str, Any]:
    """Return what a voter sees: what she voted for, what is left to her, and the tallies where she may see them."""
    mine = [choice for _, said in _ballots(at, rules) for choice in said.says["choices"]]
    left = rules.votes - at.look.used(at.scope("votes"), _window(at, rules), at.wallet)
    shown: dict[str, Any] = {
        "votes": rules.votes, "per": rules.per.value, "at_once": rules.at_once, "left": max(left, 0), "mine": mine,
        "is_changeable": rules.is_changeable, "weight": weight_of(at, rules), "weights": dict(rules.segments),
    }  # fmt: skip
    if may_see(at, rules):
        shown["tallies"] = tallies_of(at, choices)
    return shown


def may_see(at: At, rules: Rules) -> bool:
    """Return whether a customer may see how it stands, while the campaign goes on."""
    if rules.tallies is Tallies.VOTED:
        return at.look.used(at.scope("voted"), ALWAYS, at.wallet) > 0
    return rules.tallies is Tallies.OPEN


def _count(plan: Planning, at: At, rules: Rules, choices: Sequence[str], weight: int) -> None:
    """Add a ballot's own steps; `_taking_back` knows their order."""
    window, kind = _window(at, rules), _kind(at, rules)
    is_daily = rules.per is Per.DAY
    used_up = "vote.voted_today" if is_daily else "vote.voted"
    plan.do(Count(at.scope("votes"), len(choices), rules.votes, window, at.subject, used_up))
    plan.do(Open(kind, at.key, at.subject, members_max=1))
    plan.do(Join(kind, at.key, at.subject, is_only=rules.is_changeable))
    plan.do(at.mine("voted"))
    for choice in choices:
        plan.do(at.mine(f"choice:{choice}", rules.same_max, window, "vote.same"))
        plan.do(Count(tally_scope(at, choice), weight))


def _taking_back(key: str, said: Said) -> Undo:
    first = said.begins + int(said.says["replaced"])  # after what it took back itself
    return Undo(key, first, along=tuple(reversed(range(first + 1, first + 4 + 2 * len(said.says["choices"])))))


def _ballots(at: At, rules: Rules) -> list[tuple[str, Said]]:
    """Return a customer's ballots of the window that count, with their keys; after a merge there may be several."""
    keys = at.look.joined(_kind(at, rules), at.wallet)
    return [(key, said) for key in keys if (said := at.look.said(key)) is not None]


def _kind(at: At, rules: Rules) -> str:
    return f"ballot:{at.name}:{_window(at, rules)}"


def _window(at: At, rules: Rules) -> Micros:
    return start_of(day_of(at.now, at.zone), at.zone) if rules.per is Per.DAY else ALWAYS
