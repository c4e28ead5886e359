"""Paths against a plain reading of their definition; nothing gets lost on the way."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, MINUTE
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.paths import api as paths
from interplay.measure.paths import walking
from interplay.measure.paths.contracts import AskPaths
from tests.stores import NOW, Store, fact, user

SLOW = settings(deadline=None, derandomize=True)
BEGIN = NOW - 20 * DAY
PAUSE, START = 5, 2


def stretches(past, keeps_repeats):
    """Return the stretches of (owner, at, step), each a list of (at, step)."""
    found, before = [], None
    for owner, at, step in past:
        if before is None or owner != before[0] or at - before[1] > PAUSE:
            found.append([])
        if keeps_repeats or not found[-1] or found[-1][-1][1] != step:
            found[-1].append((at, step))
        before = owner, at
    return found


def walked(past, keeps_repeats):
    columns = (np.array([one[place] for one in past], dtype=np.int64) for place in range(3))
    owner, at, step = columns
    return walking.stretches(owner, at, step, PAUSE, keeps_repeats=keeps_repeats)


def listed(walks):
    found = [[] for _ in range(walks.total)]
    for stretch, depth, step in zip(walks.stretch, walks.depth, walks.step, strict=True):
        assert len(found[stretch]) == depth
        found[stretch].append(int(step))
    return found


PASTS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 3)), max_size=30).map(sorted)


@SLOW
@given(PASTS, st.booleans())
def test_a_pause_ends_a_stretch_and_a_repeated_step_is_one(past, keeps_repeats):
    expected = [[step for _, step in one] for one in stretches(past, keeps_repeats)]
    assert listed(walked(past, keeps_repeats)) == expected


@SLOW
@given(PASTS)
def test_from_a_start_on_and_back_from_an_end(past):
    plain = [[step for _, step in one] for one in stretches(past, keeps_repeats=True)]
    walks = walked(past, keeps_repeats=True)
    is_one = walks.step == START
    some = [one for one in plain if START in one]
    assert listed(walking.from_first(walks, is_one)) == [one[one.index(START) :] for one in some]
    back = listed(walking.up_to_first(walks, is_one))
    assert sorted(back) == sorted(one[: one.index(START) + 1][::-1] for one in some)


@SLOW
@given(PASTS)
def test_alike_stretches_are_counted_together(past):
    walks = walking.shown(walked(past, keeps_repeats=True), 3, 9)
    table, counts = walking.alike(walks, 3)
    pairs = zip(table.tolist(), counts.tolist(), strict=True)
    found = {tuple(step for step in row if step >= 0): count for row, count in pairs}
    assert found == Counter(tuple(step for _, step in one[:3]) for one in stretches(past, keeps_repeats=True))


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def did(who, *names, at=BEGIN, every=MINUTE, **fields):
    return [
        fact(name, user(who), at=Micros(at + number * every), key=(who, at, number), fields=fields)
        for number, name in enumerate(names)
    ]


def asked(shop, **more):
    return shop.ask(paths.ask, AskPaths(**more))


def three_visitors(shop):
    shop.store(
        *did(1, "page.viewed", "page.viewed", "product.viewed", "cart.added", "order.completed", path="/"),
        *did(1, "page.viewed", at=BEGIN + 2 * HOUR),
        *did(2, "page.viewed", "product.viewed"),
        *did(3, "product.viewed", "cart.added"),
    )


def test_what_follows_what_and_where_it_ends(shop):
    three_visitors(shop)
    found = asked(shop)
    assert (found.stretches, found.customers) == (4, 3)
    nodes = {(one.depth, one.step): (one.stretches, one.customers, one.ended) for one in found.nodes}
    assert nodes[0, "page.viewed"] == (3, 2, 1)
    assert nodes[1, "product.viewed"] == (2, 2, 1)
    links = {(one.depth, one.step, one.then): (one.stretches, one.seconds_median) for one in found.links}
    assert links[0, "page.viewed", "product.viewed"] == (2, 90.0)
    assert found.paths[0].stretches == 1
    assert ("page.viewed", "product.viewed", "cart.added", "order.completed") in {one.steps for one in found.paths}


@pytest.mark.parametrize("shown", [1, 8])
def test_into_each_step_go_as_many_as_out_of_it_and_end_with_it(shop, shown):
    names = ("page.viewed", "product.viewed", "cart.added", "order.completed", "element.clicked")
    rng = np.random.default_rng(shown)
    shop.store(*(one for who in range(60) for one in did(who, *rng.choice(names, rng.integers(1, 9)).tolist())))
    found = asked(shop, shown=shown, depth=4)
    for node in found.nodes:
        inside = sum(one.stretches for one in found.links if (one.depth + 1, one.then) == (node.depth, node.step))
        out = sum(one.stretches for one in found.links if (one.depth, one.step) == (node.depth, node.step))
        assert node.stretches == out + node.ended + node.longer
        assert node.depth == 0 or inside == node.stretches
    assert sum(one.stretches for one in found.nodes if one.depth == 0) == found.stretches == 60


def test_from_and_up_to_and_by_a_field(shop):
    three_visitors(shop)
    started = asked(shop, start=FunnelStep(("product.viewed",)))
    assert [one.step for one in started.nodes if one.depth == 0] == ["product.viewed"]
    assert started.stretches == 3
    before = asked(shop, end=FunnelStep(("cart.added",)))
    assert {one.step: one.stretches for one in before.nodes if one.depth == 1} == {"product.viewed": 2}
    by = asked(shop, by="path", steps=(FunnelStep(("page.viewed",)),))
    assert {one.step: one.stretches for one in by.nodes} == {"page.viewed: /": 1, "page.viewed: —": 2}


def test_nothing_at_all_is_an_answer_in_both_languages(shop):
    for lang in ("en", "zh"):
        found = asked(shop, lang=lang)
        assert (found.stretches, found.nodes, found.links, found.paths) == (0, (), (), ())
        assert found.definition


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"steps": (FunnelStep(("page.view",)),)}, "paths.fact"),
        ({"start": FunnelStep(("a.b",)), "end": FunnelStep(("a.b",))}, "paths.ends"),
        ({"depth": 1}, "paths.size"),
        ({"shown": 99}, "paths.size"),
        ({"by": "colour"}, "paths.field"),
        ({"since": NOW}, "paths.period"),
        ({"steps": (FunnelStep(("page.viewed",), "event.colour == 1"),)}, "paths.where"),
    ],
)
def test_what_cannot_be_asked_is_said(shop, more, code):
    with pytest.raises(AppError) as wrong:
        asked(shop, **more)
    assert wrong.value.code == code
    assert wrong.value.text("zh") != wrong.value.text("en")
