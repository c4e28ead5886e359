"""What the rest may know of identity: the map, its changes, the rules it follows and the decisions of staff."""

from enum import StrEnum

from msgspec import Struct

from interplay.engine.log.reactions import Step
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId

IDENTITY = "identity"
"""The kind, and the name, of the document with a brand's own rules."""


class Joining(StrEnum):
    """What follows when an identifier of a kind comes together with a stronger one."""

    AT_ONCE = "at_once"
    REVIEW = "review"  # staff look first
    NEVER = "never"


class HandOver(StrEnum):
    """When an identifier that is somebody's goes over to somebody else: from then on, without its past."""

    NEVER = "never"
    SIGN_IN = "sign_in"  # when its new owner signs in or tells us
    ALWAYS = "always"


class KindRule(Struct, frozen=True):
    """What holds for identifiers of one kind."""

    most: int  # how many of them one customer may have
    join: Joining = Joining.AT_ONCE
    hand_over: HandOver = HandOver.NEVER


class Rules(Struct, frozen=True):
    """When subjects are one customer. `ext` holds for every external system that has no rule of its own."""

    kinds: dict[str, KindRule]
    blocked: tuple[tuple[str, str], ...]  # (kind, normalized value): nobody's, whoever sends them
    generic_after: int  # an identifier claimed by more customers than this is nobody's
    version: int = 0  # of the document; 0: the standard rules


class Outcome(StrEnum):
    """What became of the first fact that carried two identifiers."""

    JOINED = "joined"
    KNOWN = "known"  # they were one customer already
    HANDED = "handed"  # the weaker one has a new owner from here on
    LIMIT = "limit"  # together they would have more of a kind than one customer may have
    REVIEW = "review"  # waits for staff
    NEVER = "never"  # the kind joins nobody
    BLOCKED = "blocked"
    APART = "apart"  # staff said that they are two


class Link(Struct, frozen=True):
    """Subjects that came in one fact, strongest first, with the kinds of their identifiers."""

    position: Position
    subjects: tuple[SubjectId, ...]
    kinds: tuple[str, ...]
    is_live: bool
    is_sign_in: bool
    is_trusted: bool  # whether its sender may say who is who


class LinkUp(Struct, frozen=True):
    """Take the links of one stretch of the log, then what staff decided at its end; or begin again by new rules."""

    step: Step
    links: tuple[Link, ...]
    rules: Rules
    blocked: tuple[SubjectId, ...]  # of the subjects in the links, those with a blocked value
    decisions: tuple[int, ...] = ()
    starts_over: bool = False


ERASED = CustomerId(0)
"""The customer of subjects that were erased: nobody."""


class MemberChange(Struct, frozen=True):
    """One line of the map's history: from this fact on, the subject belongs to the customer, or was `ERASED`."""

    change: int
    subject: SubjectId
    customer: CustomerId
    position: Position


class Moved(Struct, frozen=True):
    """A subject that belongs to another customer than before; `customer` is `ERASED` for one who was erased."""

    subject: SubjectId
    former: CustomerId
    customer: CustomerId


class Rebuild(Struct, frozen=True):
    """Fold the map from the log again. `position` is where the reaction stands now."""

    position: Position


class DecisionKind(StrEnum):
    TOGETHER = "together"
    APART = "apart"
    BLOCK = "block"


class Decide(Struct, frozen=True):
    """Say of two identifiers that they are one customer, or two."""

    kind: DecisionKind
    one: SubjectId
    other: SubjectId
    one_kind: str
    other_kind: str
    actor: str
    reason: str
    rules: Rules
    blocked: tuple[SubjectId, ...]
    is_asked: bool = False  # the pair waits for an answer, so that "two" is one even before they were joined


class Decided(Struct, frozen=True):
    """The customers of the two identifiers after a decision, and how many identifiers have changed theirs."""

    decision: int
    one: CustomerId
    other: CustomerId
    moved: int


class Edge(Struct, frozen=True):
    """The first fact in which two subjects came together, and what became of it.

    Once a trusted sender has said it too, it is the first one of those: what others say binds nobody's wallet.
    """

    one: SubjectId
    other: SubjectId
    position: Position
    place: int
    outcome: Outcome
    is_trusted: bool


class Decision(Struct, frozen=True):
    """What staff, or the rule on generic identifiers, decided; a later decision on the same pair takes its place."""

    decision: int
    kind: DecisionKind
    one: SubjectId
    other: SubjectId
    one_kind: str  # of the identifier
    other_kind: str
    position: Position
    decided_at: Micros
    actor: str
    reason: str


class Named(Struct, frozen=True):
    """An identifier for people to read."""

    subject: SubjectId
    kind: str
    value: str  # empty: erased


class LinkView(Struct, frozen=True):
    """The first fact that carried two identifiers, and what became of it."""

    one: Named
    other: Named
    outcome: Outcome
    position: Position
    at: Micros
    fact: str
    is_trusted: bool = True


class DecisionView(Struct, frozen=True):
    """What was decided of two identifiers, when, by whom and why."""

    decision: int
    kind: DecisionKind
    one: Named
    other: Named
    at: Micros
    actor: str
    reason: str


class WhyView(Struct, frozen=True):
    """Why these identifiers are one customer, and which others are not hers."""

    customer: CustomerId
    identifiers: tuple[Named, ...]
    links: tuple[LinkView, ...]
    decisions: tuple[DecisionView, ...]
