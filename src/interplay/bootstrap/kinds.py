"""The kinds of documents there are, and plan and apply over all of them."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from interplay.bootstrap.access import Access
from interplay.bootstrap.mind import FEATURES
from interplay.collect.facts.api import KIND as FACTS
from interplay.collect.facts.api import declared_by, json_schema
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Change, ChangeKind, Document, DocumentKind
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment

KIND_NAMES = (FACTS, segments.TRAIT, segments.SEGMENT)


class FactsKind:
    """Documents of kind `facts`: a team's own facts, fields and traits."""

    kind = FACTS

    def check(self, standing: Sequence[Document]) -> None:
        declared_by(standing)

    def schema(self) -> dict[str, Any]:
        return json_schema()


def kinds(access: Access) -> list[DocumentKind]:
    """Return every kind of document, in the order in which they are checked."""

    def received() -> list[str]:
        with closing(LogReader(access.home.database)) as reader:
            return reader.fact_names()

    world = access.home.world
    return [FactsKind(), segments.TraitKind(world, received, FEATURES), segments.SegmentKind(world, received, FEATURES)]


def read_folder(folder: Path) -> list[Document]:
    """Return the documents in a folder's files. Raises AppError `documents.*`."""
    return documents.read_folder(folder, KIND_NAMES)


def plan_folder(access: Access, folder: Path) -> list[Change]:
    """Return what applying a folder would change. Raises AppError `documents.*` with file and line."""
    return plan(access, read_folder(folder))


def apply_folder(access: Access, folder: Path) -> list[Change]:
    """Apply a folder's documents, all or none."""
    return apply(access, read_folder(folder))


def plan(access: Access, wanted: Sequence[Document]) -> list[Change]:
    """Return what applying these documents would do, and to how many customers it matters."""
    standing = documents.current(access.home.database)
    changes = documents.plan(standing, wanted, kinds(access))
    return [_with_effects(access, change, document) for change, document in zip(changes, wanted, strict=True)]


def apply(access: Access, wanted: Sequence[Document]) -> list[Change]:
    """Make these documents the current ones. Raises AppError `documents.*`; then nothing has changed."""
    revision = documents.revision(access.home.database)
    changes = documents.plan(documents.current(access.home.database), wanted, kinds(access))
    ask = documents.to_apply(changes, wanted, revision)
    if ask.documents:
        access.write(documents.apply, ask)
    return changes


def _with_effects(access: Access, change: Change, document: Document) -> Change:
    """Say how many customers a new or changed segment has now, where it can be asked before it is applied."""
    if change.change is ChangeKind.SAME or change.kind != segments.SEGMENT:
        return change
    try:
        answer = access.ask(segments.count, CountSegment(str(document.content["criteria"])))
    except AppError:  # it uses words that are applied with it
        return change
    sentence = f"{answer.count} of {answer.population} customers now"
    return Change(change.change, change.kind, change.name, change.version, (sentence,))



