"""What can be done with consent. Other slices import this file and `contracts`."""

from collections.abc import Iterable, Sequence

from interplay.collect.facts.contracts import Identifier, Payload
from interplay.collect.ingest.api import stated
from interplay.criteria.api import turned
from interplay.criteria.contracts import History, Occurrence
from interplay.engine.documents.contracts import Document
from interplay.engine.log.contracts import LogRow, NewFact
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.unify.consent import rules
from interplay.unify.consent.contracts import (
    EVERY_CHANNEL,
    GRANTED,
    WITHDRAWN,
    Consent,
    ConsentDocument,
    Statement,
)
from interplay.unify.consent.documents import ConsentKind, current, standard
from interplay.unify.consent.term import ConsentTerm, region_of

TEXT_VERSION_CHARS_MAX = 64
EVIDENCE_CHARS_MAX = 500


def term(documents: Iterable[Document], brand: Brand) -> ConsentTerm:
    """Return the term `consent(…)` as the brand's documents have it.

    Beside a draft that is wrong, which `ConsentKind` tells, it is the standard one: so other drafts can be checked.
    """
    try:
        return ConsentTerm(current(documents), brand.region)
    except AppError:
        return ConsentTerm(standard(), brand.region)


def split(text: str) -> tuple[str, str]:
    """Return (purpose, channel) of `PURPOSE:CHANNEL`. Raises AppError `consent.form`."""
    purpose, colon, channel = text.partition(":")
    if not (purpose and colon and channel):
        raise AppError("consent.form", given=text)
    return purpose, channel


def check_asked(documents: Iterable[Document], text: str) -> None:
    """Check that `PURPOSE:CHANNEL` can be asked of a customer. Raises AppError `consent.*` in the caller's words."""
    document = current(documents)
    purpose, channel = split(text)
    _check_term(document, purpose, channel)
    if channel == EVERY_CHANNEL:
        raise AppError("consent.channel", given=channel, allowed=", ".join(document.channels))


def state(
    world: World,
    document: ConsentDocument,
    who: Identifier,
    purpose: str,
    channel: str,
    *,
    is_granted: bool,
    text_version: str | None = None,
    evidence: str | None = None,
    key: str | None = None,
) -> NewFact:
    """Return the fact that staff states about a customer; channel `*` is all of them.

    Raises AppError `consent.unknown` or `consent.long` in the caller's words.
    """
    _check_term(document, purpose, channel)
    for field, text, allowed in (
        ("text_version", text_version, TEXT_VERSION_CHARS_MAX),
        ("evidence", evidence, EVIDENCE_CHARS_MAX),
    ):
        if text is not None and len(text) > allowed:
            raise AppError("consent.long", field=field, given=len(text), allowed=allowed)
    fields = {
        "purpose": purpose,
        "message_channel": channel,
        "text_version": text_version or None,
        "evidence": evidence or None,
    }
    return stated(world, GRANTED if is_granted else WITHDRAWN, who, fields, key=key)


def statement(row: LogRow, occurrence: Occurrence, payload: Payload) -> Statement | None:
    """Return what a fact states about consent, if it does."""
    if row.name not in (GRANTED, WITHDRAWN):
        return None

    def text(name: str) -> str | None:
        value = occurrence.fields.get(name, payload.fields.get(name))
        return value if isinstance(value, str) else None

    return Statement(
        position=row.position,
        at=row.occurred_at,
        received_at=row.received_at,
        is_granted=row.name == GRANTED,
        purpose=text("purpose"),
        channel=text("message_channel"),
        source=row.source,
        text_version=text("text_version"),
        evidence=text("evidence"),
    )


def standings(
    document: ConsentDocument, past: History, statements: Sequence[Statement], now: int, region: str
) -> tuple[Consent, ...]:
    """Return how consent stands for every purpose and channel as of `now`. `region` is the brand's."""
    by_position = {one.position: one for one in statements}
    where = region_of(past, now, region)
    found = []
    for name, label in rules.terms(document).items():
        purpose, channel = split(name)
        last = turned(rules.switch_of(purpose, channel), past, now)
        is_granted = last.is_on if last is not None else rules.default_in(document.purposes[purpose], where)
        said = None if last is None else by_position[last.position]
        found.append(Consent(purpose, channel, label, is_granted, where, said))
    return tuple(found)


def _check_term(document: ConsentDocument, purpose: str, channel: str) -> None:
    """Raise AppError `consent.purpose` or `consent.channel` where the document has no such term."""
    if purpose not in document.purposes:
        raise AppError("consent.purpose", given=purpose, allowed=", ".join(document.purposes))
    if channel != EVERY_CHANNEL and channel not in document.channels:
        raise AppError("consent.channel", given=channel, allowed=", ".join([*document.channels, EVERY_CHANNEL]))


__all__ = [
    "ConsentKind",
    "ConsentTerm",
    "check_asked",
    "current",
    "region_of",
    "split",
    "standings",
    "state",
    "statement",
    "term",
]
