"""Names and ids as senders write them: texts, or numbers that mean their digits; within limits."""

from collections.abc import Mapping

from interplay.collect.facts.api import identifier
from interplay.collect.facts.contracts import Identifier, IdentifierKind
from interplay.collect.ingest.contracts import EXTERNAL_IDS_MAX, FACT_NAME_CHARS_MAX, IDENTIFIER_CHARS_MAX
from interplay.kernel.errors import AppError

TRAIT_KINDS = {
    "phone": IdentifierKind.PHONE,
    "mobile": IdentifierKind.PHONE,
    "email": IdentifierKind.EMAIL,
    "openid": IdentifierKind.OPENID,
    "openId": IdentifierKind.OPENID,
    "unionid": IdentifierKind.UNIONID,
    "unionId": IdentifierKind.UNIONID,
    "card_no": IdentifierKind.CARD_NO,
    "cardNo": IdentifierKind.CARD_NO,
}
"""Traits that also say who somebody is."""


def id_text(field: str, value: str | int | None) -> str:
    """Return an id without the space around it, "" for none. Raises AppError `ingest.id_length`."""
    if value is None:
        return ""
    text = (value if type(value) is str else str(value)).strip()
    if len(text) > IDENTIFIER_CHARS_MAX:
        raise AppError("ingest.id_length", field=field, given=len(text), allowed=IDENTIFIER_CHARS_MAX)
    return text


def fact_name(field: str, value: str | None) -> str:
    """Return the name of a fact as received. Raises AppError `ingest.missing`, `ingest.name_length`."""
    if value is None or not value.strip():
        raise AppError("ingest.missing", field=field)
    if len(value) > FACT_NAME_CHARS_MAX:
        raise AppError("ingest.name_length", field=field, given=len(value), allowed=FACT_NAME_CHARS_MAX)
    return value


def from_traits(traits: Mapping[str, object], region: str) -> list[Identifier]:
    """Return the identifiers among traits; a value that cannot be one (no valid phone) stays a mere trait."""
    found = []
    for name, kind in TRAIT_KINDS.items():
        if name in traits and type(value := traits[name]) in (str, int):
            found.append(identifier(kind, str(value), region))
    return [one for one in found if one is not None]


def from_external_ids(external: object, region: str) -> list[Identifier]:
    """Return Segment's `context.externalIds`: a list of {id, type, encoding}. A hashed id is a kind of its own."""
    found = []
    for entry in external[:EXTERNAL_IDS_MAX] if type(external) is list else ():
        if type(entry) is not dict:
            continue
        kind, value, encoding = entry.get("type"), entry.get("id"), entry.get("encoding")
        if type(kind) is not str or type(value) not in (str, int):
            continue
        if type(encoding) is str and encoding not in ("", "none"):
            kind = f"{kind}_{encoding}"
        found.append(identifier(kind, str(value), region))
    return [one for one in found if one is not None]
