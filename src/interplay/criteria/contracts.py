"""The typed tree of a criterion and what it is asked of: a history, a vocabulary, tables.

The tree is what the text, the JSON of the visual builder, the closure, the Ibis expression and the
explanation all come from; every node is a frozen value and JSON is its msgspec encoding.

Physical values, the same in Python, in the log's fold and in every warehouse column:

    text str · integer int64 · money int64 minor units · decimal int64 scaled by 10**6 · boolean bool
    time int64 microseconds UTC · date int32 days since 1970-01-01 · texts list[str]

None is "missing" (unknown in comparisons), never a value.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from msgspec import Struct

from interplay.kernel.ids import CustomerId, Micros, Position

if TYPE_CHECKING:
    import ibis.expr.types as ir

DECIMAL_SCALE = 6
SEQUENCE_STEPS_MAX = 8

Physical: TypeAlias = str | int | bool | list[str]


class ValueType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    BOOLEAN = "boolean"
    TIME = "time"
    DATE = "date"
    TEXTS = "texts"


class CompareOp(StrEnum):
    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class AggregateKind(StrEnum):
    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    DISTINCT = "distinct"
    FIRST = "first"
    LAST = "last"


# --- windows -------------------------------------------------------------------------------------


class Within(Struct, frozen=True, tag_field="window", tag="within"):
    """`(now − span, now]`."""

    span: str  # as written, "30d"
    micros: int


class Between(Struct, frozen=True, tag_field="window", tag="between"):
    """`[from, until)`, never later than now. Dates are read in the brand's zone."""

    from_text: str
    until_text: str
    from_at: Micros
    until_at: Micros


Window: TypeAlias = Within | Between | None  # None: the whole history, up to now


# --- values --------------------------------------------------------------------------------------


class Literal(Struct, frozen=True, tag_field="node", tag="literal"):
    """A constant, already physical for its type; `text` is its source, kept for the way back."""

    type: ValueType
    value: str | int | bool
    text: str


class Now(Struct, frozen=True, tag_field="node", tag="now"):
    """The instant the question is asked for."""


class Ago(Struct, frozen=True, tag_field="node", tag="ago"):
    """`now − span`."""

    span: str
    micros: int


class Profile(Struct, frozen=True, tag_field="node", tag="profile"):
    """`profile.x`: a declared trait, or a computed trait (which is inlined when asked)."""

    name: str
    type: ValueType


class Event(Struct, frozen=True, tag_field="node", tag="event"):
    """`event.x`: a declared field of the fact at hand, inside `where=` or in a trigger."""

    name: str
    type: ValueType


class Aggregate(Struct, frozen=True, tag_field="node", tag="aggregate"):
    """`count("order.completed", within="90d", where=…)` and its siblings.

    `field` is None for count, and for first/last asked for their time. `type` is that of the result:
    count and distinct are integer, avg keeps its field's type but compares as the exact fraction sum ÷ count.
    """

    kind: AggregateKind
    fact: str
    type: ValueType
    field: str | None = None
    field_type: ValueType | None = None
    window: Window = None
    where: "Predicate | None" = None


class Feature(Struct, frozen=True, tag_field="node", tag="feature"):
    """A term whose data a higher slice registers: `points("gold")`, `tier`, `consent("sms")`, `tag("vip")`."""

    term: str
    argument: str | None
    type: ValueType


Value: TypeAlias = Literal | Now | Ago | Profile | Event | Aggregate | Feature


# --- predicates ----------------------------------------------------------------------------------


class And(Struct, frozen=True, tag_field="node", tag="and"):
    items: tuple["Predicate", ...]


class Or(Struct, frozen=True, tag_field="node", tag="or"):
    items: tuple["Predicate", ...]


class Not(Struct, frozen=True, tag_field="node", tag="not"):
    item: "Predicate"


class Compare(Struct, frozen=True, tag_field="node", tag="compare"):
    """`left op right`; unknown where a side is missing. Types agree: the checker saw to it."""

    op: CompareOp
    left: Value
    right: Value


class In(Struct, frozen=True, tag_field="node", tag="in"):
    """`x in (a, b)`: unknown where x is missing. With a `texts` value: any element is among the options."""

    value: Value
    options: tuple[Literal, ...]


class Truth(Struct, frozen=True, tag_field="node", tag="truth"):
    """A boolean value standing alone: `profile.is_staff`, `consent("sms")`."""

    value: Value


class Missing(Struct, frozen=True, tag_field="node", tag="missing"):
    """`missing(x)`: true or false, never unknown."""

    value: Value


class InSegment(Struct, frozen=True, tag_field="node", tag="segment"):
    """`segment("staff")`: two-valued: unknown inside counts as not a member."""

    name: str


class InSequence(Struct, frozen=True, tag_field="node", tag="sequence"):
    """`sequence(a, b, …, span=…, within=…)`: two-valued.

    Steps in order, each strictly after the one before by (at, position), last.at <= first.at + span
    where a span is given, all inside the window.
    """

    steps: tuple[str, ...]
    span: str | None = None
    span_micros: int | None = None
    window: Window = None


Predicate: TypeAlias = And | Or | Not | Compare | In | Truth | Missing | InSegment | InSequence


class Criterion(Struct, frozen=True):
    """A parsed, checked criterion."""

    root: Predicate


# --- what a criterion is checked against ----------------------------------------------------------


class Trait(Struct, frozen=True):
    """A declared trait. A computed one carries its definition; a personal one may only be tested for missing."""

    name: str
    type: ValueType
    is_personal: bool = False
    definition: "Value | None" = None
    zh: str = ""
    en: str = ""


class Field(Struct, frozen=True):
    """A declared field of facts. One name has one type in all facts."""

    name: str
    type: ValueType
    is_personal: bool = False
    zh: str = ""
    en: str = ""


class FeatureSource(Protocol):
    """What a higher slice registers for a term of its own. A term without a source is a static error."""

    @property
    def type(self) -> ValueType: ...
    @property
    def takes_argument(self) -> bool: ...

    @property
    def arguments(self) -> "Sequence[str] | None":
        """Return the only arguments there are, so that another one is a static error; None where any text may be."""

    @property
    def facts(self) -> frozenset[str]:
        """Return the facts whose whole history the value depends on."""

    @property
    def traits(self) -> frozenset[str]:
        """Return the stored traits that the value depends on."""

    @property
    def instants(self) -> frozenset[tuple[str, str]]:
        """Return (fact, field): instants in fields of facts at which the value changes by itself."""

    def label(self, argument: str | None) -> tuple[str, str] | None:
        """Return the value's name for people, (zh, en); None where it is best said as it is written."""

    def closure(self, argument: str | None) -> "Callable[[History, int], Physical | None]": ...
    def ibis(self, argument: str | None, tables: "Tables", now: int) -> "ir.Table":
        """Return (customer, value); customers without a row have the value missing."""


class Vocabulary(Protocol):
    """The words that a brand may use in criteria: its facts, traits, segments and terms."""

    def fact_names(self) -> Sequence[str]:
        """Return every fact name known, declared or only received (those may be counted, not read)."""

    def fields(self, fact: str) -> Mapping[str, Field]:
        """Return the declared fields of a fact by name; empty for an undeclared one."""

    def fact_label(self, fact: str) -> tuple[str, str]:
        """Return the fact's name for people, (zh, en)."""

    def traits(self) -> Mapping[str, Trait]: ...

    def segments(self) -> Mapping[str, Criterion]: ...

    def features(self) -> Mapping[str, FeatureSource]: ...


# --- what a criterion is asked of: one customer, or all -------------------------------------------


class Occurrence(Struct, frozen=True):
    """One fact as criteria see it: declared, physical fields only."""

    position: Position
    at: Micros
    name: str
    fields: dict[str, Physical]


class TraitOp(StrEnum):
    """How a fact changes a trait. Folded in order of (at, position) up to the instant asked for.

    set          the value from now on
    set_once     the value if there is none
    increment    adds an integer, decimal or money amount; to nothing: starts at that amount
    append       adds texts to a list, each once, in order of arrival; to nothing: starts the list
    unset        missing from now on
    """

    SET = "set"
    SET_ONCE = "set_once"
    INCREMENT = "increment"
    APPEND = "append"
    UNSET = "unset"


class TraitChange(Struct, frozen=True):
    """One change of one trait. `value` is physical; None for `unset`. "delete all traits" is one `unset` per trait."""

    position: Position
    at: Micros
    trait: str
    op: TraitOp
    value: Physical | None


class History(Protocol):
    """One customer's past, asked as of any instant. `evaluate.CustomerHistory` is the in-memory one."""

    @property
    def customer(self) -> CustomerId | None: ...

    def trait(self, name: str, now: int) -> Physical | None:
        """Return a trait's value as of `now`, or None when it is missing."""

    def latest(
        self, fact: str, now: int, keeps: Callable[[Mapping[str, Physical]], bool]
    ) -> tuple[Micros, Position] | None:
        """Return (at, position) of the last fact of a name up to `now` whose fields `keeps` keeps."""

    def total(self, gain: "Gain", now: int) -> int:
        """Return what facts of a kind add up to as of `now`."""


class Turn(Struct, frozen=True):
    """Facts that turn something on, or off: of this name, and each field is one of its texts (None: missing)."""

    fact: str
    fields: tuple[tuple[str, tuple[str | None, ...]], ...]

    def keeps(self, row: Mapping[str, Physical]) -> bool:
        """Return whether a fact of that name is one of these."""
        return all(row.get(name) in texts for name, texts in self.fields)


class Switch(Struct, frozen=True):
    """What facts turn on and off for a customer: the latest one by (at, position) says how it stands.

    Terms of higher slices are made of it (a tag is added and removed, a consent granted and withdrawn), so that the
    rule and its two compilers are here once: `turned` for one customer, `switch_values` for all.
    """

    on: Turn
    off: Turn


class Turned(Struct, frozen=True):
    """How a switch stands, and the fact that says so."""

    is_on: bool
    at: Micros
    position: Position


class Gain(Struct, frozen=True):
    """Facts that add to something, or take from it: so much as their field says, within the times that they say."""

    turn: Turn
    amount: str | None = None  # an integer field, missing: 0; None: each fact is 1
    sign: int = 1
    from_field: str | None = None  # counts from this instant on; missing: at once
    until_field: str | None = None  # and until this one, exclusive; missing: for ever


class Stock(Struct, frozen=True):
    """What a customer has of something, as facts give and take it: balances and holdings of higher slices.

    `stock_of` says it of one customer, `stock_values` of all.
    """

    gains: tuple[Gain, ...]


class Tables(Struct, frozen=True):
    """All customers' past, as Ibis tables of any engine.

    customers   customer int64                                     (the population: all customers of members, once each)
    members     subject int64, customer int64                      (customer_of, one row per subject)
    facts       position int64, subject int64 null, name string, occurred_at int64, <declared field> …
                                                                   (fields physical, but `texts` as JSON text)
    traits      position int64, subject int64, occurred_at int64, trait string, op string,
                number int64 null, text string null                (text types in `text`, `texts` as JSON in `text`,
                                                                    all others in `number`; personal: both null)
    Facts without a subject belong to nobody. Fact and trait rows may be in any order.
    """

    customers: "ir.Table"
    members: "ir.Table"
    facts: "ir.Table"
    traits: "ir.Table"


class Answer(Struct, frozen=True):
    """The size of an answer: how many match, how many are unknown, how many were asked."""

    count: int
    unknown: int
    population: int
