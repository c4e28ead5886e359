"""The rules of a brand: the standard ones, and what its document of kind `identity` says otherwise."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from interplay.collect.facts.api import external_kind, normalized
from interplay.collect.facts.contracts import IdentifierKind
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId
from interplay.kernel.settings import Brand
from interplay.unify.identity.contracts import IDENTITY, HandOver, Joining, KindRule, Rules
from interplay.unify.identity.rules import EXTERNAL, STANDARD, rule_of

MOST_MAX = 1_000
GENERIC_AFTER_MAX = 1_000


class KindChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What a brand changes for identifiers of one kind."""

    most: int | None = None
    join: Joining | None = None
    hand_over: HandOver | None = None


class BlockedValue(Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    value: str


class IdentityDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a document of kind `identity`."""

    kinds: dict[str, KindChange] = {}
    blocked: tuple[BlockedValue, ...] = ()
    generic_after: int = STANDARD.generic_after


class IdentityKind:
    """Documents of kind `identity`: one, named `identity`."""

    kind = IDENTITY

    def __init__(self, brand: Brand) -> None:
        self._brand = brand

    def check(self, documents: Sequence[Document]) -> None:
        """Read the rules as they would be. Raises DocumentError."""
        for document in documents:
            if document.kind == IDENTITY:
                try:
                    if document.name != IDENTITY:
                        raise AppError("identity.name", given=document.name, allowed=IDENTITY)
                    _read(document, self._brand)
                except AppError as mistake:
                    raise DocumentError(document, mistake) from None

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(IdentityDocument)


def current_rules(database: Database, brand: Brand) -> Rules:
    """Return the rules that hold now."""
    document = documents.find(database, IDENTITY, IDENTITY)
    return STANDARD if document is None else _read(document, brand)


def blocked_values(database: Database, brand: Brand) -> frozenset[tuple[str, str]]:
    """Return (kind, value) of identifiers that are nobody's: doors take them for no subject."""
    return frozenset(current_rules(database, brand).blocked)


def blocked_subjects(known: Rules, keys: SubjectKeys, reader: LogReader) -> set[SubjectId]:
    """Return the subjects whose identifiers are blocked values."""
    found = (reader.subject_of(keys.digest(kind, value)) for kind, value in known.blocked)
    return {subject for subject in found if subject is not None}


def _read(document: Document, brand: Brand) -> Rules:
    try:
        content = msgspec.convert(document.content, IdentityDocument)
    except msgspec.ValidationError as error:
        raise AppError("documents.content", reason=str(error)) from None
    _check_range("generic_after", content.generic_after, GENERIC_AFTER_MAX)
    kinds = dict(STANDARD.kinds)
    for kind, change in content.kinds.items():
        kinds[_kind(kind)] = _changed(kind, rule_of(STANDARD, kind), change)
    blocked = tuple(_blocked(one, brand) for one in content.blocked)
    return Rules(kinds, (*STANDARD.blocked, *blocked), content.generic_after, document.version)


def _changed(kind: str, rule: KindRule, change: KindChange) -> KindRule:
    if change.most is not None:
        _check_range(f"kinds.{kind}.most", change.most, MOST_MAX)
    changes = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not None}
    return msgspec.structs.replace(rule, **changes)


def _check_range(field: str, given: int, allowed_max: int) -> None:
    if not 1 <= given <= allowed_max:
        raise AppError("identity.range", field=field, given=given, allowed_max=allowed_max)


def _kind(kind: str) -> str:
    if kind in set(IdentifierKind) or kind == EXTERNAL or (kind.startswith("ext:") and external_kind(kind) == kind):
        return kind
    raise AppError("identity.kind", given=kind, allowed=", ".join([*IdentifierKind, EXTERNAL, "ext:SYSTEM"]))


def _blocked(one: BlockedValue, brand: Brand) -> tuple[str, str]:
    value = normalized(_kind(one.kind), one.value, brand.region)
    if value is None:
        raise AppError("customers.identifier", kind=one.kind, given=one.value)
    return one.kind, value
