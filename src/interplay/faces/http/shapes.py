"""What the API sends where it differs from what is kept: instants as RFC 3339 text, values as people write them."""

from typing import Any

from msgspec import Struct

from interplay.collect.facts.api import Written
from interplay.collect.facts.contracts import Declared
from interplay.kernel.ids import CustomerId, Position
from interplay.kernel.time import iso
from interplay.understand.profiles.contracts import ConsentsView, CustomerView, FactView
from interplay.unify.consent.contracts import Consent, Label, Statement
from interplay.unify.customers.contracts import Found


class Identifier(Struct, frozen=True):
    """A kind and a value, e.g. phone and +8613800138000; another system's id is of kind `ext:<system>`."""

    kind: str
    value: str


class Fact(Struct, frozen=True):
    """One fact. Amounts of money are integers in the currency's minor unit; decimals are text."""

    position: Position
    name: str
    at: str
    received_at: str
    source: str
    fields: dict[str, Any]
    extra: dict[str, Any]  # undeclared properties, as received
    identifiers: list[Identifier]
    is_erased: bool
    clamped_from: str | None = None  # what its sender said, where that lay in the future and `at` is the receipt


class TagItem(Struct, frozen=True):
    """A tag that a customer has, and since when."""

    tag: str
    at: str


class NoteItem(Struct, frozen=True):
    """What somebody wrote about a customer."""

    at: str
    text: str
    author: str | None
    source: str


class ConsentStatement(Struct, frozen=True):
    """One statement as it came. `channel` `*` is every channel; null withdraws for all of them and grants for none."""

    position: Position
    at: str
    received_at: str
    is_granted: bool
    purpose: str | None
    channel: str | None
    source: str
    text_version: str | None
    evidence: str | None


class ConsentItem(Struct, frozen=True):
    """How consent stands for a purpose and a channel: by a statement, or by the default of the region where none is."""

    purpose: str
    channel: str
    label: Label
    is_granted: bool
    region: str
    statement: ConsentStatement | None


class Consents(Struct, frozen=True):
    """How consent stands as of an instant, and everything stated up to then, the newest first."""

    customer: CustomerId
    current: list[ConsentItem]
    history: list[ConsentStatement]


class FoundCustomer(Struct, frozen=True):
    """A customer who was looked for. `matched` are the identifiers that are what was sent."""

    customer: CustomerId
    matched: list[Identifier]
    identifiers: list[Identifier]


class Customer(Struct, frozen=True):
    """One customer as of an instant, with the newest facts and notes first."""

    customer: CustomerId
    identifiers: list[Identifier]
    traits: dict[str, Any]
    facts_count: int
    first_at: str | None
    last_at: str | None
    timeline: list[Fact]
    tags: list[TagItem]
    consents: list[ConsentItem]
    notes: list[NoteItem]


class Words:
    """The types of declared fields and traits, by which their values are written."""

    def __init__(self, declared: Declared) -> None:
        self._written = Written(declared)

    def fact(self, view: FactView) -> Fact:
        return Fact(
            position=view.position,
            name=view.name,
            at=iso(view.at),
            received_at=iso(view.received_at),
            source=view.source,
            fields=self._written.fields(view.fields),
            extra=view.extra,
            identifiers=_identifiers(view.identifiers),
            is_erased=view.is_erased,
            clamped_from=view.clamped_from,
        )

    def customer(self, view: CustomerView) -> Customer:
        return Customer(
            customer=view.customer,
            identifiers=_identifiers(view.identifiers),
            traits=self._written.traits(view.traits),
            facts_count=view.facts_count,
            first_at=None if view.first_at is None else iso(view.first_at),
            last_at=None if view.last_at is None else iso(view.last_at),
            timeline=[self.fact(fact) for fact in view.timeline],
            tags=[TagItem(one.tag, iso(one.at)) for one in view.tags],
            consents=[_consent(one) for one in view.consents],
            notes=[NoteItem(iso(one.at), one.text, one.author, one.source) for one in view.notes],
        )


def consents(view: ConsentsView) -> Consents:
    """Return what is known of a customer's consent as the API sends it."""
    return Consents(view.customer, [_consent(one) for one in view.current], [_statement(one) for one in view.history])


def found_customer(one: Found) -> FoundCustomer:
    return FoundCustomer(one.customer, _identifiers(one.matched), _identifiers(one.identifiers))


def _identifiers(pairs: tuple[tuple[str, str], ...]) -> list[Identifier]:
    return [Identifier(kind, value) for kind, value in pairs]


def _consent(one: Consent) -> ConsentItem:
    return ConsentItem(
        purpose=one.purpose,
        channel=one.channel,
        label=one.label,
        is_granted=one.is_granted,
        region=one.region,
        statement=None if one.statement is None else _statement(one.statement),
    )


def _statement(one: Statement) -> ConsentStatement:
    return ConsentStatement(
        position=one.position,
        at=iso(one.at),
        received_at=iso(one.received_at),
        is_granted=one.is_granted,
        purpose=one.purpose,
        channel=one.channel,
        source=one.source,
        text_version=one.text_version,
        evidence=one.evidence,
    )
