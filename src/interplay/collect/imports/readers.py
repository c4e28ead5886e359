"""From a source of the mapping to the function that reads one cell: replaced values first, then the type."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from msgspec import Struct

from interplay.collect.facts.api import identifier, phone_example
from interplay.collect.facts.contracts import IdentifierKind
from interplay.collect.imports.mapping import Source
from interplay.collect.imports.values import (
    Clock,
    DateDays,
    InstantMicros,
    LocalMicros,
    Mistake,
    Money,
    Numbers,
    as_text,
    finish_number,
    read_boolean,
    read_date,
    read_number,
    read_text,
    read_texts,
    read_time,
    short,
)
from interplay.criteria.contracts import ValueType
from interplay.kernel.ids import Micros
from interplay.kernel.time import MINUTE, from_micros, iso

Read = Callable[[object], object]

NUMERIC = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY})
EARLIEST_AT = Micros(631_152_000_000_000)  # 1990-01-01: what is older is a clock that was never set
AHEAD_MAX = 10 * MINUTE


class Setting(Struct, frozen=True):
    """What all sources of one mapping share."""

    numbers: Numbers
    money: Money
    clock: Clock
    missing: frozenset[str]
    region: str
    now: Micros


def physical(source: Source, kind: ValueType | None, setting: Setting) -> Read:
    """Return the reader of a whole value; without a type it stays as it was found."""
    return _replacing(source, setting, _typed(source, kind, setting))


def number(source: Source, setting: Setting) -> Read:
    """Return the reader of an exact number that is still to be multiplied, added and rounded."""
    return _replacing(source, setting, partial(read_number, numbers=setting.numbers))


def finishing(source: Source, kind: ValueType, setting: Setting) -> Callable[[Decimal | None], int | None]:
    """Return what rounds an exact number into its physical value, sign first."""
    money = Money(setting.money.currency, setting.money.rate, source.minor_units)

    def finish(exact: Decimal | None) -> int | None:
        if exact is None:
            return None
        signed = abs(exact) if source.absolute else exact
        return finish_number(signed.copy_negate() if source.negate else signed, kind, money)

    return finish


def instant(source: Source, setting: Setting) -> Read:
    """Return the reader of a fact's own time, which must be one that can have been."""
    read = _replacing(source, setting, partial(read_time, clock=setting.clock))
    latest = setting.now + AHEAD_MAX
    local_now = from_micros(setting.now).astimezone(setting.clock.zone).isoformat(" ", "seconds")

    def read_at(cell: object) -> object:
        at = read(cell)
        if at is None:
            raise Mistake("import.value.required")
        if not isinstance(at, int) or at < EARLIEST_AT:
            raise Mistake("import.value.early", given=short(as_text(cell) or ""), earliest=iso(EARLIEST_AT))
        if at > latest:
            raise Mistake("import.value.future", given=short(as_text(cell) or ""), now=local_now)
        return at

    return read_at


def identity(source: Source, kind: str, setting: Setting) -> Read:
    """Return the reader of an identifier, normalized."""

    def read(cell: object) -> object:
        text = read_text(cell)
        if text is None:
            return None
        found = identifier(kind, text, setting.region)
        if found is None and kind == IdentifierKind.PHONE:
            example = phone_example(setting.region)
            raise Mistake("import.value.phone", given=short(text), region=setting.region, example=example)
        if found is None:
            raise Mistake("import.value.identifier", given=short(text), kind=kind)
        return found

    return _replacing(source, setting, read)


def _typed(source: Source, kind: ValueType | None, setting: Setting) -> Read:
    if kind is None:
        return _as_found
    if kind in NUMERIC:
        finish = finishing(source, kind, setting)
        return lambda cell: finish(read_number(cell, setting.numbers))
    if kind is ValueType.TEXT:
        return read_text
    if kind is ValueType.BOOLEAN:
        return read_boolean
    if kind is ValueType.TIME:
        return partial(read_time, clock=setting.clock)
    if kind is ValueType.DATE:
        return partial(read_date, clock=setting.clock)
    return partial(read_texts, separator=source.split)


def _replacing(source: Source, setting: Setting, read: Read) -> Read:
    """Return the reader before which missing markers and listed values are replaced."""
    missing = setting.missing | {text for marker in source.missing if (text := as_text(marker))}
    values = {as_text(given): meant for given, meant in source.values.items()}
    if not missing and not values:
        return read

    def replaced(cell: object) -> object:
        if isinstance(cell, list | tuple | dict):
            return read(cell)
        text = as_text(cell)
        if text is None or text in missing:
            return None
        if text in values:
            return read(values[text])
        if values and source.unlisted == "reject":
            raise Mistake("import.value.unlisted", given=short(text), allowed=short(", ".join(map(str, values))))
        return None if values and source.unlisted == "missing" else read(cell)

    return replaced


def _as_found(cell: object) -> object:
    """Return a cell for the fact's undeclared part: JSON values, text without its margins."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, str | LocalMicros | InstantMicros | DateDays):
        return read_text(cell)
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, int):
        return cell if -(2**63) <= cell < 2**63 else str(Decimal(cell))
    if isinstance(cell, list | tuple):
        return [_as_found(part) for part in cell]
    if isinstance(cell, dict):
        return {str(key): _as_found(part) for key, part in cell.items()}
    return cell if isinstance(cell, float) else str(cell)
