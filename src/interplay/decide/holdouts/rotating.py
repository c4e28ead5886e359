"""The holdout of all campaigns together: who is in it is drawn anew for each period of the calendar. 全局留出组.

An arm of a period is a link as a campaign's is, so it holds on all of a person's devices and stays hers to the end of
the period, whatever the document says meanwhile.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Join, Tell
from interplay.decide.holdouts.assigning import Digest, hashed, kind_of, known, opening
from interplay.decide.holdouts.contracts import (
    ALWAYS,
    ASSIGNED,
    HOLDOUT,
    OPENED,
    WITHHELD,
    Arm,
    HoldoutDocument,
    Rotate,
)
from interplay.engine.documents.contracts import Document
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import SubjectId

ACT = "holdouts.assign"
SCOPE = "*"
"""No campaign can have this name, so links and keys of the two never meet."""


def current(documents: Sequence[Document]) -> HoldoutDocument | None:
    """Return the holdout of all campaigns; None: there is none, or it holds nobody out."""
    for document in documents:
        if document.kind == HOLDOUT:
            content = msgspec.convert(document.content, HoldoutDocument)
            return content if content.enabled and content.percent else None
    return None


def period_of(rotate: Rotate, day: date) -> str:
    """Return the name of the period that a day is in: 2026-11, 2026-Q4, 2026-H2, 2026, or always."""
    match rotate:
        case Rotate.MONTH:
            return f"{day:%Y-%m}"
        case Rotate.QUARTER:
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case Rotate.HALF_YEAR:
            return f"{day.year:04}-H{(day.month + 5) // 6}"
        case Rotate.YEAR:
            return f"{day.year:04}"
        case Rotate.NEVER:
            return ALWAYS


def named(period: str) -> str:
    """Return under which name a period's arms are kept: each is an experiment of its own, so draws are independent."""
    return f"{SCOPE}/{period}"


def assigning(
    database: Database, digest: Digest, content: HoldoutDocument, period: str, subject: SubjectId,
    wallet: Sequence[SubjectId],
) -> tuple[Arm, tuple[Act, ...]]:  # fmt: skip
    """Return on which side somebody is in a period, and what writes it down; nothing where it is written already."""
    name = named(period)
    if (found := known(database, name, wallet)) is not None:
        return found, ()
    arm = hashed(digest, name, str(min(wallet)), content.percent)
    is_open = bool(acts.founders(database, kind_of(name), [arm.value]))
    return arm, (*(() if is_open else (_opening(content, period),)), _assigned(content, period, arm, subject))


def withheld(period: str, campaign: str, subject: SubjectId, about: dict[str, object]) -> Act:
    """Return the act that tells, once for a campaign and a period, what would have been offered to who is held out."""
    return Act(
        f"withheld:{named(period)}:{campaign}:{subject}", ACT, acts.body_of([period, campaign, subject]), (),
        (Tell(WITHHELD, subject, {**about, "arm": Arm.HELD_OUT.value, "holdout": period}),), subject,
    )  # fmt: skip


def _opening(content: HoldoutDocument, period: str) -> Act:
    """Return the act that begins a period. By what it is measured is told here, so a later change is of the next."""
    metric = content.metric
    told = {
        "holdout": period, "metric": metric.fact, "metric_field": metric.field or None,
        "metric_days": metric.within_days,
    }  # fmt: skip
    tell = Tell(OPENED, None, {word: value for word, value in told.items() if value is not None})
    return Act(f"holdout:{named(period)}", ACT, acts.body_of([period]), opening(named(period)), (tell,))


def _assigned(content: HoldoutDocument, period: str, arm: Arm, subject: SubjectId) -> Act:
    name = named(period)
    told = {"holdout": period, "holdout_percent": content.percent, "arm": arm.value}
    return Act(
        f"exposure:{name}:{subject}", ACT, acts.body_of([name, subject]),
        (Join(kind_of(name), arm.value, subject, is_only=True),), (Tell(ASSIGNED, subject, told),), subject,
    )  # fmt: skip
