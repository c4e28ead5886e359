"""Which mechanics there are."""

from typing import Any

from interplay.interact.mechanics.checkin import CheckinMechanic
from interplay.interact.mechanics.contracts import Mechanic
from interplay.interact.mechanics.draw import DrawMechanic
from interplay.interact.mechanics.leaderboard import LeaderboardMechanic
from interplay.interact.mechanics.referral import ReferralMechanic
from interplay.interact.mechanics.share import ShareMechanic
from interplay.interact.mechanics.tasks import TasksMechanic

MECHANICS: dict[str, Mechanic[Any, Any]] = {
    one.name: one
    for one in (
        DrawMechanic(),
        CheckinMechanic(),
        TasksMechanic(),
        LeaderboardMechanic(),
        ReferralMechanic(),
        ShareMechanic(),
    )
}
"""Every kind of play by its name in documents."""

__all__ = ["MECHANICS"]
