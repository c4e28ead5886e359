"""Purging: begin, take slice by slice, end. What was begun is finished by whoever comes next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interplay.engine.log import purging
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Micros, Position, SubjectId
from interplay.unify.retention import store
from interplay.unify.retention.contracts import Begin, Limits, Preview, Purge, Slice
from interplay.unify.retention.documents import RetentionKind, current, wanted
from interplay.unify.retention.rules import cuts, has_periods, limits, period, takes_something

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session

ANONYMOUS = "*"  # in `purged_until`: facts of nobody known


def newest(database: Database) -> Purge | None:
    """Return the last purge, also while it is under way; None before the first."""
    return store.newest(database)


def find(database: Database, number: int) -> Purge:
    """Return a purge by its number."""
    return next(one for one in store.all_purges(database) if one.purge == number)


def under_way(database: Database) -> Purge | None:
    """Return the purge that has begun and not ended."""
    last = store.newest(database)
    return last if last is not None and last.ended_at is None else None


def last_ended(database: Database) -> int:
    """Return the number of the last purge that has ended, 0 before the first: whoever folded facts folds them again."""
    last = store.newest(database)
    return 0 if last is None else last.purge - (last.ended_at is None)


def purged_until(database: Database) -> dict[str, Micros]:
    """Return up to when facts of a name have been purged; under `*`, those of customers who were never identified."""
    found: dict[str, Micros] = {}
    for one in store.all_purges(database):
        before = dict(one.limits.before)
        if one.limits.anonymous_before is not None:
            before[ANONYMOUS] = one.limits.anonymous_before
        for name, until in before.items():
            found[name] = max(until, found.get(name, until))
    return dict(sorted(found.items()))


def names(session: "Session") -> list[str]:
    """Return the name of every fact in the warehouse."""
    from interplay.unify.retention import selecting  # a lazy seam: pyarrow

    return selecting.names(session)


def by_name(session: "Session", what: Limits, positions_max: int) -> list[Position]:
    """Return facts that are too old by their name, at most so many."""
    from interplay.unify.retention import selecting  # a lazy seam: pyarrow

    return selecting.by_name(session, what, positions_max)


def of_nobody(
    session: "Session", what: Limits, anonymous: Sequence[SubjectId], after: Position, positions_max: int
) -> list[Position]:
    """Return facts after a position that are too old since nobody known did them; `anonymous` are such subjects."""
    from interplay.unify.retention import selecting  # a lazy seam: pyarrow

    return selecting.of_nobody(session, what, anonymous, after, positions_max)


def preview(session: "Session", what: Limits, anonymous: Sequence[SubjectId]) -> Preview:
    """Count what a purge would take."""
    from interplay.unify.retention import selecting  # a lazy seam: pyarrow

    return selecting.preview(session, what, anonymous)


def _begin(tx: Tx, ask: Begin) -> int:
    """Return the number of the purge that is under way now; 0 where none need be."""
    last = store.newest_in(tx)
    if last is not None and last.ended_at is None:
        return last.purge
    if last is not None and last.began_at > ask.unless_after:
        return 0
    return store.add(tx, ask.limits, ask.actor)


def _take(tx: Tx, ask: Slice) -> int:
    count = purging.purge(tx, ask.positions) if store.count(tx, ask.purge, 0) else 0
    store.count(tx, ask.purge, count)
    return count


def _end(tx: Tx, number: int) -> None:
    store.end(tx, number)


begin = Command("retention.begin", Begin, int, _begin)
take = Command("retention.take", Slice, int, _take)
end = Command("retention.end", int, None, _end)

__all__ = [
    "ANONYMOUS",
    "RetentionKind",
    "begin",
    "by_name",
    "current",
    "cuts",
    "end",
    "find",
    "has_periods",
    "last_ended",
    "limits",
    "names",
    "newest",
    "of_nobody",
    "period",
    "preview",
    "purged_until",
    "take",
    "takes_something",
    "under_way",
    "wanted",
]
