"""What may be wrong with terms as an author wrote them. For promotions, coupon templates, and points as money."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from interplay.engine.documents.contracts import Document
from interplay.engine.documents.places import Place
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.spelling import closest
from interplay.kernel.time import parse_instant
from interplay.link.quotes.contracts import PRICE_MAX, QUANTITY_MAX, Benefit, Choice, PointsTerms, Terms
from interplay.link.quotes.hours import parse_hours
from interplay.link.quotes.percents import basis_points
from interplay.link.quotes.policies import RESERVED

NAMES_MAX = 1_000
"""How many products, stores and the like one choice names; more are a category."""

_AMOUNTS = {"off_amount": 1, "off_max": 1, "price": 0, "worth": 0}
_COUNTS = {"quantity": 1, "buy": 1, "get": 1, "count": 1, "nth": 2, "times_max": 1}
_CHOICES = ("products", "categories", "stores", "channels", "customers", "tiers")

Mistakes = Iterator[tuple[Place, AppError]]


def terms_mistakes(terms: Terms, zone: ZoneInfo, segments: Collection[str], words: Collection[str]) -> Mistakes:
    """Yield what is wrong, with its place in the terms.

    `segments` are the brand's, `words` the names and groups that offers may exclude (see `offer_words`).
    """
    yield from _of_benefit(terms)
    yield from _bounded(("spend_min",), terms.spend_min, 0, PRICE_MAX)
    yield from _bounded(("quantity_min",), terms.quantity_min, 0, QUANTITY_MAX)
    yield from _bounded(("per_basket_max",), terms.per_basket_max, 1, QUANTITY_MAX)
    for part in _CHOICES:
        yield from _of_choice(part, getattr(terms, part))
    for side in ("only", "but_not"):
        for n, name in enumerate(getattr(terms.customers, side)):
            if name not in segments:
                yield ("customers", side, n), _unknown("quotes.segment", name, segments)
    yield from _of_validity(terms, zone)
    yield from _of_stacking(terms, words)


def points_mistakes(terms: PointsTerms) -> Mistakes:
    """Yield what is wrong with how points are spent as money."""
    for part in ("per", "worth", "step"):
        yield from _bounded((part,), getattr(terms, part), 1, PRICE_MAX)
    yield from _bounded(("spend_min",), terms.spend_min, 0, PRICE_MAX)
    yield from _of_percent(("share_max",), terms.share_max)
    yield from _of_choice("products", terms.products)
    yield from _of_choice("categories", terms.categories)


def offer_words(documents: Iterable[Document]) -> frozenset[str]:
    """Return the names and groups of everything that has terms."""
    found = set()
    for document in documents:
        if isinstance(terms := document.content.get("terms"), dict):
            found |= {document.name, str(terms.get("group", ""))}
    return frozenset(found - {""})


def _of_benefit(terms: Terms) -> Mistakes:
    kinds = terms.benefit.kinds
    if len(kinds) != 1:
        allowed = ", ".join(Benefit.__struct_fields__)
        yield ("benefit",), AppError("quotes.one_benefit", given=", ".join(kinds) or "—", allowed=allowed)
    for kind in kinds:
        benefit = getattr(terms.benefit, kind)
        for part in benefit.__struct_fields__:
            place, value = ("benefit", kind, part), getattr(benefit, part)
            if part == "off_percent":
                yield from _of_percent(place, value)
            elif part in _AMOUNTS and value is not None:
                yield from _bounded(place, value, _AMOUNTS[part], PRICE_MAX)
            elif part in _COUNTS and value is not None:
                yield from _bounded(place, value, _COUNTS[part], QUANTITY_MAX)
            elif part == "product" and not value:
                yield place, AppError("quotes.empty_name")
            elif part == "products":
                yield from _names(place, value)
        if kind in ("amount", "gift") and benefit.times_max != 1 and not terms.spend_min:
            yield ("benefit", kind, "times_max"), AppError("quotes.times_spend")


def _of_validity(terms: Terms, zone: ZoneInfo) -> Mistakes:
    instants: list[Micros] = []
    for part in ("valid_from", "valid_until"):
        text = getattr(terms, part)
        try:
            instants += [] if text is None else [parse_instant(text, zone)]
        except AppError as mistake:
            yield (part,), mistake
    if len(instants) == 2 and instants[0] >= instants[1]:
        yield ("valid_until",), AppError("quotes.validity", given=terms.valid_until, valid_from=terms.valid_from)
    for n, text in enumerate(terms.hours):
        try:
            parse_hours(text)
        except AppError as mistake:
            yield ("hours", n), mistake


def _of_stacking(terms: Terms, words: Collection[str]) -> Mistakes:
    if terms.group in RESERVED:
        yield ("group",), AppError("quotes.reserved", given=terms.group)
    known = {*words, *RESERVED}
    for n, word in enumerate(terms.excludes):
        if word not in known:
            yield ("excludes", n), _unknown("quotes.excludes", word, known)


def _unknown(code: str, given: str, known: Collection[str]) -> AppError:
    meant = closest(given, known)
    return AppError(code, given=given) if meant is None else AppError(f"{code}_meant", given=given, meant=meant)


def _of_choice(part: str, choice: Choice) -> Mistakes:
    for side, names in (("only", choice.only), ("but_not", choice.but_not)):
        yield from _names((part, side), names)
    for n, name in enumerate(choice.but_not):
        if name in choice.only:
            yield (part, "but_not", n), AppError("quotes.both", given=name)


def _names(place: Place, names: Sequence[str]) -> Mistakes:
    if len(names) > NAMES_MAX:
        yield place, AppError("quotes.names", given=len(names), allowed=NAMES_MAX)
    if "" in names:
        yield (*place, names.index("")), AppError("quotes.empty_name")


def _of_percent(place: Place, value: int | str) -> Mistakes:
    try:
        basis_points(value)
    except AppError as mistake:
        yield place, mistake


def _bounded(place: Place, value: int, least: int, most: int) -> Mistakes:
    if not least <= value <= most:
        yield place, AppError("quotes.bounds", given=value, least=least, most=most)
