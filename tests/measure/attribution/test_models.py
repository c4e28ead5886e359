"""The models: each gives everything away, and what the field's own figures are."""

from itertools import pairwise, permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.measure.attribution.contracts import Model
from interplay.measure.attribution.models import Paths, credit, removal_effects

SLOW = settings(deadline=None, derandomize=True)
CHANNELS = 4
DIRECT = 0


def paths_of(walks):
    """Return paths of (channels, conversions, value, nulls, ages)."""
    starts = np.cumsum([0, *(len(walk[0]) for walk in walks)])
    channel = np.array([one for walk in walks for one in walk[0]], dtype=np.int64)
    ages = np.array([age for walk in walks for age in walk[4]])
    columns = (np.array([walk[place] for walk in walks], dtype=float) for place in (1, 2, 3))
    return Paths(starts, channel, ages, *columns)


@st.composite
def walks(draw):
    channels = draw(st.lists(st.integers(0, CHANNELS - 1), min_size=1, max_size=6))
    ages = sorted((draw(st.integers(0, 30)) for _ in channels), reverse=True)
    return channels, draw(st.integers(0, 5)), draw(st.integers(0, 90)), draw(st.integers(0, 5)), ages


def walk_of(rng, nulls=0):
    channels = rng.integers(0, CHANNELS, rng.integers(1, 5)).tolist()
    return channels, int(rng.integers(0, 9)), 0, nulls, [0] * len(channels)


def by_walk(model, walk):
    """Return the weight of each touch, one walk at a time."""
    channels, _, _, _, ages = walk
    count = len(channels)
    match model:
        case Model.FIRST:
            weights = [1.0] + [0.0] * (count - 1)
        case Model.LAST:
            weights = [0.0] * (count - 1) + [1.0]
        case Model.LAST_NON_DIRECT:
            last = max((place for place, one in enumerate(channels) if one != DIRECT), default=count - 1)
            weights = [float(place == last) for place in range(count)]
        case Model.LINEAR:
            weights = [1 / count] * count
        case Model.POSITION:
            weights = {1: [1.0], 2: [0.5, 0.5]}.get(count) or [0.4, *[0.2 / (count - 2)] * (count - 2), 0.4]
        case Model.TIME_DECAY:
            raw = [2.0**-age for age in ages]
            weights = [one / sum(raw) for one in raw]
        case Model.SHAPLEY:
            weights = [(one not in channels[:place]) / len(set(channels)) for place, one in enumerate(channels)]
    return weights


@SLOW
@given(st.lists(walks(), min_size=1, max_size=8), st.sampled_from([one for one in Model if one is not Model.MARKOV]))
def test_each_touch_gets_its_part_and_nothing_is_lost(some, model):
    paths = paths_of(some)
    expected = np.zeros(CHANNELS)
    for walk in some:
        for one, weight in zip(walk[0], by_walk(model, walk), strict=True):
            expected[one] += weight * walk[2]
    found = credit(model, paths, CHANNELS, DIRECT, paths.value)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert found.sum() == pytest.approx(paths.value.sum())


@SLOW
@given(st.lists(walks(), min_size=1, max_size=8))
def test_markov_gives_everything_away(some):
    paths = paths_of(some)
    assert credit(Model.MARKOV, paths, CHANNELS, DIRECT, paths.conversions).sum() == pytest.approx(
        paths.conversions.sum()
    )


@pytest.mark.parametrize("seed", range(3))
def test_what_is_lost_without_a_channel_is_what_random_walks_without_it_lose(seed):
    rng = np.random.default_rng(seed)
    some = [walk_of(rng, nulls=int(rng.integers(1, 4))) for _ in range(12)]
    found = removal_effects(paths_of(some), CHANNELS)
    steps = _counted(some)
    whole = _won(steps, rng, None)
    lost = [1 - _won(steps, rng, channel) / whole for channel in range(CHANNELS)]
    np.testing.assert_allclose(found, lost, atol=0.03)


def _counted(some):
    """Return by state where walks go next, each as often as they did."""
    steps = {"start": [], **{channel: [] for channel in range(CHANNELS)}}
    for channels, conversions, _, nulls, _ in some:
        for last, times in (("won", conversions), ("lost", nulls)):
            for here, there in pairwise(["start", *channels, last]):
                steps[here] += [there] * times
    return steps


def _won(steps, rng, without, walks=20_000):
    won = 0
    for _ in range(walks):
        here = "start"
        while here in steps and here != without:
            here = steps[here][rng.integers(len(steps[here]))]
        won += here == "won"
    return won / walks


def test_shapleys_value_is_the_mean_of_what_a_channel_adds_in_every_order():
    rng = np.random.default_rng(3)
    some = [walk_of(rng) for _ in range(9)]

    def worth(channels):
        return sum(one[1] for one in some if set(one[0]) <= set(channels))

    expected = np.zeros(CHANNELS)
    for order in permutations(range(CHANNELS)):
        for place, channel in enumerate(order):
            expected[channel] += worth(order[: place + 1]) - worth(order[:place])
    paths = paths_of(some)
    found = credit(Model.SHAPLEY, paths, CHANNELS, DIRECT, paths.conversions)
    np.testing.assert_allclose(found, expected / factorial(CHANNELS))


def test_where_nothing_converts_nothing_is_credited():
    paths = paths_of([([0, 1], 0, 0, 3, [1, 0])])
    for model in Model:
        assert credit(model, paths, CHANNELS, DIRECT, paths.conversions).sum() == 0.0
