"""The document of kind `webhook`, and what can be seen of one."""

from msgspec import Struct

from interplay.engine.outbox.api import State
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId

WEBHOOK = "webhook"
SEGMENT_FACTS = ("segment.entered", "segment.left")
IDENTIFIERS = ("user_id",)


class WebhookDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `webhook`: which facts are told to whom, and what of them."""

    url: str  # https://…
    facts: tuple[str, ...] = ()  # names of facts, or patterns: segment.*
    segments: tuple[str, ...] = ()  # only who entered or left these; facts are then segment.entered and segment.left
    where: str | None = None  # a condition on the fact: event.value >= 5000
    fields: tuple[str, ...] | None = None  # which fields go along; every one that is not personal when left out
    identifiers: tuple[str, ...] = IDENTIFIERS  # which kinds of the customer's identifiers go along: personal data
    consent: str | None = None  # purpose:channel; nothing is told of customers who have not given it
    enabled: bool = True
    note: str = ""

    def patterns(self) -> tuple[str, ...]:
        """Return the facts it is about."""
        return self.facts or (SEGMENT_FACTS if self.segments else ())


class Told(Struct, frozen=True, array_like=True):
    """What the outbox keeps of a message: where its fact is. The body is made when it is sent."""

    position: Position  # 0: a test
    at: Micros = Micros(0)  # of a test


class AskConsent(Struct, frozen=True):
    """Has this customer given this consent, as of now?"""

    customer: CustomerId
    subjects: tuple[SubjectId, ...]
    consent: str


class WebhookView(Struct, frozen=True):
    """A webhook and how its deliveries stand. `problem` says what keeps it from sending."""

    name: str
    version: int
    url: str
    facts: tuple[str, ...]
    enabled: bool
    has_secret: bool
    former_secret_until: Micros | None
    stopped_at: Micros | None  # since the other side answered 410
    counts: dict[State, int]
    last_failure: str | None = None
    last_failure_at: Micros | None = None


class DeliveryView(Struct, frozen=True):
    """One message, its state, and what the other side answered last."""

    id: str
    state: State
    at: Micros  # when it ended, or when it is tried next
    attempts: int
    reason: str | None
    position: Position | None  # of the fact; None: a test
    answer: str | None
