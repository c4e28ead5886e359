"""What the rest may know of consent: the document, what was stated, and how things stand."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import Micros, Position

CONSENT = "consent"
GRANTED = "consent.granted"
WITHDRAWN = "consent.withdrawn"
EVERY_CHANNEL = "*"
TERMS_MAX = 500  # purposes × channels


class Standing(StrEnum):
    """What holds where nothing was stated."""

    GRANTED = "granted"
    DENIED = "denied"


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """The name for people."""

    zh: str
    en: str


class PurposeDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """What personal data is used for. `default` holds in every region (ISO 3166) that has none of its own."""

    label: Label
    default: Standing = Standing.DENIED
    default_by_region: dict[str, Standing] = {}


class ConsentDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """The document of kind `consent`; there is one, and it replaces the standard one."""

    purposes: dict[str, PurposeDocument]
    channels: dict[str, Label]


class Statement(Struct, frozen=True):
    """One fact about consent, as it was stated. Without a channel it withdraws for all of them and grants for none."""

    position: Position
    at: Micros
    received_at: Micros
    is_granted: bool
    purpose: str | None
    channel: str | None
    source: str
    text_version: str | None = None
    evidence: str | None = None


class Consent(Struct, frozen=True):
    """How consent stands for one purpose and channel: by a statement, or by the default of the customer's region."""

    purpose: str
    channel: str
    label: Label
    is_granted: bool
    region: str
    statement: Statement | None = None  # None: the default
