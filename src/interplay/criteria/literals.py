"""Constants: their type comes from what they are compared with, their value exactly from how they are written."""

import ast
from decimal import Decimal

from msgspec import Struct

from interplay.criteria.contracts import DECIMAL_SCALE, Ago, Literal, Now, Value, ValueType
from interplay.criteria.scope import Scope
from interplay.kernel.errors import AppError
from interplay.kernel.time import parse_date, parse_instant

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1
DIGITS_MAX = 40
NUMBERS = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY})


class Constant(Struct, frozen=True):
    """A constant before its type is known: a text may still become a time, an integer an amount."""

    node: ast.expr
    value: str | int | bool | Decimal

    @property
    def type(self) -> ValueType:
        """Return the type it has where nothing else decides."""
        match self.value:
            case bool():
                return ValueType.BOOLEAN
            case int():
                return ValueType.INTEGER
            case Decimal():
                return ValueType.DECIMAL
            case _:
                return ValueType.TEXT


def constant(scope: Scope, node: ast.expr) -> Constant | None:
    """Return the constant at `node`, or None when there is something else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant(scope, node.operand)
        if inner is None or isinstance(inner.value, str | bool):
            return None
        return Constant(node, inner.value.copy_negate() if isinstance(inner.value, Decimal) else -inner.value)
    if not isinstance(node, ast.Constant):
        return None
    match node.value:
        case None:
            raise scope.error("null", node, found="None")
        case float():
            return Constant(node, _decimal(scope, node))
        case str() if "\0" in node.value or not _is_encodable(node.value):
            raise scope.error("character", node, found=ascii(node.value)[:40])
        case str() | int():
            return Constant(node, node.value)
        case _:
            raise scope.error("unsupported", node, found=scope.source.written(node))


def type_of(value: Value | Constant) -> ValueType:
    """Return the type of a value; of a constant, the type it has where nothing else decides."""
    return ValueType.TIME if isinstance(value, Now | Ago) else value.type


def settle(scope: Scope, given: Constant, beside: ValueType) -> Literal:
    """Return the literal that `given` is when it stands beside a value of type `beside`."""
    match given.value:
        case bool() if beside is ValueType.BOOLEAN:
            return Literal(beside, given.value, str(given.value))
        case bool():
            raise scope.error("types", given.node, left=beside, right=ValueType.BOOLEAN)
        case int() if beside in NUMBERS:
            return _whole(scope, given.node, given.value, beside)
        case Decimal() if beside in NUMBERS:
            return _fraction(scope, given, given.value, beside)
        case str():
            return _text(scope, given.node, given.value, beside)
        case _:
            code = "number_as_text" if beside in (ValueType.TEXT, ValueType.TEXTS) else "types"
            if beside in (ValueType.TIME, ValueType.DATE):
                code = "number_as_time"
            written = scope.source.written(given.node)
            raise scope.error(code, given.node, left=beside, right=given.type, found=written)


def _whole(scope: Scope, node: ast.expr, value: int, beside: ValueType) -> Literal:
    physical = value * 10**DECIMAL_SCALE if beside is ValueType.DECIMAL else value
    if not INT64_MIN <= physical <= INT64_MAX:
        raise scope.error("number_range", node, type=beside)
    return Literal(beside, physical, str(value))


def _fraction(scope: Scope, given: Constant, value: Decimal, beside: ValueType) -> Literal:
    written = scope.source.written(given.node)
    if beside is ValueType.MONEY:
        raise scope.error("money_whole", given.node, found=written)
    sign, digits, exponent = value.as_tuple()
    number = int("".join(map(str, digits)))
    scaled, rest = divmod(number * 10 ** (DIGITS_MAX + int(exponent) + DECIMAL_SCALE), 10**DIGITS_MAX)
    if rest:
        raise scope.error("decimal_places", given.node, found=written, limit=DECIMAL_SCALE)
    scaled = -scaled if sign else scaled
    if not INT64_MIN <= scaled <= INT64_MAX:
        raise scope.error("number_range", given.node, type=ValueType.DECIMAL)
    return Literal(ValueType.DECIMAL, scaled, decimal_text(scaled))


def decimal_text(scaled: int) -> str:
    """Return a scaled decimal as it is written, with a point even when it is whole, so that its type stays."""
    whole, rest = divmod(abs(scaled), 10**DECIMAL_SCALE)
    places = f"{rest:0{DECIMAL_SCALE}d}".rstrip("0") or "0"
    return f"{'-' if scaled < 0 else ''}{whole}.{places}"


def _text(scope: Scope, node: ast.expr, value: str, beside: ValueType) -> Literal:
    try:
        if beside is ValueType.TIME:
            return Literal(beside, parse_instant(value, scope.zone), value)
        if beside is ValueType.DATE:
            return Literal(beside, parse_date(value), value)
    except (AppError, OverflowError):
        raise scope.error(f"{beside.value}_literal", node, found=value) from None
    if beside in NUMBERS:
        raise scope.error("text_as_number", node, found=value, type=beside)
    if beside is ValueType.BOOLEAN:
        raise scope.error("types", node, left=beside, right=ValueType.TEXT)
    return Literal(ValueType.TEXT, value, value)


def _decimal(scope: Scope, node: ast.Constant) -> Decimal:
    """Read the digits as written: a float on the way would make 0.1 something else."""
    value = Decimal(scope.source.written(node).replace("_", ""))
    _, digits, exponent = value.as_tuple()
    if len(digits) > DIGITS_MAX or not -DIGITS_MAX <= int(exponent) <= DIGITS_MAX:
        raise scope.error("number_range", node, type=ValueType.DECIMAL)
    return value


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
