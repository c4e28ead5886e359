"""What customers and clerks really do: each tries something once that must be refused. True where it was, as said."""

import time
from collections.abc import Sequence

from interplay.faces.cli.demo.calling import Order, Returned
from interplay.faces.cli.demo.shop import LETTER, PASTRY, POINTS_STEP, Guest, Sale, Shop, basket
from interplay.rehearse.brand import api as brand
from interplay.rehearse.brand.contracts import Json

REVOKED_SECONDS_MAX = 5.0
LOOK_SECONDS = 0.1
TOO_MANY_POINTS = 1_000_000 * POINTS_STEP

NOT_ACTS = frozenset({"members.code_replayed", "acts.key_reused", "stores.device_revoked"})
"""Mistakes that a door turns away before anything is tried: of those there is no fact."""

ONCE = NOT_ACTS | {
    "coupon.used", "coupon.others", "coupon.ended", "quotes.stale", "coupon.forged", "coupon.customer_full",
    "points.balance", "coupon.other_store", "coupon.returned_all",
}  # fmt: skip
"""What is refused exactly once in a run."""

IN_QUOTES = frozenset({"coupon.others", "quotes.ended", "quotes.spend", "quotes.points_short"})
"""Why something did not apply, as tills read it before anybody pays."""


def photographs(shop: Shop, guest: Guest, elsewhere: str) -> bool:
    """A photograph of one coupon is shown at two tills: both see that it is good, one of them gets it."""
    lines, code = brand.breakfast(guest.person), guest.coupons[LETTER]
    quote, here = shop.quote(guest, lines, [code])
    _, there = shop.quote(guest, lines, [code], till=shop.tills[elsewhere])
    number = shop.new_key("D")
    first = shop.till(guest).ask(Order, "POST", "/api/till/commit", {"order": here | {"order": number}}, number)
    other: Json = {"order": there | {"order": shop.new_key("D")}}
    second = shop.tills[elsewhere].ask(Order, "POST", "/api/till/commit", other, number)
    if first.redemption is None or first.quote is None:
        return False
    shop.sold(guest, number, lines, quote, first.redemption)
    return second.refused is not None and second.redemption is None


def borrows(shop: Shop, guest: Guest, owner: Guest) -> bool:
    """Somebody types the code that a friend has posted, and shows it at a till."""
    code = owner.coupons[PASTRY]
    claimed = shop.claim(guest, shop.new_key("borrowed"), code=code)
    quote, _ = shop.quote(guest, brand.breakfast(guest.person), [code])
    return claimed.refused is not None and quote.coupons == []


def comes_late(shop: Shop, guest: Guest, leaflet: str) -> bool:
    """Somebody brings last year's leaflet."""
    claimed = shop.claim(guest, shop.new_key("late"), code=leaflet)
    quote, _ = shop.quote(guest, brand.breakfast(guest.person), [leaflet])
    return claimed.refused is not None and quote.coupons == []


def buys_too_little(shop: Shop, guest: Guest) -> bool:
    """One cup is too little for her coupon; and what was quoted for a breakfast is not committed for a cup."""
    code, cup = guest.coupons[LETTER], brand.cup(guest.person)
    quote, _ = shop.quote(guest, cup, [code])
    _, order = shop.quote(guest, brand.breakfast(guest.person), [code])
    tried: Json = {"order": order | {"basket": basket(cup)}}
    done = shop.till(guest).ask(Order, "POST", "/api/till/commit", tried, shop.new_key("little"))
    return quote.coupons == [] and done.refused is not None


def makes_codes_up(shop: Shop, guest: Guest) -> bool:
    """Somebody changes a letter of her code."""
    code = guest.coupons[LETTER]
    made_up = ("0" if code[0] != "0" else "1") + code[1:]
    return shop.claim(guest, shop.new_key("forged"), code=made_up).refused is not None


def claims_twice(shop: Shop, guest: Guest) -> bool:
    """Somebody takes one more than everybody may have."""
    return shop.claim(guest, shop.new_key("twice"), template=PASTRY).refused is not None


def lacks_points(shop: Shop, guest: Guest) -> bool:
    """Somebody would pay with more points than she has, and asks for a dear gift."""
    quote, _ = shop.quote(guest, brand.breakfast(guest.person), points=TOO_MANY_POINTS)
    body: Json = {"unit": "points", "points": TOO_MANY_POINTS, "reason": "grinder"}
    path = f"/api/customers/card_no/{guest.card_no}/points/spend"
    return shop.staff.mistake("POST", path, body, shop.new_key("gift")) == "points.balance" and quote.points == 0


def screenshots(shop: Shop, guest: Guest) -> bool:
    """Somebody's code for the till is scanned again from a screenshot."""
    code = shop.recognise(guest)
    answer = shop.till(guest).mistake("POST", "/api/till/members/scan", {"code": code}, shop.new_key("scan"))
    return answer == "members.code_replayed"


def mixes_keys_up(shop: Shop, sale: Sale) -> bool:
    """A till uses the key of one order, which it held before it was paid, for another."""
    _, order = shop.quote(sale.guest, brand.cup(sale.guest.person))
    order |= {"order": sale.order_no, "seconds": 60}
    return shop.till(sale.guest).mistake("POST", "/api/till/hold", order, f"hold-{sale.order_no}") == "acts.key_reused"


def returns_elsewhere(shop: Shop, sale: Sale, elsewhere: str) -> bool:
    """Goods are brought to another store than the one that sold them."""
    body: Json = {"redemption": sale.redemption}
    answer = shop.tills[elsewhere].ask(Returned, "POST", "/api/till/reverse", body, shop.new_key("elsewhere"))
    return answer.refused is not None and answer.money == 0


def returns_twice(shop: Shop, sale: Sale) -> bool:
    """What came back whole is brought back once more."""
    body: Json = {"redemption": sale.redemption}
    answer = shop.till(sale.guest).ask(Returned, "POST", "/api/till/reverse", body, shop.new_key("twice"))
    return answer.refused is not None and answer.money == 0


def sells_its_till(shop: Shop, store: str) -> bool:
    """A till is sold; its key is revoked, and soon opens nothing any more."""
    path = f"/api/devices/{shop.till_of(store)}"
    if shop.staff.mistake("DELETE", path):
        return False
    until = time.monotonic() + REVOKED_SECONDS_MAX
    while time.monotonic() < until:
        if answer := shop.tills[store].mistake("GET", "/api/till"):
            return answer == "stores.device_revoked"
        time.sleep(LOOK_SECONDS)
    return False


def others_than(shop: Shop, guest: Guest) -> str:
    """Return a store that is not hers."""
    return next(store for store in sorted(shop.tills) if store != guest.person.store.id)


def on_the_floor(shop: Shop, careless: Sequence[Guest], leaflet: str) -> dict[str, bool]:
    """Let eight guests try what they should not, while the shop is open."""
    one, two, three, four, five, six, seven, eight = careless
    return {
        "used_twice": photographs(shop, one, others_than(shop, one)),
        "anothers": borrows(shop, two, one),
        "expired": comes_late(shop, three, leaflet),
        "below_minimum": buys_too_little(shop, four),
        "forged": makes_codes_up(shop, five),
        "one_each": claims_twice(shop, six),
        "no_overdraft": lacks_points(shop, seven),
        "screenshot": screenshots(shop, eight),
    }
