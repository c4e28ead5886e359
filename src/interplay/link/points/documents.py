"""The documents of kinds `points` and `earning`: read strictly and checked against each other and the catalogue."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import Struct

from interplay.collect.facts.api import FactWords, declared_as_far, read_where
from interplay.criteria.contracts import ValueType
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.places import Place
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.kernel.spelling import closest
from interplay.link.points.contracts import AMOUNT_MAX, EARNING, POINTS, EarningDocument, Multiplier, PointsDocument
from interplay.understand.segments.contracts import SEGMENT

UNITS_MAX = 20
RULES_MAX = 200
DAYS_MAX = 36_500
TIMES_MAX = 1_000
BASE_TYPES = (ValueType.MONEY, ValueType.INTEGER)

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
_TIMES = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?\Z")

Mistake = tuple[Place, AppError]


class PointsKind:
    """Documents of kind `points`."""

    kind = POINTS

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, PointsDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each unit by itself."""
        ours = [document for document in documents if document.kind == POINTS]
        found = [DocumentError(one, mistake, place) for one in ours for place, mistake in _mistaken_unit(one)]
        if len(ours) > UNITS_MAX:
            found.append(DocumentError(ours[-1], AppError("points.too_many", given=len(ours), allowed=UNITS_MAX)))
        return found

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(PointsDocument)


class EarningKind:
    """Documents of kind `earning`."""

    kind = EARNING

    def __init__(self, brand: Brand, tiers: Callable[[Sequence[Document]], Iterable[str]]) -> None:
        self._brand = brand
        self._tiers = tiers

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, EarningDocument)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read each rule beside all other documents as they would stand."""
        ours = [document for document in documents if document.kind == EARNING]
        found = [
            DocumentError(one, mistake, place) for one in ours for place, mistake in self._mistakes(one, documents)
        ]
        if len(ours) > RULES_MAX:
            found.append(DocumentError(ours[-1], AppError("points.too_many", given=len(ours), allowed=RULES_MAX)))
        return found

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(EarningDocument)

    def _mistakes(self, document: Document, documents: Sequence[Document]) -> Iterator[Mistake]:
        rule = read_rule(document)
        if not _NAME.match(document.name):
            yield ("name",), AppError("points.name", given=document.name)
        yield from _unknown(("unit",), "unit", rule.unit, _names(documents, POINTS))
        yield from _mistaken_budget(rule, documents)
        yield from self._mistaken_fact(rule, documents)
        yield from _mistaken_amounts(rule)
        segments = _names(documents, SEGMENT)
        for what, named in (("segments", rule.segments), ("not_segments", rule.not_segments)):
            for number, name in enumerate(named):
                yield from _unknown((what, number), "segment", name, segments)
        tiers = sorted(self._tiers(documents))
        for number, one in enumerate(rule.multipliers):
            yield from _mistaken_multiplier(("multipliers", number), one, tiers)

    def _mistaken_fact(self, rule: EarningDocument, documents: Sequence[Document]) -> Iterator[Mistake]:
        declared = declared_as_far(documents)
        kind = declared.facts.get(rule.fact)
        if kind is None:
            yield from _unknown(("fact",), "fact", rule.fact, list(declared.facts))
            return
        if rule.fixed is None:
            fields = [name for name, one in kind.fields.items() if one.type in BASE_TYPES and not one.is_personal]
            yield from _unknown(("field",), "field", rule.field, fields)
        if rule.where is not None:
            try:
                read_where(rule.where, rule.fact, FactWords(declared), self._brand)
            except AppError as wrong:
                yield ("where",), wrong


class Rule(Struct, frozen=True):
    """One version of a rule."""

    name: str
    version: int
    content: EarningDocument


class Rulebook:
    """Every version of units and rules: each speaks of the facts behind the position at which it was applied."""

    def __init__(self, units: Sequence[Document], rules: Sequence[Document]) -> None:
        self._units = [(one, read_unit(one)) for one in units]
        self._rules = [(one, Rule(one.name, one.version, read_rule(one))) for one in rules]
        self.names = sorted({one.name for one in rules})
        self.facts = sorted({rule.content.fact for _, rule in self._rules})
        self._sources = {(rule.name, rule.version): frozenset(rule.content.sources) for _, rule in self._rules}
        self._standing: dict[int, list[Rule]] = {}  # by how many versions had been applied

    def rules_at(self, position: int) -> list[Rule]:
        """Return the rules that hold for a fact at a position, by name."""
        count = sum(document.position < position for document, _ in self._rules)
        if count not in self._standing:
            latest = {rule.name: rule for document, rule in self._rules if document.position < position}
            self._standing[count] = [rule for _, rule in sorted(latest.items()) if rule.content.enabled]
        return self._standing[count]

    def sources_of(self, name: str, version: int) -> frozenset[str]:
        """Return whose facts a version of a rule is about; none named: everybody's."""
        return self._sources.get((name, version), frozenset())

    def unit_at(self, position: int, name: str) -> PointsDocument | None:
        """Return a unit as it holds for a fact at a position, or as it was first where the fact came before it."""
        ours = [(document.position, unit) for document, unit in self._units if document.name == name]
        standing = [unit for applied, unit in ours if applied < position]
        return standing[-1] if standing else next((unit for _, unit in ours), None)


def read_unit(document: Document) -> PointsDocument:
    return msgspec.convert(document.content, PointsDocument)


def read_rule(document: Document) -> EarningDocument:
    return msgspec.convert(document.content, EarningDocument)


def units(documents: Iterable[Document]) -> dict[str, PointsDocument]:
    """Return the units among current documents by name."""
    return {one.name: read_unit(one) for one in documents if one.kind == POINTS}


def rules_of(documents: Iterable[Document]) -> dict[str, EarningDocument]:
    """Return the rules among current documents by name."""
    return {one.name: read_rule(one) for one in documents if one.kind == EARNING}


def _names(documents: Sequence[Document], kind: str) -> list[str]:
    return sorted(document.name for document in documents if document.kind == kind)


def _unknown(place: Place, what: str, given: str, known: Sequence[str]) -> Iterator[Mistake]:
    if given in known:
        return
    if (meant := closest(given, known)) is None:
        yield place, AppError("points.unknown_word", what=what, given=given)
    else:
        yield place, AppError("points.unknown_word_meant", what=what, given=given, meant=meant)


def _mistaken_unit(document: Document) -> Iterator[Mistake]:
    unit = read_unit(document)
    if not _NAME.match(document.name):
        yield ("name",), AppError("points.name", given=document.name)
    for what, given, most in (
        ("pending_days", unit.pending_days, DAYS_MAX),
        ("notice_days", unit.notice_days, DAYS_MAX),
        ("adjust_alone_max", unit.adjust_alone_max, AMOUNT_MAX),
    ):
        yield from _out_of((what,), given, 0, most)
    if unit.worth is not None:
        yield from _out_of(("worth", "points"), unit.worth.points, 1, AMOUNT_MAX)
        yield from _out_of(("worth", "money"), unit.worth.money, 0, AMOUNT_MAX)
    if unit.expires is not None:
        if (unit.expires.days is None) is (unit.expires.years is None):
            yield ("expires",), AppError("points.one_of", names="days, years")
        elif unit.expires.days is not None:
            yield from _out_of(("expires", "days"), unit.expires.days, unit.pending_days + 1, DAYS_MAX)
        else:
            yield from _out_of(("expires", "years"), unit.expires.years or 0, 0, 100)


def _mistaken_amounts(rule: EarningDocument) -> Iterator[Mistake]:
    if (rule.fixed is None) is (rule.points is None):
        yield (), AppError("points.one_of", names="fixed, points")
    if (rule.points is None) is not (rule.per is None):
        yield (), AppError("points.both_of", names="points, per")
    for name in ("fixed", "points", "per"):
        if (given := getattr(rule, name)) is not None:
            yield from _out_of((name,), given, 1, AMOUNT_MAX)
    for name in ("fact", "day", "customer", "total"):
        if (given := getattr(rule.caps, name)) is not None:
            yield from _out_of(("caps", name), given, 1, AMOUNT_MAX)


def _mistaken_budget(rule: EarningDocument, documents: Sequence[Document]) -> Iterator[Mistake]:
    """Yield what is wrong with a budget: points without a worth cost nothing, so it would never be used up."""
    if rule.budget is None:
        return
    yield from _out_of(("budget",), rule.budget, 1, AMOUNT_MAX)
    unit = units(documents).get(rule.unit)
    if unit is not None and (unit.worth is None or not unit.worth.money):
        yield ("budget",), AppError("points.budget_of_nothing", unit=rule.unit)


def _mistaken_multiplier(place: Place, one: Multiplier, tiers: Sequence[str]) -> Iterator[Mistake]:
    if not _TIMES.match(one.times) or not 0 < Fraction(one.times) <= TIMES_MAX:
        yield (*place, "times"), AppError("points.times", given=one.times, allowed=TIMES_MAX)
    for number, name in enumerate(one.tiers):
        yield from _unknown((*place, "tiers", number), "tier", name, tiers)
    for what, given, most in (("weekdays", one.weekdays, 7), ("days_of_month", one.days_of_month, 31)):
        for number, day in enumerate(given):
            yield from _out_of((*place, what, number), day, 1, most)
    for what, text in (("from_on", one.from_on), ("until_on", one.until_on)):
        if text is not None and not _is_date(text):
            yield (*place, what), AppError("time.date", given=text)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _out_of(place: Place, given: int, least: int, most: int) -> Iterator[Mistake]:
    if not least <= given <= most:
        yield place, AppError("points.range", given=given, least=least, most=most)
