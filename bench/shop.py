"""A year of a shop, made up and seeded: sessions of people who browse, put into the cart and buy.

Chunk `n` is the same whatever was made before it, so that an interrupted build goes on where it stopped.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, MINUTE

UNTIL = Micros(1_793_491_200_000_000)  # 2026-11-01T00:00:00Z
DAYS = 365
FROM = UNTIL - DAYS * DAY
CHUNK_FACTS = 50_000
FACTS_PER_SESSION = 4
WITH_COOKIE_OF_FIVE = 2  # customers of whom a browser is known too
CITIES = ("上海", "北京", "广州", "深圳", "杭州", "成都", "武汉", "西安")
KINDS = (
    ("page.viewed", 36),
    ("product.viewed", 33),
    ("cart.added", 12),
    ("order.completed", 10),
    ("app.opened", 5),
    ("coupon.redeemed", 2),
    ("customer.identified", 2),
)


class Happening(NamedTuple):
    """One fact, before anything of ours: who, what, when, which product, how much."""

    customer: int
    is_known: bool  # the user id is there
    has_cookie: bool
    name: str
    at: int
    product: int
    price: int  # minor units
    quantity: int


def chunks(facts: int) -> int:
    """Return how many chunks make a store of so many facts."""
    return -(-facts // CHUNK_FACTS)


def chunk(number: int, facts: int, customers: int, seed: int) -> Iterator[Happening]:
    """Yield the facts of chunk `number` of a store of `facts`, in order of time."""
    rng = np.random.default_rng([seed, number])
    count = min(CHUNK_FACTS, facts - number * CHUNK_FACTS)
    width = (UNTIL - FROM) / chunks(facts)
    yield from _happenings(rng, FROM + number * width, width, count, customers)


def last_day(facts: int, customers: int, seed: int) -> Iterator[Happening]:
    """Yield the facts of one more last day of a store of `facts`, in order of time."""
    yield from _happenings(
        np.random.default_rng([seed, -(-facts // DAYS), 1]), UNTIL - DAY, DAY, facts // DAYS, customers
    )


def _happenings(
    rng: np.random.Generator, since: float, width: float, count: int, customers: int
) -> Iterator[Happening]:
    sessions = -(-count // FACTS_PER_SESSION)
    began = since + rng.random(sessions) * width
    session = rng.integers(0, sessions, count)
    at = np.minimum(began[session] + rng.exponential(4 * MINUTE, count), UNTIL - 1).astype(np.int64)
    visitor = rng.integers(0, customers, sessions)
    way = rng.integers(0, 3, sessions)  # signed in; not yet; both ids in each fact
    weights = np.array([weight for _, weight in KINDS], dtype=float)
    kind = rng.choice(len(KINDS), count, p=weights / weights.sum())
    product = rng.integers(0, 4_000, count)
    price = rng.integers(500, 30_000, count)
    quantity = rng.integers(1, 4, count)
    for i in np.argsort(at, kind="stable").tolist():
        customer = int(visitor[session[i]])
        cookie = has_cookie(customer) and way[session[i]] > 0
        yield Happening(
            customer, not cookie or way[session[i]] == 2, cookie, KINDS[kind[i]][0], int(at[i]),
            int(product[i]), int(price[i]), int(quantity[i]),
        )  # fmt: skip


def has_cookie(customer: int) -> bool:
    """Return whether a browser of the customer is known beside the user id."""
    return customer % 5 < WITH_COOKIE_OF_FIVE


def user_id(customer: int) -> str:
    return f"u{customer:07d}"


def cookie_id(customer: int) -> str:
    """Return an anonymous id as browsers make them."""
    return f"{customer * 2654435761 % 2**32:08x}-7c1d-4f0e-9b5a-{customer:012x}"


def fields_of(one: Happening) -> dict[str, object]:
    """Return the declared fields of a fact, physical."""
    if one.name in ("page.viewed", "app.opened"):
        return {
            "channel": "web",
            "path": f"/p/{one.product}",
            "title": f"商品 {one.product}",
            "referrer_host": "www.baidu.com",
        }
    if one.name == "customer.identified":
        return {"channel": "web"}
    if one.name in ("order.completed", "coupon.redeemed"):
        amount = one.price * one.quantity
        return {
            "order_id": f"o{one.at}", "value": amount, "currency": "CNY", "quantity": one.quantity, "item_count": 1,
            "channel": "web" if one.customer % 3 else "store", "coupon": "SPRING",
        }  # fmt: skip
    return {
        "product_id": f"p{one.product}", "product_name": f"商品 {one.product}", "category": f"类目 {one.product % 40}",
        "price": one.price, "quantity": one.quantity, "currency": "CNY", "channel": "web",
    }  # fmt: skip


def traits_of(customer: int) -> Sequence[tuple[str, object]]:
    """Return what is said of a customer when identified."""
    return (
        ("city", CITIES[customer % len(CITIES)]),
        ("age", 18 + customer % 60),
        ("gender", "f" if customer % 2 else "m"),
    )
