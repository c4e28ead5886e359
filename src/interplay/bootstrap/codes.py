"""Item codes as faces ask for them: items by a batch and a range, or by codes of whatever they are packed in."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from interplay.acts.contracts import Refused
from interplay.bootstrap.reach import Reach
from interplay.interact.codes import api as codes
from interplay.interact.codes.contracts import (
    Batch,
    BatchView,
    Destination,
    Generate,
    Mark,
    Place,
    Scan,
    Scanned,
    Span,
    Trace,
    Verified,
)
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId


class Items(Struct, frozen=True):
    """Which items: of a batch those from `first` to `last`, all where these are not said; or those that codes name."""

    batch: str = ""
    first: int | None = None  # from 1
    last: int | None = None  # inclusive
    codes: tuple[str, ...] = ()


def generate(access: Reach, ask: Generate) -> Batch:
    """Make a batch of codes. Raises AppError `codes.*`."""
    return codes.generate(access.home.codes, access, ask)


def views(access: Reach) -> list[BatchView]:
    """Return every batch, and how much of it is active, sent, void."""
    return codes.views(access.home.codes)


def view(access: Reach, name: str) -> BatchView:
    """Return a batch. Raises AppError `codes.batch` (404)."""
    batch = access.home.codes.batch(name)
    return next(one for one in views(access) if one.batch.number == batch.number)


def put(
    access: Reach, mark: Mark, items: Items, by: str, *, destination: Destination | None = None, reason: str = ""
) -> int | Refused:
    """Make items active or void, or say where they were sent; return of how many that is news.

    Raises AppError `codes.which`, `codes.batch` (404), `codes.items`, `codes.two_batches`, `codes.destination`.
    """
    found = _covered(access, items)
    if isinstance(found, Refused):
        return found
    batch, spans = found
    return codes.put(access.home.codes, access, batch, mark, spans, destination=destination, reason=reason, by=by)


def span_of(batch: Batch, first: int | None, last: int | None) -> Span:
    """Return the items of a batch from one to another, as people count. Raises AppError `codes.items`."""
    span = Span(1 if first is None else first, batch.count if last is None else last)
    if not 1 <= span.first <= span.until <= batch.count:
        raise AppError("codes.items", first=span.first, last=span.until, batch=batch.name, count=batch.count)
    return Span(span.first - 1, span.until)


def scan(
    access: Reach, key: str, code: str, subject: SubjectId, place: Place, *, channel: str = "web", by: str = ""
) -> Scanned | Refused:
    """Scan a code for who is signed in. Raises AppError `acts.key_reused` (409)."""
    ask = Scan(key=key, code=code, subject=subject, place=place, channel=channel, by=by)
    return codes.scan(access.home.codes, access, ask)


def verify(access: Reach, code: str) -> Verified | Refused:
    """Return what a code is on, without scanning it."""
    return codes.verify(access.home.codes, code)


def trace(access: Reach, code: str, *, says_code: bool) -> Trace | Refused:
    """Return everything about a code, or an item as `BATCH/NUMBER`. Raises AppError `codes.batch`, `codes.items`.

    Whoever knows a code can have its reward, and numbers are easily said: the code of an item that is asked for by its
    number is left out, unless `says_code`.
    """
    batch, _, number = code.partition("/")
    if number.isdecimal():
        found = codes.trace_item(access.home.codes, batch, int(number))
        return found if says_code else msgspec.structs.replace(found, code="")
    return codes.trace(access.home.codes, code)


def _covered(access: Reach, items: Items) -> tuple[Batch, Sequence[Span]] | Refused:
    if bool(items.batch) is bool(items.codes):
        raise AppError("codes.which")
    if items.codes:
        return codes.covered(access.home.codes, items.codes)
    batch = access.home.codes.batch(items.batch)
    return batch, [span_of(batch, items.first, items.last)]
