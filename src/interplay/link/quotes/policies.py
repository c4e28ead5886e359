"""Offers read once: instants for texts, sets for names, arithmetic for benefits. What the pipeline works with."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import from_micros, parse_instant
from interplay.link.quotes.choosing import Among, Chosen, chosen
from interplay.link.quotes.contracts import (
    POINTS,
    Benefit,
    Choice,
    Line,
    Offer,
    OfferKind,
    Reason,
    Refusal,
    Terms,
    Weekday,
)
from interplay.link.quotes.discounts import Discount, discount_of
from interplay.link.quotes.hours import Window, parse_hours

TERMS_KNOWN_MAX = 4_096
LINES_KNOWN_MAX = 100_000
"""How many different lines a set of promotions remembers the choices of: about 20 MB."""

RESERVED = frozenset({*OfferKind, POINTS})
"""Words of `excludes` that no offer may have for a name or a group."""

_WEEKDAYS = {day: number for number, day in enumerate(Weekday)}


@dataclass(frozen=True, slots=True)
class Reading:
    """Terms, read once."""

    chosen: Chosen
    item: Chosen | None  # what an exchange is for, where it names products
    stores: Among
    channels: Among
    tiers: Among
    customers: Among
    discount: Discount | None
    is_by_unit: bool
    valid_from: Micros | None
    valid_until: Micros | None
    weekdays: frozenset[int]
    hours: tuple[Window, ...]
    excludes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """An offer with its terms read; `words` are what others may exclude it by."""

    offer: Offer
    terms: Terms
    reading: Reading
    words: tuple[str, ...]
    not_yet: Reason
    ended: Reason
    valid_from: int
    valid_until: int
    is_timed: bool
    is_placed: bool
    is_personal: bool


@dataclass(slots=True)
class Promotions:
    """A brand's automatic promotions, compiled once for each revision of its documents."""

    brand: Brand
    zone: ZoneInfo
    policies: tuple[Policy, ...]  # highest priority first
    of_lines: tuple[Policy, ...]
    of_shipping: tuple[Policy, ...]
    choices: tuple[Chosen, ...]  # all different ones
    _known: dict[tuple[str, str, tuple[str, ...]], list[Chosen]] = field(default_factory=dict)

    def choices_of(self, line: Line) -> list[Chosen]:
        """Return the choices that take a line; remembered, for a shop has fewer products than baskets."""
        key = (line.product, line.sku, line.categories)
        found = self._known.get(key)
        if found is None:
            found = [choice for choice in self.choices if choice.takes(line)]
            if len(self._known) >= LINES_KNOWN_MAX:
                self._known.clear()
            self._known[key] = found
        return found


def compiled(offers: Iterable[Offer], brand: Brand) -> Promotions:
    """Return promotions ready for quotes, highest priority first, then by name."""
    zone = brand.zone()
    ordered = sorted(offers, key=lambda offer: (-offer.terms.priority, offer.name))
    policies = tuple(read(offer, zone) for offer in ordered)
    readings = [policy.reading for policy in policies]
    choices = dict.fromkeys(one for reading in readings for one in (reading.chosen, reading.item) if one is not None)
    lines = tuple(one for one in policies if one.terms.benefit.shipping is None)
    shipping = tuple(one for one in policies if one.terms.benefit.shipping is not None)
    return Promotions(brand, zone, policies, lines, shipping, tuple(choices))


def read(offer: Offer, zone: ZoneInfo) -> Policy:
    """Return an offer ready for quotes. Raises AppError for texts that a document's check would have refused."""
    terms, reading = offer.terms, _reading(offer.terms, zone)
    starts = [at for at in (reading.valid_from, offer.valid_from) if at is not None]
    ends = [at for at in (reading.valid_until, offer.valid_until) if at is not None]
    begin, end = max(starts, default=None), min(ends, default=None)
    return Policy(
        offer=offer,
        terms=terms,
        reading=reading,
        words=(offer.name, offer.kind.value, terms.group) if terms.group else (offer.name, offer.kind.value),
        not_yet=Reason(Refusal.NOT_YET, {"valid_from": _shown(begin, zone)}),
        ended=Reason(Refusal.ENDED, {"valid_until": _shown(end, zone)}),
        valid_from=-(1 << 63) if begin is None else begin,
        valid_until=(1 << 63) if end is None else end,
        is_timed=bool(reading.weekdays or reading.hours),
        is_placed=not (reading.stores.is_any and reading.channels.is_any),
        is_personal=not (reading.tiers.is_any and reading.customers.is_any),
    )


@lru_cache(maxsize=TERMS_KNOWN_MAX)
def _reading(terms: Terms, zone: ZoneInfo) -> Reading:
    if len(terms.benefit.kinds) != 1:
        allowed = ", ".join(Benefit.__struct_fields__)
        raise AppError("quotes.one_benefit", given=", ".join(terms.benefit.kinds) or "—", allowed=allowed)
    item = terms.benefit.exchange.products if terms.benefit.exchange else ()
    return Reading(
        chosen=chosen(terms.products, terms.categories),
        item=chosen(Choice(item), Choice()) if item else None,
        stores=Among.of(terms.stores),
        channels=Among.of(terms.channels),
        tiers=Among.of(terms.tiers),
        customers=Among.of(terms.customers),
        discount=discount_of(terms.benefit, terms.spend_min),
        is_by_unit=terms.benefit.is_by_unit,
        valid_from=None if terms.valid_from is None else parse_instant(terms.valid_from, zone),
        valid_until=None if terms.valid_until is None else parse_instant(terms.valid_until, zone),
        weekdays=frozenset(_WEEKDAYS[day] for day in terms.weekdays),
        hours=tuple(map(parse_hours, terms.hours)),
        excludes=tuple(sorted(terms.excludes)),
    )


def _shown(at: int | None, zone: ZoneInfo) -> str:
    """Return an instant on the brand's wall clock, for a sentence."""
    return "" if at is None else from_micros(at).astimezone(zone).strftime("%Y-%m-%d %H:%M")
