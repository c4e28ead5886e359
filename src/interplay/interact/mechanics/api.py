"""Which mechanics there are."""

from typing import Any

from interplay.interact.mechanics.checkin import CheckinMechanic
from interplay.interact.mechanics.codes import CodesMechanic
from interplay.interact.mechanics.contest import ContestMechanic, ranking
from interplay.interact.mechanics.contest_settings import MEGABYTES_MAX, ContestSettings
from interplay.interact.mechanics.contracts import Mechanic
from interplay.interact.mechanics.draw import DrawMechanic
from interplay.interact.mechanics.leaderboard import LeaderboardMechanic, LeaderboardSettings, board_at
from interplay.interact.mechanics.orders import BACK
from interplay.interact.mechanics.quiz import QuizMechanic
from interplay.interact.mechanics.referral import ReferralMechanic
from interplay.interact.mechanics.share import ShareMechanic
from interplay.interact.mechanics.survey import SurveyMechanic, SurveySettings, quota_scope
from interplay.interact.mechanics.tasks import TasksMechanic
from interplay.interact.mechanics.vote import VoteMechanic, VoteSettings, may_see, places_of, tallies_of

MECHANICS: dict[str, Mechanic[Any, Any]] = {
    one.name: one
    for one in (
        DrawMechanic(),
        CodesMechanic(),
        CheckinMechanic(),
        TasksMechanic(),
        LeaderboardMechanic(),
        ReferralMechanic(),
        ShareMechanic(),
        QuizMechanic(),
        SurveyMechanic(),
        VoteMechanic(),
        ContestMechanic(),
    )
}
"""Every kind of play by its name in documents."""

__all__ = [
    "BACK",
    "MECHANICS",
    "MEGABYTES_MAX",
    "ContestSettings",
    "LeaderboardSettings",
    "SurveySettings",
    "VoteSettings",
    "board_at",
    "may_see",
    "places_of",
    "quota_scope",
    "ranking",
    "tallies_of",
]
