"""What staff, tills and customers send and read of item codes."""

from typing import Annotated

from msgspec import Meta, Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.faces.http.orders import RefusedItem
from interplay.interact.codes.contracts import (
    CODE_CHARS_MAX,
    COUNT_MAX,
    PACK_MAX,
    PEOPLE_MAX,
    SPANS_MAX,
    WORD_CHARS_MAX,
    BatchView,
    Destination,
    Marked,
    Packing,
    Raised,
    Scanned,
    Seen,
    Trace,
    Verified,
)
from interplay.kernel.context import World
from interplay.kernel.i18n import Lang
from interplay.kernel.time import iso

Code = Annotated[str, Meta(min_length=1, max_length=CODE_CHARS_MAX)]
Word = Annotated[str, Meta(max_length=WORD_CHARS_MAX)]
Count = Annotated[int, Meta(ge=1, le=COUNT_MAX)]
Pack = Annotated[int, Meta(ge=0, le=PACK_MAX)]


class PackingAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """How many items are in a box, boxes in a case, cases on a pallet; 0: there is no such level."""

    box: Pack = 0
    case: Pack = 0
    pallet: Pack = 0


class BatchAsk(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A batch to be made. `url`: what a code's address begins with. `people_max`: more who scan one are an alarm."""

    name: Word
    product: Word
    count: Count
    packing: PackingAsk = PackingAsk()
    url: Word = ""
    people_max: Count = PEOPLE_MAX


class ItemsAsk(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which items: of a batch from `first` to `last`, all where these are left out; or what codes are on, or hold."""

    batch: Word = ""
    first: Count | None = None
    last: Count | None = None
    codes: Annotated[list[Code], Meta(max_length=SPANS_MAX)] = []


class VoidAsk(ItemsAsk, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which items are void from now on, and why."""

    reason: Annotated[str, Meta(min_length=1, max_length=WORD_CHARS_MAX)]


class SendAsk(ItemsAsk, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which items were sent where. Of several provinces each is right."""

    provinces: Annotated[list[Word], Meta(max_length=100)] = []
    region: Word = ""
    dealer: Word = ""
    store: Word = ""


class CodeAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A code, as it was scanned or typed: it stands in no address, for whoever knows it can scan it."""

    code: Code


class PlaceAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a code is scanned, as far as the page knows."""

    province: Word = ""
    city: Word = ""
    store: Word = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class ScanAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A code, and where it is scanned."""

    code: Code
    place: PlaceAsk = PlaceAsk()


class BatchItem(Struct, frozen=True):
    """A batch, and how many of its items are active, sent somewhere, and void."""

    name: str
    product: str
    count: int
    packing: Packing
    url: str
    people_max: int
    made_at: str
    made_by: str
    active: int
    sent: int
    void: int


class ChangedItem(Struct, frozen=True):
    """Of how many items it was news; or why nothing was changed."""

    items: int
    refused: RefusedItem | None = None


class VerifiedItem(Struct, frozen=True):
    """What a code is on, and how it stands; or why it is none. This is no scan."""

    batch: str | None = None
    product: str | None = None
    level: str | None = None
    number: int | None = None
    is_active: bool = False
    is_void: bool = False
    scan_count: int = 0
    first_at: str | None = None
    is_rewarded: bool = False
    refused: RefusedItem | None = None


class ScannedItem(Struct, frozen=True):
    """What a scan says. `first_at` is of an earlier scan; null also where it is not known yet."""

    batch: str | None = None
    product: str | None = None
    item: int | None = None
    scan_no: int | None = None
    is_first: bool | None = None
    first_at: str | None = None
    refused: RefusedItem | None = None


class MarkedItem(Struct, frozen=True):
    """What stands for the items from `first` to `last`, since when, and by whom."""

    first: int
    last: int
    at: str
    by: str
    destination: Destination | None
    reason: str


class SeenItem(Struct, frozen=True):
    """A scan: its number, when and where."""

    scan_no: int
    at: str
    province: str
    city: str
    store: str


class RaisedItem(Struct, frozen=True):
    """An alarm. `former`: the province of an earlier scan, or where the goods were sent."""

    alarm: str
    at: str
    province: str
    former: str
    people: int


class TraceItem(Struct, frozen=True):
    """Everything about a code. `within`: the codes of the box, case and pallet that it is in."""

    code: str
    batch: str
    product: str
    level: str
    number: int
    first: int
    last: int
    within: dict[str, str]
    active: list[MarkedItem]
    sent: list[MarkedItem]
    void: list[MarkedItem]
    scan_count: int
    is_rewarded: bool
    scans: list[SeenItem]
    alarms: list[RaisedItem]


def batch_item(one: BatchView) -> BatchItem:
    batch = one.batch
    return BatchItem(
        batch.name, batch.product, batch.count, batch.packing, batch.url, batch.people_max, iso(batch.made_at),
        batch.made_by, one.active, one.sent, one.void,
    )  # fmt: skip


def refused_item(one: Refused, lang: Lang, world: World) -> RefusedItem:
    return RefusedItem(one.code, acts.sentence(one, lang, world), one.arguments)


def verified_item(one: Verified | Refused, lang: Lang, world: World) -> VerifiedItem:
    if isinstance(one, Refused):
        return VerifiedItem(refused=refused_item(one, lang, world))
    return VerifiedItem(
        one.batch, one.product, one.level.name.lower(), one.number, one.is_active, one.is_void, one.scan_count,
        None if one.first_at is None else iso(one.first_at), one.is_rewarded,
    )  # fmt: skip


def scanned_item(one: Scanned | Refused, lang: Lang, world: World) -> ScannedItem:
    if isinstance(one, Refused):
        return ScannedItem(refused=refused_item(one, lang, world))
    first_at = None if one.first_at is None else iso(one.first_at)
    return ScannedItem(one.batch, one.product, one.item, one.scan_no, one.is_first, first_at)


def trace_item(one: Trace) -> TraceItem:
    return TraceItem(
        one.code, one.batch.name, one.batch.product, one.level.name.lower(), one.number, one.items.first + 1,
        one.items.until, one.within, _marked(one.active), _marked(one.sent), _marked(one.void), one.scan_count,
        one.is_rewarded, [_seen(scan) for scan in one.scans], [_raised(alarm) for alarm in one.alarms],
    )  # fmt: skip


def _marked(some: tuple[Marked, ...]) -> list[MarkedItem]:
    return [
        MarkedItem(one.span.first + 1, one.span.until, iso(one.at), one.by, one.destination, one.reason) for one in some
    ]


def _seen(one: Seen) -> SeenItem:
    return SeenItem(one.scan_no, iso(one.at), one.province, one.city, one.store)


def _raised(one: Raised) -> RaisedItem:
    return RaisedItem(one.alarm.value, iso(one.at), one.province, one.former, one.people)
