"""A fact on its way into the log, and a fact in it."""

from enum import IntEnum

from msgspec import Struct

from interplay.kernel.ids import Micros, Position, SubjectId


class Origin(IntEnum):
    """Effects (points, messages) never follow from a backfill by themselves; projections follow from both."""

    LIVE = 0
    BACKFILL = 1


class NewFact(Struct, frozen=True, array_like=True):
    """What a door hands over. The body is plain here and sealed in the log.

    `key` is the 16-byte digest of (source, id) and `hour` that of the sender's first timestamp: together they
    are the idempotency key, for the whole retention. `identifiers` are (kind, value), strongest first; a fact that we
    tell ourselves has the number of its `subject` instead. `is_trusted` says whether its sender may say who is who: a
    key that stands in a web page may not.
    """

    name: str
    occurred_at: Micros
    received_at: Micros
    identifiers: tuple[tuple[str, str], ...]
    key: bytes
    hour: int
    source: str
    body: bytes
    origin: Origin = Origin.LIVE
    subject: SubjectId | None = None
    is_trusted: bool = True


class Stored(Struct, frozen=True, array_like=True):
    """Where a fact is; `is_new` is false when it was there before."""

    position: Position
    is_new: bool


class Linked(Struct, frozen=True):
    """Subjects that came in one fact, strongest first."""

    position: Position
    subjects: tuple[SubjectId, ...]
    origin: Origin
    fact: str
    is_trusted: bool


class LogRow(Struct, frozen=True):
    """A fact in the log. `body` is sealed with the key of `subject`, or of nobody."""

    position: Position
    name: str
    subject: SubjectId | None
    also: tuple[SubjectId, ...]
    occurred_at: Micros
    received_at: Micros
    origin: Origin
    source: str
    body: bytes
