"""What the rest may know of holdouts: arms, the facts that tell who met which, and the holdout of all campaigns."""

from enum import StrEnum

from msgspec import Struct

SHOWN = "exposure.shown"
WITHHELD = "exposure.withheld"
OPENED = "holdout.opened"
ASSIGNED = "holdout.assigned"

HOLDOUT = "holdout"
"""The kind of the document that holds a part of all customers out of every campaign."""
ALWAYS = "always"
"""The name of the one period of a holdout that does not rotate."""


class Arm(StrEnum):
    """On which side somebody is."""

    OFFERED = "offered"
    HELD_OUT = "held_out"


class Rotate(StrEnum):
    """When others are held out: at the first instant of such a period of the calendar, in the brand's zone."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    NEVER = "never"


class Measured(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """By what all campaigns together are measured: how many facts of a name, or the sum of one of their fields."""

    fact: str
    field: str = ""
    within_days: int = 30  # after she could first have met any campaign in the period


class HoldoutDocument(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many of all customers are offered nothing of any campaign that is for the invited. 全局留出组."""

    percent: int
    metric: Measured
    rotate: Rotate = Rotate.QUARTER
    enabled: bool = True
