"""What the demo reports. `--json` prints a `Summary`. Amounts are fen (分)."""

from typing import Self

from msgspec import Struct

from interplay.understand.segments.contracts import Label


class Flow(Struct, frozen=True, kw_only=True):
    """What one door took. `seconds` is the time of the requests alone, not that of telling the story.

    `items` is what was sent: messages, or rows of the tills' file.
    """

    door: str
    items: int
    stored: int
    duplicates: int
    rejected: int
    seconds: float
    facts_per_second: int
    reason: str = ""  # of the first reject

    @classmethod
    def of(
        cls, door: str, items: int, *, stored: int, duplicates: int, rejected: int, seconds: float, reason: str = ""
    ) -> Self:
        rate = round((stored + duplicates) / seconds) if seconds else 0
        return cls(
            door=door, items=items, stored=stored, duplicates=duplicates, rejected=rejected,
            seconds=seconds, facts_per_second=rate, reason=reason,
        )  # fmt: skip


class BadEvent(Struct, frozen=True):
    """An event that no shop should send, and what it was told."""

    sent: str
    code: str
    reason: str


class Linking(Struct, frozen=True):
    """Who is who, as found, beside the truth; over pairs of identifiers that were sent.

    precision   share of the pairs found together that are one person's; what is nobody's belongs to nobody
    recall      share of the pairs of one person that her own facts connect and that were found together
    of_all      the same share of all pairs of one person: who never signs in cannot be known
    """

    identifiers: int
    people: int
    customers: int
    pairs_true: int
    pairs_found: int
    pairs_both: int
    precision: float | None
    recall: float | None
    of_all: float | None
    households: int  # tablets on which two people sign in


class Total(Struct, frozen=True):
    """One number, as the warehouse has it and as it really is. `unit` is `count` or `fen`."""

    name: str
    found: int
    truth: int
    unit: str = "count"

    @property
    def is_true(self) -> bool:
        return self.found == self.truth


class Size(Struct, frozen=True):
    """A segment's size now."""

    name: str
    label: Label
    criteria: str
    count: int
    unknown: int
    population: int


class Member(Struct, frozen=True):
    """Why one customer is in a segment, in sentences."""

    segment: str
    label: Label
    identifier: str
    sentences: tuple[str, ...]


class Places(Struct, frozen=True):
    """Where to look next."""

    url: str
    folder: str
    data: str
    documents: str
    export: str
    order_file: str
    mapping: str
    write_key: str
    secret_key: str


class Summary(Struct, frozen=True, kw_only=True):
    """The whole demo. `stored` counts what was new in this run: nothing, when the story had been sent before."""

    is_true: bool
    stored: int
    seed: int
    people: int
    days: int
    until: str
    flows: tuple[Flow, ...]
    caught_up_seconds: float  # from the last answer of a door until questions know everything
    again: tuple[Flow, ...]  # some of it, sent once more
    bad_event: BadEvent
    linking: Linking
    totals: tuple[Total, ...]
    segments: tuple[Size, ...]
    member: Member | None
    places: Places
    seconds: float
