"""Which first fact belongs to which later one. Pure."""

from typing import NamedTuple

import numpy as np

from interplay.engine.olap.trails import Flags, Ints

NONE = -1


class Pairs(NamedTuple):
    """By first fact: which of the others follows it (-1: none does), and whether it counts at all."""

    then: Ints
    counts: Flags


def pairs(trail: Ints, row: Ints, then_trail: Ints, then_row: Ints) -> Pairs:
    """Return for each first fact the next of the others in its trail.

    It counts unless another first fact comes before that: then the wait is the later one's. One fact is never both.
    Facts of each kind come in order of (trail, row).
    """
    width = int(max(row.max(initial=0), then_row.max(initial=0))) + 2
    key, others = trail * width + row, then_trail * width + then_row
    place = np.searchsorted(others, key, side="right")
    ends = np.append(others, np.iinfo(np.int64).max)[place]
    is_there = ends < (trail + 1) * width
    after = np.append(key[1:], np.iinfo(np.int64).max)
    is_last = after >= (trail + 1) * width
    counts = np.where(is_there, is_last | (after >= ends), is_last)
    return Pairs(np.where(is_there, place, NONE), counts)
