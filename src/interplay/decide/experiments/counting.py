"""The numbers of customers as they are compared: cut where that was asked for, and whether there are enough."""

from typing import NamedTuple

import numpy as np

from interplay.decide.experiments.contracts import CUSTOMERS_MIN, DOERS_MIN, Unit
from interplay.decide.experiments.moments import Floats, cap_of
from interplay.decide.experiments.reading import Done
from interplay.engine.olap.trails import Ints


class Columns(NamedTuple):
    """What a metric is made of, by customer."""

    of: Done
    over: Done | None


class Counted(NamedTuple):
    """The same, cut at `cap` (None: not)."""

    of: Done
    over: Done | None
    cap: float | None

    def listed(self, with_before: bool) -> list[Floats]:
        """Return the columns in the order of `differences`."""
        sides = [self.of] if self.over is None else [self.of, self.over]
        return [one.here for one in sides] + ([one.before for one in sides] if with_before else [])


def counted(columns: Columns, percentile: float | None) -> Counted:
    """Return the numbers, winsorized at an upper percentile of all arms together."""
    if percentile is None:
        return Counted(columns.of, columns.over, None)
    caps = [cap_of(one, percentile) for one in columns.of]
    return Counted(Done(*(np.minimum(one, cap) for one, cap in zip(columns.of, caps, strict=True))), None, caps[0])


def too_few(found: Counted, arm_of: Ints, arm: int, unit: Unit) -> str | None:
    """Return why so few customers tell nothing, or None."""
    sizes = [int(np.count_nonzero(arm_of == one)) for one in (0, arm)]
    if min(sizes) < CUSTOMERS_MIN:
        return "too_few"
    if found.cap is not None and found.cap <= 0:
        return "cut_to_nothing"
    both = (arm_of == 0) | (arm_of == arm)
    did = int(np.count_nonzero(found.of.here[both]))
    if did < DOERS_MIN:
        return "too_few_did"
    if unit is Unit.SHARE and sum(sizes) - did < DOERS_MIN:
        return "nearly_all_did"
    if found.over is not None and int(np.count_nonzero(found.over.here[both])) < DOERS_MIN:
        return "too_few_did"
    return None
