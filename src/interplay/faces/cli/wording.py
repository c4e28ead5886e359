"""Facts, traits and rejects as lines for people: amounts with their currency, times by the brand's clocks."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from interplay.bootstrap.access import Access
from interplay.collect.facts.api import Declarations
from interplay.collect.ingest.contracts import KeptReject
from interplay.criteria.contracts import DECIMAL_SCALE, ValueType
from interplay.faces.cli.screen import local
from interplay.kernel.money import to_text
from interplay.kernel.time import EPOCH_ON
from interplay.understand.profiles.contracts import FactView

WHOLE_REQUEST = -1  # the place of a reject that is about all of a request


class Wording:
    """How values of one brand are written."""

    def __init__(self, access: Access) -> None:
        home = access.home
        self._access = access
        self._currency = home.settings.brand.currency
        self.declared = Declarations(home.database, home.settings.brand, home.keys).current().declared
        self._fields = {
            name: field.type for kind in self.declared.facts.values() for name, field in kind.fields.items()
        }
        self._traits = {name: trait.type for name, trait in self.declared.traits.items()}

    def time(self, fact: FactView) -> str:
        """Return when a fact happened, with a mark where its sender said a time in the future."""
        at = local(self._access, fact.at)
        return at if fact.clamped_from is None else f"{at} (sent as {fact.clamped_from})"

    def fields(self, fact: FactView) -> str:
        return ", ".join(f"{name}={self._value(value, self._fields.get(name))}" for name, value in fact.fields.items())

    def traits(self, values: Mapping[str, object]) -> list[tuple[str, str]]:
        return [(name, self._value(value, self._traits.get(name))) for name, value in sorted(values.items())]

    def _value(self, value: object, kind: ValueType | None) -> str:
        if isinstance(value, list | tuple):
            return "; ".join(map(str, value))
        if not isinstance(value, int) or isinstance(value, bool):
            return str(value)
        try:
            return self._number(value, kind)
        except OverflowError:  # beyond what a calendar holds
            return str(value)

    def _number(self, value: int, kind: ValueType | None) -> str:
        match kind:
            case ValueType.MONEY:
                return f"{to_text(value, self._currency)} {self._currency}"
            case ValueType.TIME:
                return local(self._access, value)
            case ValueType.DATE:
                return (EPOCH_ON + timedelta(days=value)).isoformat()
            case ValueType.DECIMAL:
                return format(Decimal(value).scaleb(-DECIMAL_SCALE).normalize(), "f")
        return str(value)


def identifiers(pairs: Iterable[tuple[str, str]]) -> str:
    """Return identifiers as they are asked for: `phone:+8613800138000`."""
    return ", ".join(f"{kind}:{value}" for kind, value in pairs)


def place(reject: KeptReject) -> str:
    """Return where a reject stood: the line of a file, or the item of a request, counted from 0."""
    if reject.door == "import":
        where = f"line {reject.place}"
    else:
        where = "whole request" if reject.place == WHOLE_REQUEST else f"item {reject.place}"
    field = reject.params.get("field")
    return f"{where}, {field}" if field else where
