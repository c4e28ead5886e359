"""How alerts stand: the last stretch that is over beside its own past, and which part explains the change."""

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from interplay.engine.olap.trails import Ints
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, from_micros
from interplay.measure.alerts.contracts import ALERT, ENDED, RAISED, AlertDocument, AlertSeen, AskAlerts, State, Way
from interplay.measure.alerts.expecting import (
    UNUSUAL_MAX,
    USUAL,
    WINDOW_MAX,
    Expected,
    Part,
    changed_since,
    expected,
    explained,
    residuals,
    unusual_since,
)
from interplay.measure.alerts.telling import Explained, Found, Judged, told, unknown
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import AskSides, By, Metric, Sides, Unit
from interplay.measure.reading.api import Numbers
from interplay.understand.profiles.contracts import Reading

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session

HISTORY = {By.HOUR: 28 * 24, By.DAY: 56, By.WEEK: 26}
"""How many stretches before the one that is judged say what is usual."""
LENGTH = {By.HOUR: HOUR, By.DAY: DAY, By.WEEK: 7 * DAY}
PAIRS_BETTER = 1.3
"""So much more two dimensions together have to explain than one alone."""
COUNTED = (Unit.PEOPLE, Unit.TIMES, Unit.ITEMS)


class Stretches(NamedTuple):
    """Consecutive stretches that are over, and of which kind each is: its weekday, or hour of the week."""

    edges: tuple[int, ...]
    seasons: Ints


def answer(reading: Reading, ask: AskAlerts) -> list[AlertSeen]:
    """Return how alerts stand, in the order of their names. Raises AppError `alerts.unknown` (404)."""
    now = reading.world.now() if ask.at is None else ask.at
    current = reading.declarations.current()
    every = {one.name: msgspec.convert(one.content, AlertDocument) for one in current.documents if one.kind == ALERT}
    for name in ask.names:
        if name not in every:
            raise AppError("alerts.unknown", status=404, given=name, allowed=", ".join(sorted(every)) or "—")
    catalogue = metrics.metrics(current.documents)
    with reading.warehouse.session() as session:
        firing = _told_of(session)
        return [
            replace(
                _seen(reading, session, ask, name, one, catalogue[one.metric], now), is_told=firing.get(name) == RAISED
            )
            for name, one in sorted(every.items())
            if name in ask.names or (not ask.names and one.enabled)
        ]


def _told_of(session: "Session") -> dict[str, str]:
    """Return by alert what was told of it last, up to now."""
    facts = session.table("facts")
    if "alert_id" not in facts.columns:
        return {}
    some = facts.select("position", "name", "alert_id")
    some = some.filter(some["name"].isin([RAISED, ENDED])).order_by("position")
    return {row["alert_id"]: row["name"] for row in some.to_pyarrow().to_pylist()}


def _seen(
    reading: Reading, session: "Session", ask: AskAlerts, name: str, alert: AlertDocument, metric: Metric, now: Micros
) -> AlertSeen:
    stretches = stretches_until(now, alert.by, reading)
    dimensions = metric.document.dimensions if alert.dimensions is None else alert.dimensions
    found = Found(name, alert, metric, stretches.edges, reading.world.brand, reading.world.zone, ask.lang)

    def asked(*sets: tuple[str, ...]) -> list[Sides]:
        wanted = AskSides(alert.metric, stretches.edges, sets, now, alert.dialect, alert.only, alert.customers)
        return metrics.sides(reading, session, wanted)

    (whole,) = asked(())
    if whole.begins is None or stretches.edges[-2] < whole.begins:
        return unknown(found, Judged(State.UNKNOWN, None, None, "nothing"))
    first = int(np.searchsorted(stretches.edges[:-1], whole.begins))
    whole.value[:first] = np.nan  # nothing was collected yet, which is not 0
    judged = judge(alert, metric.document.unit, whole, stretches.seasons)
    if judged.state is State.UNKNOWN:
        return unknown(found, judged)
    if judged.state is State.QUIET or whole.above is None:
        return told(found, judged)
    sets: list[tuple[str, ...]] = [*((one,) for one in dimensions), *combinations(dimensions, 2)]
    parts = list(zip(sets, asked(*sets), strict=True)) if sets else []
    return told(found, judged, cause(alert, whole, parts, stretches.seasons, first))


def stretches_until(now: Micros, by: By, reading: Reading) -> Stretches:
    """Return the stretches that are over, as many as history and the longest window need."""
    zone = reading.world.zone
    count = HISTORY[by] + WINDOW_MAX + 1
    since = Micros(max(now - (count + 3) * LENGTH[by], 0))
    ahead = Micros(now + 2 * LENGTH[by])
    edges = [at for at in metrics.stretches(since, ahead, by, zone)[1:-1] if at <= now][-count - 1 :]
    local = [from_micros(Micros(at)).astimezone(zone) for at in edges[:-1]]
    return Stretches(tuple(edges), np.array([_season(at, by) for at in local], dtype=np.int64))


def _season(at: datetime, by: By) -> int:
    """Return which stretches are of one kind: those of a weekday, or of an hour of the week."""
    match by:
        case By.HOUR:
            return at.weekday() * 24 + at.hour
        case By.DAY:
            return at.weekday()
    return 0


def judge(alert: AlertDocument, unit: Unit, whole: Sides, seasons: Ints) -> Judged:
    """Return how the last stretch stands, and since when it fires."""
    last = len(seasons) - 1
    value = float(whole.value[last, 0])
    if np.isnan(value):
        return Judged(State.UNKNOWN, None, None, "nothing")
    if alert.change is None:
        return _bounded(alert, whole.value[:, 0], last)
    usual = expected(whole.value[:, 0], seasons, last, HISTORY[alert.by], _noise(unit, whole, seasons, last))
    if usual is None:
        return Judged(State.UNKNOWN, value, None, "history")
    if _is_little(alert, unit, whole, usual, last):
        return Judged(State.UNKNOWN, value, usual, "little")
    is_way = alert.way is Way.BOTH or (alert.way is Way.UP) == (value > usual.value)
    is_far = abs(value - usual.value) >= alert.change * abs(usual.value)
    began = unusual_since(*_past(alert, unit, whole, seasons, last), alert.change) if is_way and is_far else None
    if began is None:
        return Judged(State.QUIET, value, usual)
    return Judged(State.FIRING, value, usual, began=last - began)


def _bounded(alert: AlertDocument, values: Numbers, last: int) -> Judged:
    """Return how the last number stands to the bounds, and since when it is outside without a break."""
    above = values > alert.above if alert.above is not None else np.zeros(len(values), dtype=np.bool_)
    below = values < alert.below if alert.below is not None else np.zeros(len(values), dtype=np.bool_)
    inside = np.flatnonzero(~(above | below))
    if len(inside) and inside[-1] == last:
        return Judged(State.QUIET, float(values[last]), None)
    return Judged(State.FIRING, float(values[last]), None, began=int(inside[-1]) + 1 if len(inside) else 0)


def _past(alert: AlertDocument, unit: Unit, whole: Sides, seasons: Ints, last: int) -> tuple[list[float], list[float]]:
    """Return of the last stretch and those before, the newest first, how far off each was, in spreads and in shares."""
    spreads, shares = [], []
    for at in range(last, max(last - UNUSUAL_MAX, -1), -1):
        value = float(whole.value[at, 0])
        usual = expected(whole.value[:, 0], seasons, at, HISTORY[alert.by], _noise(unit, whole, seasons, at))
        if usual is None or np.isnan(value):
            break
        spread = (usual.high - usual.low) / (2 * USUAL)
        spreads.append((value - usual.value) / spread if spread else float(np.sign(value - usual.value)) * 2 * USUAL)
        shares.append((value - usual.value) / usual.value if usual.value else 0.0)
    return spreads, shares


def _noise(unit: Unit, whole: Sides, seasons: Ints, at: int) -> float:
    """Return the relative standard deviation that counting alone makes of a stretch like this one."""
    same = np.flatnonzero(seasons[:at] == seasons[at])
    if whole.above is None or not len(same) or not (unit in COUNTED or whole.below is not None):
        return 0.0
    above = float(np.median(whole.above[same, 0]))
    if above <= 0:
        return 1.0
    if unit is Unit.SHARE and whole.below is not None:
        below = float(np.median(whole.below[same, 0]))
        return sqrt(max(1 - above / below, 0.0) / above) if below > 0 else 1.0
    return 1 / sqrt(above) if unit is not Unit.MONEY else 0.0


def _is_little(alert: AlertDocument, unit: Unit, whole: Sides, usual: Expected, at: int) -> bool:
    if whole.below is not None:
        return float(whole.below[at, 0]) < alert.least
    return unit in COUNTED and usual.value < alert.least


def cause(
    alert: AlertDocument, whole: Sides, parts: list[tuple[tuple[str, ...], Sides]], seasons: Ints, first: int = 0
) -> Explained | None:
    """Return since when everything together has changed, and the part that explains it, if one stands out.

    `first`: the first stretch in which anything was collected; None: too few came since.
    """
    last, history = len(seasons) - 1, HISTORY[alert.by]
    assert whole.above is not None
    usual = residuals(whole.above, whole.below, seasons, last, history, first)
    if usual is None:
        return None
    since = changed_since(whole.above, *usual, last)
    best: tuple[tuple[str, ...], Sides, Part] | None = None
    for dimensions, part in _explanations(parts, seasons, last, history, first):
        better = PAIRS_BETTER if best is not None and len(dimensions) > len(best[0]) else 1.0
        if best is None or part[1].score > better * best[2].score:
            best = (dimensions, *part)
    return Explained(since, best)


def _explanations(
    parts: list[tuple[tuple[str, ...], Sides]], seasons: Ints, last: int, history: int, first: int
) -> Iterator[tuple[tuple[str, ...], tuple[Sides, Part]]]:
    for dimensions, sides in parts:
        assert sides.above is not None
        usual = residuals(sides.above, sides.below, seasons, last, history, first)
        part = (
            None if usual is None else explained(sides.above, *usual, last, [one is not None for one in sides.groups])
        )
        if part is not None:
            yield dimensions, (sides, part)
