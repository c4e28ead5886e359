"""What can be done with campaigns. `bootstrap` and `faces` import this file and `contracts`."""

from interplay.interact.campaigns.closing import TIMER as PERIODS_TIMER
from interplay.interact.campaigns.closing import awake, closing
from interplay.interact.campaigns.closing import reaction as periods
from interplay.interact.campaigns.collecting import collect
from interplay.interact.campaigns.documents import CampaignKind, read
from interplay.interact.campaigns.following import following, reaction
from interplay.interact.campaigns.guarding import challenge
from interplay.interact.campaigns.playing import AGAIN, at_of, at_of_nobody, part_of, planning, play, played, playing
from interplay.interact.campaigns.prizes import PAYOUT
from interplay.interact.campaigns.promising import TIMER, Keeping
from interplay.interact.campaigns.referrals import degree, depth, size
from interplay.interact.campaigns.regrouping import reaction as boards
from interplay.interact.campaigns.regrouping import regrouping
from interplay.interact.campaigns.reviewing import Reviewed, Verdict, Waiting, Which, decide, reserved, waiting
from interplay.interact.campaigns.running import Changing, change, changing, draws_of, settle, snapshot_of, start
from interplay.interact.campaigns.showing import (
    CampaignView,
    PartOdds,
    PartView,
    PrizeView,
    Published,
    Seen,
    Winner,
    cost,
    differences,
    mechanic_of,
    odds_of,
    open_to,
    prizes_of,
    published,
    seen,
    turn_of,
    views,
    winners,
)
from interplay.interact.campaigns.spreading import Level, Spread, spread
from interplay.interact.campaigns.standing import Campaigns, state_at

__all__ = [
    "AGAIN",
    "PAYOUT",
    "PERIODS_TIMER",
    "TIMER",
    "CampaignKind",
    "CampaignView",
    "Campaigns",
    "Changing",
    "Keeping",
    "Level",
    "PartOdds",
    "PartView",
    "PrizeView",
    "Published",
    "Reviewed",
    "Seen",
    "Spread",
    "Verdict",
    "Waiting",
    "Which",
    "Winner",
    "at_of",
    "at_of_nobody",
    "awake",
    "boards",
    "challenge",
    "change",
    "changing",
    "closing",
    "collect",
    "cost",
    "decide",
    "degree",
    "depth",
    "differences",
    "draws_of",
    "following",
    "mechanic_of",
    "odds_of",
    "open_to",
    "part_of",
    "periods",
    "planning",
    "play",
    "played",
    "playing",
    "prizes_of",
    "published",
    "reaction",
    "read",
    "regrouping",
    "reserved",
    "seen",
    "settle",
    "size",
    "snapshot_of",
    "spread",
    "start",
    "state_at",
    "turn_of",
    "views",
    "waiting",
    "winners",
]
