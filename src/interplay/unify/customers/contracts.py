"""What the rest may know of customers: who was found, tags and notes."""

from msgspec import Struct

from interplay.kernel.ids import CustomerId, Micros

TAG_ADDED = "tag.added"
TAG_REMOVED = "tag.removed"
NOTE_WRITTEN = "note.written"
TAG_CHARS_MAX = 64
NOTE_CHARS_MAX = 4_000
AUTHOR_CHARS_MAX = 128


class Found(Struct, frozen=True):
    """A customer who has an identifier that was looked for. `matched` says which it is."""

    customer: CustomerId
    matched: tuple[tuple[str, str], ...]  # (kind, value)
    identifiers: tuple[tuple[str, str], ...]


class Tag(Struct, frozen=True):
    """A tag that a customer has, and since when."""

    tag: str
    at: Micros


class Note(Struct, frozen=True):
    """What somebody wrote about a customer."""

    at: Micros
    text: str
    author: str | None
    source: str
