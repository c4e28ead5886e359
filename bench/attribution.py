"""Markov's chain over many paths, solved, beside random walks that estimate the same."""

import numpy as np

from bench.figures import Figure, Limit, Settings, alternating
from interplay.measure.attribution.models import Paths, removal_effects

PATHS, CHANNELS, WALKS, TIMES = 10_000, 12, 20_000, 5
SECONDS_MAX = 0.1


def measure(settings: Settings) -> list[Figure]:
    """Solve the chain of 10,000 paths; the walks have to come near it."""
    settings.say("attribution: …")
    paths = _paths(np.random.default_rng(settings.seed))
    exact, walked = alternating(
        [lambda: removal_effects(paths, CHANNELS), lambda: _walked(paths, np.random.default_rng(1))], TIMES
    )
    apart = np.abs(removal_effects(paths, CHANNELS) - _walked(paths, np.random.default_rng(1))).max()
    if apart > 0.05:
        raise RuntimeError(f"{apart} apart from what random walks say")
    return [
        Figure(
            row="Markov, exact", what=f"{PATHS:,} paths over {CHANNELS} channels", value=exact, unit="s",
            limit=Limit(f"{WALKS:,} random walks", walked), target=f"< {SECONDS_MAX} s", is_met=exact < SECONDS_MAX,
            details={"walks apart by": float(apart)},
        )
    ]  # fmt: skip


def _paths(rng: np.random.Generator) -> Paths:
    sizes = rng.geometric(0.3, PATHS)
    starts = np.concatenate(([0], np.cumsum(sizes)))
    channel = rng.integers(0, CHANNELS, int(starts[-1]))
    won = (rng.random(PATHS) < 0.2).astype(float)
    return Paths(starts, channel, None, won, won * 10, 1 - won)


def _walked(paths: Paths, rng: np.random.Generator) -> np.ndarray:
    """Return the removal effects as walks along whole paths chosen at random say: all channels at once."""
    ends = np.repeat(paths.starts[1:] - 1, paths.sizes)
    won = np.repeat(paths.conversions, paths.sizes) > 0
    by_channel = [np.flatnonzero(paths.channel == one) for one in range(CHANNELS)]
    lost = np.zeros(CHANNELS)
    whole = 0
    for _ in range(WALKS):
        seen, place = set(), int(rng.choice(paths.starts[:-1]))
        while True:
            here = int(paths.channel[place])
            seen.add(here)
            some = by_channel[here]
            place = int(some[rng.integers(len(some))])
            if place == ends[place]:
                break
            place += 1
        if won[place]:
            whole += 1
            lost[list(seen)] += 1
    return lost / whole
