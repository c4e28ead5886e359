"""What can be asked through the socket, and how it looks on the way: a length, then msgpack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Raw, Struct

from interplay.kernel.i18n import Lang

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")

FRAME_BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Question(Generic[Ask, Answer]):
    """Something that can be asked of a mind. It changes nothing."""

    name: str
    ask: type[Ask]
    answer: Any
    run: Callable[[Any, Ask], Answer]


def in_order(name: str) -> str:
    """Return what it is called to run a command for many messages, one after the other."""
    return f"{name}[]"


class Asking(Protocol):
    """Something that answers questions: the mind itself, or a socket to it."""

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer: ...


class Request(Struct, frozen=True, array_like=True):
    name: str
    ask: Raw
    is_bulk: bool = False


class Failure(Struct, frozen=True):
    """An AppError on its way back; `code` is empty for a bug of the other side."""

    code: str
    status: int
    params: dict[str, Any]
    texts: dict[Lang, str] = {}  # the sentences as the other side says them; some know more than their parameters


class Response(Struct, frozen=True, array_like=True):
    answer: Raw = Raw(b"\xc0")
    failure: Failure | None = None
