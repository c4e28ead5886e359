"""What a fact is: as received, as declared, and as appended to the log."""

from enum import StrEnum

from msgspec import Struct

from interplay.criteria.contracts import Field, Trait, TraitOp


class IdentifierKind(StrEnum):
    """Kinds of identifiers that have rules of their own; any other kind is an external id, `ext:<system>`.

    Listed strongest first: a fact's subject is its strongest identifier.
    """

    USER_ID = "user_id"
    UNIONID = "unionid"
    CARD_NO = "card_no"
    PHONE = "phone"  # E.164
    EMAIL = "email"
    OPENID = "openid"
    DEVICE = "device"
    ANONYMOUS_ID = "anonymous_id"


class Identifier(Struct, frozen=True, order=True):
    """A kind and a normalized value, e.g. `Identifier("phone", "+8613800138000")`."""

    kind: str
    value: str


class FactKind(Struct, frozen=True):
    """A declared fact. Field names have one type across all facts of a brand."""

    name: str  # noun.verbed
    zh: str
    en: str
    fields: dict[str, Field]
    segment_names: tuple[str, ...] = ()  # "Order Completed"
    sensors_names: tuple[str, ...] = ()  # "PayOrder"
    spellings: dict[str, tuple[str, ...]] = {}  # field → the names senders use for it, best first
    codes: frozenset[str] = frozenset()  # text fields that also accept an integer, kept as its digits
    kept: bool = False  # for ever: consent or money hangs on it


class TraitWrite(Struct, frozen=True, array_like=True):
    """One change of one trait asked for by a fact. `trait` "*" with `unset` forgets all of them."""

    trait: str
    op: TraitOp
    value: object = None  # physical, or as received where `is_raw`
    is_raw: bool = False  # the trait was not declared when this came


_SHORT = {
    "fields": "f",
    "extra": "x",
    "context": "c",
    "identifiers": "i",
    "traits": "t",
    "message_id": "m",
    "name_received": "n",
}


class Payload(Struct, frozen=True, omit_defaults=True, rename=_SHORT):
    """The body of a fact: everything that may be personal. msgpack, encrypted with the subject's key in the log."""

    fields: dict[str, object] = {}  # declared fields, physical values
    extra: dict[str, object] = {}  # undeclared properties, as received
    context: dict[str, object] = {}
    identifiers: tuple[tuple[str, str], ...] = ()
    traits: tuple[TraitWrite, ...] = ()
    message_id: str = ""
    name_received: str = ""


class Declared(Struct, frozen=True):
    """Everything a brand has declared: standard facts and traits and its own."""

    facts: dict[str, FactKind]
    traits: dict[str, Trait]
    trait_spellings: dict[str, str] = {}  # name that senders use → trait
    trait_codes: frozenset[str] = frozenset()


class Dialect(StrEnum):
    """Whose names a sender uses for facts."""

    OWN = "own"
    SEGMENT = "segment"
    SENSORS = "sensors"
