"""Metrics of all customers, as they are asked of a running mind, beside SQL written by hand on the same warehouse.

The last question is asked again when the facts of one more day have come in, and when a thousand more have.
"""

import os
from collections.abc import Callable

from bench import shop
from bench.facts import last_day
from bench.figures import Figure, Limit, Settings, alternating, seconds_of
from bench.processes import MIB, pss_bytes
from bench.store import copied, shop_store, tell
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import open_home
from interplay.bootstrap.mind import Mind
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import AskMetrics, By

TIMES = 5
DAYS = 90
UNIQUES_SECONDS_MAX, VISITS_SECONDS_MAX, ALL_SECONDS_MAX, AGAIN_SECONDS_MAX = 1.5, 1.5, 15.0, 0.5
FEW = 1_000
UNTIL = Micros(shop.UNTIL)
SINCE = Micros(UNTIL - DAYS * DAY)
UNIQUES = """
SELECT (occurred_at + {offset}) // {day} AS day, count(DISTINCT customer) FROM facts JOIN members USING (subject)
WHERE name IN ('page.viewed', 'screen.viewed') AND occurred_at >= {since} AND occurred_at < {until}
GROUP BY 1 ORDER BY 1
"""
VISITS = """
SELECT count(*) FROM (
  SELECT occurred_at - lag(occurred_at) OVER (PARTITION BY customer ORDER BY occurred_at) AS pause
  FROM facts JOIN members USING (subject) WHERE name IN ('page.viewed', 'product.viewed', 'cart.added')
) WHERE pause IS NULL OR pause > 1800000000
"""


def measure(settings: Settings) -> list[Figure]:
    """Ask for people by day, for visits, and for everything by day; people have to be those of SQL."""
    with copied(shop_store(settings), settings.folder / "run") as store:
        home = open_home(store.folder)
        door = Door(home)
        mind = Mind(home, door.writer)
        try:
            settings.say("metrics: …")
            _ask(mind, "visitors", "visits")  # kernels are compiled on a machine once
            if (ours := _uniques(mind)) != (theirs := _sql_uniques(mind)):
                raise RuntimeError(f"{sum(ours)} by us, {sum(theirs)} by SQL")
            uniques, sql_uniques = alternating([_anew(mind, "visitors"), lambda: _sql_uniques(mind)], TIMES)
            visits, sql_visits = alternating([_anew(mind, "visits"), lambda: _sql(mind, VISITS)], TIMES)
            mind.warehouse.rest()
            everything = seconds_of(lambda: _ask(mind))
            memory = pss_bytes([os.getpid()]) / MIB
            news = list(last_day(settings.facts, settings.customers, settings.seed))
            tell(door, mind, news[:FEW])
            few = seconds_of(lambda: _ask(mind))
            tell(door, mind, news[FEW:])
            day = seconds_of(lambda: _ask(mind))
            memory = max(memory, pss_bytes([os.getpid()]) / MIB)
        finally:
            mind.close()
            door.close()
    what = f"over {settings.facts:,} facts of {settings.customers:,} customers, {DAYS} days"
    by_hand, sql = Limit("SQL by hand", sql_uniques), Limit("SQL by hand", sql_visits)
    rows = (
        ("daily people", f"exact, {what}", uniques, by_hand, UNIQUES_SECONDS_MAX),
        ("visits", f"everybody's, from the beginning, {what}", visits, sql, VISITS_SECONDS_MAX),
        ("all metrics by day", f"the first question, {what}", everything, by_hand, ALL_SECONDS_MAX),
        ("all metrics by day again", f"a day of {len(news):,} facts came in, {what}", day, by_hand, AGAIN_SECONDS_MAX),
        ("all metrics by day, few news", f"{FEW:,} facts came in, {what}", few, by_hand, AGAIN_SECONDS_MAX),
    )
    return [
        Figure(
            row=row, what=told, value=value, unit="s", limit=limit, target=f"< {most} s", is_met=value < most,
            details={"process MiB": memory},
        )
        for row, told, value, limit, most in rows
    ]  # fmt: skip


def _ask(mind: Mind, *names: str) -> None:
    mind.ask(metrics.ask, AskMetrics(names, SINCE, UNTIL, By.DAY, at=UNTIL))


def _anew(mind: Mind, *names: str) -> Callable[[], None]:
    """Ask without what was kept of the question before, which would be no measurement."""

    def ask() -> None:
        mind.warehouse.spine.forget()
        _ask(mind, *names)

    return ask


def _uniques(mind: Mind) -> list[int]:
    (found,) = mind.ask(metrics.ask, AskMetrics(("visitors",), SINCE, UNTIL, By.DAY, at=UNTIL))
    return [int(point.figure.value or 0) for point in found.points]


def _sql_uniques(mind: Mind) -> list[int]:
    rows = _sql(mind, UNIQUES.format(since=SINCE, until=UNTIL, day=DAY, offset=8 * HOUR))
    return [people for _, people in rows]


def _sql(mind: Mind, query: str) -> list[tuple[int, int]]:
    with mind.warehouse.session() as session:
        return session.con.execute(query).fetchall()
