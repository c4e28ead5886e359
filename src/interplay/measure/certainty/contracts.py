"""What a number is said with."""

from msgspec import Struct


class Share(Struct, frozen=True):
    """A share of a whole, and between which bounds it lies with 95 percent; from 0 to 1. Of nothing it is unknown."""

    count: int
    of: int
    share: float | None
    low: float
    high: float
