"""The answers: facts in order from the spine, conditions and fields from the warehouse, one kernel pass."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.keeper import Keeper
from interplay.engine.olap.spine import Spine
from interplay.engine.olap.trails import Ints
from interplay.kernel.ids import Micros
from interplay.measure.cohorts import kernel, periods, telling
from interplay.measure.cohorts.checking import Plan, check_lengths, check_periods, check_size, fact, period, plan
from interplay.measure.cohorts.contracts import (
    GROUPS_MAX,
    SPAN,
    AskCohorts,
    AskLifecycle,
    AskStickiness,
    Back,
    Cohorts,
    Cut,
    Entry,
    Lifecycle,
    Stickiness,
)
from interplay.measure.cohorts.kernel import Counts, Entries
from interplay.measure.cohorts.telling import Asked, Grouped, Walked
from interplay.measure.reading.api import Hits, among, hits, keep, type_of, values
from interplay.measure.reading.contracts import Fits, Words
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary


class Followed(NamedTuple):
    """Everybody's facts in order, and what each is of those that are looked for."""

    spine: Spine
    hits: Hits


def answer(reading: Reading, ask: AskCohorts) -> Cohorts:
    """Return who came back. Raises AppError where it cannot be asked."""
    check_periods(ask)
    asked, words = _asked(reading, ask)
    planned = plan(ask, words)
    check_size(asked.calendar.size, ask)
    with reading.warehouse.session() as session:
        some = among(reading, session, ask.customers, asked.now) if ask.customers else None
        return telling.cohorts(asked, ask, walk(session, reading.warehouse.spine, planned, asked, ask, some))


def stickiness(reading: Reading, ask: AskStickiness) -> Stickiness:
    """Return how regularly customers come. Raises AppError where it cannot be asked."""
    check_lengths(ask)
    asked, seen = _activity(reading, ask)
    return telling.stickiness(asked, ask, *stuck(seen, asked, ask))


def lifecycle(reading: Reading, ask: AskLifecycle) -> Lifecycle:
    """Return who is new, returning, back again or gone. Raises AppError where it cannot be asked."""
    asked, seen = _activity(reading, ask)
    return telling.lifecycle(asked, ask, lived(seen, asked, ask))


def follow(
    moment: Moment, keeper: Keeper, looked_for: tuple[Fits, ...], now: Micros, some: Ints | None = None
) -> Followed:
    """Return everybody's facts, or those of some customers, on whatever engine they are."""
    names: Collection[str] = {name for fits in looked_for for name in fits.facts}
    spine = keeper.of(moment, names)
    found = hits(moment, spine, looked_for, now)
    if some is not None:
        keep(found, spine, some)
    return Followed(spine, found)


def walk(
    moment: Moment, keeper: Keeper, planned: Plan, asked: Asked, ask: AskCohorts, some: Ints | None = None
) -> Walked:
    """Return who came back, of everybody or of some customers."""
    seen = follow(moment, keeper, (planned.start, planned.returned), asked.now, some)
    spine, bounds = seen.spine, np.array(asked.calendar.bounds, dtype=np.int64)
    cohorts, is_first = asked.calendar.size, ask.entry is Entry.FIRST
    entries = kernel.enter(spine.starts, spine.at, seen.hits, bounds, cohorts, is_first=is_first)
    customers = int(np.count_nonzero(np.diff(entries.owner, prepend=-1)))
    counts = _counts(seen, entries, entries.cohort, cohorts, asked, ask)
    groups = _groups(moment, seen, entries, planned, asked, ask) if ask.by else None
    return Walked(_sizes(entries.cohort, cohorts), customers, counts, groups)


def stuck(seen: Followed, asked: Asked, ask: AskStickiness) -> tuple[Ints, Ints]:
    """Return by period and number of its parts how many customers were active in so many; and how many it has."""
    bounds, owner = (np.array(one, dtype=np.int64) for one in periods.within(asked.calendar, ask.of, asked.zone))
    count, spine = asked.calendar.size, seen.spine
    return kernel.stick(spine.starts, spine.at, seen.hits, bounds, owner, count), _sizes(owner, count)


def lived(seen: Followed, asked: Asked, ask: AskLifecycle) -> Ints:
    """Return by state and period how many customers are in it."""
    calendar = periods.with_former(ask.per, asked.calendar, asked.zone)
    bounds = np.array(calendar.bounds, dtype=np.int64)
    return kernel.live(seen.spine.starts, seen.spine.at, seen.hits, bounds)[:, 1:]


def _asked(reading: Reading, ask: AskCohorts | AskStickiness | AskLifecycle) -> tuple[Asked, Words]:
    now = reading.world.now() if ask.at is None else ask.at
    current, zone = reading.declarations.current(), reading.world.zone
    words = Words("cohorts", vocabulary(reading, current).fact_names(), current.declared, reading.world.brand)
    after = ask.periods + 1 if isinstance(ask, AskCohorts) else 0
    found = periods.calendar(ask.per, *period(ask, now), zone, after)
    return Asked(current.declared, zone, now, found), words


def _activity(reading: Reading, ask: AskStickiness | AskLifecycle) -> tuple[Asked, Followed]:
    asked, words = _asked(reading, ask)
    looked_for = fact(ask.fact, "1", words)
    with reading.warehouse.session() as session:
        some = among(reading, session, ask.customers, asked.now) if ask.customers else None
        return asked, follow(session, reading.warehouse.spine, (looked_for,), asked.now, some)


def _sizes(key: Ints, count: int) -> Ints:
    return np.bincount(key, minlength=count)


def _counts(seen: Followed, entries: Entries, key: Ints, keys: int, asked: Asked, ask: AskCohorts) -> Counts:
    at, bounds = seen.spine.at, np.array(asked.calendar.bounds, dtype=np.int64)
    span = SPAN[ask.per] if ask.cut is Cut.ROLLING else 0
    return kernel.count(
        at, seen.hits, entries, kernel.known(entries, at, bounds, span, asked.now), key, keys, bounds, span,
        ask.periods + 1, is_unbounded=ask.back is Back.UNBOUNDED,
    )  # fmt: skip


def _groups(moment: Moment, seen: Followed, entries: Entries, planned: Plan, asked: Asked, ask: AskCohorts) -> Grouped:
    """Return all cohorts together by the values of a field, the largest group first."""
    found = values(moment, seen.spine.position[entries.row], ask.by, (planned.start,))
    found = found.written(type_of(ask.by, planned.start, asked.declared))
    codes, key, sizes = np.unique(found.codes, return_inverse=True, return_counts=True)
    ranked = np.lexsort((codes, -sizes))
    rank = np.empty(len(codes), dtype=np.int64)
    rank[ranked] = np.minimum(np.arange(len(codes)), GROUPS_MAX)
    names = [None if codes[one] < 0 else str(found.names[codes[one]]) for one in ranked[:GROUPS_MAX]]
    has_rest = len(codes) > GROUPS_MAX
    names = [*names, None] if has_rest else names
    counts = _counts(seen, entries, rank[key], len(names), asked, ask)
    return Grouped(names, has_rest, _sizes(rank[key], len(names)), counts)
