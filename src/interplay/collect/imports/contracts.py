"""What an import hands on, and what it asks of whoever stores it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from interplay.collect.facts.contracts import Declared
from interplay.collect.ingest.contracts import Received
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand

ROWS_PER_CHUNK = 10_000
ROWS_IN_MEMORY_MAX = 1_000_000  # of a grouped import; more are set aside on disk
ROWS_PER_FACT_MAX = 100_000
ROWS_TRACKED_MAX = 20_000_000  # of an import without key columns: 16 bytes of each row's content are remembered
LINE_BYTES_MAX = 1024 * 1024
RAW_CHARS_MAX = 64 * 1024  # of a rejected row, as kept
TEXT_CHARS_MAX = 32 * 1024
JSON_ARRAY_BYTES_MAX = 256 * 1024 * 1024
PLAN_ROWS = 1_000


class Reject(Struct, frozen=True):
    """A row that became no fact. `line` counts from 1; in Parquet and JSON arrays it is the row."""

    line: int
    field: str  # the field, trait or identifier that was asked for; empty where it is the row itself
    code: str  # a text of `errors.<code>`
    params: dict[str, str | int]
    raw: str  # the row as it stands in the file, cut to `RAW_CHARS_MAX`

    def text(self, lang: Lang = "en") -> str:
        """Return the reason as a sentence."""
        return say(f"errors.{self.code}", lang, **self.params)


class Chunk(Struct, frozen=True):
    """A piece of an import, to be stored together. The same file, mapping and reading give the same chunks.

    `number` counts from 1 and is the resume point: `read(…, start=number)` continues after this chunk.
    """

    number: int
    facts: list[Received]
    rejects: list[Reject]
    ignored: dict[str, int]  # reason → rows left out silently
    rows: int  # read so far
    fraction: float  # of the file read so far, 0–1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading depends on beside file and mapping. `now` bounds the future."""

    declared: Declared
    brand: Brand
    now: Micros
    encoding: str | None = None  # over the mapping's
    rows_per_chunk: int = ROWS_PER_CHUNK
    rows_in_memory_max: int = ROWS_IN_MEMORY_MAX


class Column(Struct, frozen=True):
    """A column of a file as found. `type` is the file's word for it; text files have only texts."""

    name: str
    type: str


class Plan(Struct, frozen=True):
    """What an import would do, seen from the file's first rows. `mistakes` are the mapping's, each with its place."""

    columns: list[Column]
    sample: list[dict[str, str]]
    mistakes: list[AppError]
    facts: list[Received]
    rejects: list[Reject]
    ignored: dict[str, int]


class Checkpoint(Struct, frozen=True):
    """How far an import has come."""

    file: bytes  # 16-byte digest of the file's content
    mapping: bytes  # 16-byte digest of all that the reading depends on
    chunks_done: int
    is_finished: bool = False


class Appended(Struct, frozen=True):
    """What the log did with a chunk."""

    stored: int
    duplicates: int
    differing: int = 0  # duplicates that are stored with another content than they have now


class Sink(Protocol):
    """Where an import goes. A checkpoint comes after what it covers is durable."""

    def chunks_done(self, file: bytes, mapping: bytes) -> int:
        """Return how many chunks of an unfinished import are stored; 0 for a finished or unknown one."""

    def append(self, facts: Sequence[Received]) -> Callable[[], Appended]:
        """Begin to store facts; the call that is returned waits until they are durable."""

    def reject(self, rejects: Sequence[Reject]) -> None: ...

    def checkpoint(self, checkpoint: Checkpoint) -> None: ...


class Progress(Struct, frozen=True):
    """An import's state, for a progress bar and for the summary at its end."""

    rows: int = 0
    facts: int = 0
    stored: int = 0
    duplicates: int = 0
    differing: int = 0
    rejected: int = 0
    ignored: dict[str, int] = {}
    fraction: float = 0.0
    resumed_after: int = 0  # chunks that an earlier, interrupted run had stored
