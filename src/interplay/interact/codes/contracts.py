"""What the rest of the product may know about item codes: batches, ranges of them, scans and what is found amiss.

Items of a batch are numbered from 1 for people. In ranges they count from 0, and the end is exclusive.
"""

from enum import IntEnum, StrEnum

from msgspec import Struct

from interplay.kernel.ids import Micros, SubjectId

SCANNED = "item.scanned"
ALARM_RAISED = "item.alarm_raised"
GENERATED = "items.generated"
ACTIVATED = "items.activated"
SENT = "items.sent"
VOIDED = "items.voided"

COUNT_MAX = 1_000_000_000
PACK_MAX = 1_000_000
SPANS_MAX = 1_000
PEOPLE_MAX = 5
"""How many people may scan one code before that is an alarm, where a batch does not say."""
CODE_CHARS_MAX = 500
WORD_CHARS_MAX = 100


class Level(IntEnum):
    """What a code is on."""

    ITEM = 0
    BOX = 1
    CASE = 2
    PALLET = 3


class Packing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many items are in a box, boxes in a case, cases on a pallet; 0: there is no such level, and none above."""

    box: int = 0
    case: int = 0
    pallet: int = 0


class Batch(Struct, frozen=True):
    """Items that were made together. It never changes: its codes are printed."""

    number: int
    name: str
    product: str
    count: int
    packing: Packing
    url: str  # a code's address begins so; empty: codes have none
    people_max: int
    first: int  # of its numbers among all that were ever given: items, then boxes, cases, pallets
    made_at: Micros
    made_by: str


class Span(Struct, frozen=True, order=True):
    """Items of a batch: [first, until)."""

    first: int
    until: int


class Unit(Struct, frozen=True):
    """What a code is on: the item, box, case or pallet of a batch with this number, counted from 0."""

    batch: Batch
    level: Level
    index: int


class Mark(StrEnum):
    """What is said of a range of items."""

    ACTIVE = "active"
    SENT = "sent"
    VOID = "void"


class Destination(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where goods were sent. Of several provinces each is right: a dealer may have a whole region."""

    provinces: tuple[str, ...] = ()
    region: str = ""
    dealer: str = ""
    store: str = ""


class Marked(Struct, frozen=True):
    """What stands for a range of items, since when, and by whom."""

    span: Span
    at: Micros
    by: str
    destination: Destination | None = None
    reason: str = ""


class Place(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a code was scanned, as the scanner says. Degrees are WGS 84."""

    province: str = ""
    city: str = ""
    store: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Generate(Struct, frozen=True, kw_only=True):
    """Make a batch. The same again is the same batch."""

    name: str
    product: str
    count: int
    packing: Packing = Packing()
    url: str = ""
    people_max: int = PEOPLE_MAX
    by: str = ""


class Put(Struct, frozen=True, kw_only=True):
    """Say something of ranges of items: that they are active, void, or where they were sent."""

    batch: int
    name: str  # of the batch
    mark: Mark
    spans: tuple[Span, ...]
    destination: Destination | None = None
    reason: str = ""
    by: str = ""


class Scan(Struct, frozen=True, kw_only=True):
    """A customer scans a code."""

    key: str
    code: str
    subject: SubjectId
    place: Place = Place()
    channel: str = "web"
    by: str = ""


class Scanned(Struct, frozen=True):
    """What a scan says to who scanned. `first_at` is of an earlier scan; None where it is not known yet."""

    batch: str
    product: str
    item: int
    scan_no: int
    is_first: bool
    first_at: Micros | None = None
    is_new: bool = True


class Reading(Struct, frozen=True):
    """An item that may be scanned, and under what it is counted."""

    batch: Batch
    item: int  # from 1

    @property
    def scope(self) -> str:
        """Return under what scans of the code are counted."""
        return f"code:{self.batch.number}:{self.item}"

    @property
    def reward_scope(self) -> str:
        """Return under what it is counted that a code has given its reward: once, whatever the campaign."""
        return f"{self.scope}:reward"

    @property
    def label(self) -> str:
        """Return what the item is called in facts. It is not the code: who reads it cannot scan it."""
        return f"{self.batch.name}/{self.item}"


class Alarm(StrEnum):
    """What is amiss with a code: 窜货 and 防伪. It is told to staff, never to who scans."""

    DIVERTED = "diverted"  # scanned in a province that it was not sent to
    PROVINCES = "provinces"  # one code scanned in two provinces: one of them is a copy
    PEOPLE = "people"  # scanned by more people than one thing has


class Seen(Struct, frozen=True):
    """A scan as it is kept."""

    position: int  # of its fact
    scan_no: int
    at: Micros
    subject: SubjectId | None  # None: erased
    province: str = ""
    city: str = ""
    store: str = ""


class Raised(Struct, frozen=True):
    """An alarm that was raised."""

    alarm: Alarm
    at: Micros
    province: str = ""
    former: str = ""  # province of the first scan, or where it was sent
    people: int = 0


class Trace(Struct, frozen=True):
    """Everything about one code. Of a box, a case or a pallet: its items as one range, without scans."""

    code: str
    batch: Batch
    level: Level
    number: int  # from 1
    items: Span
    within: dict[str, str]  # box, case, pallet → their codes
    active: tuple[Marked, ...]
    sent: tuple[Marked, ...]
    void: tuple[Marked, ...]
    scan_count: int = 0
    is_rewarded: bool = False
    scans: tuple[Seen, ...] = ()
    alarms: tuple[Raised, ...] = ()


class Verified(Struct, frozen=True):
    """What a till learns of a code: what it is on, and whether it may be scanned and was. It is no scan."""

    batch: str
    product: str
    level: Level
    number: int  # from 1
    is_active: bool
    is_void: bool
    scan_count: int = 0
    first_at: Micros | None = None
    is_rewarded: bool = False


class BatchView(Struct, frozen=True):
    """A batch and how much of it is active, void, and said to be sent somewhere."""

    batch: Batch
    active: int
    sent: int
    void: int


class Refusal(StrEnum):
    """Why not. The value is the key of the sentence."""

    FORM = "code.form"
    FORGED = "code.forged"
    UNKNOWN = "code.unknown"
    NOT_ITEM = "code.not_item"
    NOT_ACTIVE = "code.not_active"
    VOID = "code.void"
    REWARDED = "code.rewarded"
    OTHER_BATCH = "code.other_batch"
    MEANWHILE = "code.scanned_meanwhile"
