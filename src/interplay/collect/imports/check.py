"""A mapping against a file and the catalogue: what cannot be meant is said with its line, and what was meant."""

import re
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo, available_timezones

from interplay.collect.facts.contracts import IdentifierKind
from interplay.collect.imports.conditions import RowTest, test_of
from interplay.collect.imports.contracts import Column
from interplay.collect.imports.mapping import (
    Condition,
    FactRule,
    Filter,
    Mapping,
    Source,
    Test,
    Value,
)
from interplay.collect.imports.values import UNITS, UNIX
from interplay.collect.ingest.api import is_own_source
from interplay.criteria.contracts import ValueType
from interplay.engine.documents.places import Place, line_of, show
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest, listed

PICKS = ("column", "constant", "first", "last", "sum", "min", "max", "count")

# fmt: off
_IN_CHINA = {  # places whose clocks are Asia/Shanghai, though no zone bears their name
    "beijing", "peking", "tianjin", "guangzhou", "canton", "shenzhen", "hangzhou", "nanjing", "suzhou",
    "chengdu", "wuhan", "changsha", "xian", "zhengzhou", "qingdao", "shenyang", "dalian", "xiamen", "kunming",
    "china", "北京", "上海", "天津", "重庆", "广州", "深圳", "杭州", "南京", "苏州", "成都", "武汉", "西安",
    "中国", "北京时间",
}
# fmt: on

_NESTED = re.compile(r"(large_|fixed_size_)?(list|list_view|map|struct|binary|extension|object)\b")
_INSTANT = re.compile(r"(timestamp|date)")
_NUMBER = re.compile(r"(u?int|float|double|halffloat|decimal)")


class Mistakes:
    """Collects what is wrong with a mapping; each is an AppError that begins with its place."""

    def __init__(self, text: str) -> None:
        self.found: list[AppError] = []
        self._text = text

    def add(self, place: Place, code: str, **params: str | int) -> None:
        line = line_of(self._text, place)
        self.found.append(AppError(f"import.mapping.{code}", status=400, line=line, path=show(place), **params))

    def unknown(self, place: Place, code: str, given: str, allowed: Iterable[str], **params: str | int) -> None:
        """Add that a word does not exist; with what was probably meant, if any is near."""
        words = sorted(allowed)
        if (meant := closest(given, words)) is not None:
            self.add(place, f"{code}_meant", given=given, meant=meant, **params)
        else:
            self.add(place, code, given=given, allowed=listed(words), **params)


class Columns:
    """The file's columns, and which of them are used."""

    def __init__(self, columns: Sequence[Column], mistakes: Mistakes) -> None:
        self._types = {column.name: column.type for column in columns}
        self._mistakes = mistakes
        self.used: dict[str, None] = {}

    def use(self, name: str, place: Place) -> bool:
        """Return whether there is such a column; note it as used."""
        if name not in self._types:
            self._mistakes.unknown(place, "column", name, self._types)
            return False
        self.used[name] = None
        return True

    def check_fit(self, name: str, kind: ValueType | None, source: Source, place: Place) -> None:
        """Say so where no cell of a column can be what it is asked to be, as far as the file tells."""
        given = self._types[name]
        if kind is None or source.values or _fits(given, kind, source):
            return
        self._mistakes.add(place, "fit", given=given, column=name, wanted=kind.value)


def source_of(value: Value) -> Source:
    """Return the source that a bare column name means."""
    return Source(column=value) if isinstance(value, str) else value


def check_source(source: Source, kind: ValueType | None, place: Place, mistakes: Mistakes, *, grouped: bool) -> bool:
    """Return whether a source says one thing, and something that its type can do."""
    before = len(mistakes.found)
    picked = [name for name in PICKS if getattr(source, name) is not None]
    if len(picked) != 1:
        mistakes.add(place, "pick", given=", ".join(picked) or "-", allowed=", ".join(PICKS))
        return False
    is_number = kind in {ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY}
    if picked[0] not in {"column", "constant"} and not grouped:
        mistakes.add((*place, picked[0]), "only_grouped", given=picked[0])
    for option in ("times", "negate", "absolute", "minor_units"):
        if getattr(source, option) and not is_number:
            mistakes.add((*place, option), "option", given=option, wanted="integer, decimal, money")
    if picked[0] == "sum" and not is_number:
        mistakes.add((*place, "sum"), "option", given="sum", wanted="integer, decimal, money")
    if source.times is not None and picked[0] in {"constant", "count"}:
        mistakes.add((*place, "times"), "option", given="times", wanted="column, sum, first, last, min, max")
    _check_clock(source, place, mistakes)
    return len(mistakes.found) == before


def _check_clock(source: Source, place: Place, mistakes: Mistakes) -> None:
    known = ("iso", *UNIX, *UNITS)
    if source.format is not None and source.format not in known and "%" not in source.format:
        mistakes.unknown((*place, "format"), "format", source.format, known)
    if (source.format in UNITS) != (source.since is not None):
        mistakes.add((*place, "since"), "since", allowed=", ".join(UNITS))
    if source.timezone is not None:
        zone_of(source.timezone, (*place, "timezone"), mistakes)


def zone_of(name: str, place: Place, mistakes: Mistakes) -> ZoneInfo | None:
    """Return the zone of a name."""
    place_name = re.sub(r"[ _'\u2019]", "", name.rpartition("/")[2]).lower().removesuffix("市")
    if name not in available_timezones() and place_name in _IN_CHINA:
        mistakes.add(place, "timezone_meant", given=name, meant="Asia/Shanghai")
        return None
    if name not in available_timezones():
        mistakes.unknown(place, "timezone", name, available_timezones())
        return None
    return ZoneInfo(name)


def check_identifier(kind: str, place: Place, mistakes: Mistakes) -> None:
    """A misspelt kind would silently become another system's id, so those say `ext:`."""
    kinds = [kind.value for kind in IdentifierKind]
    if kind not in kinds and not re.fullmatch(r"ext:[a-z0-9][a-z0-9_.:-]*", kind):
        mistakes.unknown(place, "identifier", kind, [*kinds, "ext:<system>"])


def check_condition(
    condition: Condition, place: Place, columns: Columns, mistakes: Mistakes, missing: frozenset[str]
) -> RowTest:
    """Return the compiled condition; one with mistakes tests nothing."""
    usable: Condition = {}
    for name, given in condition.items():
        test = test_of(given)
        here = (*place, name)
        if _asks_nothing(test):
            mistakes.add(here, "test", allowed="equals, in, begins, matches, missing")
        elif columns.use(name, here) and _check_pattern(test.matches, here, mistakes):
            usable[name] = given
    return RowTest(usable, missing)


def _asks_nothing(test: Test) -> bool:
    return test.begins in {None, ""} and not test.one_of and {test.equals, test.matches, test.missing} == {None}


def _check_pattern(pattern: str | None, place: Place, mistakes: Mistakes) -> bool:
    try:
        re.compile(pattern or "")
    except re.error as broken:
        mistakes.add(place, "regex", given=pattern or "", reason=str(broken))
        return False
    return True


def check_shape(mapping: Mapping, mistakes: Mistakes) -> None:
    """What is wrong with the document by itself."""
    if not mapping.facts:
        mistakes.add(("facts",), "no_facts")
    if not mapping.source.strip():
        mistakes.add(("source",), "no_source")
    elif is_own_source(mapping.source):
        mistakes.add(("source",), "own_source", given=mapping.source)
    if mapping.group_by and mapping.id:
        mistakes.add(("id",), "id_and_group")
    for i, rule in enumerate(mapping.facts):
        if rule.items and not mapping.group_by:
            mistakes.add(("facts", i, "items"), "only_grouped", given="items")
        if rule.at is None and mapping.at is None:
            mistakes.add(("facts", i), "at_missing")
    for part in ("reject", "ignore"):
        filters: list[Filter] = getattr(mapping, part)
        for i, one in enumerate(filters):
            if not one.when:
                mistakes.add((part, i, "when"), "test", allowed="equals, in, begins, matches, missing")


def merged(mapping: Mapping, rule: FactRule) -> FactRule:
    """Return a fact's rule with what stands beside `facts` for all of them; its own words win."""
    return FactRule(
        fact=rule.fact,
        when=rule.when,
        at=rule.at or mapping.at,
        identifiers={**mapping.identifiers, **rule.identifiers},
        fields={**mapping.fields, **rule.fields},
        traits={**mapping.traits, **rule.traits},
        extra={**mapping.extra, **rule.extra},
        items=rule.items,
    )


def _fits(given: str, kind: ValueType, source: Source) -> bool:
    if _NESTED.match(given):
        return kind is ValueType.TEXTS and "list" in given
    if _INSTANT.match(given):
        return kind in {ValueType.TIME, ValueType.DATE, ValueType.TEXT}
    if _NUMBER.match(given):
        counted = source.format in UNITS or source.format in UNIX or "%" in (source.format or "")
        return kind is not ValueType.TEXTS and (counted or kind not in {ValueType.TIME, ValueType.DATE})
    if given == "bool":
        return kind in {ValueType.BOOLEAN, ValueType.TEXT}
    return True
