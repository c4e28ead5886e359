"""What a document is, and what a kind of document has to say of itself."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

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
