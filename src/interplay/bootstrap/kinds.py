"""The kinds of documents there are, and plan and apply over all of them."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from interplay.bootstrap.reach import Reach
from interplay.bootstrap.registry import FEATURES
from interplay.collect.facts.api import KIND as FACTS
from interplay.collect.facts.api import Declared, declared_by, json_schema
from interplay.criteria.contracts import ValueType
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Change, ChangeKind, Document, DocumentError, DocumentKind
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import SEGMENT, TRAIT, CountSegment
from interplay.unify.identity.api import IdentityKind
from interplay.unify.identity.contracts import IDENTITY

KIND_NAMES = (FACTS, IDENTITY, TRAIT, SEGMENT)


class FactsKind:
    """Documents of kind `facts`: a team's own facts, fields and traits."""

    kind = FACTS

    def __init__(self, standing: Sequence[Document]) -> None:
        self._standing = standing

    def check(self, documents: Sequence[Document]) -> None:
        """Read the catalogue as it would be. Raises AppError `documents.field` or `facts.document` with the place."""
        try:
            self._read(documents)
        except AppError as error:
            if error.code == "facts.document":  # it names the place itself
                raise
            raise DocumentError(self._guilty(documents), error) from None

    def _guilty(self, documents: Sequence[Document]) -> Document:
        """Return the new document without which there would be no mistake, or the last one."""
        suspects = [one for one in documents if one.kind == FACTS and one not in self._standing]
        for suspect in suspects:
            try:
                self._read([one for one in documents if one is not suspect])
            except AppError:
                continue
            return suspect
        return suspects[-1]

    def _read(self, documents: Sequence[Document]) -> None:
        """Read the catalogue; what facts were stored by keeps its type."""
        before, after = declared_by(self._standing), declared_by(documents)
        _refuse_new_types("field", _field_types(before), _field_types(after))
        traits = [{name: trait.type for name, trait in one.traits.items()} for one in (before, after)]
        _refuse_new_types("trait", *traits)

    def schema(self) -> dict[str, Any]:
        return json_schema()


def kinds(access: Reach) -> list[DocumentKind]:
    """Return every kind of document, in the order in which they are checked."""

    def received() -> list[str]:
        with closing(LogReader(access.home.database)) as reader:
            return reader.fact_names()

    world = access.home.world
    standing = documents.current(access.home.database)
    return [
        FactsKind(standing),
        IdentityKind(access.home.settings.brand),
        segments.TraitKind(world, received, FEATURES),
        segments.SegmentKind(world, received, FEATURES),
    ]


def read_folder(folder: Path) -> list[Document]:
    """Return the documents in a folder's files. Raises AppError `documents.*`."""
    return documents.read_folder(folder, KIND_NAMES)


def plan_folder(access: Reach, folder: Path) -> list[Change]:
    """Return what applying a folder would change. Raises AppError `documents.*` with file and line."""
    return plan(access, read_folder(folder))


def apply_folder(access: Reach, folder: Path) -> list[Change]:
    """Apply a folder's documents, all or none."""
    return apply(access, read_folder(folder))


def plan(access: Reach, wanted: Sequence[Document]) -> list[Change]:
    """Return what applying these documents would do, and to how many customers it matters."""
    standing = documents.current(access.home.database)
    changes = documents.plan(standing, wanted, kinds(access))
    return [_with_effects(access, change, document) for change, document in zip(changes, wanted, strict=True)]


def apply(access: Reach, wanted: Sequence[Document]) -> list[Change]:
    """Make these documents the current ones. Raises AppError `documents.*`; then nothing has changed."""
    revision = documents.revision(access.home.database)
    changes = documents.plan(documents.current(access.home.database), wanted, kinds(access))
    ask = documents.to_apply(changes, wanted, revision)
    if ask.documents:
        access.write(documents.apply, ask)
    return changes


def _with_effects(access: Reach, change: Change, document: Document) -> Change:
    """Say how many customers a new or changed segment has now, where it can be asked before it is applied."""
    if change.change is ChangeKind.SAME or change.kind != SEGMENT:
        return change
    try:
        answer = access.ask(segments.count, CountSegment(str(document.content["criteria"])))
    except AppError:  # it uses words that are applied with it
        return change
    sentence = f"{answer.count} of {answer.population} customers now"
    return Change(change.change, change.kind, change.name, change.version, (sentence,))


def _field_types(declared: Declared) -> dict[str, ValueType]:
    return {name: field.type for fact in declared.facts.values() for name, field in fact.fields.items()}


def _refuse_new_types(what: str, before: dict[str, ValueType], after: dict[str, ValueType]) -> None:
    for name in before.keys() & after.keys():
        if before[name] is not after[name]:
            raise AppError("documents.type", what=what, name=name, given=after[name].value, allowed=before[name].value)
