"""The document of kind `sessions`: read strictly, with every mistake at its place."""

import re
from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any

import msgspec

from interplay.engine.delivery.addresses import checked_url
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.engine.oltp.database import Database
from interplay.kernel.errors import AppError
from interplay.link.sessions.contracts import SESSIONS, CodeChannel, PhoneSignIn, SessionsDocument, WeChatSignIn

TEXT_CHARS_MAX = 300
PER_HOUR_MAX = 100_000
WORDS = frozenset({"code", "minutes", "brand"})

_APP_ID = re.compile(r"wx[0-9a-z]{16}\Z")
_REGION = re.compile(r"[A-Z]{2}\Z")


class SessionsKind:
    """Documents of kind `sessions`: one, named `sessions`."""

    kind = SESSIONS

    def __init__(self, *, are_private_allowed: bool) -> None:
        self._are_private_allowed = are_private_allowed

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, SessionsDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        return [
            DocumentError(document, mistake, place)
            for document in documents
            if document.kind == SESSIONS
            for place, mistake in self._mistakes(document)
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(SessionsDocument)

    def _mistakes(self, document: Document) -> Iterator[tuple[Place, AppError]]:
        if document.name != SESSIONS:
            yield ("name",), AppError("sessions.document_name", given=document.name)
        content = msgspec.convert(document.content, SessionsDocument)
        for kind in WeChatSignIn.__struct_fields__:
            if (app_id := getattr(content.wechat, kind, "")) and not _APP_ID.match(app_id):
                yield ("wechat", kind), AppError("sessions.wechat_app_id", given=app_id)
        phone = content.phone
        if phone is None:
            return
        if phone.channel is CodeChannel.WEBHOOK:
            try:
                checked_url(phone.url, are_private_allowed=self._are_private_allowed)
            except AppError as wrong:
                yield ("phone", "url"), wrong
        yield from _mistaken_phone(phone)


def current(database: Database) -> tuple[SessionsDocument, int]:
    """Return how customers may sign in, and the document's version; 0 before the first."""
    document = documents.find(database, SESSIONS, SESSIONS)
    if document is None:
        return SessionsDocument(), 0
    return msgspec.convert(document.content, SessionsDocument), document.version


def _mistaken_phone(phone: PhoneSignIn) -> Iterator[tuple[Place, AppError]]:
    for number, region in enumerate(phone.regions):
        if not _REGION.match(region):
            yield ("phone", "regions", number), AppError("settings.region", given=region)
    if not 1 <= phone.per_hour_max <= PER_HOUR_MAX:
        yield ("phone", "per_hour_max"), AppError("sessions.per_hour", given=phone.per_hour_max, allowed=PER_HOUR_MAX)
    if phone.text is not None:
        for lang in ("zh", "en"):
            if not _is_text(getattr(phone.text, lang)):
                yield ("phone", "text", lang), AppError("sessions.code_text", allowed=TEXT_CHARS_MAX)


def _is_text(text: str) -> bool:
    """Return whether a text says the code, and names nothing but our words, each as it is."""
    try:
        parts = [(name, how) for _, name, how, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return False
    names = {name for name, _ in parts}
    return "code" in names <= WORDS and not any(how for _, how in parts) and len(text) <= TEXT_CHARS_MAX
