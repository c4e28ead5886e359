"""Properties as received → declared fields with physical values, and the rest untouched. Compiled once per fact."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial

import msgspec

from interplay.collect.facts.contracts import FactKind
from interplay.collect.facts.values import Converter, MismatchError, amount, code, converters, scaled
from interplay.criteria.contracts import DECIMAL_SCALE, ValueType
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand

GIVEN_CHARS_MAX = 80
RATE_PLACES = 10**DECIMAL_SCALE

Read = Callable[[dict[str, object]], tuple[dict[str, object], dict[str, object]]]
"""properties → (declared fields, extra). Raises AppError `fact.field.type` or `fact.currency`."""


def compile_fact(kind: FactKind, brand: Brand) -> Read:
    """Return the reader of one fact's properties."""
    return FactReader(kind, brand).read


def field_mismatch(field: str, value: object, allowed: str) -> AppError:
    """Return the reject that names the field, what was given and what is allowed."""
    return AppError("fact.field.type", field=field, given=given(value), type=type_name(value), allowed=allowed)


def lacks_rate(kind: FactKind, fields: Mapping[str, object], currency: str) -> bool:
    """Return whether a fact came in another currency than the brand's and has no amounts, for want of a rate."""
    if fields.get("currency", currency) == currency or "rate" in fields:
        return False
    return not any(field.type is ValueType.MONEY and name in fields for name, field in kind.fields.items())


def given(value: object) -> str:
    """Return what was sent, for a sentence: JSON as the sender wrote it, cut where it grows long."""
    try:
        text = msgspec.json.encode(value).decode()
    except (msgspec.EncodeError, TypeError, ValueError, OverflowError, RecursionError):
        text = repr(value)
    return text if len(text) <= GIVEN_CHARS_MAX else text[: GIVEN_CHARS_MAX - 1] + "…"


def type_name(value: object) -> str:
    """Return what JSON calls the type of a value."""
    if isinstance(value, bool):
        return "boolean"
    names = {str: "text", int: "number", float: "number", list: "list", dict: "object"}
    return names.get(type(value), "null")


class FactReader:
    """How to read one fact. A field in another currency is converted with the brand's rate, or left out."""

    __slots__ = (
        "_allowed",
        "_converters",
        "_counts",
        "_currency",
        "_foreign",
        "_kind",
        "_rates",
        "_spelled",
        "_without_money",
        "fields",
    )

    def __init__(self, kind: FactKind, brand: Brand) -> None:
        by_type = converters(brand)
        self.fields = frozenset(kind.fields)
        self._kind = kind
        self._currency = brand.currency
        self._rates = {currency: Decimal(rate) for currency, rate in brand.rates.items()}
        self._converters = {
            name: code if name in kind.codes else by_type[field.type] for name, field in kind.fields.items()
        }
        # No rate, no sum: amounts of unknown worth stay in `extra` as received.
        self._without_money = {name: one for name, one in self._converters.items() if not self._is_money(name)}
        self._spelled = _spellings(kind)
        self._allowed = {name: field.type.value for name, field in kind.fields.items()}
        self._counts = self.fields & {"item_count", "quantity"}
        self._foreign: dict[str, dict[str, Converter]] = {}

    def read(self, properties: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
        """Return (fields, extra). A null is a missing value. Raises AppError `fact.field.type`, `fact.currency`."""
        currency = properties.get("currency")
        if currency is None or currency == self._currency or "currency" not in self.fields:
            fields, extra = self._read(properties, self._converters)
        else:
            fields, extra = self._read_foreign(properties, currency)
        if "products" in extra and self._counts:
            self._count_products(fields, extra["products"])
        return fields, extra

    def late(self, fields: Mapping[str, object], extra: Mapping[str, object]) -> dict[str, object]:
        """Return the fields that were not declared when a fact came and are today, where what was sent fits.

        Amounts in another currency stay out: no rate was recorded for them on arrival.
        """
        left = {name: value for name, value in extra.items() if name in self._converters or name in self._spelled}
        if not left:
            return {}
        currency = fields.get("currency", extra.get("currency"))
        is_foreign = isinstance(currency, str) and currency.upper() != self._currency
        convert = self._without_money if is_foreign else self._converters
        found: dict[str, object] = {}
        for name in self._by_rank(left):
            try:
                read, _ = self._read({name: left[name]}, convert)
            except AppError:
                continue
            found = {**read, **found}
        return {name: value for name, value in found.items() if name not in fields}

    def _by_rank(self, names: Iterable[str]) -> list[str]:
        """Return names as received, a field's own name before its other spellings."""
        return sorted(
            names, key=lambda name: (self._spelled[name][0] + 1, name) if name in self._spelled else (0, name)
        )

    def _read(
        self, properties: dict[str, object], convert: Mapping[str, Converter]
    ) -> tuple[dict[str, object], dict[str, object]]:
        fields: dict[str, object] = {}
        extra: dict[str, object] = {}
        spelled: list[tuple[int, str, str]] = []
        name: str = ""
        value: object = None
        try:
            for name, value in properties.items():
                if name in convert:
                    if value is not None:
                        fields[name] = convert[name](value)
                elif name in self._spelled:
                    spelled.append(self._spelled[name])
                else:
                    extra[name] = value
        except MismatchError:
            raise field_mismatch(name, value, self._allowed[name]) from None
        if spelled:
            self._read_spelled(properties, convert, sorted(spelled), fields, extra)
        return fields, extra

    def _read_spelled(
        self,
        properties: dict[str, object],
        convert: Mapping[str, Converter],
        spelled: list[tuple[int, str, str]],
        fields: dict[str, object],
        extra: dict[str, object],
    ) -> None:
        """Fill fields from the names that senders use, best first; what finds its field taken stays in `extra`."""
        for _, received, field in spelled:
            value = properties[received]
            if value is None:
                continue
            if field in fields or field not in convert:
                extra[received] = value
                continue
            try:
                fields[field] = convert[field](value)
            except MismatchError:
                raise field_mismatch(received, value, self._allowed[field]) from None

    def _read_foreign(
        self, properties: dict[str, object], currency: object
    ) -> tuple[dict[str, object], dict[str, object]]:
        if type(currency) is not str or not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise AppError("fact.currency", given=given(currency))
        currency = currency.upper()
        properties = {**properties, "currency": currency}
        if currency == self._currency:
            return self._read(properties, self._converters)
        if currency not in self._foreign and currency in self._rates:
            self._foreign[currency] = self._converters_from(currency)
        fields, extra = self._read(properties, self._foreign.get(currency) or self._without_money)
        self._note_original(properties, fields)
        if currency in self._rates and "rate" in self.fields:
            fields.setdefault("rate", int(self._rates[currency] * RATE_PLACES))
        return fields, extra

    def _converters_from(self, currency: str) -> dict[str, Converter]:
        convert = partial(amount, rate=self._rates[currency], currency=self._currency)
        return {name: convert if self._is_money(name) else known for name, known in self._converters.items()}

    def _is_money(self, name: str) -> bool:
        return self._kind.fields[name].type is ValueType.MONEY

    def _note_original(self, properties: dict[str, object], fields: dict[str, object]) -> None:
        if "value_original" not in self.fields or "value_original" in fields:
            return
        for name in ("value", *self._kind.spellings.get("value", ())):
            value = properties.get(name)
            if value is not None:
                try:
                    fields["value_original"] = scaled(DECIMAL_SCALE)(value)
                except MismatchError:
                    raise field_mismatch(name, value, ValueType.MONEY.value) from None
                return

    def _count_products(self, fields: dict[str, object], products: object) -> None:
        """Derive how many lines and pieces there are, where the sender did not say."""
        if type(products) is not list or not all(type(one) is dict for one in products):
            raise field_mismatch("products", products, "list of objects")
        if "item_count" in self._counts:
            fields.setdefault("item_count", len(products))
        if "quantity" in self._counts and "quantity" not in fields:
            pieces = [one.get("quantity", 1) for one in products]
            if all(type(one) is int for one in pieces):
                fields["quantity"] = sum(pieces)


def _spellings(kind: FactKind) -> dict[str, tuple[int, str, str]]:
    """Return name received → (rank, name received, field); the field listed first has the name."""
    found: dict[str, tuple[int, str, str]] = {}
    for field, names in kind.spellings.items():
        for rank, name in enumerate(names):
            if name not in kind.fields:
                found.setdefault(name, (rank, name, field))
    return found
