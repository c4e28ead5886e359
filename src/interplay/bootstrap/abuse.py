"""Abuse control as faces ask for it: what waits for a review, what is decided, and why somebody is suspected."""

from collections.abc import Iterator

from msgspec import Struct

from interplay.acts.contracts import Refused
from interplay.bootstrap.coupons import Who, subject_of
from interplay.bootstrap.reach import Reach
from interplay.interact.abuse import api as abuse
from interplay.interact.abuse.contracts import Challenge, Signals
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.api import Reviewed, Verdict, Waiting, Which
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.understand.memberships.api import segments_in
from interplay.unify.identity.api import customer_of


class Explained(Struct, frozen=True):
    """Why somebody is suspected in a campaign, or is not: what is known of her surroundings, beside what is usual."""

    customer: CustomerId
    campaign: str
    is_suspected: bool
    is_trusted: bool
    score: int
    reasons: tuple[Refused, ...]
    signals: Signals


def waiting(reach: Reach, which: Which, after: int = 0) -> Iterator[Waiting]:
    """Yield the plays whose prizes wait for a review, the oldest first."""
    return campaigns.waiting(reach.home.campaigns, which, after)


def decide(reach: Reach, which: Which, verdict: Verdict, *, by: str, reason: str = "") -> Reviewed:
    """Give or take back what waits, all that fits. Raises AppError `campaigns.review_*`."""
    return campaigns.decide(reach.home.campaigns, reach, which, verdict, by=by, reason=reason)


def explain(reach: Reach, campaign: str, who: Who) -> Explained:
    """Return what speaks against somebody. Raises AppError `campaigns.unknown`, `campaigns.unguarded` (404)."""
    state, subject = reach.home.campaigns, subject_of(reach, who)
    guard = state.running(campaign).snapshot.content.guard
    if guard is None:
        raise AppError("campaigns.unguarded", status=404, given=campaign)
    customer, wallet = customer_of(reach.home.database, subject)
    known = abuse.signals(state.watch, guard, campaign, wallet)
    found = abuse.suspicion(known, guard)
    is_trusted = abuse.is_trusted(guard, segments_in(reach.home.database, customer))
    is_suspected = found.is_suspected and not is_trusted
    return Explained(customer, campaign, is_suspected, is_trusted, found.score, found.reasons, known)


def challenge(reach: Reach, campaign: str, subject: SubjectId) -> Challenge:
    """Return a challenge for who wants to play. Raises AppError `campaigns.unknown`, `campaigns.unguarded` (404)."""
    return campaigns.challenge(reach.home.campaigns, campaign, subject)
