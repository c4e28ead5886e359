"""The document of kind `coupon`: read strictly, and checked beside the segments and offers there are."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.link.coupons.codes import CODE_CHARS_MAX, normalized
from interplay.link.coupons.contracts import COUPON, Codes, CouponDocument
from interplay.link.quotes.api import offer_words, terms_mistakes
from interplay.link.quotes.contracts import PRICE_MAX, OfferKind
from interplay.understand.segments.contracts import SEGMENT

DAYS_MAX = 3_650
COUNT_MAX = 10**9
SHARED_CHARS_MIN = 4

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
_SHARED = re.compile(r"[A-Z0-9]+\Z")
_COUNTS = {
    "starts_after_days": (0, DAYS_MAX),
    "valid_days": (1, DAYS_MAX),
    "total_max": (1, COUNT_MAX),
    "per_day_max": (1, COUNT_MAX),
    "per_customer_max": (1, COUNT_MAX),
    "budget": (1, PRICE_MAX),
    "cost": (0, PRICE_MAX),
}

Mistakes = Iterator[tuple[Place, AppError]]


class CouponKind:
    """Documents of kind `coupon`."""

    kind = COUPON

    def __init__(self, brand: Brand) -> None:
        self._zone = brand.zone()

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, CouponDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each template beside all other documents as they would stand."""
        segments = {one.name: bool(one.content.get("live", True)) for one in documents if one.kind == SEGMENT}
        templates = [(one, read(one)) for one in documents if one.kind == COUPON]
        words = offer_words(documents)
        shared = Counter(normalized(content.code) for _, content in templates if content.codes is Codes.SHARED)
        return [
            DocumentError(document, mistake, place)
            for document, content in templates
            for place, mistake in self._mistakes(document.name, content, segments, words, shared)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(CouponDocument)

    def _mistakes(
        self, name: str, content: CouponDocument, segments: dict[str, bool], words: Collection[str],
        shared: Counter[str],
    ) -> Mistakes:  # fmt: skip
        if not _NAME.match(name) or name in set(OfferKind):
            yield ("name",), AppError("coupons.name", given=name)
        if not content.funder:
            yield ("funder",), AppError("coupons.funder")
        for part, (least, most) in _COUNTS.items():
            value = getattr(content, part)
            if value is not None and not least <= value <= most:
                yield (part,), AppError("coupons.bounds", given=value, least=least, most=most)
        yield from _of_code(content, shared)
        yield from _of_segments(content, segments)
        for place, mistake in terms_mistakes(content.terms, self._zone, segments, words):
            yield ("terms", *place), mistake


def read(document: Document) -> CouponDocument:
    """Return a template's content."""
    return msgspec.convert(document.content, CouponDocument)


def _of_code(content: CouponDocument, shared: Counter[str]) -> Mistakes:
    code = normalized(content.code)
    if content.codes is not Codes.SHARED:
        if content.code:
            yield ("code",), AppError("coupons.code_not_shared", given=content.code)
    elif not _SHARED.match(code) or not SHARED_CHARS_MIN <= len(code) <= CODE_CHARS_MAX:
        yield ("code",), AppError("coupons.shared_code", given=content.code)
    elif shared[code] > 1:
        yield ("code",), AppError("coupons.code_taken", given=content.code)
    if content.claimable and content.codes is Codes.IMPORTED:
        yield ("claimable",), AppError("coupons.claimable_imported")


def _of_segments(content: CouponDocument, segments: dict[str, bool]) -> Mistakes:
    """Only a live segment can be asked at a till whether she is in it."""
    for place, choice in ((("claimers",), content.claimers), (("terms", "customers"), content.terms.customers)):
        for side in ("only", "but_not"):
            for number, name in enumerate(getattr(choice, side)):
                if name in segments and not segments[name]:
                    yield (*place, side, number), AppError("coupons.not_live", given=name)
                elif name not in segments and place == ("claimers",):
                    yield (*place, side, number), AppError("coupons.segment", given=name)
