"""A funnel's answer: facts in order from the spine, conditions and fields from the warehouse, one kernel pass."""

from typing import NamedTuple

import numpy as np

from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.keeper import Keeper
from interplay.engine.olap.spine import Spine
from interplay.engine.olap.trails import Flags, Ints, order
from interplay.kernel.ids import Micros
from interplay.measure.funnels import kernel
from interplay.measure.funnels.checking import Plan, period, plan
from interplay.measure.funnels.contracts import AskFunnel, From, Funnel, GroupedBy, Immature, Items, Mode
from interplay.measure.funnels.kernel import NOT_DONE, Reached, Way
from interplay.measure.funnels.telling import Asked, Came, Walked, told
from interplay.measure.reading.api import Hits, Values, among, hits, keep, type_of, values
from interplay.measure.reading.contracts import Fits
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary


class _Trails(NamedTuple):
    """What the kernel goes through. Trail i is of the customer with the index `owner[i]`."""

    starts: Ints
    at: Ints
    hits: Hits
    position: Ints
    owner: Ints


def answer(reading: Reading, ask: AskFunnel) -> Funnel:
    """Return who came how far. Raises AppError where it cannot be asked."""
    now = reading.world.now() if ask.at is None else ask.at
    current = reading.declarations.current()
    planned = plan(ask, vocabulary(reading, current).fact_names(), current.declared, reading.world.brand)
    asked = Asked(ask, current.declared, reading.world.zone, *period(ask, now), now)
    with reading.warehouse.session() as session:
        some = among(reading, session, ask.customers, now) if ask.customers else None
        return told(asked, walk(session, reading.warehouse.spine, planned, asked, some))


def walk(moment: Moment, keeper: Keeper, planned: Plan, asked: Asked, some: Ints | None = None) -> Walked:
    """Return how everybody's attempts went, or those of some customers, on whatever engine the facts are."""
    ask, since, until, now = asked.ask, asked.since, asked.until, asked.now
    names = None if ask.mode is Mode.STRICT else {name for fits in _all(planned) for name in fits.facts}
    spine = keeper.of(moment, names)
    fitting = hits(moment, spine, _all(planned), now)
    if some is not None:
        keep(fitting, spine, some)
    trails, unlinked = _linked(moment, spine, fitting, planned, ask.linked)
    over = min(max(_over(ask, now), since), until)  # whose attempt begins before it had all of the window
    mature, late = (_reached(trails, ask, planned, *one) for one in ((since, over), (over, until)))
    best = _best(mature, trails, is_linked=bool(ask.linked))
    customers = len(spine.starts) - 1
    counted = _whose(trails, best, customers)
    entered = _whose(trails, late.level > 0, customers) & ~counted
    converted = _whose(trails, late.level == len(ask.steps), customers) & entered
    void = _whose(trails, mature.is_void, customers) & ~counted
    return Walked(
        _came(mature, trails, best), Immature(int(entered.sum()), int(converted.sum())), int(void.sum()),
        _items(mature, unlinked, len(ask.steps)) if ask.linked else None,
        _groups(moment, trails, mature, best, planned, asked) if ask.by else None,
    )  # fmt: skip


def _all(planned: Plan) -> tuple[Fits, ...]:
    return (*planned.steps, *planned.excluded)


def _over(ask: AskFunnel, now: Micros) -> Micros:
    windows = 1 if ask.window is From.FIRST else len(ask.steps) - 1
    return Micros(now - windows * ask.within)


def _linked(moment: Moment, spine: Spine, fitting: Hits, planned: Plan, field: str) -> tuple[_Trails, int]:
    """Return the trails of customers, or of customers and values of a field; and how many facts have no value of it."""
    owner = np.arange(len(spine.starts) - 1)
    if not field:
        return _Trails(spine.starts, spine.at, fitting, spine.position, owner), 0
    rows = np.flatnonzero(fitting[spine.starts[0] :]) + spine.starts[0]
    owner = np.searchsorted(spine.starts, rows, side="right") - 1
    codes = values(moment, spine.position[rows], field, _all(planned)).codes
    is_linked = codes >= 0
    rows, owner, codes = rows[is_linked], owner[is_linked], codes[is_linked]
    width = int(codes.max(initial=0)) + 1
    found = order(owner * width + codes, spine.at[rows], spine.position[rows])
    rows = rows[found.rows]
    pairs = found.label(np.arange(len(found.starts) - 1))
    trails = _Trails(found.starts, spine.at[rows], fitting[rows], spine.position[rows], pairs // width)
    return trails, int(np.count_nonzero(~is_linked))


def _reached(trails: _Trails, ask: AskFunnel, planned: Plan, since: Micros, until: Micros) -> Reached:
    way = Way(
        len(ask.steps), np.array([step.optional for step in ask.steps]), ask.mode is Mode.STRICT, ask.within, since,
        until, np.array(planned.between, dtype=np.int64).reshape(-1, 2),
    )  # fmt: skip
    if since >= until:
        return kernel.nothing(len(trails.starts) - 1, way.steps)
    if ask.mode is Mode.UNORDERED:
        return kernel.unordered(trails.starts, trails.at, trails.hits, way)
    if ask.window is From.STEP:
        return kernel.chained(trails.starts, trails.at, trails.hits, way)
    return kernel.ordered(trails.starts, trails.at, trails.hits, way)


def _whose(trails: _Trails, which: Ints | Flags, customers: int) -> Flags:
    """Return of each customer whether one of some trails is hers."""
    found = np.zeros(customers, dtype=np.bool_)
    found[trails.owner[which]] = True
    return found


def _best(reached: Reached, trails: _Trails, *, is_linked: bool) -> Ints:
    """Return the trail that counts for each customer who entered: of several the one that came furthest."""
    found = np.flatnonzero(reached.level)
    if not is_linked:
        return found  # each trail is a customer
    done = np.count_nonzero(reached.rows[found] != NOT_DONE, axis=1)
    began = trails.at[reached.rows[found, 0]]
    found = found[np.lexsort((began, -done, -reached.level[found], trails.owner[found]))]
    _, first = np.unique(trails.owner[found], return_index=True)
    return found[first]


def _came(reached: Reached, trails: _Trails, best: Ints) -> Came:
    rows = reached.rows[best]
    return Came(reached.level[best], np.where(rows == NOT_DONE, NOT_DONE, trails.at[rows]), rows != NOT_DONE)


def _items(reached: Reached, unlinked: int, steps: int) -> Items:
    return Items(tuple(int(np.count_nonzero(reached.level > step)) for step in range(steps)), unlinked)


def _groups(moment: Moment, trails: _Trails, reached: Reached, best: Ints, planned: Plan, asked: Asked) -> Values:
    """Return in which group each customer is."""
    rows, field = reached.rows[best], asked.ask.by
    decides = rows[:, 0] if asked.ask.grouped_by is GroupedBy.FIRST else rows.max(axis=1)
    found = values(moment, trails.position[decides], field, planned.steps)
    return found.written(type_of(field, planned.steps[0], asked.declared))
