"""Physical values as people write them: instants and dates as ISO 8601, decimals as text."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from interplay.collect.facts.contracts import Declared
from interplay.criteria.contracts import DECIMAL_SCALE, ValueType
from interplay.kernel.time import EPOCH_ON, iso


class Written:
    """The types of declared fields and traits, by which their values are written. Money stays in minor units."""

    def __init__(self, declared: Declared) -> None:
        self._fields = {name: field.type for kind in declared.facts.values() for name, field in kind.fields.items()}
        self._traits = {name: trait.type for name, trait in declared.traits.items()}

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: written(value, self._fields.get(name)) for name, value in values.items()}

    def traits(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: written(value, self._traits.get(name)) for name, value in values.items()}


def written(value: Any, kind: ValueType | None) -> Any:
    """Return a physical value as people write it; one beyond what a calendar holds stays a number."""
    if type(value) is not int:
        return value
    try:
        match kind:
            case ValueType.TIME:
                return iso(value)
            case ValueType.DATE:
                return (EPOCH_ON + timedelta(days=value)).isoformat()
            case ValueType.DECIMAL:
                return format(Decimal(value).scaleb(-DECIMAL_SCALE).normalize(), "f")
    except OverflowError:
        return value
    return value
