"""What can be done with holdouts, of one campaign and of all. Other slices import this file and `contracts`."""

from interplay.decide.holdouts.assigning import exposing, exposure, hashed, is_mixed, kind_of, known, opening
from interplay.decide.holdouts.contracts import Arm
from interplay.decide.holdouts.documents import HoldoutKind
from interplay.decide.holdouts.rotating import assigning as assigning_of_all
from interplay.decide.holdouts.rotating import current as of_all
from interplay.decide.holdouts.rotating import period_of, withheld

__all__ = [
    "Arm", "HoldoutKind", "assigning_of_all", "exposing", "exposure", "hashed", "is_mixed", "kind_of", "known",
    "of_all", "opening", "period_of", "withheld",
]  # fmt: skip
