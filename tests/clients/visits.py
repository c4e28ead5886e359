"""What a shop's visitors do, as calls of Segment's libraries, and what must be stored of it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from interplay.kernel.time import from_micros
from tests.stored import StoredFact, message_ids, names, people

VISITORS = 12
BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)
CORRECTED_MAX = timedelta(seconds=20)
"""The doors correct the sender's clock by its time of sending, so the way here is part of the time of the event."""

NAMES = {
    "page": "page.viewed",
    "screen": "screen.viewed",
    "identify": "customer.identified",
    "group": "group.joined",
    "alias": "identity.aliased",
    "Product Viewed": "product.viewed",
    "Order Completed": "order.completed",
    "Bottle Returned": "Bottle Returned",
}

Call = dict[str, Any]


def calls(days: int = 1) -> list[Call]:
    """Return every call with an id and a time of its own."""
    found: list[Call] = []
    for day in range(days):
        for visitor in range(VISITORS):
            for call in _visit(day, visitor):
                number = len(found)
                found.append(call | {"messageId": f"message {number}", "timestamp": BEGAN + timedelta(minutes=number)})
    return found


def _visit(day: int, visitor: int) -> list[Call]:
    user, browser = f"user {visitor}", f"browser {day}.{visitor}"
    order = {
        "order_id": f"{day}.{visitor}",
        "revenue": 10.05 + visitor,
        "currency": "CNY",
        "products": [{"sku": "咖啡"}],
    }
    return [
        {"type": "page", "anonymousId": browser, "name": "Home", "properties": {"url": "https://shop.example/?q=1"}},
        {"type": "track", "anonymousId": browser, "event": "Product Viewed", "properties": {"product_id": "P1"}},
        {"type": "identify", "userId": user, "anonymousId": browser, "traits": _traits(visitor)},
        {"type": "track", "userId": user, "event": "Order Completed", "properties": order},
        {"type": "track", "userId": user, "event": "Bottle Returned", "properties": {"count": 2}},
        {"type": "group", "userId": user, "groupId": "club", "traits": {"name": "Club"}},
        {"type": "screen", "userId": user, "name": "Wallet", "properties": {}},
        {"type": "alias", "userId": user, "previousId": f"card {visitor}"},
    ]


def _traits(visitor: int) -> dict[str, Any]:
    return {"email": f"v{visitor}@shop.example", "city": "上海", "age": 20 + visitor}


def check(stored: list[StoredFact], sent: list[Call]) -> None:
    """Check that every call is a fact, once, with its fields, and everybody one customer."""
    assert names(stored) == Counter(NAMES[call.get("event", call["type"])] for call in sent)
    assert message_ids(stored) == Counter(call["messageId"] for call in sent)
    by_id = {fact.message_id: fact for fact in stored}
    for call in sent:
        fact = by_id[call["messageId"]]
        assert abs(from_micros(fact.occurred_at) - call["timestamp"]) < CORRECTED_MAX
        if call.get("event") == "Order Completed":
            assert fact.fields["value"] == round(call["properties"]["revenue"] * 100)
            assert fact.fields["order_id"] == call["properties"]["order_id"]
    assert people(stored) == sorted((_identifiers(visitor, sent) for visitor in range(VISITORS)), key=sorted)


def _identifiers(visitor: int, sent: list[Call]) -> frozenset[tuple[str, str]]:
    browsers = {call["anonymousId"] for call in sent if call["type"] == "page"}
    mine = {("anonymous_id", name) for name in browsers if name.endswith(f".{visitor}")}
    known = {("user_id", f"user {visitor}"), ("anonymous_id", f"card {visitor}"), ("email", f"v{visitor}@shop.example")}
    return frozenset(mine | known)
