"""Stretches, and what follows what in them. Pure."""

from typing import NamedTuple

import numpy as np

from interplay.engine.olap.trails import Flags, Ints

OTHERS, NOTHING = -1, -2


class Walks(NamedTuple):
    """Facts in order of stretch and depth: which stretch, how deep from 0, which step, when, whose."""

    stretch: Ints
    depth: Ints
    step: Ints
    at: Ints
    owner: Ints
    sizes: Ints  # by stretch: how many facts it has

    @property
    def total(self) -> int:
        return len(self.sizes)

    def kept(self, which: Flags) -> "Walks":
        """Return some of the facts."""
        return Walks(
            self.stretch[which], self.depth[which], self.step[which], self.at[which], self.owner[which], self.sizes
        )  # fmt: skip


def stretches(owner: Ints, at: Ints, step: Ints, pause: int, *, keeps_repeats: bool) -> Walks:
    """Return facts, in order of customer and time, in stretches that a pause longer than `pause` ends, in µs."""
    begins = _begins(owner, at, pause)
    if not keeps_repeats and len(step):
        again = np.zeros(len(step), dtype=np.bool_)
        again[1:] = (step[1:] == step[:-1]) & ~begins[1:]
        owner, at, step, begins = owner[~again], at[~again], step[~again], begins[~again]
    return numbered(np.cumsum(begins) - 1, step, at, owner)


def numbered(stretch: Ints, step: Ints, at: Ints, owner: Ints) -> Walks:
    """Return facts of stretches with their depths; stretches are numbered anew, without holes."""
    _, stretch, sizes = np.unique(stretch, return_inverse=True, return_counts=True)
    starts = np.cumsum(sizes) - sizes
    depth = np.arange(len(stretch)) - np.repeat(starts, sizes)
    return Walks(stretch, depth, step, at, owner, sizes)


def from_first(walks: Walks, is_start: Flags) -> Walks:
    """Return each stretch from its first start on; those without one are left out."""
    begun = np.cumsum(is_start) - np.repeat(_before(walks, is_start), walks.sizes) > 0
    return numbered(walks.stretch[begun], walks.step[begun], walks.at[begun], walks.owner[begun])


def up_to_first(walks: Walks, is_end: Flags) -> Walks:
    """Return each stretch up to its first end, counted back from it; those without one are left out."""
    ended: Ints = np.cumsum(is_end) - np.repeat(_before(walks, is_end), walks.sizes)
    has = np.bincount(walks.stretch[is_end], minlength=walks.total) > 0
    keep = ((ended == 0) | ((ended == 1) & is_end)) & has[walks.stretch]
    back = np.flatnonzero(keep)[::-1]
    return numbered(-walks.stretch[back], walks.step[back], walks.at[back], walks.owner[back])


def shown(walks: Walks, depth: int, most: int) -> Walks:
    """Return what is as deep as is shown, the rare steps of each depth as one."""
    some = walks.kept(walks.depth < depth)
    step = some.step.copy()
    for level in range(depth):
        here = some.depth == level
        codes, counts = np.unique(step[here], return_counts=True)
        rare = codes[np.lexsort((codes, -counts))][most:]
        step[here & np.isin(step, rare)] = OTHERS
    return some._replace(step=step)


def alike(walks: Walks, depth: int) -> tuple[Ints, Ints]:
    """Return the different paths (paths, depth), padded with `NOTHING`, and how many stretches take each."""
    table = np.full((walks.total, depth), NOTHING, dtype=np.int64)
    table[walks.stretch, walks.depth] = walks.step
    code = np.zeros(walks.total, dtype=np.int64)
    width = int(walks.step.max(initial=0)) + 3
    for level in range(depth):
        _, code = np.unique(code * width + table[:, level] + 2, return_inverse=True)
    _, first, counts = np.unique(code, return_index=True, return_counts=True)
    return table[first], counts


def _begins(owner: Ints, at: Ints, pause: int) -> Flags:
    begins = np.ones(len(owner), dtype=np.bool_)
    begins[1:] = (owner[1:] != owner[:-1]) | (at[1:] - at[:-1] > pause)
    return begins


def _before(walks: Walks, flags: Flags) -> Ints:
    """Return by stretch how many flags are set before it begins."""
    total = np.concatenate(([0], np.cumsum(flags)))
    starts = np.cumsum(walks.sizes) - walks.sizes
    found: Ints = total[starts]
    return found
