"""What a document is, and what a kind of document has to say of itself."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros


class Document(Struct, frozen=True):
    """One version of a definition. `content` is the decoded YAML, without `kind` and `name`."""

    kind: str
    name: str
    content: dict[str, Any]
    version: int = 0  # 0: not applied yet
    applied_at: Micros = Micros(0)
    file: str = ""
    line: int = 0  # where the document begins in its file


class DocumentError(AppError):
    """A mistake in one document, told with its place: file, line, kind and name, and the reason in each language."""

    def __init__(self, document: Document, mistake: AppError) -> None:
        super().__init__(
            "documents.field", file=document.file or "(applied)", line=document.line, kind=document.kind,
            name=document.name, reason=mistake.text("en"),
        )  # fmt: skip
        self._mistake = mistake

    def text(self, lang: Lang = "en") -> str:
        return say("errors.documents.field", lang, **{**self.params, "reason": self._mistake.text(lang)})


class ChangeKind(StrEnum):
    ADD = "add"
    CHANGE = "change"
    SAME = "same"


class Change(Struct, frozen=True):
    """What applying one document would do."""

    change: ChangeKind
    kind: str
    name: str
    version: int  # the version it would become, or is
    effects: tuple[str, ...] = ()  # sentences: who would be affected


class DocumentKind(Protocol):
    """A kind of document, registered in `bootstrap`."""

    @property
    def kind(self) -> str: ...

    def check(self, documents: Sequence[Document]) -> None:
        """Check all documents (of every kind) as they would stand; raise AppError naming file, line and field."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of `content`, for editors."""
