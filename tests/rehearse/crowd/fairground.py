"""A fairground: a crowd plays a guarded campaign by the real path, on a virtual clock; what became of it is counted."""

from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec
from altcha.v1 import Challenge, solve_challenge

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Join, Open, Refused
from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Play
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, SECOND
from interplay.rehearse.crowd.contracts import Crowd, Kind, Visit
from tests.interact.campaigns.square import PRIZES, Square
from tests.stores import fact, user

FACTS_AT_ONCE = 500
WORK = 1_000
GUARD: dict[str, Any] = {"challenge_work_max": WORK}
WHEEL = {"outcomes": {"points": {"weight": 1, "prizes": ["points"]}, "nothing": {"weight": 1}}, "fallback": "nothing"}

REFERRAL = {"friend": ["points"], "referrer": ["points"]}


@dataclass
class Seen:
    """What became of the plays of one kind of people."""

    accounts: set[int] = field(default_factory=set)
    challenged: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    plays: Counter[str] = field(default_factory=Counter)  # all, caught, prizes, paid

    @property
    def caught(self) -> float:
        """Return which share of plays was refused, or challenged with what they won waiting."""
        return self.plays["caught"] / self.plays["all"]

    @property
    def paid(self) -> float:
        """Return which share of prizes that were won was given without a review."""
        return self.plays["paid"] / max(1, self.plays["prizes"])

    def share(self, of: set[int]) -> float:
        return len(of) / len(self.accounts)


def play(square: Square, crowd: Crowd, guard: dict[str, Any]) -> dict[Kind, Seen]:
    """Let a crowd play; cheats and honest people alike solve what they are asked to."""
    subjects = _heard(square, crowd)
    square.started(
        prizes={"points": PRIZES["points"]}, guard=guard, limits={"per_customer_day_max": 2},
        parts={"wheel": {"draw": WHEEL}, "vote": {"draw": WHEEL}, "friends": {"referral": REFERRAL}},
    )  # fmt: skip
    _tie(square, crowd, subjects)
    start, kinds, found = square.clock.at, {one.number: one.kind for one in crowd.accounts}, dict[Kind, Seen]()
    for number, visit in enumerate(crowd.visits):
        square.clock.at = Micros(start + visit.seconds * SECOND)
        seen = found.setdefault(kinds[visit.account], Seen())
        _visit(square, number, visit, subjects[visit.account], seen)
    return found


def _visit(square: Square, number: int, visit: Visit, subject: int, seen: Seen) -> None:
    seen.accounts.add(visit.account)
    seen.plays["all"] += 1
    ask = Play(
        key=f"visit{number}", campaign="spring", part="vote" if visit.is_vote else "wheel", subject=subject,
        device=visit.device, address=visit.address,
    )  # fmt: skip
    answer = api.play(square.state, square, ask)
    is_challenged = isinstance(answer, Refused) and answer.code == "abuse.challenge"
    if is_challenged:
        seen.challenged.add(visit.account)
        answer = api.play(square.state, square, msgspec.structs.replace(ask, solution=_solution(square, subject)))
    if isinstance(answer, Refused):
        seen.plays["caught"] += answer.code.startswith("abuse.")
        seen.plays["all"] -= answer.code.startswith("campaign.")  # she has played today: nothing to be caught
        return
    waits = any(one.waits for one in answer.won)
    seen.plays["caught"] += is_challenged
    seen.plays["prizes"] += len(answer.won)
    seen.plays["paid"] += sum(not one.waits for one in answer.won)
    if waits:
        seen.waiting.add(visit.account)


def _heard(square: Square, crowd: Crowd) -> dict[int, int]:
    """Let every account be heard of when it began; return their subjects."""
    first = {one.account: one.seconds for one in reversed(crowd.visits)}
    facts = []
    for one in crowd.accounts:
        at = square.clock.at + first.get(one.number, 0) * SECOND - one.heard_days * DAY
        facts.append(fact("customer.identified", user(one.number), key=f"crowd{one.number}", at=at))
    for start in range(0, len(facts), FACTS_AT_ONCE):
        square.store(*facts[start : start + FACTS_AT_ONCE])
    square.follow()
    return {one.number: square.subject(user(one.number)) for one in crowd.accounts}


def _tie(square: Square, crowd: Crowd, subjects: dict[int, int]) -> None:
    """Write down who invited whom, as a referral does: a group of each inviter's, by her number."""
    kind = "referral:spring/friends"
    inviters = {one.inviter for one in crowd.accounts if one.inviter}
    for inviter in sorted(inviters):
        subject = subjects[inviter]
        friends = [subjects[one.number] for one in crowd.accounts if one.inviter == inviter]
        steps = (Open(kind, str(subject), subject), *(Join(kind, str(subject), friend) for friend in friends))
        act = Act(f"tie{inviter}", "test", acts.body_of(inviter), steps)
        assert not isinstance(acts.do(square.home.acts, square, act), Refused)


def _solution(square: Square, subject: int) -> str:
    one = api.challenge(square.state, "spring", subject)
    found = solve_challenge(Challenge(one.algorithm, one.challenge, one.max_number, one.salt, one.signature))
    return b64encode(msgspec.json.encode({**msgspec.to_builtins(one), "number": found.number})).decode()
