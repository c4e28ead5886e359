"""What can be done about abuse. `campaigns`, `bootstrap` and `faces` import this file and `contracts`."""

from interplay.interact.abuse.challenge import challenge
from interplay.interact.abuse.leaving import AbuseData
from interplay.interact.abuse.looking import PURGE_TIMER, Friends, Watch, purge, seen_on, sight, signals
from interplay.interact.abuse.rules import mistakes, suspicion
from interplay.interact.abuse.screening import for_player, is_trusted, judge, screening

__all__ = [
    "PURGE_TIMER",
    "AbuseData",
    "Friends",
    "Watch",
    "challenge",
    "for_player",
    "is_trusted",
    "judge",
    "mistakes",
    "purge",
    "screening",
    "seen_on",
    "sight",
    "signals",
    "suspicion",
]
