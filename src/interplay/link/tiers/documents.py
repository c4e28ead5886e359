"""The document of kind `tier`: read strictly and checked."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.link.tiers.contracts import TIER, LadderDocument, Span

LADDERS_MAX = 10
TIERS_MAX = 20
DAYS_MAX = 36_500
YEARS_MAX = 100
POINTS = "points"  # the kind whose documents are units

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")

Mistake = tuple[Place, AppError]


class TierKind:
    """Documents of kind `tier`."""

    kind = TIER

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, LadderDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each ladder beside all other documents as they would stand."""
        ours = [document for document in documents if document.kind == TIER]
        units = sorted(document.name for document in documents if document.kind == POINTS)
        found = [DocumentError(one, mistake, place) for one in ours for place, mistake in _mistakes(one, units)]
        if len(ours) > LADDERS_MAX:
            found.append(DocumentError(ours[-1], AppError("tiers.too_many", given=len(ours), allowed=LADDERS_MAX)))
        seen: set[str] = set()
        for one in ours:
            for number, rung in enumerate(read(one).tiers):
                if rung.name in seen:
                    found.append(DocumentError(one, AppError("tiers.twice", given=rung.name), ("tiers", number)))
                seen.add(rung.name)
        return found

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(LadderDocument)


def read(document: Document) -> LadderDocument:
    return msgspec.convert(document.content, LadderDocument)


def ladders(documents: Iterable[Document]) -> dict[str, LadderDocument]:
    """Return the ladders among current documents by name."""
    return {one.name: read(one) for one in documents if one.kind == TIER}


def tier_names(documents: Iterable[Document]) -> list[str]:
    """Return the name of every tier of every ladder."""
    return sorted(rung.name for one in ladders(documents).values() for rung in one.tiers)


def _mistakes(document: Document, units: Sequence[str]) -> Iterator[Mistake]:
    ladder = read(document)
    names = [(("name",), document.name), *((("tiers", n, "name"), one.name) for n, one in enumerate(ladder.tiers))]
    for place, name in names:
        if not _NAME.match(name):
            yield place, AppError("tiers.name", given=name)
    if ladder.unit not in units:
        yield ("unit",), AppError("tiers.unit", given=ladder.unit, meant=closest(ladder.unit, units) or "")
    if not 1 <= len(ladder.tiers) <= TIERS_MAX:
        yield ("tiers",), AppError("tiers.count", given=len(ladder.tiers), allowed=TIERS_MAX)
    for number, (lower, higher) in enumerate(pairwise(ladder.tiers)):
        if lower.at >= higher.at:
            yield ("tiers", number + 1, "at"), AppError("tiers.order", given=higher.at, before=lower.at)
    if ladder.tiers and ladder.tiers[0].at < 0:
        yield from _out_of(("tiers", 0, "at"), ladder.tiers[0].at, 0, 2**53)
    yield from _mistaken_span("window", ladder.window, 1)
    yield from _mistaken_span("keeps", ladder.keeps, 0)
    yield from _out_of(("grace_days",), ladder.grace_days, 0, DAYS_MAX)
    for what, given, most in (("weekdays", ladder.weekdays, 7), ("days_of_month", ladder.days_of_month, 31)):
        for number, day in enumerate(given):
            yield from _out_of((what, number), day, 1, most)


def _mistaken_span(what: str, span: Span | None, years_min: int) -> Iterator[Mistake]:
    if span is None:
        return
    if (span.days is None) is (span.years is None):
        yield (what,), AppError("tiers.span")
    elif span.days is not None:
        yield from _out_of((what, "days"), span.days, 1, DAYS_MAX)
    else:
        yield from _out_of((what, "years"), span.years or 0, years_min, YEARS_MAX)


def _out_of(place: Place, given: int, least: int, most: int) -> Iterator[Mistake]:
    if not least <= given <= most:
        yield place, AppError("tiers.range", given=given, least=least, most=most)
