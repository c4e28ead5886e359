"""What the rest may know of holdouts: arms, and the facts that tell who met which."""

from enum import StrEnum

SHOWN = "exposure.shown"
WITHHELD = "exposure.withheld"


class Arm(StrEnum):
    """On which side somebody is."""

    OFFERED = "offered"
    HELD_OUT = "held_out"
