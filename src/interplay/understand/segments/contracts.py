"""What can be asked about segments. A segment is asked for by criteria, or by the name of its document."""

from typing import Any

from msgspec import Struct

from interplay.criteria.contracts import Answer
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import CustomerId, Micros

SEGMENT = "segment"
TRAIT = "trait"
MEMBERS_MAX = 10_000
PAGE_MEMBERS_MAX = 100_000


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """The name for people."""

    zh: str
    en: str


class SegmentDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `segment`: a rule with a name. A live one is kept true all the time and tells who moves."""

    criteria: str
    label: Label
    note: str = ""
    live: bool = True


class TraitDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `trait`: a computed trait, worked out whenever it is asked for."""

    value: str  # an expression of the criteria language, e.g. count("order.completed", within="90d")
    label: Label
    note: str = ""


class CountSegment(Struct, frozen=True):
    """How many customers match? `at` None is now."""

    criteria: str
    at: Micros | None = None


class ListCuts(Struct, frozen=True):
    """For which facts do criteria look further back than they are kept?"""

    criteria: str


class ListMembers(Struct, frozen=True):
    """Which customers match? In order of customer, those after `after`."""

    criteria: str
    at: Micros | None = None
    after: CustomerId = CustomerId(0)
    members_max: int = 100


class Member(Struct, frozen=True):
    """A customer who matches, with the strongest identifier that is known."""

    customer: CustomerId
    kind: str
    value: str


class PageMembers(Struct, frozen=True):
    """Which customers match, and what are these traits of theirs? In order of customer, those after `after`.

    `consent` (purpose:channel) leaves out who has not given it.
    """

    criteria: str
    at: Micros
    traits: tuple[str, ...] = ()
    consent: str | None = None
    after: CustomerId = CustomerId(0)
    members_max: int = PAGE_MEMBERS_MAX


class MembersPage(Struct, frozen=True):
    """Members in order, and for each trait that was asked for a column beside them, as people write its values."""

    customers: list[CustomerId]
    columns: list[list[Any]]


class ExplainMember(Struct, frozen=True):
    """Why does this customer match, or not?"""

    criteria: str
    kind: str
    value: str
    at: Micros | None = None
    lang: Lang = "en"


class Explained(Struct, frozen=True):
    """The answer for one customer: true, false or unknown, and why, in sentences."""

    customer: CustomerId
    answer: bool | None
    sentences: tuple[str, ...]


class CheckCriteria(Struct, frozen=True):
    """Is this a criterion? As text, or as the JSON of a visual builder's tree."""

    criteria: str | None = None
    tree: bytes | None = None
    lang: Lang = "en"


class CriteriaProblem(Struct, frozen=True):
    """What is wrong with a criterion and where: `line` and `column` to `end` of a text, or `path` in a tree."""

    code: str
    detail: str
    line: int | None = None
    column: int | None = None
    end: int | None = None
    path: str | None = None
    hint: str | None = None  # the word that was probably meant


class Checked(Struct, frozen=True):
    """A criterion as text in its one spelling and as the JSON of its tree, or what is wrong with it."""

    text: str | None = None
    tree: bytes | None = None
    problem: CriteriaProblem | None = None


class SegmentView(Struct, frozen=True):
    """A segment's document, and its size now."""

    name: str
    label: Label
    criteria: str
    version: int
    answer: Answer | None = None


class ListSegments(Struct, frozen=True):
    """Which segments are there?"""

    is_counted: bool = True
    at: Micros | None = None
