"""Identifiers as received → normalized, so that two spellings of one phone are one identifier."""

import re
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers

from interplay.collect.facts.contracts import Identifier, IdentifierKind
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest

VALUE_CHARS_MAX = 255
KIND_CHARS_MAX = 64
PHONES_REMEMBERED_MAX = 65_536
EXTERNAL_PREFIX = "ext:"

MEANT = {
    "mobile": "phone", "tel": "phone", "telephone": "phone", "cell": "phone", "mail": "email", "e-mail": "email",
    "card": "card_no", "user": "user_id", "id": "user_id", "uid": "user_id", "cookie": "anonymous_id",
    "anonymous": "anonymous_id",
}  # fmt: skip
"""What people call kinds of identifiers."""

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}\Z")
_EXTERNAL_KIND = re.compile(r"[a-z0-9][a-z0-9_.:-]*\Z")
_RANKS = {kind.value: rank for rank, kind in enumerate(IdentifierKind)}
_EXTERNAL_RANK = _RANKS[IdentifierKind.OPENID] + 0.5  # another system's id names a person; a device does not


def identifier(kind: str, value: str, region: str) -> Identifier | None:
    """Return the normalized identifier, or None where the value cannot be one (no valid phone, no e-mail, too long).

    `region` (ISO 3166) is where phone numbers without a country code are read. A kind that has no rules of its
    own becomes `ext:<kind>`.
    """
    known = str(kind) if kind in _RANKS else external_kind(kind)
    if known is None:
        return None
    found = normalized(known, value, region)
    return Identifier(known, found) if found else None


def normalized(kind: str, value: str, region: str) -> str | None:
    """Return the value in its one spelling, or None."""
    value = value.strip()
    if not value or len(value) > VALUE_CHARS_MAX:
        return None
    if kind == IdentifierKind.PHONE:
        return phone(value, region)
    if kind == IdentifierKind.EMAIL:
        return value.lower() if _EMAIL.match(value) else None
    return value


@lru_cache(maxsize=PHONES_REMEMBERED_MAX)
def phone(value: str, region: str) -> str | None:
    """Return E.164, or None where no such number can exist. Remembered: parsing costs 50 µs."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_example(region: str) -> str:
    """Return how a phone number is written in its own country; "-" for a region that has none."""
    mobile = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(region, mobile) or phonenumbers.example_number(region)
    return "-" if number is None else phonenumbers.national_significant_number(number)


def external_kind(system: str) -> str | None:
    """Return `ext:<system>` in lower case, or None where the system's name cannot be one."""
    name = system.strip().lower().removeprefix(EXTERNAL_PREFIX)
    kind = EXTERNAL_PREFIX + name
    return kind if _EXTERNAL_KIND.match(name) and len(kind) <= KIND_CHARS_MAX else None


def strongest_first(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Return the identifiers, each once, strongest first; equals in strength keep their order."""
    return tuple(sorted(dict.fromkeys(identifiers), key=_rank))


def _rank(one: Identifier) -> float:
    return _RANKS.get(one.kind, _EXTERNAL_RANK)


def check_kind(kind: str) -> None:
    """Refuse a kind that no identifier has; the id of another system says `ext:`. Raises AppError."""
    if kind in _RANKS or (kind.startswith(EXTERNAL_PREFIX) and external_kind(kind) == kind):
        return
    allowed = ", ".join([*_RANKS, "ext:<system>"])
    if (meant := MEANT.get(kind.lower()) or closest(kind, _RANKS)) is not None:
        raise AppError("facts.identifier.kind_meant", given=kind, meant=meant, allowed=allowed)
    raise AppError("facts.identifier.kind", given=kind, allowed=allowed)


def split(text: str) -> tuple[str, str]:
    """Return (kind, value) of `KIND:VALUE`; an external id is written `ext:SYSTEM:VALUE`.

    Raises AppError `facts.identifier`.
    """
    kind, colon, value = text.partition(":")
    if kind == "ext":
        system, colon, value = value.partition(":")
        kind = f"ext:{system}"
    if not colon or not value:
        raise AppError("facts.identifier", given=text)
    return kind, value
