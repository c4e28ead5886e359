"""Traits as received → changes of traits. Declared ones are enforced; others are kept as they came."""

from typing import cast

import msgspec

from interplay.collect.facts.contracts import Declared, IdentifierKind, TraitWrite
from interplay.collect.facts.identifiers import normalized
from interplay.collect.facts.reading import given, type_name
from interplay.collect.facts.values import MismatchError, code, converters
from interplay.criteria.contracts import Physical, TraitOp, ValueType
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand

EVERY_TRAIT = "*"
"""With `unset`: forget all of them."""

NUMBERS = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY})

ADDRESS_PARTS = {"city": "city", "country": "country", "state": "province", "province": "province"}


class TraitReader:
    """How a brand reads traits."""

    def __init__(self, declared: Declared, brand: Brand) -> None:
        by_type = converters(brand)
        self._region = brand.region
        self._spelled = declared.trait_spellings
        self._types = {name: trait.type for name, trait in declared.traits.items()}
        self._converters = {
            name: code if name in declared.trait_codes else by_type[kind] for name, kind in self._types.items()
        }

    def read(self, traits: dict[str, object], op: TraitOp = TraitOp.SET) -> tuple[TraitWrite, ...]:
        """Return the changes asked for; a null unsets. Raises AppError `fact.trait.type`, `fact.trait.name`."""
        return tuple(self._write(name, value, op) for name, value in _flattened(traits, op).items())

    def physical(self, write: TraitWrite) -> Physical | None:
        """Return the value by today's declarations: a trait declared late is found in old facts, where it fits."""
        if write.op is TraitOp.UNSET or write.trait not in self._types:
            return None
        if not write.is_raw:
            return cast("Physical", write.value)
        try:
            return self._value(write.trait, write.trait, write.value, write.op)
        except AppError:
            return None

    def _write(self, received: str, value: object, op: TraitOp) -> TraitWrite:
        if received == EVERY_TRAIT:
            raise AppError("fact.trait.name", given=received)
        trait = self._spelled.get(received, received)
        if op is TraitOp.UNSET or value is None:
            return TraitWrite(trait, TraitOp.UNSET)
        if trait in self._types:
            return TraitWrite(trait, op, self._value(trait, received, value, op))
        self._check_op(None, received, value, op)
        return TraitWrite(trait, op, value, is_raw=True)

    def _value(self, trait: str, received: str, value: object, op: TraitOp) -> Physical:
        kind = self._types[trait]
        self._check_op(kind, received, value, op)
        try:
            physical = self._converters[trait](value)
        except MismatchError:
            raise _mismatch(received, value, kind.value) from None
        if trait in (IdentifierKind.PHONE, IdentifierKind.EMAIL) and isinstance(physical, str):
            return normalized(trait, physical, self._region) or physical
        return physical

    @staticmethod
    def _check_op(kind: ValueType | None, received: str, value: object, op: TraitOp) -> None:
        if op is TraitOp.INCREMENT and not _is_number(value, kind):
            raise _mismatch(received, value, "number")
        if op is TraitOp.APPEND and not _is_appendable(value, kind):
            raise _mismatch(received, value, "list of texts")


def _mismatch(trait: str, value: object, allowed: str) -> AppError:
    return AppError("fact.trait.type", trait=trait, given=given(value), type=type_name(value), allowed=allowed)


def _is_number(value: object, kind: ValueType | None) -> bool:
    is_number = type(value) in (int, float)
    return is_number and (kind is None or kind in NUMBERS)


def _is_appendable(value: object, kind: ValueType | None) -> bool:
    is_list = isinstance(value, list) and all(type(one) is str for one in value)
    return is_list and (kind is None or kind is ValueType.TEXTS)


def _flattened(traits: dict[str, object], op: TraitOp) -> dict[str, object]:
    """Segment's `address` and `company` are objects: their parts become traits, the address itself JSON text."""
    if op not in (TraitOp.SET, TraitOp.SET_ONCE):
        return traits
    found = dict(traits)
    if isinstance(address := traits.get("address"), dict):
        found["address"] = msgspec.json.encode(address).decode()
        for part, trait in ADDRESS_PARTS.items():
            if address.get(part) is not None:
                found.setdefault(trait, address[part])
    if isinstance(company := traits.get("company"), dict):
        del found["company"]
        for part, value in company.items():
            found.setdefault("company" if part == "name" else f"company_{part}", value)
    return found
