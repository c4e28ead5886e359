"""The models: what each gives to channels, of paths. Pure.

Every model gives each path's conversions away whole, so its credits sum to the total.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from interplay.measure.attribution.contracts import Model

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

EDGE = 0.4  # what the first and the last touch get each, by position


class Paths(NamedTuple):
    """Path i goes over `channel[starts[i] : starts[i + 1]]`, none of them empty.

    conversions, value, nulls: how often a path led to a conversion, to what value, and how often to nothing.
    age: how long before the conversion each touch was, in half-lives; None: it is not known.
    """

    starts: Ints
    channel: Ints
    age: Floats | None
    conversions: Floats
    value: Floats
    nulls: Floats

    @property
    def sizes(self) -> Ints:
        return np.diff(self.starts)


def credit(model: Model, paths: Paths, channels: int, direct: int, amounts: Floats) -> Floats:
    """Return what each of the channels gets of some amounts of the paths, their conversions or values.

    `direct`: the number of the direct channel, -1: there is none.
    """
    if model is Model.MARKOV:
        effects = removal_effects(paths, channels)
        whole = effects.sum()
        found: Floats = amounts.sum() * (effects / whole if whole > 0 else _linear_share(paths, channels, amounts))
        return found
    weights = _weights(model, paths, direct)
    return _by_channel(paths, weights, amounts, channels)


def removal_effects(paths: Paths, channels: int) -> Floats:
    """Return for each channel which share of the conversions would be lost if its touches led to nothing. Exact.

    The chain of first order has a state for each channel, a start, a conversion and a null; the chance to be absorbed
    by the conversion solves a linear system, with and without the channel. A channel that follows itself is one state.
    Source: E. Anderl, I. Becker, F. von Wangenheim, J. H. Schumann, "Mapping the customer journey", International
    Journal of Research in Marketing 33 (2016), 457–474.
    """
    step, won, start = _transitions(paths, channels)
    alone = _chance(step, won, start)
    if alone <= 0:
        return np.zeros(channels)
    found = np.zeros(channels)
    for channel in range(channels):
        kept = np.arange(channels) != channel
        found[channel] = 1 - _chance(step[np.ix_(kept, kept)], won[kept], start[kept]) / alone
    return np.maximum(found, 0.0)


def _transitions(paths: Paths, channels: int) -> tuple[Floats, Floats, Floats]:
    """Return the chances of going from channel to channel, from a channel to a conversion, and of each to be first."""
    times = paths.conversions + paths.nulls
    ends = paths.starts[1:] - 1
    counts = np.zeros((channels, channels))
    is_inner = np.ones(len(paths.channel), dtype=np.bool_)
    is_inner[ends] = False
    inner = np.flatnonzero(is_inner)
    each = np.repeat(times, paths.sizes)
    pairs = paths.channel[inner] * channels + paths.channel[inner + 1]
    counts += np.bincount(pairs, each[inner], minlength=channels * channels).reshape(channels, channels)
    won, lost = (np.bincount(paths.channel[ends], one, minlength=channels) for one in (paths.conversions, paths.nulls))
    first = np.bincount(paths.channel[paths.starts[:-1]], times, minlength=channels)
    out = np.maximum(counts.sum(axis=1) + won + lost, 1e-300)
    return counts / out[:, None], won / out, first / max(float(first.sum()), 1e-300)


def _chance(step: Floats, won: Floats, start: Floats) -> float:
    """Return how likely a path ends with a conversion."""
    if not len(won):
        return 0.0
    return float(start @ np.linalg.solve(np.eye(len(won)) - step, won))


def _linear_share(paths: Paths, channels: int, amounts: Floats) -> Floats:
    """Return the shares by touches, for where no channel's removal would lose anything."""
    found = _by_channel(paths, _weights(Model.LINEAR, paths, -1), amounts, channels)
    whole = found.sum()
    return found / whole if whole > 0 else found


def _weights(model: Model, paths: Paths, direct: int) -> Floats:
    """Return which part of its path's credit each touch gets; they sum to 1 in each path."""
    match model:
        case Model.FIRST:
            return _at(paths, paths.starts[:-1])
        case Model.LAST:
            return _at(paths, paths.starts[1:] - 1)
        case Model.LAST_NON_DIRECT:
            return _at(paths, _last_other(paths, direct))
        case Model.POSITION:
            return _by_position(paths)
        case Model.TIME_DECAY:
            assert paths.age is not None
            youngest = np.minimum.reduceat(paths.age, paths.starts[:-1]) if len(paths.sizes) else paths.age
            return _normed(paths, np.exp2(np.repeat(youngest, paths.sizes) - paths.age))
        case Model.SHAPLEY:
            return _normed(paths, _first_of_its_channel(paths))
    return _normed(paths, np.ones(len(paths.channel)))


def _by_channel(paths: Paths, weights: Floats, amounts: Floats, channels: int) -> Floats:
    each = weights * np.repeat(amounts, paths.sizes)
    return np.bincount(paths.channel, each, minlength=channels).astype(np.float64)


def _at(paths: Paths, rows: Ints) -> Floats:
    found = np.zeros(len(paths.channel))
    found[rows] = 1.0
    return found


def _normed(paths: Paths, weights: Floats) -> Floats:
    if not len(weights):
        return weights
    found: Floats = weights / np.repeat(np.add.reduceat(weights, paths.starts[:-1]), paths.sizes)
    return found


def _last_other(paths: Paths, direct: int) -> Ints:
    """Return each path's last touch that is not direct, or its last."""
    places = np.where(paths.channel == direct, -1, np.arange(len(paths.channel)))
    if not len(places):
        return places
    last = np.maximum.reduceat(places, paths.starts[:-1])
    return np.where(last >= paths.starts[:-1], last, paths.starts[1:] - 1)


def _by_position(paths: Paths) -> Floats:
    sizes = paths.sizes
    inner = np.where(sizes > 2, (1 - 2 * EDGE) / np.maximum(sizes - 2, 1), 0.0)
    edge = np.where(sizes > 2, EDGE, 1 / np.maximum(sizes, 1))
    found = np.repeat(inner, sizes)
    found[paths.starts[:-1]] = edge
    found[paths.starts[1:] - 1] = edge
    return found


def _first_of_its_channel(paths: Paths) -> Floats:
    """Return 1 where a channel comes for the first time in its path.

    With the worth of a set of channels being the conversions of all paths within the set, Shapley's value gives each
    path's conversions in equal parts to its different channels: K. Zhao, S. H. Mahboobi, S. R. Bagheri, "Shapley value
    methods for attribution modeling in online advertising" (2018), theorem 1.
    """
    width = int(paths.channel.max(initial=0)) + 1
    path = np.repeat(np.arange(len(paths.sizes)), paths.sizes)
    _, first = np.unique(path * width + paths.channel, return_index=True)
    return _at(paths, first)
