"""What others may know of matching: the question, what is compared, the candidates and how good they are."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import CustomerId, Micros, SubjectId
from interplay.unify.identity.contracts import Named

MIN_PROBABILITY = 0.9
LIMIT = 1_000
MEMORY_MB_MAX = 2_048
LIMIT_MAX = 10_000
CUSTOMERS_MAX = 500_000


class Agreement(StrEnum):
    """How far a column of two customers agrees, the best first. Each column knows some of these."""

    EXACT = "exact"
    SAME_NAME_PART = "same_name_part"  # of an e-mail: what stands before the @
    TYPO = "typo"  # one letter or digit off
    SWAPPED = "swapped"  # the one's given name is the other's family name
    CLOSE = "close"
    SIMILAR = "similar"
    MONTH = "month"  # at most a month apart
    YEAR = "year"
    DECADE = "decade"
    DIFFERENT = "different"
    MISSING = "missing"


class ColumnKind(StrEnum):
    """What a column holds, and so how two of its values are compared."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    YEAR = "year"
    PLACE = "place"
    FEW = "few"  # one of a few values, such as a gender
    TEXT = "text"


class Column(Struct, frozen=True):
    """Something that customers are compared by. `name` is that of a trait, or `given_name` and `family_name`."""

    name: str
    kind: ColumnKind
    filled_count: int = 0


class Person(Struct, frozen=True):
    """One customer as she is compared: the subject that stands for her, and a value or None for each column."""

    customer: CustomerId
    subject: SubjectId
    values: dict[str, str | int]


class Reason(Struct, frozen=True):
    """One column's part in a probability. `weight` is in bits: +1 makes one person twice as likely, -1 half."""

    column: str
    agreement: Agreement
    weight: float


class Scored(Struct, frozen=True):
    """Two customers and how probable it is that they are one person."""

    one: CustomerId
    other: CustomerId
    probability: float
    reasons: tuple[Reason, ...]


class Compare(Struct, frozen=True):
    """Who is probably the same person? The `limit` most probable pairs from `min_probability` on."""

    min_probability: float = MIN_PROBABILITY
    limit: int = LIMIT
    memory_mb_max: int = MEMORY_MB_MAX  # of the database in memory


class Proposal(Struct, frozen=True):
    """Two subjects, the smaller first, each standing for its customer."""

    one: SubjectId
    other: SubjectId
    probability: float
    reasons: tuple[Reason, ...]


class Compared(Struct, frozen=True):
    """What was compared, by which columns and within which blocks, and what is worth a look."""

    customers_count: int
    columns: tuple[Column, ...]
    blocks: tuple[tuple[str, ...], ...]  # only customers equal in all columns of a block are compared
    is_learned: bool  # False: too few customers to learn weights from, so they are stated ones
    proposals: tuple[Proposal, ...]
    left_out_count: int  # pairs beyond the limit
    refused_count: int  # likely pairs that are not proposed: decided already, waiting already, or against the rules


class Propose(Struct, frozen=True):
    """Keep some candidates of the run that began at `found_at`."""

    proposals: tuple[Proposal, ...]
    found_at: Micros


class Settle(Struct, frozen=True):
    """Forget the candidates that the run of `found_at` did not find again."""

    found_at: Micros


class Candidate(Struct, frozen=True):
    """A pair that was found by likeness, as stored."""

    one: SubjectId
    other: SubjectId
    probability: float
    reasons: tuple[Reason, ...]
    found_at: Micros


class CandidateView(Struct, frozen=True):
    """A pair that waits for staff, for people to read."""

    one: Named
    other: Named
    probability: float
    reasons: tuple[Reason, ...]
    found_at: Micros


class Quality(Struct, frozen=True):
    """How good pairs are from a probability on, among labelled identifiers. Rates 0–1; None: there are no pairs."""

    min_probability: float
    found_count: int
    right_count: int
    precision: float | None
    recall: float | None
    f1: float | None


class Measured(Struct, frozen=True):
    """A run beside the truth: pairs of labelled identifiers that are one person, and how many of them were found."""

    customers_count: int
    labelled_count: int
    unknown_count: int  # labelled identifiers that nobody has
    pairs_count: int
    columns: tuple[Column, ...]
    qualities: tuple[Quality, ...]  # at the asked probability first, then at others
