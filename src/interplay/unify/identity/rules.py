"""When subjects are one customer. Pure.

A customer's id is the smallest of its subjects, so it is the same whatever the order in which links arrive,
and a rebuild of the map from the log gives the same customers.
"""

from collections.abc import Iterable

from interplay.kernel.ids import CustomerId


def survivor(customers: Iterable[CustomerId]) -> CustomerId:
    """Return the customer that others are merged into: the one known longest."""
    return min(customers)
