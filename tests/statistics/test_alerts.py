"""Alerts by simulation: an incident that was planted is named, and days on which nothing happened are quiet."""

from itertools import product

import numpy as np
import pytest

from interplay.measure.alerts.answering import HISTORY, cause, judge
from interplay.measure.alerts.contracts import AlertDocument, State, Way
from interplay.measure.alerts.expecting import WINDOW_MAX
from interplay.measure.metrics.contracts import By, Sides, Unit

STRETCHES = HISTORY[By.DAY] + WINDOW_MAX + 1
DEVICES, CHANNELS = ("phone", "tablet", "desktop"), ("web", "app", "mini_program")
CELLS = list(product(DEVICES, CHANNELS))
WEEKDAYS = np.array([1.0, 0.9, 0.95, 1.0, 1.2, 1.6, 1.5])
DAYS = 9


def shop(seed, *, broken=lambda cell: 1.0, carts=1_200):
    """Return (carts, orders) by day and cell; `broken`: what is left of a cell's orders in the last nine days."""
    rng = np.random.default_rng(seed)
    shares = np.outer((0.55, 0.1, 0.35), (0.5, 0.2, 0.3)).ravel()
    rates = np.array([0.12 if device == "desktop" else 0.09 for device, _ in CELLS]) * rng.uniform(0.9, 1.1, len(CELLS))
    level = WEEKDAYS[np.arange(STRETCHES) % 7] * np.exp(rng.normal(0, 0.08, STRETCHES))
    many = rng.poisson(carts * np.outer(level, shares))
    left = np.ones((STRETCHES, len(CELLS)))
    left[-DAYS:] = [broken(cell) for cell in CELLS]
    return many.astype(float), rng.binomial(many, rates * left).astype(float)


def sides(numbers, below, *dimensions):
    """Return a metric by dimensions, as the slice of metrics does."""
    values = sorted({tuple(cell[place] for place in dimensions) for cell in CELLS})
    which = [values.index(tuple(cell[place] for place in dimensions)) for cell in CELLS]
    above, under = (
        None
        if one is None
        else np.stack([one[:, np.array(which) == g].sum(axis=1) for g in range(len(values))], axis=1)
        for one in (numbers, below)
    )
    return Sides(values, above if under is None else above / under, above, under)


def asked(alert, unit, orders, carts):
    seasons = np.arange(STRETCHES) % 7
    judged = judge(alert, unit, sides(orders, carts), seasons)
    parts = [(names, sides(orders, carts, *places)) for names, places in (
        (("device",), (0,)), (("channel",), (1,)), (("device", "channel"), (0, 1)),
    )]  # fmt: skip
    return judged, cause(alert, sides(orders, carts), parts, seasons)


RATE = AlertDocument("cart_to_order", change=0.15, way=Way.DOWN)
COUNT = AlertDocument("orders", change=0.15, way=Way.DOWN)


@pytest.mark.parametrize(("alert", "unit"), [(RATE, Unit.SHARE), (COUNT, Unit.TIMES)])
@pytest.mark.parametrize(("named", "broken", "least"), [
    ((("device",), ("phone",)), lambda cell: 0.3 if cell[0] == "phone" else 1.0, 40),
    ((("channel",), ("web",)), lambda cell: 0.2 if cell[1] == "web" else 1.0, 40),
    ((("device", "channel"), ("phone", "web")), lambda cell: 0.02 if cell == ("phone", "web") else 1.0, 20),
])  # fmt: skip
def test_what_was_broken_for_nine_days_is_named_with_its_window(alert, unit, named, broken, least):
    fired = found = 0
    for seed in range(40):
        carts, orders = shop(seed, broken=broken)
        judged, (_, best) = asked(alert, unit, orders, carts if alert is RATE else None)
        assert best is not None
        dimensions, group, part = best[0], best[1].groups[best[2].group], best[2]
        is_window = abs(part.first - (STRETCHES - DAYS)) <= 1
        fired += judged.state is State.FIRING  # a quarter less in all may be too little on a single day
        found += (dimensions, group) == named and is_window and part.share > 0.5
    assert fired >= least
    assert found >= 34


@pytest.mark.parametrize(("alert", "unit"), [(RATE, Unit.SHARE), (COUNT, Unit.TIMES)])
def test_what_is_broken_everywhere_is_of_no_part(alert, unit):
    everywhere = 0
    for seed in range(40):
        carts, orders = shop(seed, broken=lambda _: 0.4)
        judged, (since, best) = asked(alert, unit, orders, carts if alert is RATE else None)
        assert judged.state is State.FIRING
        everywhere += best is None and abs(since - (STRETCHES - DAYS)) <= 1
    assert everywhere >= 38


@pytest.mark.parametrize(("alert", "unit"), [(RATE, Unit.SHARE), (COUNT, Unit.TIMES)])
def test_of_a_thousand_usual_days_hardly_any_fires(alert, unit):
    fired = 0
    for seed in range(1_000):
        carts, orders = shop(10_000 + seed)
        seasons = np.arange(STRETCHES) % 7
        judged = judge(alert, unit, sides(orders, carts if alert is RATE else None), seasons)
        fired += judged.state is State.FIRING
    assert fired <= 10
