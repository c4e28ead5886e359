"""One value as received → its physical value, or TypeError. Strict: "12" is not 12, True is not 1, 3.0 is 3.

The physical values are those of `criteria/contracts.py`. Money arrives in major units (12.5 is ¥12.50) and is
rounded once, half to even. A JSON float stands for the decimal that was written, its shortest repr.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite
from typing import TypeAlias
from zoneinfo import ZoneInfo

from interplay.criteria.contracts import DECIMAL_SCALE, Physical, ValueType
from interplay.kernel.money import EXPONENTS, convert
from interplay.kernel.settings import Brand
from interplay.kernel.time import EPOCH, EPOCH_ON

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
FLOAT_IS_EXACT_BELOW = 1e11  # scaled floats below it are off by less than 2**-15

Converter: TypeAlias = Callable[[object], Physical]


class MismatchError(TypeError):
    """The value is not of the declared type."""


def converters(brand: Brand) -> Mapping[ValueType, Converter]:
    """Return the converter of each type for a brand's currency and zone. A converter raises `MismatchError`."""
    zone = brand.zone()
    return {
        ValueType.TEXT: text,
        ValueType.INTEGER: integer,
        ValueType.DECIMAL: scaled(DECIMAL_SCALE),
        ValueType.MONEY: scaled(EXPONENTS[brand.currency]),
        ValueType.BOOLEAN: boolean,
        ValueType.TIME: instant(zone),
        ValueType.DATE: day,
        ValueType.TEXTS: texts,
    }


def text(value: object) -> str:
    if type(value) is str:
        return value
    raise MismatchError


def code(value: object) -> str:
    """An order number or an id: an integer is kept as its digits."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(_int64(value))
    raise MismatchError


def boolean(value: object) -> bool:
    if type(value) is bool:
        return value
    raise MismatchError


def integer(value: object) -> int:
    if type(value) is int or (type(value) is float and value.is_integer()):
        return _int64(int(value))
    raise MismatchError


def texts(value: object) -> list[str]:
    if isinstance(value, list) and all(type(one) is str for one in value):
        return value
    raise MismatchError


def scaled(places: int) -> Converter:
    """Return the converter of numbers to integers of 10**-places, rounded half to even."""
    factor: int = 10**places
    exact = Decimal(factor)

    def scale(value: object) -> int:
        if type(value) is int:
            return _int64(value * factor)
        if type(value) is not float or not isfinite(value):
            raise MismatchError
        product = value * factor
        nearest = round(product) if -FLOAT_IS_EXACT_BELOW < product < FLOAT_IS_EXACT_BELOW else None
        if nearest is not None and abs(product - nearest) < 0.499:  # far from a half: rounding cannot go wrong
            return nearest
        return _int64(int((Decimal(repr(value)) * exact).to_integral_value(ROUND_HALF_EVEN)))

    return scale


def amount(value: object, rate: Decimal, currency: str) -> int:
    """Return a number in another currency as minor units of `currency`, rounded once, half to even."""
    if type(value) is not int and (type(value) is not float or not isfinite(value)):
        raise MismatchError
    return _int64(convert(Decimal(repr(value)), rate, currency))


def instant(zone: ZoneInfo) -> Converter:
    """Return the converter of ISO 8601 text to microseconds; text without an offset is read in `zone`."""

    def read(value: object) -> int:
        if type(value) is not str:
            raise MismatchError
        try:
            at = datetime.fromisoformat(value)
            return micros(at if at.tzinfo else at.replace(tzinfo=zone))
        except (ValueError, OverflowError):
            raise MismatchError from None

    return read


def micros(at: datetime) -> int:
    """Return an aware datetime's microseconds since 1970, by integers."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def day(value: object) -> int:
    """Return days since 1970. Of a full ISO stamp the date as written counts: that is how JSON carries birthdays."""
    if type(value) is not str:
        raise MismatchError
    try:
        if len(value) > 10:
            datetime.fromisoformat(value)
        return (date.fromisoformat(value[:10]) - EPOCH_ON).days
    except ValueError:
        raise MismatchError from None


def _int64(value: int) -> int:
    if INT64_MIN <= value <= INT64_MAX:
        return value
    raise MismatchError
