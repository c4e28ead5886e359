"""What can be done with entries and photos. Other slices import this file and `contracts`."""

from interplay.interact.contests.entering import checked, do, judge, moderating, submitting
from interplay.interact.contests.leaving import ContestData
from interplay.interact.contests.store import blobs_of, entered, free_photos, page
from interplay.interact.contests.uploading import (
    ORPHANS_KEPT,
    TIMER,
    keep,
    picture,
    sweep_orphans,
    sweeping,
    upload,
)

__all__ = [
    "ORPHANS_KEPT",
    "TIMER",
    "ContestData",
    "blobs_of",
    "checked",
    "do",
    "entered",
    "free_photos",
    "judge",
    "keep",
    "moderating",
    "page",
    "picture",
    "submitting",
    "sweep_orphans",
    "sweeping",
    "upload",
]
