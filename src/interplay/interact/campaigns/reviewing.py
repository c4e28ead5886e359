"""Prizes of suspects: won by the same odds, all that is scarce is taken, and a review gives them or takes that back.

A play whose prizes wait is decided once, as a whole: the decision is an act under a key of the play's act. There is no
table of them: a prize that waits is a unit of acts, and its play's receipt says why.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec
from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Effect, Receipt, Refused, Step, Tell, Undo, Use
from interplay.engine.oltp.contracts import Submitting
from interplay.interact.abuse import api as abuse
from interplay.interact.abuse.contracts import APPROVED, REJECTED
from interplay.interact.campaigns import prizes
from interplay.interact.campaigns.contracts import Kept
from interplay.interact.campaigns.playing import awards_of
from interplay.interact.campaigns.standing import Campaigns
from interplay.interact.mechanics.contracts import Award, moved
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.unify.identity.api import customer_of

KIND = "campaigns.review"
ERASED, DECIDED = "acts.erased", "campaign.decided"
UNITS_AT_ONCE = 500
DECIDED_AT_ONCE_MAX = 10_000
REASON_CHARS_MAX = 500


class Verdict(StrEnum):
    """What becomes of prizes that wait."""

    APPROVE = "approve"
    REJECT = "reject"


class Waiting(Struct, frozen=True):
    """A play whose prizes wait for a review, by the number of its act."""

    act: int
    campaign: str
    part: str
    at: Micros
    subject: SubjectId
    prizes: tuple[str, ...]
    reasons: tuple[Refused, ...]


class Which(Struct, frozen=True):
    """Which of those that wait: all that fit. `reason` is a code, `device` an identifier as it was sent."""

    campaign: str = ""
    reason: str = ""
    device: str = ""
    acts: frozenset[int] = frozenset()


class Reviewed(Struct, frozen=True):
    """What came of a decision: how many were decided now, and which could not be, by act."""

    decided: int
    refused: dict[int, Refused] = {}


def waiting(state: Campaigns, which: Which, after: int = 0) -> Iterator[Waiting]:
    """Yield what waits behind an act, the oldest first."""
    seen_there = abuse.seen_on(state.watch, which.device) if which.device else None
    for one in _all(state, which.campaign, after):
        if which.acts and one.act not in which.acts:
            continue
        if which.reason and which.reason not in {reason.code for reason in one.reasons}:
            continue
        if seen_there is None or not seen_there.isdisjoint(customer_of(state.database, one.subject)[1]):
            yield one


def decide(
    state: Campaigns, writing: Submitting, which: Which, verdict: Verdict, *, by: str, reason: str = ""
) -> Reviewed:
    """Give or take back what waits, all that fits. Done again, what was decided stays as it is.

    Raises AppError `campaigns.review_which` where nothing is said at all, `campaigns.review_reason`,
    `campaigns.review_many`.
    """
    if which == Which():
        raise AppError("campaigns.review_which")
    if len(reason) > REASON_CHARS_MAX:
        raise AppError("campaigns.review_reason", given=len(reason), allowed=REASON_CHARS_MAX)
    chosen = list(waiting(state, which))
    if len(chosen) > DECIDED_AT_ONCE_MAX:
        raise AppError("campaigns.review_many", given=len(chosen), allowed=DECIDED_AT_ONCE_MAX)
    decided, refused = 0, dict[int, Refused]()
    for one in chosen:
        try:
            answer = acts.do(state.acts, writing, _act(state, one, verdict, by, reason))
        except AppError as meanwhile:  # she was erased, or somebody else has decided otherwise
            refused[one.act] = Refused(ERASED if meanwhile.code == ERASED else DECIDED)
            continue
        if isinstance(answer, Refused):
            refused[one.act] = answer
        else:
            decided += answer.is_new
    return Reviewed(decided, refused)


def reserved(receipt: Receipt) -> Iterator[tuple[int, int]]:
    """Yield which steps of a play took stock, limits and cost of the prizes that wait: its player is erased."""
    kept = msgspec.msgpack.decode(receipt.result, type=Kept)
    for award, _ in awards_of(receipt, kept):
        if award.waits:
            inside = bool(award.outcome or award.is_tried)
            steps = range(award.place, award.place + award.steps)
            yield from ((award.draw, one) if inside else (one, -1) for one in steps)


def _all(state: Campaigns, campaign: str, after: int) -> Iterator[Waiting]:
    """Yield every play of which something waits, by act. Units are made in the order of acts."""
    unit, last = 0, after
    while some := acts.in_hand(state.database, prizes.PAYOUT, unit, UNITS_AT_ONCE):
        unit = some[-1].unit
        for one in some:
            if one.act is None or one.act <= last:
                continue
            last = one.act
            if campaign and one.pool != prizes.payout_pool(campaign):
                continue
            receipt = _receipt(state, one.act)
            if receipt is not None and one.owner is not None:
                yield _waiting(receipt, one.owner)


def _receipt(state: Campaigns, act: int) -> Receipt | None:
    """Return what a play did, or None where its player was erased: nobody can say any more what it was."""
    try:
        return acts.receipt(state.acts, state.database, act)
    except AppError:
        return None


def _waiting(receipt: Receipt, owner: SubjectId) -> Waiting:
    kept = msgspec.msgpack.decode(receipt.result, type=Kept)
    awards = [award for award, _ in awards_of(receipt, kept)]
    reasons = next((award.waits for award in awards if award.waits), ())
    names = tuple(award.prize for award in awards if award.waits)
    return Waiting(receipt.act, kept.campaign, kept.part, receipt.at, owner, names, reasons)


def _act(state: Campaigns, one: Waiting, verdict: Verdict, by: str, reason: str) -> Act:
    receipt = _receipt(state, one.act)
    if receipt is None:  # she was erased a moment ago
        raise AppError(ERASED, status=410)
    kept = msgspec.msgpack.decode(receipt.result, type=Kept)
    found = [(award, effects) for award, effects in awards_of(receipt, kept) if award.waits]
    says: dict[str, object] = {
        "campaign_id": kept.campaign, "campaign_version": kept.version, "part": kept.part, "mechanic": kept.mechanic,
    }  # fmt: skip
    told = {**says, "prize": ", ".join(one.prizes), "reviewer": by} | ({"reason": reason} if reason else {})
    key, body = f"payout:{one.act}", acts.body_of([one.act, verdict.value])
    if verdict is Verdict.REJECT:
        tell = Tell(REJECTED, one.subject, told)
        return Act(key, KIND, body, tuple(_taking_back(receipt.key, found)), (tell,), one.subject, by=by)
    steps, tells = _giving(state, kept, found, says)
    tells.append(Tell(APPROVED, one.subject, told))
    return Act(key, KIND, body, tuple(steps), tuple(tells), one.subject, gives=True, by=by)


def _taking_back(key: str, found: Sequence[tuple[Award, tuple[Effect, ...]]]) -> Iterator[Step]:
    """Yield what takes back stock, limits and cost. The play itself stays played: a draw's outcome is taken whole."""
    draws = sorted({award.draw for award, _ in found if award.outcome or award.is_tried})
    yield from (Undo(key, draw) for draw in draws)
    for award, _ in found:
        if not (award.outcome or award.is_tried):
            yield from (Undo(key, place) for place in reversed(range(award.place, award.place + award.steps)))


def _giving(
    state: Campaigns, kept: Kept, found: Sequence[tuple[Award, tuple[Effect, ...]]], says: dict[str, object]
) -> tuple[list[Step], list[Tell]]:
    """Return the steps that give what waits, and what is told. Each unit that stood for a prize is used up by it."""
    snapshot = state.snapshot(kept.campaign, kept.version)
    steps: list[Step] = []
    tells: list[Tell] = []
    for award, effects in found:
        number = next(one.unit for one in effects if one.unit)
        unit = acts.unit_of(state.database, number)
        assert unit is not None
        assert unit.owner is not None
        gift = prizes.payout(state, snapshot, award.prize, unit.owner, says)
        steps.append(Use(number, unit.owner))
        tells += (moved(tell, len(steps)) for tell in gift.tells)
        steps += gift.steps
    return steps, tells
