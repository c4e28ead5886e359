"""The document of kind `consent`: read strictly, checked, and the standard one where a brand has none."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.unify.consent.contracts import CONSENT, TERMS_MAX, ConsentDocument

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_REGION = re.compile(r"[A-Z]{2}\Z")


class ConsentKind:
    """Documents of kind `consent`."""

    kind = CONSENT

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, ConsentDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read the document as it would be."""
        return [
            DocumentError(document, mistake, place)
            for document in documents
            if document.kind == CONSENT
            for place, mistake in _mistakes(document)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(ConsentDocument)


def current(documents: Iterable[Document]) -> ConsentDocument:
    """Return the brand's document among all of its documents, or the standard one."""
    own = next((document for document in documents if document.kind == CONSENT), None)
    return standard() if own is None else _read(own)


@cache
def standard() -> ConsentDocument:
    """Return what holds before a brand has said anything: nothing is granted by default."""
    text = files("interplay.unify.consent").joinpath("standard.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=ConsentDocument)


def _read(document: Document) -> ConsentDocument:
    for _, mistake in _mistakes(document):
        raise mistake
    return msgspec.convert(document.content, ConsentDocument)


def _mistakes(document: Document) -> Iterator[tuple[Place, AppError]]:
    if document.name != CONSENT:
        yield ("name",), AppError("consent.document_name", given=document.name)
    content = msgspec.convert(document.content, ConsentDocument)
    for what, names in (("purposes", content.purposes), ("channels", content.channels)):
        if not names:
            yield (what,), AppError("consent.empty", what=what)
        for name in names:
            if not _NAME.match(name):
                yield (what, name), AppError("consent.name", what=what, given=name)
    for name, purpose in content.purposes.items():
        for region in purpose.default_by_region:
            if not _REGION.match(region):
                place = ("purposes", name, "default_by_region", region)
                yield place, AppError("consent.region", purpose=name, given=region)
    if (count := len(content.purposes) * len(content.channels)) > TERMS_MAX:
        yield ("purposes",), AppError("consent.too_many", given=count, allowed=TERMS_MAX)
