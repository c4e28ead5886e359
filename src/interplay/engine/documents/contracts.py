"""What a document is, and what a kind of document has to say of itself."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from interplay.engine.documents.places import Place, line_at, show
from interplay.engine.documents.shape import Misshapen
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros, Position

MISTAKES_SHOWN_MAX = 50


class Document(Struct, frozen=True):
    """One version of a definition. `content` is the decoded YAML, without `kind` and `name`."""

    kind: str
    name: str
    content: dict[str, Any]
    version: int = 0  # 0: not applied yet
    applied_at: Micros = Micros(0)
    position: Position = Position(0)  # the log's end when it was applied: it speaks of the facts that follow
    file: str = ""
    line: int = 0  # where the document begins in its file
    lines: dict[str, int] = {}  # where each part of it stands, by its place as `places.show` writes it

    def line_of(self, place: Place) -> int:
        """Return the line of a place in the document, or of its nearest parent."""
        return line_at(self.lines, place, self.line)


class DocumentError(AppError):
    """A mistake in one document, told with its place: file, line, kind and name, and the reason in each language."""

    def __init__(self, document: Document, mistake: AppError, place: Place = ()) -> None:
        super().__init__(
            "documents.field", file=document.file or "(applied)", line=document.line_of(place), kind=document.kind,
            name=document.name, place=show(place), reason=mistake.text("en"),
        )  # fmt: skip
        self.document = document
        self.place = place
        self.mistake = mistake

    def text(self, lang: Lang = "en") -> str:
        code = "documents.field" if self.place else "documents.whole"
        return say(f"errors.{code}", lang, **{**self.params, "reason": self.mistake.text(lang)})


class MistakesError(AppError):
    """Several mistakes in documents, one a line."""

    def __init__(self, mistakes: Sequence[AppError]) -> None:
        super().__init__("documents.mistakes", count=len(mistakes))
        self.mistakes = tuple(mistakes)

    def text(self, lang: Lang = "en") -> str:
        shown = [mistake.text(lang) for mistake in self.mistakes[:MISTAKES_SHOWN_MAX]]
        more = ["…"] if len(self.mistakes) > len(shown) else []
        return "\n".join([say("errors.documents.mistakes", lang, **self.params), *shown, *more])


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

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        """Return a document of this kind so that the others can be checked beside it, and what was wrong with it."""

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Return the mistakes of this kind's among all documents (of every kind) as they would stand."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of `content`, for editors."""
