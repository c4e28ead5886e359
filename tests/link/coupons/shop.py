"""A shop with coupons: short ways to give them, present them, and look where they are."""

from contextlib import closing

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Credit, Refused
from interplay.bootstrap.kinds import apply
from interplay.collect.facts.contracts import Payload
from interplay.engine.log.read import LogReader
from interplay.link.coupons import api
from interplay.link.coupons.contracts import AskedBasket, Claim, Issue, Redeem, Return, Transfer, Void, Wish
from interplay.link.quotes.contracts import Line
from tests.stores import document, fact, user

OFF_20 = {"benefit": {"amount": {"off_amount": 2000}}, "spend_min": 10000}
LABEL = {"zh": "券", "en": "Coupon"}


def template(name="spring", **more):
    """Return a template's document: 满100减20, unless `terms` says otherwise."""
    return {"kind": "coupon", "name": name, "label": LABEL, "terms": OFF_20, "funder": "brand", **more}


def lines(*prices, quantity=1):
    return tuple(Line(f"l{n}", f"p{n}", quantity, price) for n, price in enumerate(prices))


def basket(*prices, quantity=1, shipping=0):
    return AskedBasket("CNY", lines(*(prices or (15000,)), quantity=quantity), shipping)


class Shop:
    """Keys are made where a test does not say which."""

    def __init__(self, door):
        self.door, self.coupons = door, door.home.coupons
        self._keys = 0

    @property
    def clock(self):
        return self.door.clock

    def apply(self, *contents):
        return apply(self.door, [document(content) for content in contents])

    def somebody(self, number=1):
        identifier = user(number)
        self.door.store(fact("customer.identified", identifier))
        with closing(LogReader(self.door.database)) as reader:
            return reader.subject_of(self.door.keys.digest(*identifier))

    def key(self, key=None):
        self._keys += 1
        return key or f"k{self._keys}"

    def issue(self, subject, name="spring", key=None, **more):
        return api.issue(self.coupons, self.door, Issue(key=self.key(key), template=name, subject=subject, **more))

    def claim(self, subject, key=None, **more):
        return api.claim(self.coupons, self.door, Claim(key=self.key(key), subject=subject, **more))

    def transfer(self, code, subject, to, key=None):
        return api.transfer(self.coupons, self.door, Transfer(key=self.key(key), code=code, subject=subject, to=to))

    def void(self, code, key=None, reason="mistake"):
        return api.void(self.coupons, self.door, Void(key=self.key(key), code=code, reason=reason))

    def quote(self, *codes, wanted=None, **more):
        return api.quote(self.coupons, Wish(basket=wanted or basket(), codes=codes, **more))

    def redeem(self, *codes, wanted=None, key=None, fingerprint=None, hold_seconds=None, order="", device="", **more):
        wish = Wish(basket=wanted or basket(), codes=codes, **more)
        ask = Redeem(key=self.key(key), wish=wish, order=order, fingerprint=fingerprint, device=device)
        return api.redeem(self.coupons, self.door, ask, hold_seconds)

    def commit(self, key):
        return api.commit(self.coupons, self.door, key)

    def take_back(self, redemption, key=None, **more):
        return api.take_back(self.coupons, self.door, Return(key=self.key(key), redemption=redemption, **more))

    def state(self, code):
        return api.show(self.coupons, code).state

    def points(self, subject, amount=None):
        """Give points, or return how many there are."""
        if amount is not None:
            key = self.key()
            acts.do(
                self.door.home.acts,
                self.door,
                Act(key, "test", acts.body_of(key), (Credit("points", subject, amount),)),
            )
        return acts.balances(self.door.database, [subject], self.clock(), "points")[0].available

    def told(self, name):
        """Return the fields of every fact of a name."""
        rows = [row for row in self.door.rows() if row.name == name]
        opened = (self.door.keys.open(row.subject or 0, row.body) for row in rows)
        return [msgspec.msgpack.decode(body, type=Payload).fields for body in opened]


def why(answer):
    assert isinstance(answer, Refused), answer
    return answer.code
