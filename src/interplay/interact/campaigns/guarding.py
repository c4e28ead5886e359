"""Where abuse control meets a campaign: who is asked for more, and whose prizes wait."""

from collections.abc import Mapping, Sequence

from interplay.acts.contracts import Asking, Refused
from interplay.interact.abuse import api as abuse
from interplay.interact.abuse.contracts import Challenge, Screened, Source, Suspicion, Waits
from interplay.interact.campaigns import prizes
from interplay.interact.campaigns.contracts import BY_CUSTOMER, Play, Snapshot
from interplay.interact.campaigns.standing import Campaigns
from interplay.interact.mechanics.contracts import At, Gift, Giving
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.unify.identity.api import customer_of

BY_HERSELF = ("", BY_CUSTOMER)
"""Who plays by herself, as `Play.by` says it; a till or a key of the brand's answers for whom it lets play."""


def screening(state: Campaigns, snapshot: Snapshot, at: At, ask: Play) -> Asking[Screened | Refused]:
    """Return what a play has to count beside its campaign's own limits, or why it is not possible.

    A device of a store is everybody's: what is played there, or in the brand's own pages, says nothing of where
    somebody is.
    """
    guard = snapshot.content.guard
    if guard is None:
        return Screened((), Suspicion())
    is_vouched = bool(ask.store) or ask.by not in BY_HERSELF
    source = Source(is_vouched=True) if is_vouched else Source(ask.device, ask.address, ask.solution)
    asking = abuse.screening(state.watch, guard, snapshot.name, at.subject, at.wallet, at.segments, source)
    return (yield from asking)


def giving(
    state: Campaigns, snapshot: Snapshot, player: SubjectId, wallet: Sequence[SubjectId], says: Mapping[str, object],
    screened: Screened | None = None,
) -> Giving:  # fmt: skip
    """Return how a play gives prizes: where its player, or who gets one, is suspected, it waits for a review."""
    guard, known = snapshot.content.guard, dict[SubjectId, tuple[Refused, ...]]()
    if screened is not None:
        known[player] = _against(screened.suspicion)

    def reasons(whose: SubjectId) -> tuple[Refused, ...]:
        if guard is None or guard.review is Waits.OFF or not whose:
            return ()
        if whose not in known:
            customer, theirs = customer_of(state.database, whose)
            mine = state.segments_of(customer)
            found = abuse.judge(state.watch, guard, snapshot.name, wallet if whose == player else theirs, mine)
            known[whose] = _against(found)
        return known[whose]

    def give(prize: str, to: SubjectId, now: Micros | None = None) -> Gift:
        return prizes.gift(state, snapshot, prize, to, dict(says), now, reasons(player) or reasons(to))

    return give


def _against(found: Suspicion) -> tuple[Refused, ...]:
    return found.reasons if found.is_suspected else ()


def challenge(state: Campaigns, name: str, subject: SubjectId) -> Challenge:
    """Return a challenge for who wants to play. Raises AppError `campaigns.unknown`, `campaigns.unguarded` (404)."""
    guard = state.running(name).snapshot.content.guard
    if guard is None:
        raise AppError("campaigns.unguarded", status=404, given=name)
    return abuse.challenge(state.watch, guard, name, customer_of(state.database, subject)[1])
