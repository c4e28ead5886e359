"""What is declared right now: the standard catalogue and the brand's own documents, compiled once per revision."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from interplay.collect.facts.catalogue import catalogue, compiled, standard_documents
from interplay.collect.facts.contracts import Declared
from interplay.collect.facts.documents import FactsDocument, convert_document
from interplay.collect.facts.mistakes import mistakes
from interplay.collect.facts.projection import Projector
from interplay.collect.facts.reader import Catalogue
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.settings import Brand

KIND = "facts"
PROJECTION = 2  # how facts are read; another number loads every warehouse again


@dataclass(frozen=True, slots=True)
class Current:
    """One revision of everything declared."""

    revision: int
    documents: list[Document]  # of every kind
    declared: Declared
    catalogue: Catalogue
    projector: Projector

    def layout(self) -> str:
        """Return a text that changes when the warehouse's content would: also when a sender's name is mapped anew."""
        return msgspec.json.encode((PROJECTION, self.declared.facts, self.declared.traits), order="sorted").decode()


class Declarations:
    """Follows the documents of a store. Safe for many threads."""

    def __init__(self, database: Database, brand: Brand, keys: SubjectKeys) -> None:
        self._database = database
        self._brand = brand
        self._keys = keys
        self._lock = threading.Lock()
        self._current: Current | None = None

    @property
    def brand(self) -> Brand:
        return self._brand

    def current(self) -> Current:
        """Return what is declared, read anew when a document was applied since."""
        revision = documents.revision(self._database)
        with self._lock:
            if self._current is None or self._current.revision != revision:
                self._current = self._compile(revision)
            return self._current

    def _compile(self, revision: int) -> Current:
        standing = documents.current(self._database)
        declared = declared_by(standing)
        return Current(
            revision=revision,
            documents=standing,
            declared=declared,
            catalogue=Catalogue(declared, self._brand),
            projector=Projector(declared, self._brand, self._keys),
        )


def declared_by(standing: Iterable[Document]) -> Declared:
    """Return the catalogue that these documents make with the standard ones. Raises AppError `facts.*`."""
    return catalogue([_facts_document(document) for document in standing if document.kind == KIND])


def declared_as_far(standing: Iterable[Document]) -> Declared:
    """Return what documents declare beside their mistakes, so that those of others can be found as well."""
    ours = [_facts_document(document) for document in standing if document.kind == KIND]
    return compiled([*standard_documents(), *ours])


def misdeclared(standing: Iterable[Document]) -> list[DocumentError]:
    """Return the mistakes of documents of kind `facts` that stand together."""
    ours = [document for document in standing if document.kind == KIND]
    standard = standard_documents()
    found = mistakes([*standard, *map(_facts_document, ours)])
    return [DocumentError(ours[one.document - len(standard)], one.mistake, one.place) for one in found]


def _facts_document(document: Document) -> FactsDocument:
    where = f"{document.file}:{document.line}" if document.file else document.name
    return convert_document({"kind": KIND, **document.content}, where)
