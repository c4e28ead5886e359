"""A store whose till writes order files: short ways to write one, upload it, and look what came of it."""

from contextlib import closing

from interplay.bootstrap import orders
from interplay.collect.imports import api as imports
from interplay.engine.log.read import LogReader
from interplay.kernel.time import DAY
from interplay.link.orders.contracts import Numbers, Upload
from tests.link.coupons.shop import OFF_20, template
from tests.link.coupons.shop import Shop as Coupons
from tests.link.points.shop import RULE, UNIT
from tests.link.points.shop import Shop as Points
from tests.stores import NOW, Clock, fact

HEADER = "kind,no,time,card,product,qty,price,codes,points,paid\n"
MAPPING = """
kind: mapping
source: tills
timezone: UTC
group_by: [kind, no]
at: {first: time}
identifiers: {card_no: card}
facts:
  - fact: order.completed
    when: {kind: sale}
    fields: {order_id: no, value: paid, coupon: codes, points_paid: points}
    items: {lines: {product_id: product, quantity: qty, price: price}}
  - fact: order.refunded
    when: {kind: return}
    fields: {order_id: no, value: paid}
    items: {lines: {product_id: product, quantity: qty}}
"""
STORES = tuple(
    {"kind": "store", "name": name, "label": {"zh": name, "en": name}} for name in ("nanjing-road", "the-bund")
)
TODAY = "2025-12-31 20:00:00"  # files are uploaded at midnight


class Store:
    """Two stores of a brand: 满100减20 is the coupon, and each yuan paid gives a point."""

    def __init__(self, folder, url=""):
        self.folder = folder
        self.door = Points(folder / "data", Clock(NOW - DAY), url)
        self.coupons = Coupons(self.door)
        self.door.apply(*STORES, UNIT, RULE, template("spring", terms=OFF_20))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.door.close()

    def member(self, card):
        self.door.store(fact("member.joined", ("card_no", card), key=card))
        return self.subject(card)

    def subject(self, card):
        with closing(LogReader(self.door.database)) as reader:
            return reader.subject_of(self.door.keys.digest("card_no", card))

    def coupon(self, subject, name="spring"):
        return self.coupons.issue(subject, name).code

    def upload(self, *rows, name="orders.csv", store="nanjing-road", numbers=Numbers.STORE, mapping=MAPPING, door=None):
        self.door.clock.at = max(self.door.clock(), NOW)
        path = self.folder / name
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        about = Upload(store=store, file=name, numbers=numbers, by="test")
        written = imports.decode(mapping), mapping
        return orders.upload(door or self.door, path, written, about, self.folder / "rejects.jsonl")

    def points(self, subject):
        self.door.follow()
        return self.coupons.points(subject)

    def questions(self):
        return [(one["line_no"], one["reason"], one.get("coupon")) for one in self.coupons.told("order.questioned")]


def sale(number, card="", *, price="150.00", paid="130.00", code="", points="", product="p1", qty=1, at=TODAY):
    return f"sale,{number},{at},{card},{product},{qty},{price},{code},{points},{paid}"


def back(number, *, paid="130.00", product="p1", qty=1, at=TODAY):
    return f"return,{number},{at},,{product},{qty},,,,{paid}"


def asked(uploaded):
    return [(one.line, one.why.code, one.why.coupon) for one in uploaded.settled.questions]
