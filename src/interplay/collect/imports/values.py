"""Cells become physical values: what a text, number or instant of a file means as a declared type.

Numbers are decimals, exact, until the one rounding at the end (half to even). A cell that cannot be meant
raises `Mistake`; the memo keeps it as a value so that a column is read in one sweep.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from zoneinfo import ZoneInfo

from msgspec import Struct

from interplay.collect.imports.contracts import TEXT_CHARS_MAX
from interplay.criteria.contracts import DECIMAL_SCALE, ValueType
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.money import convert
from interplay.kernel.time import DAY, EPOCH_ON, HOUR, MINUTE, SECOND, from_micros, parse_instant, to_micros

EXACT = Context(prec=100)  # two factors of 40 digits; nothing here ever rounds in it
DIGITS_MAX = 40
INT64_MAX = 2**63 - 1
WHOLE_DIGITS_MAX = 17
MEMO_MAX = 200_000

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\Z")
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
UNITS = {"days": DAY, "hours": HOUR, "minutes": MINUTE, "seconds": SECOND}
UNIX = {"unix": SECOND, "unix_ms": 1000, "unix_us": 1}


class Mistake(Exception):  # noqa: N818 - said of a cell, in the file's words
    """A cell that cannot be read as what it should be."""

    def __init__(self, code: str, /, **params: str | int) -> None:
        self.code = code
        self.params = params
        super().__init__(code)

    def as_error(self) -> AppError:
        """Return it as the mistake of whoever wrote it, for a constant in a mapping."""
        return AppError(self.code, status=400, **self.params)


class Bad(Struct, frozen=True):
    """A mistake as a value, standing where the cell's value would."""

    code: str
    params: dict[str, str | int]


class LocalMicros(int):
    """A column's wall-clock time without a zone, as Parquet keeps it."""

    __slots__ = ()


class InstantMicros(int):
    """A column's instant."""

    __slots__ = ()


class DateDays(int):
    """A column's calendar date."""

    __slots__ = ()


class Memo(dict[object, object]):
    """A cell's reading, remembered: files repeat themselves, and a hit costs 40 ns."""

    def __init__(self, read: Callable[[object], object]) -> None:
        super().__init__()
        self._read = read
        self.has_bad = False

    def __missing__(self, cell: object) -> object:
        value = self._one(cell)
        self[cell] = value
        return value

    def column(self, cells: Sequence[object], *, is_mixed: bool = False) -> list[object]:
        """Return the cells' values, `Bad` where one cannot be read.

        Where one column may hold several types, true is not taken for a remembered 1.
        """
        if len(self) > MEMO_MAX:
            self.clear()
        if is_mixed and bool in set(map(type, cells)):
            return [self._one(cell) for cell in cells]
        try:
            return list(map(self.__getitem__, cells))
        except TypeError:  # lists and objects of JSON and Parquet have no place in a memo
            return [self._one(cell) for cell in cells]

    def _one(self, cell: object) -> object:
        try:
            return self._read(cell)
        except Mistake as mistake:
            self.has_bad = True
            return Bad(mistake.code, mistake.params)


class Numbers(Struct, frozen=True):
    """How numbers are written in the file's texts."""

    decimal: str = "."
    thousands: str = ""


class Money(Struct, frozen=True):
    """What a money column's numbers are: of which currency, at which rate, kept in which."""

    currency: str
    rate: Decimal = Decimal(1)
    is_minor: bool = False


class Clock(Struct, frozen=True):
    """How times and dates are written."""

    zone: ZoneInfo
    format: str = "iso"
    since: Micros = Micros(0)


def as_text(cell: object) -> str | None:
    """Return a cell as text, the form in which conditions, keys and identifiers see it. Empty is None."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, LocalMicros):
        return from_micros(cell).replace(tzinfo=None).isoformat()
    if isinstance(cell, InstantMicros):
        return from_micros(cell).isoformat().replace("+00:00", "Z")
    if isinstance(cell, DateDays):
        return (EPOCH_ON + timedelta(days=cell)).isoformat()
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float | Decimal):
        number = Decimal(repr(cell)) if isinstance(cell, float) else cell
        return _plain(number)
    raise Mistake("import.value.nested", given=short(cell))


def as_key(cell: object) -> str | None:
    """Return a cell as a part of a key; a list or an object is none, as if it were empty."""
    try:
        return as_text(cell)
    except Mistake:
        return None


def read_text(cell: object) -> str | None:
    text = as_text(cell)
    if text is None:
        return None
    if len(text) > TEXT_CHARS_MAX:
        raise Mistake("import.value.text_long", chars=len(text), chars_max=TEXT_CHARS_MAX)
    if "\0" in text or not _is_encodable(text):
        raise Mistake("import.value.text_characters", given=short(text))
    return text


def read_number(cell: object, numbers: Numbers) -> Decimal | None:
    """Return the exact decimal that is written; a float is the shortest decimal that gives it."""
    if isinstance(cell, str):
        return _number_of_text(cell, numbers)
    if cell is None:
        return None
    if isinstance(cell, bool | LocalMicros | InstantMicros | DateDays) or not isinstance(cell, int | float | Decimal):
        raise Mistake("import.value.number", given=short(cell))
    number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    return _bounded(number, cell)


def finish_number(number: Decimal, kind: ValueType, money: Money) -> int:
    """Return the number as a physical value of an integer, decimal or money field; the only rounding there is."""
    with localcontext(EXACT):
        if kind is ValueType.MONEY:
            value = int(number.to_integral_value()) if money.is_minor else convert(number, money.rate, money.currency)
        elif kind is ValueType.DECIMAL:
            value = int(number.scaleb(DECIMAL_SCALE).to_integral_value())
        elif number == (whole := number.to_integral_value()):
            value = int(whole)
        else:
            raise Mistake("import.value.integer", given=_plain(number))
    if not -INT64_MAX <= value <= INT64_MAX:
        raise Mistake("import.value.number_large", given=_plain(number))
    return value


def read_boolean(cell: object) -> bool | None:
    if isinstance(cell, bool):
        return cell
    text = as_text(cell)
    if text is None:
        return None
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise Mistake("import.value.boolean", given=short(text))


def read_time(cell: object, clock: Clock) -> Micros | None:
    """Return the instant a cell means. A wall clock's time is read in the clock's zone."""
    if isinstance(cell, InstantMicros):
        return Micros(int(cell))
    if isinstance(cell, LocalMicros):
        return _in_zone(from_micros(cell), clock.zone)
    if isinstance(cell, DateDays):
        return _in_zone(from_micros(cell * DAY), clock.zone)
    if clock.format in UNITS or clock.format in UNIX:
        return _counted_time(cell, clock)
    text = as_text(cell)
    if text is None:
        return None
    if clock.format == "iso":
        return _iso_time(text, clock.zone)
    parsed = _strptime(text, clock.format)
    return to_micros(parsed) if parsed.tzinfo else _in_zone(parsed, clock.zone)


def read_date(cell: object, clock: Clock) -> int | None:
    """Return the day (since 1970) a cell means; an instant's day is that of the clock's zone."""
    if isinstance(cell, DateDays):
        return int(cell)
    if isinstance(cell, LocalMicros):
        return int(cell) // DAY
    if isinstance(cell, InstantMicros) or clock.format in UNIX or clock.format in UNITS:
        at = read_time(cell, clock)
        return None if at is None else (from_micros(at).astimezone(clock.zone).date() - EPOCH_ON).days
    text = as_text(cell)
    if text is None:
        return None
    day = _iso_date(text) if clock.format == "iso" else _strptime(text, clock.format).date()
    return (day - EPOCH_ON).days


def read_texts(cell: object, separator: str | None) -> list[str] | None:
    """Return a list of texts: a list as it is, a text split where a separator is given."""
    if cell is None:
        return None
    parts = cell if isinstance(cell, list | tuple) else _split(read_text(cell), separator)
    texts = [text for part in parts if (text := read_text(part)) is not None]
    return texts or None


def short(cell: object) -> str:
    """Return a cell as a message shows it."""
    text = cell if isinstance(cell, str) else repr(cell)
    text = text.encode("utf-8", "replace").decode().replace("\0", "\\0")
    return text if len(text) <= 80 else text[:79] + "…"


def _split(text: str | None, separator: str | None) -> list[str]:
    if text is None:
        return []
    return text.split(separator) if separator else [text]


def _number_of_text(cell: str, numbers: Numbers) -> Decimal | None:
    text = cell.strip()
    if not text:
        return None
    if numbers.thousands:
        text = text.replace(numbers.thousands, "")
    if numbers.decimal != ".":
        text = text.replace(".", "?").replace(numbers.decimal, ".")
    if _NUMBER.match(text) is None:
        raise Mistake("import.value.number", given=short(cell))
    return _bounded(Decimal(text), cell)


def _bounded(number: Decimal, cell: object) -> Decimal:
    if not number.is_finite():
        raise Mistake("import.value.number", given=short(cell))
    places = number.as_tuple().exponent
    if number.adjusted() >= DIGITS_MAX // 2 or (isinstance(places, int) and places < -DIGITS_MAX // 2 and number):
        raise Mistake("import.value.number_large", given=short(cell))
    return number


def _plain(number: Decimal) -> str:
    if not number.is_finite():
        return str(number)
    if abs(number.adjusted()) > DIGITS_MAX:
        return str(number)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _counted_time(cell: object, clock: Clock) -> Micros | None:
    unit = UNITS.get(clock.format) or UNIX[clock.format]
    if isinstance(cell, str) and len(cell) < WHOLE_DIGITS_MAX and cell.isascii() and cell.isdigit():
        return Micros(clock.since + int(cell) * unit)  # nearly every stamp there is
    number = read_number(cell, Numbers())
    if number is None:
        return None
    if abs(number) * unit > INT64_MAX:
        raise Mistake("import.value.time", given=short(cell), format=clock.format)
    return Micros(clock.since + int(EXACT.multiply(number, Decimal(unit))))


def _iso_time(text: str, zone: ZoneInfo) -> Micros:
    try:
        return parse_instant(text, zone)
    except (AppError, OverflowError, ValueError):
        raise Mistake("import.value.time", given=short(text), format="ISO 8601") from None


def _iso_date(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise Mistake("import.value.date", given=short(text), format="ISO 8601") from None


def _strptime(text: str, pattern: str) -> datetime:
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the caller's
    except ValueError:
        raise Mistake("import.value.time", given=short(text), format=pattern) from None


def _in_zone(at: datetime, zone: ZoneInfo) -> Micros:
    try:
        return to_micros(at.replace(tzinfo=zone).astimezone(UTC))
    except OverflowError:
        raise Mistake("import.value.time", given=at.isoformat(), format="ISO 8601") from None
