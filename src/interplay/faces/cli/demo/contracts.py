"""What the demo reports. `--json` prints a `Summary`. Amounts are fen (分)."""

from typing import Self

from msgspec import Struct

from interplay.rehearse.season.contracts import Season
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
    devices     browsers and mini-programs of people; joined with an account, phone or card; right: with the owner's
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
    devices: int
    devices_joined: int
    devices_right: int


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


class Move(Struct, frozen=True):
    """One customer's entry into a segment, or exit from it, as the log tells it."""

    segment: str
    label: Label
    fact: str  # segment.entered or segment.left
    because: str
    milliseconds: float  # from the moment the order was sent until this fact was in the log
    customers_before: int
    customers_after: int
    reason: str  # the first sentence of the explanation


class Moment(Struct, frozen=True, kw_only=True):
    """One order of a device that nobody has signed in on, and what it changed. `claims` say what was checked."""

    device: str
    person: str  # whose it is, as the truth knows
    value: int
    answered_milliseconds: float
    moves: tuple[Move, ...]
    claims: dict[str, bool]


class Known(Struct, frozen=True):
    """What is known of a customer at one moment, leaving out what segments told."""

    identifiers: tuple[str, ...]
    facts: int
    segments: tuple[Label, ...]


class Rights(Struct, frozen=True, kw_only=True):
    """One person who was two customers: merged, unmerged, merged again, exported, erased. `claims` were checked."""

    person: str
    known_by: str
    device: str
    apart: tuple[Known, Known]
    merged: Known
    why: str
    merge_milliseconds: float
    unmerge_milliseconds: float
    file: str
    exported_facts: int
    exported_identifiers: int
    erase_milliseconds: float
    rewrite_milliseconds: float
    data: str  # the directory that was searched
    files_searched: int
    bytes_searched: int
    totals: tuple[Total, ...]  # without her, of the warehouse exported anew
    claims: dict[str, bool]


class CouponLine(Struct, frozen=True):
    """Where the coupons of one template are: given = open + used + expired + void. `cost` is fen."""

    template: str
    label: Label
    given: int
    open: int
    used: int
    expired: int
    void: int
    cost: int

    @property
    def adds_up(self) -> bool:
        return self.given == self.open + self.used + self.expired + self.void


class PointsSheet(Struct, frozen=True):
    """Where points are: given − taken_back − spent − expired − held − erased + adjusted = pending + available + owed.

    `money` is what is pending and available is worth, in fen; `owed` is not positive.
    """

    given: int = 0
    taken_back: int = 0
    spent: int = 0
    expired: int = 0
    held: int = 0
    adjusted: int = 0
    pending: int = 0
    available: int = 0
    owed: int = 0
    money: int = 0
    erased: int = 0  # with customers who were

    @property
    def adds_up(self) -> bool:
        gone = self.taken_back + self.spent + self.expired + self.held + self.erased
        return self.given - gone + self.adjusted == self.pending + self.available + self.owed


class Refusal(Struct, frozen=True):
    """A reason of which a no was given: as an answer or a problem, as a fact `act.refused`, and in quotes."""

    code: str
    text: str
    answers: int
    facts: int
    quotes: int


class Bought(Struct, frozen=True, kw_only=True):
    """What members did on the day of the demo. Amounts are fen."""

    members: int
    tills: int
    issued: int
    claimed: int
    online_orders: int
    till_orders: int
    paid: int
    coupons_used: int
    points_used: int
    lost_answers: int
    returns: int
    coupons_back: int
    points_back: int


class OneWallet(Struct, frozen=True):
    """One member, by what the shop, the till and her card call her: the same points for all of them."""

    person: str
    known_by: tuple[str, ...]
    earned_online: int
    earned_in_store: int
    spent: int
    available: int
    pending: int


class Loyalty(Struct, frozen=True, kw_only=True):
    """Points and coupons, given online and used in store: what was done, the balance sheet, and every no."""

    bought: Bought
    wallet: OneWallet
    points: PointsSheet
    points_true: tuple[int, int]  # given and taken back, as the story and the day have it
    coupons: tuple[CouponLine, ...]
    refusals: tuple[Refusal, ...]
    seconds: float
    claims: dict[str, bool]


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
    caps: str  # the season's data directory


class Reported(Struct, frozen=True):
    """The report of the season's second campaign, by language: its file, and what can be concluded."""

    files: dict[str, str]
    said: dict[str, str]
    cost: float  # of what it gave, in major units


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
    moment: Moment | None  # None: the story has nobody with whom it could be shown
    loyalty: Loyalty | None
    rights: Rights | None
    caps: Season
    report: Reported
    places: Places
    seconds: float
