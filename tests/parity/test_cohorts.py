"""Cohorts on the other engines: facts, conditions and fields are read from them, the passes over them are ours."""

from zoneinfo import ZoneInfo

import pytest

from interplay.collect.facts.api import catalogue
from interplay.engine.olap.keeper import Keeper
from interplay.kernel.time import DAY
from interplay.measure.cohorts import answering, periods, telling
from interplay.measure.cohorts.api import read_fact
from interplay.measure.cohorts.checking import plan
from interplay.measure.cohorts.contracts import AskCohorts, AskLifecycle, AskStickiness, Back, Cut, Entry, Per
from interplay.measure.reading.contracts import Fits, Words
from tests.moments import At
from tests.parity.marking import of_engine
from tests.parity.test_funnels import MARKS, NAMES, rows
from tests.stores import BRAND, NOW
from tools.reference.support import Engine

__all__ = ["rows"]
ZONE = ZoneInfo("Asia/Shanghai")
START = read_fact("product.viewed | cart.added(event.price > 500)")
ASKS = (
    AskCohorts(START, read_fact("order.completed"), Per.DAY, by="product_id"),
    AskCohorts(START, None, Per.DAY, Entry.EACH, Cut.ROLLING, Back.UNBOUNDED, by="source"),
)


def asked(per, after=0):
    return telling.Asked(catalogue(), ZONE, NOW, periods.calendar(per, NOW - 24 * DAY, NOW, ZONE, after))


def triangle(tables, ask):
    open_ = asked(ask.per, ask.periods + 1)
    planned = plan(ask, Words("cohorts", NAMES, open_.declared, BRAND))
    return telling.cohorts(open_, ask, answering.walk(At(tables, MARKS), Keeper(), planned, open_, ask))


def activity(tables):
    sticky, lives = AskStickiness(START, Per.WEEK), AskLifecycle(START, Per.DAY)
    seen = answering.follow(At(tables, MARKS), Keeper(), (Fits(("order.completed",)),), NOW)
    return (
        telling.stickiness(asked(Per.WEEK), sticky, *answering.stuck(seen, asked(Per.WEEK), sticky)),
        telling.lifecycle(asked(Per.DAY), lives, answering.lived(seen, asked(Per.DAY), lives)),
    )


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_gives_the_same_triangle(engine, loads, rows, ask):
    found = triangle(loads(engine)(rows), ask)
    assert found == triangle(rows, ask)
    assert found.customers > 20
    assert sum(cell.returned.count for cell in found.mean) > 20


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine])
def test_every_engine_gives_the_same_activity(engine, loads, rows):
    stickiness, lifecycle = activity(loads(engine)(rows))
    assert (stickiness, lifecycle) == activity(rows)
    assert stickiness.periods[1].customers > 10
    assert sum(one.resurrecting for one in lifecycle.periods) > 10
