"""What a question is asked of, and what is known of one customer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from interplay.collect.facts.api import Declarations
from interplay.criteria.contracts import FeatureSource
from interplay.engine.documents.contracts import Document
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.kernel.settings import Brand
from interplay.unify.consent.contracts import Consent, Statement
from interplay.unify.customers.contracts import Note, Tag
from interplay.unify.identity.contracts import Named
from interplay.unify.matching.contracts import Reason

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Warehouse

TIMELINE_MAX = 1_000
NOTES_MAX = 20

Features: TypeAlias = Callable[[Sequence[Document], Brand], Mapping[str, FeatureSource]]
"""Documents and brand → the terms of criteria that higher slices answer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that questions read. Its parts are safe for many threads."""

    world: World
    database: Database
    keys: SubjectKeys
    warehouse: "Warehouse"
    declarations: Declarations
    features: Features


class ShowCustomer(Struct, frozen=True):
    """Who has this identifier? `at` None is now."""

    kind: str
    value: str
    at: Micros | None = None
    facts_max: int = 20


class ListFacts(Struct, frozen=True):
    """The newest facts, or those that follow a position; all, or those of one name."""

    facts_max: int = 20
    after: Position | None = None
    name: str | None = None


class CountFacts(Struct, frozen=True):
    """How many facts of each name are there?"""


class CountWithoutRate(Struct, frozen=True):
    """How many facts of each currency have no amounts, because there was no rate when they came?"""


class FactView(Struct, frozen=True):
    """A fact for people to look at."""

    position: Position
    name: str
    at: Micros
    received_at: Micros
    source: str
    fields: dict[str, Any]
    extra: dict[str, Any]
    identifiers: tuple[tuple[str, str], ...]
    is_erased: bool = False
    clamped_from: str | None = None  # what its sender said, where that lay in the future and `at` is the receipt


class CustomerView(Struct, frozen=True):
    """One customer, as of an instant."""

    customer: CustomerId
    identifiers: tuple[tuple[str, str], ...]
    traits: dict[str, Any]
    facts_count: int
    first_at: Micros | None
    last_at: Micros | None
    timeline: tuple[FactView, ...]  # the newest first
    tags: tuple[Tag, ...] = ()
    consents: tuple[Consent, ...] = ()
    notes: tuple[Note, ...] = ()  # the newest first, `NOTES_MAX` at most


class Identify(Struct, frozen=True):
    """Whose is this identifier?"""

    kind: str
    value: str


class Identified(Struct, frozen=True):
    """The subject of an identifier, and its customer."""

    subject: SubjectId
    customer: CustomerId


class LocateCustomer(Struct, frozen=True):
    """Where is everything of whoever has this identifier?"""

    kind: str
    value: str


class Located(Struct, frozen=True):
    """A customer's subjects and the positions of her facts, in order."""

    customer: CustomerId
    subjects: tuple[SubjectId, ...]
    positions: tuple[Position, ...]


class WhyCustomer(Struct, frozen=True):
    """Why do this identifier and others belong to one customer?"""

    kind: str
    value: str


class ListReviews(Struct, frozen=True):
    """Which links wait for staff to look at them? The oldest first."""

    links_max: int = 100


class ListMatches(Struct, frozen=True):
    """Which pairs that were found by likeness wait for staff? The most probable first."""

    matches_max: int = 100


class Review(Struct, frozen=True):
    """Two identifiers that wait for staff: because of a fact with both, or because their customers are alike."""

    one: Named
    other: Named
    at: Micros
    position: Position | None = None
    fact: str | None = None
    probability: float | None = None
    reasons: tuple[Reason, ...] = ()


class FindCustomers(Struct, frozen=True):
    """Who has this identifier, of whatever kind?"""

    text: str


class ShowConsents(Struct, frozen=True):
    """What has this customer agreed to? `at` None is now."""

    kind: str
    value: str
    at: Micros | None = None


class ConsentsView(Struct, frozen=True):
    """How consent stands for every purpose and channel as of an instant, and everything stated up to then."""

    customer: CustomerId
    current: tuple[Consent, ...]
    history: tuple[Statement, ...]  # the newest first, as they count
