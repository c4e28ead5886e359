"""Intervals against a plain reading of their definition, and as they are asked of a store."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, SECOND
from interplay.measure.funnels.api import read_step
from interplay.measure.intervals import api as intervals
from interplay.measure.intervals.contracts import AskIntervals
from interplay.measure.intervals.pairing import pairs
from interplay.unify.identity.contracts import DecisionKind
from tests.measure.funnels.test_answers import decide
from tests.stores import NOW, Store, cookie, fact, user

SLOW = settings(deadline=None, derandomize=True)
BEGIN = NOW - 20 * DAY


@SLOW
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["first", "then", "both", ""])), max_size=40))
def test_each_first_fact_waits_for_the_next_unless_another_came_before_it(past):
    rows = sorted(range(len(past)), key=lambda row: past[row][0])
    trail = np.array([past[row][0] for row in rows], dtype=np.int64)
    kinds = [past[row][1] for row in rows]
    is_first, is_then = (np.array([kind in (one, "both") for kind in kinds], dtype=bool) for one in ("first", "then"))
    first, then = np.flatnonzero(is_first), np.flatnonzero(is_then)
    found = pairs(trail[first], first, trail[then], then)
    for place, row in enumerate(first):
        nexts = [one for one in then if one > row and trail[one] == trail[row]]
        others = [one for one in first if one > row and trail[one] == trail[row]]
        end = nexts[0] if nexts else None
        counts = not any(end is None or one < end for one in others)
        assert (then[found.then[place]] if found.then[place] >= 0 else None) == end
        assert found.counts[place] == counts


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def did(who, name, at, **fields):
    return fact(name, who, at=Micros(at), key=(who, name, at, *fields.values()), fields=fields)


def asked(shop, first="product.viewed", then="order.completed", **more):
    return shop.ask(intervals.ask, AskIntervals(*(read_step(one, "intervals") for one in (first, then)), **more))


def three_lookers(shop):
    shop.store(
        did(user(1), "product.viewed", BEGIN, product_id="tea"),
        did(user(1), "product.viewed", BEGIN + HOUR, product_id="milk"),
        did(user(1), "order.completed", BEGIN + 3 * HOUR, product_id="tea"),
        did(user(2), "product.viewed", BEGIN, product_id="tea"),
        did(user(2), "order.completed", BEGIN + 6 * HOUR),
        did(user(3), "product.viewed", NOW - DAY, product_id="tea"),
    )


def test_the_last_of_several_counts_and_who_waits_still_is_apart_but_not_left_out(shop):
    three_lookers(shop)
    found = asked(shop)
    spread = found.spread
    assert (spread.count, spread.least, spread.median, spread.most) == (2, 7_200, 14_400, 21_600)
    assert (found.open, found.median_of_all, found.p90_of_all) == (1, 21_600, None)
    assert {(one.since, one.count) for one in found.bins if one.count} == {(3_600, 1), (21_600, 1)}
    assert "Kaplan" in found.definition


def test_what_is_linked_has_the_same_value_and_groups_are_those_of_the_first(shop):
    three_lookers(shop)
    found = asked(shop, linked="product_id", by="product_id")
    assert (found.spread.count, found.spread.median, found.open) == (1, 10_800, 3)
    assert {one.value: (one.spread.count, one.open) for one in found.groups} == {"tea": (1, 2), "milk": (0, 1)}


def test_between_one_and_the_next_of_the_same_kind(shop):
    shop.store(*(did(user(1), "order.completed", BEGIN + days * DAY) for days in (0, 1, 4)))
    found = asked(shop, "order.completed")
    assert (found.spread.count, found.spread.least, found.spread.most, found.open) == (
        2,
        DAY / SECOND,
        3 * DAY / SECOND,
        1,
    )


def test_only_the_period_and_the_customers_that_are_asked_about(shop):
    three_lookers(shop)
    assert asked(shop, since=Micros(BEGIN + 1), until=Micros(BEGIN + 2 * HOUR)).spread.count == 1
    assert asked(shop, customers='count("order.completed") >= 1').open == 0
    assert asked(shop, at=Micros(BEGIN + 4 * HOUR)).spread.count == 1


def test_who_turned_out_to_be_one_person_waits_once(shop):
    shop.store(did(cookie(1), "product.viewed", BEGIN), did(user(1), "order.completed", BEGIN + HOUR))
    assert (asked(shop).spread.count, asked(shop).open) == (0, 1)
    for kind, expected in ((DecisionKind.TOGETHER, 1), (DecisionKind.APART, 0)):
        decide(shop, kind, cookie(1), user(1))
        assert asked(shop).spread.count == expected


def test_nothing_at_all_has_no_median_in_both_languages(shop):
    for lang in ("en", "zh"):
        found = asked(shop, lang=lang)
        assert (found.spread.count, found.spread.median, found.median_of_all, found.open) == (0, None, None, 0)
        assert found.definition


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"first": "product.view"}, "intervals.fact"),
        ({"first": "product.viewed(event.colour == 1)"}, "intervals.where"),
        ({"linked": "store_entered"}, "intervals.field"),
        ({"by": "colour"}, "intervals.field"),
        ({"since": NOW}, "intervals.period"),
        ({"first": "a > b"}, "intervals.one"),
    ],
)
def test_what_cannot_be_asked_is_said(shop, more, code):
    with pytest.raises(AppError) as wrong:
        asked(shop, **more)
    assert wrong.value.code == code
    assert wrong.value.text("zh") != wrong.value.text("en")
