"""What is delivered where, and how it ended."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from msgspec import Struct

from interplay.engine.outbox.api import Delivery
from interplay.kernel.ids import Micros, SubjectId


class Endpoint(Struct, frozen=True):
    """An address of somebody else's, by the document that names it. Each has a queue of its own in the outbox."""

    kind: str
    name: str
    url: str
    version: int  # of the document
    secrets: tuple[bytes, ...]  # the newest first; none: nothing can be signed, so nothing is sent
    at_once_max: int = 8
    seconds_max: float = 15.0

    @property
    def queue(self) -> str:
        """Return the outbox's kind."""
        return queue_of(self.kind, self.name)


def queue_of(kind: str, name: str) -> str:
    return f"{kind}:{name}"


class State(Struct, frozen=True):
    """What is kept about an endpoint beside its document."""

    has_secret: bool = False
    former_until: Micros | None = None
    stopped_version: int | None = None
    stopped_at: Micros | None = None
    resumed_after: int = 0  # a position: what came before it is not told


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent for one delivery, made when it is sent. `body` is bytes, or an open file, sent from its start.

    `subject` is whom it is about: what the other side answers is sealed with that key.
    """

    body: bytes | IO[bytes]
    content_type: str
    method: str = "POST"
    subject: SubjectId | None = None

    def size(self) -> int:
        """Return how many bytes there are."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Let go of the file."""
        if not isinstance(self.body, bytes):
            self.body.close()


class Withheld(Struct, frozen=True):
    """Nothing is to be sent any more, and why; never anything personal."""

    reason: str


class Outcome(Struct, frozen=True):
    """How one attempt ended. `failure` None: the other side has it."""

    failure: str | None = None
    retry_at: Micros | None = None
    is_gone: bool = False  # the other side wants nothing more, ever
    answer: bytes = b""


class Source(Protocol):
    """What a kind of deliveries has to say. Both are blocking and called in threads."""

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the endpoints to which something may be sent now."""

    def content(self, endpoint: Endpoint, delivery: Delivery) -> Content | Withheld:
        """Return what to send. An AppError is a failure like one of the other side: it is tried again."""
