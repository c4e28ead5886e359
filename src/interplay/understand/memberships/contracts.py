"""What the log says of segments, what is kept of them, and what can be asked."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from interplay.kernel.i18n import Lang
from interplay.kernel.ids import CustomerId, Micros, Position
from interplay.understand.segments.contracts import Label

ENTERED = "segment.entered"
LEFT = "segment.left"
COMPUTED = "segment.computed"
OVERLAP_MAX = 50
HISTORY_MAX = 1_000


class Because(StrEnum):
    """Why somebody entered or left."""

    FACT = "fact"
    TIME = "time"  # a fact left a window, an instant was reached
    IDENTITY = "identity"  # a merge or an unmerge
    RETENTION = "retention"  # facts were purged


class Known(NamedTuple):
    """What segments know: the documents' revision, the last fact, change of the map and purge; when one is due next."""

    revision: int = -1
    position: int = -1
    change: int = -1
    purge: int = -1
    due_at: int | None = None


class Stands(Struct, frozen=True):
    """How far segments are kept: facts, subjects, changes of the map and purges, and up to when time has been read."""

    position: int = 0
    subject: int = 0
    change: int = 0
    purge: int = 0
    swept: int = 0


class Move(Struct, frozen=True, array_like=True):
    """One customer in or out of one segment. Without `because` nobody is told: only the number of a person changed."""

    segment: str
    customer: CustomerId
    is_in: bool
    because: Because | None = None
    is_backfill: bool = False


class Keep(Struct, frozen=True):
    """Write some moves decided at `at`; with the last of a stretch, how far segments are kept then."""

    step: int
    at: Micros
    versions: dict[str, int]
    moves: list[Move]
    stands: Stands | None = None


class Compute(Struct, frozen=True):
    """A part of a segment's members, asked anew of everybody. With the last part the segment is live."""

    step: int
    segment: str
    version: int
    definition: str
    at: Micros
    position: Position
    chunks: list[tuple[int, bytes]]
    is_first: bool
    is_last: bool
    stands: Stands


class Drop(Struct, frozen=True):
    """Keep a segment no longer."""

    step: int
    segment: str


class LiveSegment(Struct, frozen=True):
    """A segment that is kept: since when, by which version and how many customers are in it."""

    segment: str
    version: int
    definition: str
    position: Position
    computed_at: Micros
    customers: int


class ListLive(Struct, frozen=True):
    """Which segments are kept, and how large are they?"""


class LiveView(Struct, frozen=True):
    """A live segment. `version` is the one that is kept: a new one counts once everybody was asked."""

    name: str
    label: Label
    version: int
    customers: int
    computed_at: Micros


class Overlap(Struct, frozen=True):
    """How many customers are in both, for every two of these segments? All live ones where none is named."""

    segments: tuple[str, ...] = ()


class OverlapView(Struct, frozen=True):
    """`common[i][j]` customers are in both segment i and segment j; the diagonal is their size."""

    segments: tuple[str, ...]
    common: tuple[tuple[int, ...], ...]


class SegmentsOf(Struct, frozen=True):
    """In which live segments is this customer, and since when?"""

    kind: str
    value: str


class Membership(Struct, frozen=True):
    """A segment that a customer is in. `since` is None for who was in it when it was computed."""

    segment: str
    label: Label
    since: Micros | None = None


class ShowHistory(Struct, frozen=True):
    """Who entered and left a segment, the newest first; of one customer where `kind` and `value` are given."""

    segment: str
    kind: str | None = None
    value: str | None = None
    changes_max: int = 100
    before: Position | None = None
    lang: Lang = "en"


class Change(Struct, frozen=True):
    """One entry, exit or computation. `customers` is the size after a computation."""

    position: Position
    at: Micros
    what: str  # ENTERED, LEFT or COMPUTED
    version: int
    because: str | None = None
    customer: CustomerId | None = None
    kind: str | None = None  # the customer's strongest identifier
    value: str | None = None
    customers: int | None = None
