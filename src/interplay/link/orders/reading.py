"""What a file's facts say: made the store's own, and read for what has to be done about them. Pure."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from interplay.collect.imports import api as imports
from interplay.collect.imports.api import FactRule
from interplay.collect.imports.api import Mapping as MappingDocument
from interplay.collect.ingest.api import packed
from interplay.collect.ingest.contracts import Received
from interplay.criteria.contracts import DECIMAL_SCALE, ValueType
from interplay.kernel.errors import AppError
from interplay.link.orders.contracts import FACTS, IDENTIFIERS, Item, Numbers, Sale, Upload
from interplay.link.quotes.contracts import Line

CHANNEL = "store"
WHOLE = "order"
"""The line of an order whose file has none."""

LINES = "lines"
TYPES = {"price": ValueType.MONEY, "quantity": ValueType.DECIMAL}
"""What is not text of a line. Goods by weight have no whole number of units."""

_BETWEEN_CODES = re.compile(r"[,;|，；、\s]+")


def own_mapping(mapping: MappingDocument, store: str) -> MappingDocument:
    """Return the mapping as it reads the files of a store: two stores' orders of one number are two orders.

    Raises AppError `orders.fact`, `orders.traits`, `orders.identifier` for what a till has no business to say.
    """
    for rule in mapping.facts:
        if rule.fact not in FACTS:
            raise AppError("orders.fact", given=rule.fact, allowed=", ".join(FACTS))
        for kind in (*mapping.identifiers, *rule.identifiers):
            if kind not in IDENTIFIERS:
                raise AppError("orders.identifier", given=kind, allowed=", ".join(IDENTIFIERS))
        if mapping.traits or rule.traits:
            raise AppError("orders.traits")
    rules = [_typed(rule) for rule in mapping.facts]
    return msgspec.structs.replace(mapping, source=f"{mapping.source}/{store}", facts=rules)


def own(fact: Received, upload: Upload) -> Received:
    """Return a fact as one of the store's, whatever its file says of stores."""
    fields = fact.payload.fields | {"store_id": upload.store}
    fields.setdefault("channel", CHANNEL)
    if upload.numbers is Numbers.STORE and fields.get("order_id"):
        fields["order_id"] = f"{upload.store}/{fields['order_id']}"
    extra = fact.payload.extra
    if written := _rows(extra):
        extra = extra | {LINES: [_readable(row) for row in written]}
    payload = msgspec.structs.replace(fact.payload, fields=fields, extra=extra)
    return msgspec.structs.replace(fact, payload=payload, body=packed(payload))


def sale_of(fact: Received) -> Sale:
    """Return what a fact says of its order."""
    fields, written = fact.payload.fields, _rows(fact.payload.extra)
    codes = [code for code in _BETWEEN_CODES.split(_text(fields, "coupon")) if code]
    return Sale(
        name=fact.name,
        digest=fact.digest,
        at=fact.at,
        line=fact.line,
        number=_text(fields, "order_id"),
        codes=tuple(dict.fromkeys(codes)),
        points=max(_number(fields, "points_paid"), 0),
        value=_number(fields, "value") if isinstance(fields.get("value"), int) else None,
        lines=tuple(_lines(written)) or (Line(WHOLE, "", 1, _price(fields)),),
        items=tuple(Item(_text(row, "line"), _text(row, "product_id"), abs(_units(row)[0])) for row in written),
    )


def _typed(rule: FactRule) -> FactRule:
    """Return a rule whose lines are read as amounts and quantities without being told."""
    if LINES not in rule.items:
        return rule
    lines = dict(rule.items[LINES])
    for name, kind in TYPES.items():
        if name in lines:
            lines[name] = msgspec.structs.replace(imports.source_of(lines[name]), type=kind)
    return msgspec.structs.replace(rule, items=rule.items | {LINES: lines})


def _rows(extra: Mapping[str, object]) -> list[dict[str, object]]:
    rows = extra.get(LINES)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _readable(row: dict[str, object]) -> dict[str, object]:
    """Return a line with its quantity as people write it."""
    scaled = row.get("quantity")
    if not isinstance(scaled, int):
        return row
    whole, rest = divmod(scaled, 10**DECIMAL_SCALE)
    return row | {"quantity": str(Decimal(scaled).scaleb(-DECIMAL_SCALE).normalize()) if rest else whole}


def _units(row: Mapping[str, object]) -> tuple[int, Decimal]:
    """Return how many units a line is, and of how much each: goods by weight are one."""
    written = row.get("quantity", 1)
    return (written, Decimal(1)) if isinstance(written, int) else (1, Decimal(str(written)))


def _lines(rows: list[dict[str, object]]) -> Iterator[Line]:
    """Yield the lines of a basket; one without a name is called by its place."""
    for place, row in enumerate(rows, 1):
        category, (units, each) = _text(row, "category"), _units(row)
        price = int((_number(row, "price") * each).to_integral_value())
        yield Line(
            _text(row, "line") or str(place), _text(row, "product_id"), units, price, _text(row, "sku"),
            (category,) if category else (),
        )  # fmt: skip


def _price(fields: Mapping[str, object]) -> int:
    """Return what an order without lines cost before coupons and points."""
    if isinstance(fields.get("subtotal"), int):
        return _number(fields, "subtotal")
    return _number(fields, "value") + _number(fields, "discount")


def _text(row: Mapping[str, object], name: str) -> str:
    found = row.get(name)
    return found if isinstance(found, str) else "" if found is None else str(found)


def _number(row: Mapping[str, object], name: str) -> int:
    found = row.get(name)
    return found if isinstance(found, int) else 0
