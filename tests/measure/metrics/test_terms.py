"""Every kind of term against a plain reading of its definition, over facts at random."""

from itertools import groupby, pairwise
from statistics import fmean, quantiles

import numpy as np
import pytest

from interplay.kernel.time import DAY, HOUR
from interplay.measure.metrics import working
from interplay.measure.metrics.catalogue import unknown
from interplay.measure.metrics.formula import read_formula, terms
from interplay.measure.metrics.grouping import ONE_GROUP, grouped
from interplay.measure.survival.api import time_until
from tests.measure.metrics.pasts import NOW, Past, facts_of, pasts

EDGES = [NOW - 20 * DAY, NOW - 11 * DAY, NOW - 5 * DAY, NOW + 1]
SPAN = 3 * DAY
ORDER = "order.completed"


def formula(text):
    def none(name):
        raise unknown(name, ())

    return read_formula(text, none)


def worked(facts, text, *, dimensions=()):
    """Return by stretch the number of each group, by its values."""
    one = formula(text)
    parts = list(terms(one))
    groups = grouped(facts, parts, dimensions, None, EDGES[0], EDGES[-1]) if dimensions else ONE_GROUP
    found = working.values(facts, one, np.array(EDGES), groups)
    return [
        {
            values: (None if np.isnan(number) else float(number))
            for values, number in zip(groups.values, row, strict=True)
        }
        for row in found
    ]


def stretches(past: Past, names, keep=lambda one: True):
    """Yield by stretch the facts of some names."""
    for since, until in pairwise(EDGES):
        yield [one for one in past if one.name in names and since <= one.at < until and one.at <= NOW and keep(one)]


def people(rows, at_least=1):
    owned = sorted(one.customer for one in rows if one.customer is not None)
    return sum(1 for _, some in groupby(owned) if len(list(some)) >= at_least)


@pytest.mark.parametrize("seed", range(4))
def test_facts_values_and_people_are_counted_by_stretch(seed):
    past = pasts(seed)
    facts = facts_of(past)
    expected = {
        'count("order.completed")': len,
        'people("order.completed")': people,
        'people("product.viewed" | "cart.added", at_least=3)': lambda rows: people(rows, 3),
        'sum("order.completed", "quantity")': lambda rows: sum(one.quantity or 0 for one in rows),
        'average("order.completed", "quantity")': lambda rows: _mean(_amounts(rows)),
        'median("order.completed", "quantity")': lambda rows: _quantile(_amounts(rows), 50),
        'p90("order.completed", "quantity")': lambda rows: _quantile(_amounts(rows), 90),
        'distinct("order.completed", "product_id")': lambda rows: len({o.product for o in rows} - {None}),
        'latest("order.completed", "quantity")': _latest,
    }  # fmt: skip
    for text, count in expected.items():
        names = ("product.viewed", "cart.added") if "viewed" in text else ("order.completed",)
        found = [row[()] for row in worked(facts, text)]
        assert found == pytest.approx([count(rows) for rows in stretches(past, names)], nan_ok=True), text


@pytest.mark.parametrize("seed", range(4))
def test_a_condition_and_arithmetic_hold_in_every_stretch(seed):
    past = pasts(seed)
    found = worked(
        facts_of(past), '100 * (count("order.completed", where=event.quantity >= 5) - 1) / people("order.completed")'
    )
    for row, rows in zip(found, stretches(past, ("order.completed",)), strict=True):
        below = people(rows)
        above = 100 * (sum(1 for one in rows if one.quantity is not None and one.quantity >= 5) - 1)
        assert row[()] == (pytest.approx(above / below) if below else None)


@pytest.mark.parametrize("seed", range(4))
def test_first_last_also_and_then_choose_people(seed):
    past = pasts(seed)
    facts = facts_of(past)
    hers = [one for one in past if one.customer is not None and one.at <= NOW]

    def is_first(one):
        return one is next(o for o in hers if o.customer == one.customer and o.name == one.name)

    def is_followed(one):
        later = (
            o
            for o in hers
            if o.customer == one.customer and o.name == "order.completed" and hers.index(o) > hers.index(one)
        )
        return one.at <= NOW - SPAN and any(one.at + DAY <= o.at <= one.at + SPAN for o in later)

    orders = list(stretches(past, ("order.completed",)))
    ordered = [{one.customer for one in rows} for rows in orders]
    plain = {
        'people("cart.added", first=True)': lambda rows, number: [o for o in rows if o in hers and is_first(o)],
        'people("cart.added", also="order.completed")': lambda rows, n: [o for o in rows if o.customer in ordered[n]],
        'people("cart.added", mature="3d")': lambda rows, n: [o for o in rows if o.at <= NOW - SPAN],
        'people("cart.added", then="order.completed", after="24h", within="3d")': lambda rows, n: [
            o for o in rows if o in hers and is_followed(o)
        ],
        'people("cart.added", last=True, then="order.completed", after="24h", within="3d")': lambda rows, n: [
            o for o in rows if o in hers and o is [x for x in rows if x.customer == o.customer][-1] and is_followed(o)
        ],
    }  # fmt: skip
    seen = 0
    for text, keep in plain.items():
        found = [row[()] for row in worked(facts, text)]
        expected = [people(keep(rows, number)) for number, rows in enumerate(stretches(past, ("cart.added",)))]
        assert found == expected, text
        seen += sum(expected)
    assert seen > 30


@pytest.mark.parametrize("seed", range(2))
def test_a_time_is_until_the_next_and_who_has_not_come_to_it_is_censored(seed):
    past = pasts(seed)
    found = [row[()] for row in worked(facts_of(past), 'median_time("cart.added", then="order.completed")')]
    hers = [one for one in past if one.customer is not None and one.at <= NOW]
    for value, rows in zip(found, stretches(past, ("cart.added",)), strict=True):
        spans, is_over = [], []
        for one in rows:
            if one.customer is not None:
                later = [o for o in hers[hers.index(one) + 1 :] if o.customer == one.customer and o.name == ORDER]
                spans.append((later[0].at if later else NOW) - one.at)
                is_over.append(bool(later))
        assert value == time_until(np.array(spans), np.array(is_over), 0.5) / 1_000_000


@pytest.mark.parametrize("seed", range(2))
def test_a_stock_is_all_that_came_before_the_end(seed):
    past = pasts(seed)
    found = [row[()] for row in worked(facts_of(past), 'stock("order.completed", "quantity")')]
    orders = [one for one in past if one.name == "order.completed" and one.at <= NOW]
    assert found == [sum(one.quantity or 0 for one in orders if one.at < until) for until in EDGES[1:]]


@pytest.mark.parametrize("seed", range(2))
def test_groups_are_those_of_each_facts_own_value_and_no_fact_is_lost(seed):
    past = pasts(seed)
    found = worked(facts_of(past), 'people("order.completed")', dimensions=("product_id", "source"))
    for row, rows in zip(found, stretches(past, ("order.completed",)), strict=True):
        keys = {(one.product, one.source) for one in rows}
        expected = {key: people([o for o in rows if (o.product, o.source) == key]) for key in keys}
        assert {key: count for key, count in row.items() if count} == {key: n for key, n in expected.items() if n}


def test_what_is_not_of_the_customers_asked_about_counts_for_nothing():
    past = pasts(1)
    found = [row[()] for row in worked(facts_of(past, among=[3, 4, 9]), 'count("order.completed")')]
    assert found == [len(rows) for rows in stretches(past, ("order.completed",), lambda one: one.customer in {3, 4, 9})]


def test_a_visit_ends_with_a_pause_and_knows_its_pages_clicks_and_time():
    views = [(1, 0, "page.viewed"), (1, HOUR // 2, "page.viewed"), (1, HOUR + 1, "element.clicked"),
             (2, 0, "order.completed"), (2, 60, "page.viewed"), (2, 90, "order.completed"),
             (2, 99, "store.entered")]  # fmt: skip
    begin = NOW - DAY
    facts = facts_of(
        [Past.of(customer, begin + at * (1 if at > 1_000 else 1_000_000), name) for customer, at, name in views]
    )
    whole = {
        'count("visit")': 3, 'count("visit", where=event.pages == 1)': 1, 'sum("visit", "pages")': 3,
        'sum("visit", "clicks")': 1, 'sum("visit", "keys")': 1, 'sum("visit", "seconds")': 1_830,
        'people("visit")': 2,
    }  # fmt: skip
    assert {text: worked(facts, text)[-1][()] for text in whole} == whole


def _amounts(rows):
    return [one.quantity for one in rows if one.quantity is not None]


def _mean(values):
    return fmean(values) if values else None


def _quantile(values, percent):
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _latest(rows):
    said = [one for one in sorted(rows, key=lambda o: (o.at, o.position)) if one.quantity is not None]
    return said[-1].quantity if said else None
