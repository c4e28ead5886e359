"""What can be done with customers. Other slices import this file and `contracts`."""

from collections.abc import Sequence
from contextlib import closing

from interplay.collect.facts.api import check_kind, identifier, split
from interplay.collect.facts.contracts import Identifier, Payload
from interplay.collect.ingest.api import stated
from interplay.engine.log.contracts import LogRow, NewFact
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.unify.customers.contracts import (
    AUTHOR_CHARS_MAX,
    NOTE_CHARS_MAX,
    NOTE_WRITTEN,
    TAG_ADDED,
    TAG_CHARS_MAX,
    TAG_REMOVED,
    Found,
    Note,
)
from interplay.unify.customers.tags import TagTerm, tags_of
from interplay.unify.identity.api import customer_of


def known(database: Database, keys: SubjectKeys, region: str, kind: str, value: str) -> tuple[Identifier, SubjectId]:
    """Return the identifier in its one spelling and its subject. `region` is where phone numbers are read.

    Raises AppError `facts.identifier.kind`, `customers.identifier` (not a possible one) or `customers.unknown` (404).
    """
    check_kind(kind)
    who = identifier(kind, value, region)
    if who is None:
        raise AppError("customers.identifier", kind=kind, given=value)
    with closing(LogReader(database)) as reader:
        subject = reader.subject_of(keys.digest(who.kind, who.value))
    if subject is None:
        raise AppError("customers.unknown", status=404, kind=kind, given=value)
    return who, subject


def find(database: Database, keys: SubjectKeys, region: str, text: str) -> list[Found]:
    """Return every customer who has this identifier, of whatever kind it is; `KIND:VALUE` names the kind.

    Every kind that ever came in is tried, in the spelling that it would have.
    """
    found: dict[CustomerId, list[Identifier]] = {}
    with closing(LogReader(database)) as reader:
        for who in _possible(reader.identifier_kinds(), region, text):
            subject = reader.subject_of(keys.digest(who.kind, who.value))
            if subject is not None:
                found.setdefault(customer_of(database, subject)[0], []).append(who)
        return [
            Found(
                customer,
                tuple((who.kind, who.value) for who in matched),
                identifiers(reader, keys, customer_of(database, SubjectId(customer))[1]),
            )
            for customer, matched in sorted(found.items())
        ]


def identifiers(reader: LogReader, keys: SubjectKeys, subjects: Sequence[SubjectId]) -> tuple[tuple[str, str], ...]:
    """Return (kind, value) of subjects; of erased ones nothing is left."""
    found = []
    for subject in subjects:
        if (row := reader.identifier(subject)) is not None:
            value = keys.open(subject, row[1])
            if value is not None:
                found.append((row[0], value.decode()))
    return tuple(found)


def tag(
    world: World, who: Identifier, name: str, *, is_removed: bool = False, author: str | None = None,
    key: str | None = None,
) -> NewFact:  # fmt: skip
    """Return the fact that gives a customer a tag, or takes it. Raises AppError `customers.text`."""
    fields = {"tag": _text("tag", name, TAG_CHARS_MAX, is_line=True), "author": _author(author)}
    return stated(world, TAG_REMOVED if is_removed else TAG_ADDED, who, fields, key=key)


def note(world: World, who: Identifier, text: str, *, author: str | None = None, key: str | None = None) -> NewFact:
    """Return the fact that somebody wrote something about a customer. Raises AppError `customers.text`."""
    fields = {"note_text": _text("text", text, NOTE_CHARS_MAX), "author": _author(author)}
    return stated(world, NOTE_WRITTEN, who, fields, key=key)


def note_of(row: LogRow, payload: Payload) -> Note | None:
    """Return the note that a fact is, if it is one."""
    text, author = payload.fields.get("note_text"), payload.fields.get("author")
    if row.name != NOTE_WRITTEN or not isinstance(text, str):
        return None
    return Note(row.occurred_at, text, author if isinstance(author, str) else None, row.source)


def _possible(kinds: Sequence[str], region: str, text: str) -> list[Identifier]:
    pairs = [(kind, text) for kind in kinds]
    try:
        kind, value = split(text)
        pairs.append((kind, value))
    except AppError:
        pass
    tried = (identifier(kind, value, region) for kind, value in pairs)
    return list(dict.fromkeys(who for who in tried if who is not None))


def _author(author: str | None) -> str | None:
    return _text("author", author, AUTHOR_CHARS_MAX, is_line=True) if author else None


def _text(field: str, given: str, limit: int, *, is_line: bool = False) -> str:
    text = given.strip()
    if not 1 <= len(text) <= limit:
        raise AppError("customers.text", field=field, given=len(text), allowed=limit)
    if is_line and not text.isprintable():
        raise AppError("customers.line", field=field, given=text)
    return text


__all__ = ["TagTerm", "find", "identifiers", "known", "note", "note_of", "tag", "tags_of"]
