"""A funnel's answer: facts in order from the spine, conditions and fields from the warehouse, one kernel pass."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interplay.criteria.api import answers, matching
from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.spine import Keeper, Spine
from interplay.engine.olap.trails import Ints, order
from interplay.kernel.ids import Micros
from interplay.measure.funnels import kernel
from interplay.measure.funnels.checking import Fits, Plan, period, plan
from interplay.measure.funnels.contracts import AskFunnel, From, Funnel, GroupedBy, Immature, Items, Mode
from interplay.measure.funnels.kernel import NOT_DONE, Hits, Reached, Way
from interplay.measure.funnels.telling import Asked, Came, Values, Walked, told
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import as_of, read_criteria, vocabulary

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session


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
        among = _among(reading, session, ask.customers, now) if ask.customers else None
        return told(asked, walk(session, reading.warehouse.spine, planned, asked, among))


def walk(moment: Moment, keeper: Keeper, planned: Plan, asked: Asked, among: Ints | None = None) -> Walked:
    """Return how everybody's attempts went, or those of some customers, on whatever engine the facts are."""
    ask, since, until, now = asked.ask, asked.since, asked.until, asked.now
    names = None if ask.mode is Mode.STRICT else {name for fits in _all(planned) for name in fits.facts}
    spine = keeper.of(moment, names)
    hits = _hits(moment, spine, planned, now)
    if among is not None:
        _keep(hits, spine, among)
    trails, unlinked = _linked(moment, spine, hits, planned, ask.linked)
    over = min(max(_over(ask, now), since), until)  # whose attempt begins before it had all of the window
    mature, late = (_reached(trails, ask, planned, *one) for one in ((since, over), (over, until)))
    best = _best(mature, trails)
    entered = np.setdiff1d(trails.owner[late.level > 0], trails.owner[best])
    converted = np.intersect1d(entered, trails.owner[late.level == len(ask.steps)])
    void = np.setdiff1d(trails.owner[mature.is_void], trails.owner[best])
    return Walked(
        _came(mature, trails, best), Immature(len(entered), len(converted)), len(void),
        _items(mature, unlinked, len(ask.steps)) if ask.linked else None,
        _groups(moment, trails, mature, best, planned, asked) if ask.by else None,
    )  # fmt: skip


def _all(planned: Plan) -> tuple[Fits, ...]:
    return (*planned.steps, *planned.excluded)


def _over(ask: AskFunnel, now: Micros) -> Micros:
    windows = 1 if ask.window is From.FIRST else len(ask.steps) - 1
    return Micros(now - windows * ask.within)


def _hits(moment: Moment, spine: Spine, planned: Plan, now: Micros) -> Hits:
    """Return for each fact which steps it fits. What happened after `now` fits none."""
    masks = np.zeros(len(spine.codes) + 1, dtype=np.uint32)
    for bit, fits in enumerate(_all(planned)):
        for name in fits.facts:
            masks[spine.codes.get(name, -1)] |= np.uint32(1 << bit)
    masks[-1] = 0  # of names that no fact has
    hits: Hits = masks[spine.code]
    for bit, fits in enumerate(_all(planned)):
        if fits.where:
            rows = np.flatnonzero(hits & np.uint32(1 << bit))
            is_so = _fitting(moment, fits, now)
            hits[rows[~is_so[np.minimum(spine.position[rows], len(is_so) - 1)]]] &= ~np.uint32(1 << bit)
    if len(spine.at) and int(spine.at.max()) > now:
        hits[spine.at > now] = 0
    return hits


def _fitting(moment: Moment, fits: Fits, now: Micros) -> Any:
    """Return by position whether a fact is one for which its condition is true; the last of all is false."""
    facts = moment.table("facts")
    found = [
        matching(where, facts.filter(facts["name"] == name), now).select("position").to_pyarrow()["position"].to_numpy()
        for name, where in zip(fits.facts, fits.where, strict=True)
    ]
    is_so = np.zeros(max(int(one.max(initial=0)) for one in found) + 2, dtype=np.bool_)
    for one in found:
        is_so[one] = True
    return is_so


def _among(reading: Reading, session: "Session", criteria: str, now: Micros) -> Ints:
    criterion, words = read_criteria(reading, criteria)
    answered = answers(criterion, words, as_of(session, now), now)
    found: Ints = answered.filter(answered.answer).select("customer").to_pyarrow()["customer"].to_numpy()
    return found


def _keep(hits: Hits, spine: Spine, customers: Ints) -> None:
    """Let the facts of all other customers fit nothing."""
    is_hers = np.isin(spine.order.label(np.arange(len(spine.starts) - 1)), customers, assume_unique=True)
    hits[spine.starts[0] :][~np.repeat(is_hers, np.diff(spine.starts))] = 0


def _linked(moment: Moment, spine: Spine, hits: Hits, planned: Plan, field: str) -> tuple[_Trails, int]:
    """Return the trails of customers, or of customers and values of a field; and how many facts have no value of it."""
    owner = np.arange(len(spine.starts) - 1)
    if not field:
        return _Trails(spine.starts, spine.at, hits, spine.position, owner), 0
    rows = np.flatnonzero(hits[spine.starts[0] :]) + spine.starts[0]
    owner = np.searchsorted(spine.starts, rows, side="right") - 1
    codes = _values(moment, spine.position[rows], field, _all(planned)).codes
    is_linked = codes >= 0
    rows, owner, codes = rows[is_linked], owner[is_linked], codes[is_linked]
    width = int(codes.max(initial=0)) + 1
    found = order(owner * width + codes, spine.at[rows], spine.position[rows])
    rows = rows[found.rows]
    pairs = found.label(np.arange(len(found.starts) - 1))
    trails = _Trails(found.starts, spine.at[rows], hits[rows], spine.position[rows], pairs // width)
    return trails, int(np.count_nonzero(~is_linked))


def _values(moment: Moment, position: Ints, field: str, of: tuple[Fits, ...]) -> Values:
    """Return the value of a field for each of some facts, as a number and what the number stands for; -1: none."""
    facts = moment.table("facts")
    codes = np.full(int(position.max(initial=0)) + 1, NOT_DONE, dtype=np.int64)
    if field not in facts.columns:  # declared since, and no fact has it
        return Values(codes[position], [])
    some = facts.filter(
        facts["name"].isin(sorted({name for fits in of for name in fits.facts})), facts[field].notnull()
    )
    found = some.filter(some["position"] < len(codes)).select("position", value=some[field]).to_pyarrow()
    encoded = found["value"].combine_chunks().dictionary_encode()
    codes[found["position"].to_numpy()] = encoded.indices.to_numpy()
    return Values(codes[position], encoded.dictionary.to_pylist())


def _reached(trails: _Trails, ask: AskFunnel, planned: Plan, since: Micros, until: Micros) -> Reached:
    way = Way(
        len(ask.steps), np.array([step.optional for step in ask.steps]), ask.mode is Mode.STRICT, ask.within, since,
        until, np.array(planned.between, dtype=np.int64).reshape(-1, 2),
    )  # fmt: skip
    if ask.mode is Mode.UNORDERED:
        return kernel.unordered(trails.starts, trails.at, trails.hits, way)
    if ask.window is From.STEP:
        return kernel.chained(trails.starts, trails.at, trails.hits, way)
    return kernel.ordered(trails.starts, trails.at, trails.hits, way)


def _best(reached: Reached, trails: _Trails) -> Ints:
    """Return the trail that counts for each customer who entered: of several the one that came furthest."""
    found = np.flatnonzero(reached.level)
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
    found = _values(moment, trails.position[decides], field, planned.steps)
    kinds = (asked.declared.facts.get(name) for name in planned.steps[0].facts)
    fields = (kind.fields for kind in kinds if kind is not None)
    return found.written(next((one[field].type for one in fields if field in one), None))
