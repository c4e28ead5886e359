"""Rehearse a campaign before any customer sees it: here and now, or in a process of its own behind a server.

found = preview(access, PreviewAsk(campaign="spring", plays=20_000, runs=10))
found = await Rehearsals().preview(reach, ask)     # one at a time; fewer plays
"""

from interplay.rehearse.campaigns.apart import Rehearsals
from interplay.rehearse.campaigns.odds import p_value, wilson
from interplay.rehearse.campaigns.rehearsing import Report, preview

__all__ = ["Rehearsals", "Report", "p_value", "preview", "wilson"]
