"""The document of kind `store`: read strictly, with every mistake at its place."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zoneinfo import available_timezones

import msgspec

from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place as At
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.link.stores import rules
from interplay.link.stores.contracts import STORE, Hours, Store, StoreDocument

NAME_CHARS_MAX = 64
STAFF_MAX = 1_000
SPANS_PER_DAY_MAX = 6

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


class StoreKind:
    """Documents of kind `store`."""

    kind = STORE

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, StoreDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        return [
            DocumentError(document, mistake, place)
            for document in documents
            if document.kind == STORE
            for place, mistake in _mistakes(document)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(StoreDocument)


def read(document: Document, timezone: str) -> Store:
    """Return a store that was checked. `timezone` is the brand's."""
    content = msgspec.convert(document.content, StoreDocument)
    return Store(
        document.name, content.label, content.place, content.timezone or timezone, _hours(content), content.staff
    )


def _hours(content: StoreDocument) -> Hours | None:
    return None if content.hours is None else rules.hours(content.hours, content.days)


def _mistakes(document: Document) -> Iterator[tuple[At, AppError]]:
    content = msgspec.convert(document.content, StoreDocument)
    if not _NAME.match(document.name) or len(document.name) > NAME_CHARS_MAX:
        yield ("name",), AppError("stores.name", given=document.name)
    if content.timezone and content.timezone not in available_timezones():
        yield ("timezone",), AppError("settings.timezone", given=content.timezone)
    yield from _misplaced(content)
    yield from _mistaken_hours(content)
    yield from _mistaken_staff(content)


def _misplaced(content: StoreDocument) -> Iterator[tuple[At, AppError]]:
    degrees = (("latitude", content.place.latitude, 90), ("longitude", content.place.longitude, 180))
    for name, given, most in degrees:
        if given is not None and not -most <= given <= most:
            yield ("place", name), AppError("stores.degrees", given=given, allowed=most)
    if (content.place.latitude is None) is not (content.place.longitude is None):
        yield ("place",), AppError("stores.half_a_place")


def _mistaken_hours(content: StoreDocument) -> Iterator[tuple[At, AppError]]:
    """Yield what is wrong with each entry; whether they fit together is asked when each is well."""
    is_well = True
    for part, table, name_of in (("hours", content.hours or {}, rules.weekdays), ("days", content.days, rules.day)):
        for name, spans in table.items():
            mistakes = [*_mistaken_name(part, name, name_of), *_mistaken_spans(part, name, spans)]
            is_well = is_well and not mistakes
            yield from mistakes
    if content.days and content.hours is None:
        yield ("days",), AppError("stores.days_only")
    elif is_well:
        try:
            _hours(content)
        except AppError as wrong:
            yield ("hours",), wrong


def _mistaken_name(part: str, name: str, read_name: Callable[[str], object]) -> Iterator[tuple[At, AppError]]:
    try:
        read_name(name)
    except AppError as wrong:
        yield (part, name), wrong


def _mistaken_spans(part: str, name: str, spans: Sequence[str]) -> Iterator[tuple[At, AppError]]:
    if len(spans) > SPANS_PER_DAY_MAX:
        yield (part, name), AppError("stores.too_many_hours", given=len(spans), allowed=SPANS_PER_DAY_MAX)
    for number, text in enumerate(spans):
        try:
            rules.span(text)
        except AppError as wrong:
            yield (part, name, number), wrong


def _mistaken_staff(content: StoreDocument) -> Iterator[tuple[At, AppError]]:
    if len(content.staff) > STAFF_MAX:
        yield ("staff",), AppError("stores.too_many_staff", given=len(content.staff), allowed=STAFF_MAX)
    counts = Counter(content.staff)
    for number, name in enumerate(content.staff):
        if not name.strip() or not name.isprintable() or counts[name] > 1:
            yield ("staff", number), AppError("stores.staff", given=name)
