"""The document of kind `campaign`: read strictly, and checked beside everything that it names."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import msgspec

from interplay.collect.facts.api import FactWords, declared_as_far, read_where
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.interact.abuse import api as abuse
from interplay.interact.campaigns.contracts import (
    CAMPAIGN,
    CampaignDocument,
    HoldoutBy,
    Limits,
    Price,
    Prize,
    Promise,
    Snapshot,
)
from interplay.interact.mechanics.api import MECHANICS
from interplay.interact.mechanics.contracts import Around, Mechanic, unknown
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import parse_instant
from interplay.link.coupons.contracts import COUPON
from interplay.link.points.contracts import POINTS
from interplay.link.stores.contracts import STORE
from interplay.understand.segments.contracts import SEGMENT

PARTS_MAX = 20
PRIZES_MAX = 100
COUNT_MAX = 10**9
MONEY_MAX = 10**12
TARGET_MAX = 10**12
HOLDOUT_MAX = 50
COLLECT_DAYS_MAX = 3_650

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")

Mistakes = Iterator[tuple[Place, AppError]]


class CampaignKind:
    """Documents of kind `campaign`."""

    kind = CAMPAIGN

    def __init__(
        self,
        brand: Brand,
        batches: Callable[[], Collection[str]] = tuple,
        started: Callable[[str], Sequence[Snapshot]] = lambda _: (),
    ) -> None:
        self._brand = brand
        self._zone = brand.zone()
        self._batches = batches  # of item codes
        self._started = started  # the versions of a campaign that were

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, CampaignDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each campaign beside all other documents as they would stand."""
        ours = [(one, read(one)) for one in documents if one.kind == CAMPAIGN]
        batches = frozenset(self._batches())
        return [
            DocumentError(document, mistake, place)
            for document, content in ours
            for place, mistake in chain(
                self._mistakes(document.name, content, documents, batches),
                self._taken(document, content, ours),
                self._turned(document.name, content),
            )
        ]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(CampaignDocument)

    def _taken(
        self, document: Document, content: CampaignDocument, ours: Sequence[tuple[Document, CampaignDocument]]
    ) -> Mistakes:
        """Yield what two campaigns would have at one time, or two parts of one."""
        former: set[str] = set()
        others = [(one.name, it) for one, it in ours if one.name != document.name and it.enabled and content.enabled]
        beside = [(name, taken_by(it)) for name, it in others if self._is_beside(content, it)]
        for name, mechanic, settings in _parts(content):
            for what in sorted(mechanic.takes(settings)):
                campaign = next((one for one, theirs in beside if what in theirs), "")
                if campaign or what in former:
                    taken = AppError("campaigns.taken", given=what, campaign=campaign or document.name)
                    yield ("parts", name, mechanic.name), taken
            former |= mechanic.takes(settings)

    def _turned(self, name: str, content: CampaignDocument) -> Mistakes:
        """Yield parts that were another mechanic before: what that has promised is kept by the name of its part."""
        former = {part: kind for one in self._started(name) for part, kind, _ in _parts(one.content)}
        for part, mechanic, _ in _parts(content):
            if (was := former.get(part, mechanic)).name != mechanic.name:
                turned = AppError("campaigns.part_turned", part=part, given=mechanic.name, former=was.name)
                yield ("parts", part, mechanic.name), turned

    def _is_beside(self, one: CampaignDocument, other: CampaignDocument) -> bool:
        try:
            spans = [
                Span(parse_instant(it.starts, self._zone), parse_instant(it.ends, self._zone)) for it in (one, other)
            ]
        except AppError:  # its own mistake is told
            return False
        return do_overlap(*spans)

    def _mistakes(
        self, name: str, content: CampaignDocument, documents: Sequence[Document], batches: frozenset[str]
    ) -> Mistakes:
        if not _NAME.match(name):
            yield ("name",), AppError("campaigns.name", given=name)
        period: list[Micros] = []
        for word in ("starts", "ends"):
            try:
                period.append(parse_instant(getattr(content, word), self._zone))
            except AppError as wrong:
                yield (word,), wrong
        if len(period) == 2 and period[0] >= period[1]:
            yield ("ends",), AppError("campaigns.period", starts=content.starts, ends=content.ends)
        yield from _of_goal(content, documents)
        yield from _of_holdout(content, documents)
        yield from _of_words(content, documents)
        yield from _of_limits((), content.limits)
        yield from _bounds(("budget",), content.budget, 1, MONEY_MAX)
        yield from _bounds(("collect_days",), content.collect_days, 0, COLLECT_DAYS_MAX)
        if content.pacing is not None:
            yield from _bounds(("pacing", "per_day"), content.pacing.per_day, 1, MONEY_MAX)
            if content.budget is None:
                yield ("pacing",), AppError("campaigns.pacing")
        yield from _of_prizes(content, documents)
        if content.guard is not None:
            for place, mistake in abuse.mistakes(content.guard, _live(documents)):
                yield ("guard", *place), mistake
        starts, ends = period if len(period) == 2 else (Micros(0), Micros(2**62))
        declared = declared_as_far(documents)
        words = FactWords(declared)

        def condition(text: str, fact: str) -> AppError | None:
            try:
                read_where(text, fact, words, self._brand)
            except AppError as wrong:
                return wrong
            return None

        yield from _of_parts(content, Around(
            frozenset(content.prizes),
            frozenset(name for name, one in content.prizes.items() if does_run_out(one, content, documents)),
            frozenset(declared.facts), _live(documents), starts, ends, self._zone, condition,
            {name: frozenset(one.fields) for name, one in declared.facts.items()},
            frozenset(one.name for one in documents if one.kind == POINTS), declared, self._brand, batches,
        ))  # fmt: skip


def read(document: Document) -> CampaignDocument:
    """Return a campaign's content."""
    return msgspec.convert(document.content, CampaignDocument)


class Period(Protocol):
    """Something that goes on in [starts_at, ends_at)."""

    @property
    def starts_at(self) -> Micros: ...
    @property
    def ends_at(self) -> Micros: ...


class Span(msgspec.Struct, frozen=True):
    """The period of a document."""

    starts_at: Micros
    ends_at: Micros


def do_overlap(one: Period, other: Period) -> bool:
    """Return whether two periods have a moment in common."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def taken_by(content: CampaignDocument) -> frozenset[str]:
    """Return what no other campaign may have at the same time."""
    return frozenset(what for _, mechanic, settings in _parts(content) for what in mechanic.takes(settings))


def does_run_out(prize: Prize, content: CampaignDocument, documents: Sequence[Document]) -> bool:
    """Return whether there may be too little of a prize: its own number, its template's, or what it may cost."""
    if prize.stock is not None or prize.per_day_max is not None or prize.per_customer_max is not None:
        return True
    named = {(one.kind, one.name): one.content for one in documents}
    template = named.get((COUPON, prize.coupon), {}) if prize.coupon else {}
    unit = named.get((POINTS, prize.points.unit), {}) if prize.points is not None else {}
    costs = bool(prize.cost) if prize.points is None else unit.get("worth") is not None
    if content.budget is not None and costs:
        return True
    return any(template.get(word) is not None for word in ("total_max", "per_day_max", "per_customer_max"))


def holdout_of(content: CampaignDocument) -> tuple[HoldoutBy | None, int]:
    """Return what is held out, and how many percent: a tenth of the invited, where nothing is said."""
    if content.holdout is not None:
        return (content.holdout.by, content.holdout.percent) if content.holdout.percent else (None, 0)
    return (HoldoutBy.CUSTOMER, 10) if content.promise is Promise.INVITED else (None, 0)


def _of_goal(content: CampaignDocument, documents: Sequence[Document]) -> Mistakes:
    declared, metric = declared_as_far(documents).facts, content.goal.metric
    if metric.fact not in declared:
        yield ("goal", "metric", "fact"), unknown(metric.fact, declared)
    elif metric.field and metric.field not in declared[metric.fact].fields:
        yield ("goal", "metric", "field"), unknown(metric.field, declared[metric.fact].fields)
    yield from _bounds(("goal", "metric", "within_days"), metric.within_days, 1, 3_650)
    if metric.target is not None and not 0 < metric.target <= TARGET_MAX:
        yield ("goal", "metric", "target"), AppError("campaigns.target", given=metric.target, most=f"{TARGET_MAX:,}")


def _of_holdout(content: CampaignDocument, documents: Sequence[Document]) -> Mistakes:
    """What is promised to everybody is withheld from nobody: there, stores, cities or batches are compared."""
    held = content.holdout
    if held is None:
        return
    yield from _bounds(("holdout", "percent"), held.percent, 0, HOLDOUT_MAX)
    if held.percent and held.by is HoldoutBy.CUSTOMER and content.promise is Promise.PUBLIC:
        yield ("holdout",), AppError("campaigns.holdout_public")
    if held.percent and held.by is HoldoutBy.BATCH and not taken_by(content):
        yield ("holdout", "by"), AppError("campaigns.holdout_batches")
    if held.percent and held.by in (HoldoutBy.STORE, HoldoutBy.CITY) and not content.stores:
        yield ("holdout", "by"), AppError("campaigns.holdout_stores", by=held.by.value)
    if held.percent and held.by is HoldoutBy.CITY:
        cities = {one.name: city_of(one) for one in documents if one.kind == STORE}
        for number, name in enumerate(content.stores):
            if cities.get(name) == "":
                yield ("stores", number), AppError("campaigns.holdout_city", given=name)


def city_of(store: Document) -> str:
    """Return the city of a store's document, or nothing."""
    place = store.content.get("place") or {}
    return str(place.get("city") or "")


def _of_words(content: CampaignDocument, documents: Sequence[Document]) -> Mistakes:
    live = _live(documents)
    stores = {one.name for one in documents if one.kind == STORE}
    for side in ("only", "but_not"):
        for number, name in enumerate(getattr(content.customers, side)):
            if name not in live:
                yield ("customers", side, number), unknown(name, live)
    for number, name in enumerate(content.stores):
        if name not in stores:
            yield ("stores", number), unknown(name, stores)


def _of_prizes(content: CampaignDocument, documents: Sequence[Document]) -> Mistakes:
    names = {kind: {one.name for one in documents if one.kind == kind} for kind in (COUPON, POINTS)}
    if len(content.prizes) > PRIZES_MAX:
        yield ("prizes",), AppError("campaigns.too_many", given=len(content.prizes), allowed=PRIZES_MAX)
    for name, prize in content.prizes.items():
        here = ("prizes", name)
        if not _NAME.match(name):
            yield here, AppError("campaigns.name", given=name)
        kinds = [word for word in ("coupon", "points", "chances", "goods") if getattr(prize, word)]
        if len(kinds) > 1:
            yield here, AppError("campaigns.prize_one_of", given=", ".join(kinds))
        if prize.goods and prize.stock is None:
            yield here, AppError("campaigns.prize_stock", prize=name)
        if prize.coupon and prize.coupon not in names[COUPON]:
            yield (*here, "coupon"), unknown(prize.coupon, names[COUPON])
        if prize.points is not None:
            if prize.points.unit not in names[POINTS]:
                yield (*here, "points", "unit"), unknown(prize.points.unit, names[POINTS])
            yield from _bounds((*here, "points", "amount"), prize.points.amount, 1, COUNT_MAX)
        yield from _bounds((*here, "chances"), prize.chances, 0, COUNT_MAX)
        for word in ("stock", "per_day_max", "per_customer_max"):
            yield from _bounds((*here, word), getattr(prize, word), 1, COUNT_MAX)
        yield from _bounds((*here, "cost"), prize.cost, 0, MONEY_MAX)
        if prize.cost and not prize.funder:
            yield (*here, "funder"), AppError("campaigns.funder", prize=name)


def _of_parts(content: CampaignDocument, around: Around) -> Mistakes:
    if not 1 <= len(content.parts) <= PARTS_MAX:
        yield ("parts",), AppError("campaigns.bounds", given=len(content.parts), least=1, most=PARTS_MAX)
    for name, part in content.parts.items():
        here = ("parts", name)
        if not _NAME.match(name):
            yield here, AppError("campaigns.name", given=name)
        kinds = [kind for kind in MECHANICS if getattr(part, kind) is not None]
        if len(kinds) != 1:
            yield here, AppError("campaigns.part_one_of", given=", ".join(kinds) or "—", allowed=", ".join(MECHANICS))
            continue
        yield from _of_limits(here, part.limits)
        if part.price is not None:
            yield from _of_price((*here, "price"), part.price, around.units)
        for place, mistake in MECHANICS[kinds[0]].mistakes(getattr(part, kinds[0]), around):
            yield (*here, kinds[0], *place), mistake


def _of_price(here: Place, price: Price, units: Collection[str]) -> Mistakes:
    if price.points is not None and price.chances:
        yield here, AppError("campaigns.price_one_of")
    if price.points is not None:
        if price.points.unit not in units:
            yield (*here, "points", "unit"), unknown(price.points.unit, units)
        yield from _bounds((*here, "points", "amount"), price.points.amount, 1, COUNT_MAX)
    for word in ("chances", "free_per_day", "free"):
        yield from _bounds((*here, word), getattr(price, word), 0, COUNT_MAX)


def _parts(content: CampaignDocument) -> Iterator[tuple[str, Mechanic[Any, Any], Any]]:
    """Yield the parts that are well formed: name, mechanic, settings."""
    for name, part in content.parts.items():
        for kind, mechanic in MECHANICS.items():
            if (settings := getattr(part, kind)) is not None:
                yield name, mechanic, settings


def _of_limits(place: Place, limits: Limits) -> Mistakes:
    for word in limits.__struct_fields__:
        yield from _bounds((*place, "limits", word), getattr(limits, word), 1, COUNT_MAX)


def _bounds(place: Place, given: int | None, least: int, most: int) -> Mistakes:
    if given is not None and not least <= given <= most:
        yield place, AppError("campaigns.bounds", given=given, least=least, most=most)


def _live(documents: Sequence[Document]) -> frozenset[str]:
    """Return the segments of which it is known at every moment who is in them."""
    return frozenset(one.name for one in documents if one.kind == SEGMENT and one.content.get("live", True))
