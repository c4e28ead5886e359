"""Lists come in pages: a page names where the next one begins, in a text that callers hand back unread."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter
from msgspec import Struct

from interplay.kernel.errors import AppError

T = TypeVar("T")

LIMIT = 100
LIMIT_MAX = 500
INTEGER_MAX = 2**63 - 1
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]


class Page(Struct, Generic[T], frozen=True):
    """One page. `next` is the cursor of the page after it; null where the list ends."""

    items: list[T]
    next: str | None = None


def paged(found: list[T], limit: int, place_of: Callable[[T], tuple[int, ...]]) -> Page[T]:
    """Return a page of `limit` items; one item more was asked for, to know whether another page follows."""
    items = found[:limit]
    return Page(items, cursor(*place_of(items[-1])) if len(found) > limit else None)


def cursor(*place: int) -> str:
    """Return a place in a list as text."""
    return urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def place(text: str | None, *start: int) -> tuple[int, ...]:
    """Return the place that a cursor says, or `start` where none was sent. Raises AppError `http.cursor`."""
    if text is None:
        return start
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        found = msgspec.msgpack.decode(urlsafe_b64decode(padded), type=tuple[int, ...])
    except (ValueError, msgspec.DecodeError):
        raise AppError("http.cursor", given=text[:100]) from None
    if len(found) != len(start) or not all(0 <= part <= INTEGER_MAX for part in found):
        raise AppError("http.cursor", given=text[:100])
    return found
