"""What the rest may know of identity: the map and its changes."""

from msgspec import Struct

from interplay.engine.log.reactions import Step
from interplay.kernel.ids import CustomerId, Position, SubjectId


class Link(Struct, frozen=True):
    """Subjects that came in one fact, strongest first."""

    position: Position
    subjects: tuple[SubjectId, ...]


class LinkUp(Struct, frozen=True):
    """Take the links of one stretch of the log."""

    step: Step
    links: tuple[Link, ...]


class MemberChange(Struct, frozen=True):
    """One line of the map's history: from this fact on, the subject belongs to the customer."""

    change: int
    subject: SubjectId
    customer: CustomerId
    position: Position


class Rebuild(Struct, frozen=True):
    """Fold the map from the log again. `position` is where the reaction stands now."""

    position: Position
