"""What can be done with campaigns. `bootstrap` and `faces` import this file and `contracts`."""

from interplay.interact.campaigns.collecting import collect
from interplay.interact.campaigns.documents import CampaignKind, read
from interplay.interact.campaigns.following import following, reaction
from interplay.interact.campaigns.guarding import challenge
from interplay.interact.campaigns.playing import AGAIN, play, played, to_play
from interplay.interact.campaigns.reviewing import Reviewed, Verdict, Waiting, Which, decide, waiting
from interplay.interact.campaigns.running import Changing, change, changing, draws_of, settle, snapshot_of, start
from interplay.interact.campaigns.showing import (
    CampaignView,
    Odds,
    PartView,
    PrizeView,
    Published,
    Seen,
    Winner,
    cost,
    differences,
    is_simulated,
    mechanic_of,
    open_to,
    prizes_of,
    published,
    seen,
    views,
    winners,
)
from interplay.interact.campaigns.standing import Campaigns, state_at

__all__ = [
    "AGAIN",
    "CampaignKind",
    "CampaignView",
    "Campaigns",
    "Changing",
    "Odds",
    "PartView",
    "PrizeView",
    "Published",
    "Reviewed",
    "Seen",
    "Verdict",
    "Waiting",
    "Which",
    "Winner",
    "challenge",
    "change",
    "changing",
    "collect",
    "cost",
    "decide",
    "differences",
    "draws_of",
    "following",
    "is_simulated",
    "mechanic_of",
    "open_to",
    "play",
    "played",
    "prizes_of",
    "published",
    "reaction",
    "read",
    "seen",
    "settle",
    "snapshot_of",
    "start",
    "state_at",
    "to_play",
    "views",
    "waiting",
    "winners",
]
