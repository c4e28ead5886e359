"""Mapping + columns + catalogue → program."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from interplay.collect.facts.api import strongest_first
from interplay.collect.facts.contracts import Declared, FactKind, Identifier
from interplay.collect.imports import readers
from interplay.collect.imports.cells import Cell, How
from interplay.collect.imports.check import (
    Columns,
    Mistakes,
    check_condition,
    check_identifier,
    check_shape,
    check_source,
    merged,
    source_of,
    zone_of,
)
from interplay.collect.imports.conditions import RowTest
from interplay.collect.imports.contracts import Column, Reading
from interplay.collect.imports.mapping import Condition, FactRule, Filter, Mapping, Source, Values
from interplay.collect.imports.program import FactPlan, Program, RowFilter, TraitCell
from interplay.collect.imports.values import Clock, Memo, Mistake, Money, Numbers, as_text
from interplay.criteria.contracts import TraitOp, ValueType
from interplay.engine.documents.places import Place
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.money import EXPONENTS
from interplay.kernel.time import parse_instant

_RATE_FIELDS = ("currency", "rate")


def compile_mapping(
    mapping: Mapping, text: str, columns: list[Column], reading: Reading
) -> tuple[Program, list[AppError]]:
    """Return the program and the mapping's mistakes; with a mistake the program is not to be run."""
    mistakes = Mistakes(text)
    check_shape(mapping, mistakes)
    compiler = _Compiler(mapping, columns, reading, mistakes)
    return compiler.program(), mistakes.found


class _Compiler:
    def __init__(self, mapping: Mapping, columns: list[Column], reading: Reading, mistakes: Mistakes) -> None:
        self._mapping = mapping
        self._declared: Declared = reading.declared
        self._columns = Columns(columns, mistakes)
        self._mistakes = mistakes
        self._grouped = bool(mapping.group_by)
        self._setting = self._shared(reading)

    def program(self) -> Program:
        keys: dict[str, int] = {}
        facts = []
        for i, rule in enumerate(self._mapping.facts):
            keys[rule.fact] = nth = keys.get(rule.fact, 0) + 1
            key = rule.fact if nth == 1 else f"{rule.fact}#{nth}"
            if (plan := self._fact(merged(self._mapping, rule), key, i)) is not None:
                facts.append(plan)
        for part in ("id", "group_by"):
            for i, name in enumerate(getattr(self._mapping, part)):
                self._columns.use(name, (part, i))
        return Program(
            source=self._mapping.source,
            facts=facts,
            rejects=self._filters("reject", self._mapping.reject),
            ignores=self._filters("ignore", self._mapping.ignore),
            group_by=self._mapping.group_by,
            id=self._mapping.id,
            columns=list(self._columns.used),
        )

    def _filters(self, part: str, filters: list[Filter]) -> list[RowFilter]:
        return [RowFilter(self._test(one.when, (part, i, "when")), one.reason) for i, one in enumerate(filters)]

    def _test(self, condition: Condition, place: Place) -> RowTest:
        return check_condition(condition, place, self._columns, self._mistakes, self._setting.missing)

    def _fact(self, rule: FactRule, key: str, i: int) -> FactPlan | None:
        kind = self._declared.facts.get(rule.fact)
        if kind is None:
            self._mistakes.unknown(("facts", i, "fact"), "fact", rule.fact, self._declared.facts)
            return None
        if rule.at is None:
            return None
        return FactPlan(
            name=rule.fact,
            key=key,
            test=self._test(rule.when, ("facts", i, "when")),
            at=self._at(source_of(rule.at), self._place(i, "at")),
            identifiers=self._identifiers(rule.identifiers, i),
            fields=self._fields(rule.fields, kind, i) | self._currency(kind, rule.fields),
            traits=self._traits(rule.traits, i),
            extra=self._extra(rule.extra, i),
            items={
                name: self._cells(values, ("facts", i, "items", name), is_item=True)
                for name, values in rule.items.items()
            },
        )

    def _place(self, i: int, part: str, name: str | None = None) -> Place:
        """Return where a value stands: in the fact's own rule, or beside `facts`."""
        own = getattr(self._mapping.facts[i], part)
        is_own = own is not None and (name is None or name in own)
        place: Place = ("facts", i, part) if is_own else (part,)
        return place if name is None else (*place, name)

    def _at(self, source: Source, place: Place) -> Cell:
        usual = How.MIN if source.column is not None else None
        return self._cell("at", source, ValueType.TIME, place, usual=usual, is_at=True)

    def _identifiers(self, values: Values, i: int) -> list[Cell]:
        cells = {}
        for kind, value in values.items():
            place = self._place(i, "identifiers", kind)
            check_identifier(kind, place, self._mistakes)
            cells[kind] = self._cell(kind, source_of(value), ValueType.TEXT, place, usual=How.ONLY, identifier=kind)
        order = [one.kind for one in strongest_first([Identifier(kind, "") for kind in cells])]
        return [cells[kind] for kind in order]

    def _fields(self, values: Values, kind: FactKind, i: int) -> dict[str, Cell]:
        cells = {}
        for name, value in values.items():
            place = self._place(i, "fields", name)
            if name not in kind.fields:
                self._mistakes.unknown(place, "field", name, kind.fields, fact=kind.name)
                continue
            cells[name] = self._cell(name, source_of(value), kind.fields[name].type, place)
        return cells

    def _currency(self, kind: FactKind, values: Values) -> dict[str, Cell]:
        """Amounts converted from another currency say so, where the fact has the fields for it."""
        money = self._setting.money
        if money.rate == 1 or self._mapping.currency is None:
            return {}
        known = {"currency": self._mapping.currency, "rate": int(money.rate * 10**6)}
        return {
            name: Cell(name, How.CONSTANT, constant=known[name])
            for name in _RATE_FIELDS
            if name in kind.fields and name not in values
        }

    def _traits(self, values: Values, i: int) -> list[TraitCell]:
        cells = []
        for name, value in values.items():
            place, source, trait = self._place(i, "traits", name), source_of(value), self._declared.traits.get(name)
            if trait is None:
                self._mistakes.unknown(place, "trait", name, self._declared.traits)
                continue
            cells.append(
                TraitCell(name, self._op(source, trait.type, place), self._cell(name, source, trait.type, place))
            )
        return cells

    def _op(self, source: Source, kind: ValueType, place: Place) -> TraitOp:
        is_number = kind in readers.NUMERIC
        if source.op is TraitOp.UNSET or (source.op is TraitOp.INCREMENT and not is_number):
            self._mistakes.add((*place, "op"), "option", given=source.op.value, wanted="set, set_once, append")
        if source.op is TraitOp.APPEND and kind is not ValueType.TEXTS:
            self._mistakes.add((*place, "op"), "option", given=source.op.value, wanted="texts")
        return source.op

    def _extra(self, values: Values, i: int) -> dict[str, Cell]:
        cells: dict[str, Cell] = {}
        for name, value in values.items():
            cells |= self._cells({name: value}, self._place(i, "extra", name)[:-1])
        return cells

    def _cells(self, values: Values, place: Place, *, is_item: bool = False) -> dict[str, Cell]:
        cells = {}
        for name, value in values.items():
            source = source_of(value)
            cells[name] = self._cell(name, source, source.type, (*place, name), is_item=is_item)
        return cells

    def _cell(
        self,
        label: str,
        source: Source,
        kind: ValueType | None,
        place: Place,
        *,
        usual: How | None = None,
        is_at: bool = False,
        is_item: bool = False,
        identifier: str | None = None,
    ) -> Cell:
        grouped = self._grouped and not is_item
        if not check_source(source, kind, place, self._mistakes, grouped=grouped):
            return Cell(label, How.CONSTANT)
        how, column = _pick(source, usual)
        names = [name for name in (column, source.times) if name is not None]
        if False in [self._columns.use(name, place) for name in names]:
            return Cell(label, How.CONSTANT)
        setting = self._local(source, place)
        if how is How.SUM or source.times is not None:
            return self._number_cell(label, how, names, source, kind=kind or ValueType.DECIMAL, setting=setting)
        if is_at:
            read = readers.instant(source, setting)
        elif identifier is not None:
            read = readers.identity(source, identifier, setting)
        else:
            read = readers.physical(source, kind, setting)
        if column is None:
            constant = self._constant(read, source, place) if how is How.CONSTANT else None
            return Cell(label, how, constant=constant)
        self._columns.check_fit(column, kind, source, place)
        return Cell(label, how, names, [Memo(read)], is_required=source.required)

    def _number_cell(
        self, label: str, how: How, names: list[str], source: Source, *, kind: ValueType, setting: readers.Setting
    ) -> Cell:
        first = Memo(readers.number(source, setting))
        second = Memo(readers.number(Source(column=source.times), setting))
        finish = readers.finishing(source, kind, setting)
        return Cell(label, how, names, [first, second][: len(names)], finish=finish, is_required=source.required)

    def _constant(self, read: readers.Read, source: Source, place: Place) -> object:
        try:
            return read(source.constant)
        except Mistake as mistake:
            reason = mistake.as_error()
            self._mistakes.add((*place, "constant"), "constant", given=str(source.constant), reason=str(reason))
            return None

    def _shared(self, reading: Reading) -> readers.Setting:
        mapping, brand = self._mapping, reading.brand
        zone = zone_of(mapping.timezone, ("timezone",), self._mistakes) if mapping.timezone else None
        shape = mapping.file
        return readers.Setting(
            numbers=Numbers(shape.decimal, shape.thousands),
            money=Money(brand.currency, self._rate(brand.currency, brand.rates)),
            clock=Clock(zone or brand.zone()),
            missing=frozenset(text for marker in shape.missing if (text := as_text(marker))),
            region=brand.region,
            now=reading.now,
        )

    def _rate(self, currency: str, rates: dict[str, str]) -> Decimal:
        wanted = self._mapping.currency
        if wanted is None or wanted == currency:
            return Decimal(1)
        if wanted not in EXPONENTS:
            self._mistakes.unknown(("currency",), "currency", wanted, EXPONENTS)
        elif wanted not in rates:
            self._mistakes.add(("currency",), "rate", given=wanted, currency=currency)
        return Decimal(rates.get(wanted, "1"))

    def _local(self, source: Source, place: Place) -> readers.Setting:
        """Return the setting with the source's own clock."""
        if source.format is None and source.timezone is None:
            return self._setting
        zone = ZoneInfo(source.timezone) if source.timezone else self._setting.clock.zone
        since = Micros(0)
        if source.since is not None:
            try:
                since = parse_instant(source.since, zone)
            except AppError as wrong:
                self._mistakes.add((*place, "since"), "constant", given=source.since, reason=str(wrong))
        clock = Clock(zone, source.format or "iso", since)
        return msgspec.structs.replace(self._setting, clock=clock)


def _pick(source: Source, usual: How | None) -> tuple[How, str | None]:
    """Return how rows become one value, and the column; a bare column is the first there is, or `usual`."""
    if source.constant is not None:
        return How.CONSTANT, None
    if source.count is not None:
        return How.COUNT, None
    for how in (How.FIRST, How.LAST, How.SUM, How.MIN, How.MAX):
        if (column := getattr(source, how.value)) is not None:
            return how, column
    return usual or How.FIRST, source.column
