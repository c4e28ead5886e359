"""What some customers' facts were, and what they are now.

Whatever adds up over customers need not be worked out anew then: what these had part in is taken away, and what they
have part in now is added.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from interplay.engine.olap.spine import NOBODY, Customers, Rows, Spine, ordered, rows_of
from interplay.engine.olap.trails import Ints


class Change(NamedTuple):
    """All facts of the customers `labels`, who are in both spines, before and after; of nobody's only what differs."""

    labels: Ints
    before: Spine
    after: Spine

    @property
    def size(self) -> int:
        """Return how many facts it holds."""
        return len(self.before.at) + len(self.after.at)

    def then(self, other: "Change") -> "Change":
        """Return this and what changed after it as one."""
        labels = np.union1d(self.labels, other.labels)
        codes = other.after.codes
        before = _together(labels, self.before, other.before, codes)
        return Change(labels, before, _together(labels, other.after, self.after, codes))


def of_customers(rows: Rows, whose: Ints, labels: Ints, codes: Mapping[str, int]) -> tuple[Rows, Spine]:
    """Return facts of customers in order, and nobody's before them. `whose`: of each row one of `labels`, or NOBODY."""
    place = np.where(whose == NOBODY, 0, np.searchsorted(labels, whose) + 1)
    return ordered(rows, place, Customers(0, labels, len(labels), place), codes)


def _together(labels: Ints, one: Spine, other: Spine, codes: Mapping[str, int]) -> Spine:
    """Return the facts of one, and of those customers of the other who are not in it; of nobody's all."""
    hers = other.customers
    index = np.where(np.isin(hers, one.customers, assume_unique=True), -1, np.arange(len(hers)))
    rest = np.concatenate((np.arange(other.starts[0]), rows_of(other, index)))
    whose = np.concatenate((_whose(one), _whose(other)[rest]))
    rows = Rows(
        whose, np.concatenate((one.at, other.at[rest])), np.concatenate((one.position, other.position[rest])),
        np.concatenate((one.code, other.code[rest])),
    )  # fmt: skip
    return of_customers(rows, whose, labels, codes)[1]


def _whose(spine: Spine) -> Ints:
    """Return whose each row is: a customer, or NOBODY."""
    found: Ints = np.concatenate((spine.customers, [NOBODY]))[spine.owners()]  # what is nobody's has the index -1
    return found
