"""Segments of all customers: the question as it is asked of a running mind, beside SQL written by hand."""

import os
from typing import Any

from bench import shop
from bench.figures import Figure, Limit, Settings, alternating
from bench.processes import MIB, pss_bytes
from bench.store import shop_store
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import open_home
from interplay.bootstrap.mind import Mind
from interplay.criteria.contracts import Answer
from interplay.kernel.time import DAY
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment

TIMES = 9
SEQUENCE_SQL_TIMES = 2
BEHAVIOUR = 'count("order.completed", within="90d") >= 3 and sum("order.completed", "value", within="365d") > 100000'
BEHAVIOUR_SQL = f"""
SELECT count(*) FILTER (WHERE coalesce(n, 0) >= 3 AND coalesce(total, 0) > 100000), 0, count(*)
FROM customers LEFT JOIN (
    SELECT customer, count(*) FILTER (WHERE occurred_at > {shop.UNTIL - 90 * DAY}) AS n, sum(value) AS total
    FROM facts JOIN members USING (subject)
    WHERE name = 'order.completed' AND occurred_at > {shop.UNTIL - 365 * DAY} AND occurred_at <= {shop.UNTIL}
    GROUP BY customer
) USING (customer)
"""
STEPS = ("product.viewed", "cart.added", "order.completed")
SEQUENCE = f'sequence({", ".join(map(repr, STEPS))}, span="7d")'.replace("'", '"')
SEQUENCE_SQL = f"""
WITH steps AS (
    SELECT customer, occurred_at, "position", name FROM facts JOIN members USING (subject)
    WHERE name IN {STEPS} AND occurred_at <= {shop.UNTIL}
), first_step AS (
    SELECT *, max(CASE WHEN name = '{STEPS[0]}' THEN occurred_at END) OVER before AS began FROM steps
    WINDOW before AS (PARTITION BY customer ORDER BY occurred_at, "position"
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), second_step AS (
    SELECT *, max(CASE WHEN name = '{STEPS[1]}' THEN began END) OVER before AS going FROM first_step
    WINDOW before AS (PARTITION BY customer ORDER BY occurred_at, "position"
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT count(DISTINCT customer), 0, (SELECT count(*) FROM customers) FROM second_step
WHERE name = '{STEPS[2]}' AND occurred_at <= going + {7 * DAY}
"""
SEGMENT_SHARE_MAX = 1.3
SECONDS_MAX = 1.0


def measure(settings: Settings) -> list[Figure]:
    """Ask in turns of the mind and of its DuckDB; the answers have to be equal."""
    store = shop_store(settings)
    home = open_home(store.folder)
    door = Door(home)
    mind = Mind(home, door.writer)
    try:
        behaviour = _asked(settings, mind, BEHAVIOUR, BEHAVIOUR_SQL, TIMES)
        sequence = _asked(settings, mind, SEQUENCE, SEQUENCE_SQL, SEQUENCE_SQL_TIMES)
        quick = alternating([lambda: _count(mind, SEQUENCE)], TIMES)[0]
        memory = pss_bytes([os.getpid()]) / MIB
    finally:
        mind.close()
        door.close()
    return [_behaviour(settings, behaviour, memory), _sequence(settings, quick, sequence[1])]


def _asked(settings: Settings, mind: Mind, criteria: str, sql: str, times: int) -> list[float]:
    settings.say(f"segments: {criteria} …")
    ours, by_hand = _count(mind, criteria), _by_hand(mind, sql)
    if (ours.count, ours.unknown, ours.population) != by_hand:
        raise RuntimeError(f"{criteria}: {ours} by the criteria language, {by_hand} by SQL")
    return alternating([lambda: _count(mind, criteria), lambda: _by_hand(mind, sql)], times, warm_ups=1)


def _count(mind: Mind, criteria: str) -> Answer:
    return mind.ask(segments.count, CountSegment(criteria, shop.UNTIL))


def _by_hand(mind: Mind, sql: str) -> tuple[Any, ...] | None:
    with mind.warehouse.session() as backend:
        found: tuple[Any, ...] | None = backend.con.execute(sql).fetchone()
        return found


def _behaviour(settings: Settings, seconds: list[float], memory: float) -> Figure:
    ours, by_hand = seconds
    return Figure(
        row="behavioural segment",
        what=f"count over {settings.facts:,} facts, {settings.customers:,} customers",
        value=ours,
        unit="s",
        limit=Limit("SQL by hand, same DuckDB", by_hand),
        target=f"≤ {SEGMENT_SHARE_MAX} × and < {SECONDS_MAX:.0f} s",
        is_met=ours <= SEGMENT_SHARE_MAX * by_hand and ours < SECONDS_MAX,
        details={"process MiB": memory},
    )


def _sequence(settings: Settings, ours: float, by_hand: float) -> Figure:
    return Figure(
        row="three-step sequence",
        what=f"span of 7 days, over the same {settings.facts:,} facts",
        value=ours,
        unit="s",
        limit=Limit("SQL window functions, same DuckDB", by_hand),
        target=f"< {SECONDS_MAX:.0f} s",
        is_met=ours < SECONDS_MAX,
    )
