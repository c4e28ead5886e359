"""Whether a campaign is withheld from somebody because she is held out of all campaigns together. 全局留出组.

It is asked before the campaign's own holdout, so whoever is held out here gets no arm there and the sizes of the
campaign's arms stay as planned. Who met the campaign before keeps it: only what is new to her is withheld.
"""

from interplay.acts import api as acts
from interplay.acts.contracts import Act
from interplay.decide.holdouts import api as holdouts
from interplay.interact.campaigns.contracts import HoldoutBy, Promise, Snapshot
from interplay.interact.campaigns.standing import Campaigns
from interplay.interact.mechanics.contracts import ALWAYS, At
from interplay.kernel.time import day_of


def withholding(state: Campaigns, snapshot: Snapshot, at: At, about: dict[str, object]) -> tuple[bool, tuple[Act, ...]]:
    """Return whether it is withheld from her, and what has to be written down of that, if anything."""
    everywhere = state.board().everywhere
    if everywhere is None or not can_be_withheld(snapshot) or _has_met(state, snapshot, at):
        return False, ()
    period = holdouts.period_of(everywhere.rotate, day_of(state.now(), state.zone))
    digest = state.keys.digest
    arm, written = holdouts.assigning_of_all(state.database, digest, everywhere, period, at.subject, at.wallet)
    if arm is holdouts.Arm.OFFERED:
        return False, written
    told = holdouts.withheld(period, snapshot.name, at.subject, about)
    is_told = acts.is_known(state.acts, state.database, told.key)
    return True, (*written, *(() if is_told else (told,)))


def can_be_withheld(snapshot: Snapshot) -> bool:
    """Return whether a campaign is for the invited. What is promised in public, or held out by place, is for all."""
    return snapshot.content.promise is Promise.INVITED and snapshot.holdout_by in (None, HoldoutBy.CUSTOMER)


def _has_met(state: Campaigns, snapshot: Snapshot, at: At) -> bool:
    """Return whether she was given an arm of it or has played it: what was begun in one period is finished."""
    if holdouts.known(state.database, snapshot.name, at.wallet) is not None:
        return True
    return acts.used(state.database, f"play:{snapshot.name}:customer", ALWAYS, list(at.wallet)) > 0
