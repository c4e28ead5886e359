"""What somebody buys today, and what the till or the shop's server says of it at once.

It is none of a story's: whoever lets people come to the counter gives the numbers of the orders.
"""

from interplay.kernel.ids import Micros
from interplay.kernel.time import from_micros
from interplay.rehearse.brand.contracts import Json, Line, Person, Store
from interplay.rehearse.brand.people import cookie, token
from interplay.rehearse.brand.setting import brand, day_kind, local

LEAFLET_CODES = 500
SERVER: Json = {"name": "@segment/analytics-node", "version": "2.3.0"}
SNACKS = ("F01", "F04")


def cup(person: Person) -> tuple[Line, ...]:
    """Return the one drink of a hurried visit; the cheapest that the person likes."""
    return (Line(min(person.favourites[:2], key=lambda one: (one.price, one.sku)), 1, 0),)


def breakfast(person: Person) -> tuple[Line, ...]:
    """Return two drinks that the person likes, a croissant and a cinnamon roll, each once, before any discount."""
    liked = {one.sku: one for one in person.favourites[:2]}
    snacks = {one.sku: one for one in brand().products if one.sku in SNACKS}
    two = 2 // len(liked)
    return (
        *(Line(one, two, 0) for one in liked.values()),
        *(Line(one, 1, 0) for sku, one in snacks.items() if sku not in liked),
    )


def parcel(person: Person) -> tuple[Line, ...]:
    """Return what the person likes of the web shop."""
    return (Line(person.favourites[2], 1, 0),)


def paid(order_no: str, at: Micros, who: Json, lines: tuple[Line, ...], value: int, store: Store | None) -> Json:
    """Return the message of an order that was paid; `who` is how its sender knows the customer."""
    products: list[Json] = [
        {"product_id": line.product.sku, "name": line.product.zh, "category": line.product.category,
         "price": line.product.price / 100, "quantity": line.quantity}
        for line in lines
    ]  # fmt: skip
    return _message("Order Completed", order_no, at, who, value, store) | {
        "properties": _money(order_no, value, at, store) | {"products": products}
    }


def came_back(order_no: str, at: Micros, who: Json, value: int, store: Store | None) -> Json:
    """Return the message of an order that came back, or of a part of it worth so much."""
    return _message("Order Refunded", order_no, at, who, value, store)


def by_account(person: Person) -> Json:
    """Return how the web shop knows somebody."""
    return {"userId": person.user_id}


def by_card(card_no: str) -> Json:
    """Return how a till knows somebody who has shown the card."""
    return {"externalIds": [{"id": card_no, "type": "card_no", "collection": "users", "encoding": "none"}]}


def leaflet_codes(seed: int) -> tuple[str, ...]:
    """Return the codes that the printer put on the leaflets."""
    return tuple(f"LEAF{token('leaflet', seed, number)[:8].upper()}" for number in range(LEAFLET_CODES))


def _message(event: str, order_no: str, at: Micros, who: Json, value: int, store: Store | None) -> Json:
    context: Json = {"library": SERVER}
    known = dict(who)
    if "externalIds" in known:
        context["externalIds"] = known.pop("externalIds")
    return {
        "type": "track",
        "event": event,
        "messageId": cookie("message", event, order_no),
        "timestamp": from_micros(at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "context": context,
        **known,
        "properties": _money(order_no, value, at, store),
    }


def _money(order_no: str, value: int, at: Micros, store: Store | None) -> Json:
    place: Json = {"channel": "web"} if store is None else {"channel": "store", "store_id": store.id}
    money: Json = {"order_id": order_no, "total": value / 100, "currency": brand().currency}
    return money | place | {"day_type": day_kind(local(at).date()).value}
