"""What the rest of the product may know of entries: values, nothing else. A contest is called `campaign/part`."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import Micros, SubjectId

SUBMITTED = "entry.submitted"
SHOWN = "entry.shown"
HIDDEN = "entry.hidden"
REJECTED = "entry.rejected"
JUDGED = "entry.judged"
WON = "contest.won"

POINTS_MAX = 10
"""What a juror can give; at least 1."""
ENTRY_MAX = 10**9
"""No entry has a larger number; whoever sends one may send any."""
ENTRIES_AT_ONCE_MAX = 500
"""Of one decision."""
PHOTOS_WAITING_MAX = 20
"""Of one customer: uploaded, and in no entry yet."""


class EntryState(StrEnum):
    """Where an entry stands. What is hidden or rejected is seen by nobody, cannot be voted for, and wins nothing."""

    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"  # it was shown before
    REJECTED = "rejected"


class Photo(Struct, frozen=True):
    """A photo, by the digests of its two sizes; width and height are the larger one's, in pixels."""

    digest: str
    thumb: str
    width: int
    height: int


class Picture(Struct, frozen=True):
    """A photo made anew of what was uploaded, in two sizes: JPEG, upright, with nothing but its pixels."""

    content: bytes
    thumb: bytes
    width: int
    height: int


class Entered(Struct, frozen=True):
    """An entry without its words."""

    entry: int  # its number in the contest, from 1
    subject: SubjectId
    state: EntryState
    submitted_at: Micros
    reason: str = ""


class EntryView(Struct, frozen=True):
    """An entry whole. Words of who was erased are gone."""

    name: str
    entry: int
    subject: SubjectId
    state: EntryState
    submitted_at: Micros
    reason: str
    decided_by: str
    title: str
    text: str
    photos: tuple[Photo, ...]


class Words(Struct, frozen=True, array_like=True):
    """What is sealed of an entry."""

    title: str
    text: str


class KeepPhoto(Struct, frozen=True):
    """Make an uploaded photo known, whose blobs are on disk. `source` is the same for the same upload again."""

    name: str
    subject: SubjectId
    source: bytes
    photo: Photo


class Moderate(Struct, frozen=True):
    """Decide about entries. `reason` is for who entered."""

    name: str
    entries: tuple[int, ...]
    to: EntryState
    reason: str
    by: str


class Judge(Struct, frozen=True):
    """A juror's points for an entry, 1 to 10; later ones take the place of earlier ones."""

    name: str
    entry: int
    juror: str
    points: int


def jury_scope(name: str, entry: int) -> str:
    """Return the scope under which the points of all jurors for an entry are added up."""
    return f"play:{name}:jury:{entry}"


def jurors_scope(name: str, entry: int) -> str:
    """Return the scope under which it is counted how many jurors gave points to an entry."""
    return f"play:{name}:jurors:{entry}"
