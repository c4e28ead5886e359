"""What the rest may know of retention: the document, what a purge is to do, and what it has done."""

from msgspec import Struct

from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros, Position

RETENTION = "retention"


class RetentionDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """The document of kind `retention`: how long facts are kept, as `"400d"`; `"none"` is for ever.

    `facts` by name or by the beginning of names (`page.*`), `default` for all others; `anonymous` for facts of
    customers who were never identified, where that is shorter.
    """

    facts: dict[str, str | None] = {}
    default: str | None = None
    anonymous: str | None = None


class Periods(Struct, frozen=True):
    """A brand's periods in microseconds; None is for ever. Facts that are `kept` have none."""

    facts: dict[str, int | None] = {}
    default: int | None = None
    anonymous: int | None = None
    kept: frozenset[str] = frozenset()
    applied_at: Micros = Micros(0)  # when they were said


class Limits(Struct, frozen=True):
    """What one purge takes: facts of these names that occurred before; of nobody known, all names but `kept`."""

    before: dict[str, Micros] = {}
    anonymous_before: Micros | None = None
    kept: tuple[str, ...] = ()


class Begin(Struct, frozen=True):
    """Begin a purge, unless one is under way or began after `unless_after`."""

    limits: Limits
    actor: str
    unless_after: Micros


class Slice(Struct, frozen=True):
    """Some facts of a purge."""

    purge: int
    positions: tuple[Position, ...]


class Purge(Struct, frozen=True):
    """A purge: `ended_at` None while it is under way."""

    purge: int
    began_at: Micros
    ended_at: Micros | None
    limits: Limits
    facts_count: int
    actor: str


class Cut(Struct, frozen=True, order=True):
    """A criterion looks further back than facts are kept: it counts at most this many days of them."""

    fact: str
    days: int

    def sentence(self, lang: Lang) -> str:
        return say("retention.cut", lang, fact=self.fact, days=self.days)


class Preview(Struct, frozen=True):
    """What a purge would take now: facts by name."""

    facts: dict[str, int]
    anonymous_count: int  # of those, only because nobody known did them
