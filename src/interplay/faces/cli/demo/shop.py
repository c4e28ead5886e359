"""The coffee chain on the day of the demo: its tills, its members' phones, and what they do with coupons and points."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

import jwt

from interplay.faces.cli.demo.calling import (
    AT_ONCE,
    Caller,
    Card,
    Coupons,
    Doors,
    Given,
    Issued,
    Made,
    Order,
    OwnPoints,
    Quote,
    Returned,
    Wallet,
)
from interplay.faces.cli.demo.deeds import Placed
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.rehearse.brand import api as brand
from interplay.rehearse.brand.contracts import Json, Person
from interplay.rehearse.brand.contracts import Line as Goods

LETTER, PASTRY, SHARED, SHARED_CODE = "welcome-back", "pastry", "first-thirty", "HILL30"
TOKEN_SECONDS = 300
HOLD_SECONDS = 120
POINTS_STEP = 20
POINTS_MAX = 400


@dataclass
class Guest:
    """A member with the shop's app on her phone."""

    person: Person
    phone: Caller
    card_no: str = ""
    coupons: dict[str, str] = field(default_factory=dict)  # template → code of one that she may use

    @property
    def card(self) -> Json:
        return {"kind": "card_no", "value": self.card_no}

    @property
    def account(self) -> Json:
        return {"kind": "user_id", "value": self.person.user_id}


@dataclass
class Sale:
    """An order that a till or the web shop has closed, and what came back of it."""

    guest: Guest
    order_no: str
    lines: tuple[Goods, ...]
    value: int
    redemption: str = ""
    coupons: int = 0
    points: int = 0
    refunded: int = 0

    def placed(self, at: Micros) -> Placed:
        """Return what the till, or the web shop, tells of it."""
        person = self.guest.person
        store = person.store if self.redemption else None
        who = brand.by_card(self.guest.card_no) if self.redemption else brand.by_account(person)
        message = brand.paid(self.order_no, at, who, self.lines, self.value, store)
        back = brand.came_back(self.order_no, at, who, self.refunded, store) if self.refunded else None
        return Placed(person.number, self.value, message, self.refunded, back)


class Shop:
    """The brand's side of one run. `run`, its second, is in every name and key, so that a later run has its own."""

    def __init__(self, doors: Doors, secret_key: str, run: int) -> None:
        self.doors = doors
        self.run = run
        self.staff = doors.caller(secret_key)
        self.tills: dict[str, Caller] = {}
        self.sales: list[Sale] = []
        self._numbers = count(1)

    def open(self, stores: Sequence[str]) -> None:
        """Add a till to each store."""
        for store in stores:
            made = self.staff.ask(Made, "POST", "/api/devices", {"store": store, "name": self.till_of(store)})
            self.tills[store] = self.doors.caller(made.key)

    def till_of(self, store: str) -> str:
        return f"{store}-till-{self.run}"

    def sign_in(self, people: Sequence[Person]) -> list[Guest]:
        """Let people sign in through the shop's own backend, which signs for them, and join: on the phone or in store.

        Who has a card keeps it.
        """
        issuer = f"hillside-app-{self.run}"
        secret = self.staff.ask(Made, "POST", "/api/sessions/issuers", {"name": issuer}).secret or ""
        guests = []
        for place, person in enumerate(people):
            token = self._signed(issuer, secret, person)
            made = self.doors.caller("").ask(Made, "POST", "/api/customer/sessions/exchange", {"token": token})
            guest = Guest(person, self.doors.caller(made.token))
            if place % 2:
                joined = guest.phone.ask(Card, "POST", "/api/customer/member", {"channel": "mini_program"})
            else:
                told: Json = {"identifiers": [{"kind": "phone", "value": person.phone}]}
                joined = self.till(guest).ask(Card, "POST", "/api/till/members", told)
            guest.card_no = joined.card_no
            guests.append(guest)
        return guests

    def till(self, guest: Guest) -> Caller:
        """Return the till of the store where she usually is."""
        return self.tills[guest.person.store.id]

    def issue(self, guests: Sequence[Guest]) -> list[Given]:
        """Send everybody the letter's coupon, under one key."""
        body: Json = {"template": LETTER, "customers": [guest.account for guest in guests]}
        answers = self.staff.ask(list[Issued], "POST", "/api/coupons/issue", body, f"letter-{self.run}")
        return [one.coupon for one in answers]

    def claim(self, guest: Guest, key: str, **what: str) -> Given:
        """Let somebody take a coupon on her phone, by a code or a template."""
        return guest.phone.ask(Given, "POST", "/api/customer/coupons", dict(what), key)

    def claim_all(self, guests: Sequence[Guest], key: str = "claim", **what: str) -> list[Given]:
        """Let everybody do so at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda one: self.claim(one, f"{key}-{self.run}", **what), guests))

    def look(self, guest: Guest) -> None:
        """Let somebody open her wallet."""
        found = guest.phone.ask(Coupons, "GET", "/api/customer/coupons").items
        guest.coupons = {one.template: one.code for one in found if one.state == "owned"}

    def wallet(self, kind: str, value: str) -> Wallet:
        """Return what the brand knows of a member's points, by any identifier of hers."""
        return self.staff.ask(Wallet, "GET", f"/api/customers/{kind}/{value}/points")

    def spendable(self, guest: Guest) -> int:
        """Return how many points she would pay with."""
        found = guest.phone.ask(OwnPoints, "GET", "/api/customer/points").balances
        available = next((one.available for one in found if one.unit == "points"), 0)
        return min(max(available, 0), POINTS_MAX) // POINTS_STEP * POINTS_STEP

    def recognise(self, guest: Guest) -> str:
        """Let her phone show a code, and her till scan it; return the code."""
        code = guest.phone.ask(Made, "POST", "/api/customer/member/code").code
        found = self.till(guest).ask(Card, "POST", "/api/till/members/scan", {"code": code}, self.new_key("scan"))
        if found.card_no != guest.card_no:
            raise AppError("demo.other_member", status=502, given=found.card_no, expected=guest.card_no)
        return code

    def quote(
        self, guest: Guest, lines: tuple[Goods, ...], coupons: Sequence[str] = (), points: int = 0, *,
        till: Caller | None = None, is_best: bool = False,
    ) -> tuple[Quote, Json]:  # fmt: skip
        """Return what a basket costs at a till, hers if none is said, and what to send to go on with it."""
        asked: Json = {"basket": basket(lines), "customer": guest.card, "points": points}
        at = till or self.till(guest)
        found = at.ask(Quote, "POST", "/api/till/quote", asked | {"coupons": [*coupons], "best": is_best})
        going_on: Json = {"coupons": found.coupons, "without": found.without, "fingerprint": found.fingerprint}
        return found, asked | going_on

    def buy(self, guest: Guest, lines: tuple[Goods, ...], points: int = 0, *, is_answer_lost: bool = False) -> bool:
        """Quote, hold, commit. Where the answer is lost the till asks again; return whether that is the same."""
        quote, order = self.quote(guest, lines, tuple(guest.coupons.values()), points, is_best=True)
        number = self.new_key("D")
        order |= {"order": number, "seconds": HOLD_SECONDS}
        held = self.till(guest).ask(Order, "POST", "/api/till/hold", order, f"hold-{number}")
        settle: Json = {"redemption": held.redemption}
        done = self.till(guest).ask(Order, "POST", "/api/till/commit", settle, f"pay-{number}")
        if done.redemption is None:
            raise AppError("demo.refused", status=502, given="commit", answer=str(done.refused))
        self.sold(guest, number, lines, quote, done.redemption)
        if not is_answer_lost:
            return True
        again = self.till(guest).ask(Order, "POST", "/api/till/commit", settle, f"pay-{number}")
        return (again.redemption, again.state, again.is_new) == (done.redemption, "done", False)

    def sold(self, guest: Guest, number: str, lines: tuple[Goods, ...], quote: Quote, redemption: str) -> Sale:
        sale = Sale(guest, number, lines, quote.payable, redemption, len(quote.coupons), quote.points)
        self.sales.append(sale)
        return sale

    def order_online(self, guest: Guest) -> Sale:
        """Let somebody order in the web shop, which has no till."""
        lines = brand.parcel(guest.person)
        sale = Sale(guest, self.new_key("D"), lines, sum(line.paid for line in lines))
        self.sales.append(sale)
        return sale

    def bring_back(self, sale: Sale, lines: Json | None = None) -> Returned:
        """Take back an order, or units of its lines, in the store where it was bought."""
        body: Json = {"redemption": sale.redemption} | ({"lines": lines} if lines else {})
        found = self.till(sale.guest).ask(Returned, "POST", "/api/till/reverse", body, f"back-{sale.order_no}")
        sale.refunded += found.money
        return found

    def new_key(self, what: str) -> str:
        return f"{what}-{self.run}-{next(self._numbers)}"

    def _signed(self, issuer: str, secret: str, person: Person) -> str:
        claims = {
            "iss": issuer, "aud": "interplay", "sub": person.user_id, "phone": person.phone, "iat": self.run,
            "exp": self.run + TOKEN_SECONDS, "jti": f"{self.run}-{person.number}",
        }  # fmt: skip
        return jwt.encode(claims, secret, algorithm="HS256")


def basket(lines: tuple[Goods, ...]) -> Json:
    """Return a basket as tills send it."""
    return {
        "currency": brand.owner().currency,
        "lines": [
            {"line": line.product.sku, "product": line.product.sku, "quantity": line.quantity,
             "unit_price": line.product.price, "categories": [line.product.category]}
            for line in lines
        ],
    }  # fmt: skip
