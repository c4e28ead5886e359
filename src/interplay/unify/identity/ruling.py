"""The rules of a brand: the standard ones, and what its document of kind `identity` says otherwise."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from interplay.collect.facts.api import external_kind, normalized
from interplay.collect.facts.contracts import IdentifierKind
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.shape import Misshapen, mended
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

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, IdentityDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read the rules as they would be."""
        return [wrong for one in documents if one.kind == IDENTITY for wrong in self._mistakes(one)]

    def _mistakes(self, document: Document) -> Iterator[DocumentError]:
        if document.name != IDENTITY:
            yield DocumentError(document, AppError("identity.name", given=document.name, allowed=IDENTITY), ("name",))
        try:
            _read(document, self._brand)
        except _WrongRuleError as wrong:
            yield DocumentError(document, wrong.mistake, wrong.place)

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


class _WrongRuleError(Exception):
    """A rule that cannot be, and where it stands in the document."""

    def __init__(self, mistake: AppError, *place: str | int) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake
        self.place = place


def _read(document: Document, brand: Brand) -> Rules:
    content = msgspec.convert(document.content, IdentityDocument)
    _check_range(content.generic_after, GENERIC_AFTER_MAX, "generic_after")
    kinds = dict(STANDARD.kinds)
    for kind, change in content.kinds.items():
        _check_kind(kind, "kinds", kind)
        kinds[kind] = _changed(kind, rule_of(STANDARD, kind), change)
    blocked = tuple(_blocked(index, one, brand) for index, one in enumerate(content.blocked))
    return Rules(kinds, (*STANDARD.blocked, *blocked), content.generic_after, document.version)


def _changed(kind: str, rule: KindRule, change: KindChange) -> KindRule:
    if change.most is not None:
        _check_range(change.most, MOST_MAX, "kinds", kind, "most")
    changes = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not None}
    return msgspec.structs.replace(rule, **changes)


def _check_range(given: int, allowed_max: int, *place: str | int) -> None:
    if not 1 <= given <= allowed_max:
        raise _WrongRuleError(AppError("identity.range", given=given, allowed_max=allowed_max), *place)


def _check_kind(kind: str, *place: str | int) -> None:
    is_external = kind.startswith("ext:") and external_kind(kind) == kind
    if kind not in set(IdentifierKind) and kind != EXTERNAL and not is_external:
        allowed = ", ".join([*IdentifierKind, EXTERNAL, "ext:SYSTEM"])
        raise _WrongRuleError(AppError("identity.kind", given=kind, allowed=allowed), *place)


def _blocked(index: int, one: BlockedValue, brand: Brand) -> tuple[str, str]:
    _check_kind(one.kind, "blocked", index, "kind")
    value = normalized(one.kind, one.value, brand.region)
    if value is None:
        mistake = AppError("customers.identifier", kind=one.kind, given=one.value)
        raise _WrongRuleError(mistake, "blocked", index, "value")
    return one.kind, value
