"""What is shown of what happened: refunds, holds, expiry and adjustments by their own names."""

from interplay.bootstrap import loyalty
from interplay.kernel.time import DAY, HOUR
from interplay.link.points import api as points
from interplay.link.points.contracts import Adjust, Event, Spend
from tests.stores import fact, user

FAR = 2**62


def history(shop, **more):
    rows = points.history(shop.database, "points", [1], more.get("before", FAR), more.get("rows_max", 100))
    return [(row.event, row.amount) for row in rows]


def spend(shop, amount, key, until=None):
    ask = Spend(key=key, unit="points", subject=1, points=amount, hold_until=until)
    documents = shop.units()
    return points.spend(shop.home.acts, shop.database, shop, documents, ask)


def test_each_thing_has_its_name(shop):
    shop.open({"expires": {"days": 10}, "adjust_alone_max": 100})
    shop.store(fact("customer.identified", user(1)))
    shop.order(1, 20_000)
    shop.follow()
    shop.refund(1, 5_000)
    shop.follow()
    spend(shop, 30, "a")
    points.unspend(shop.home.acts, shop, "b", "a", 10, 1)
    spend(shop, 20, "c", shop.clock() + HOUR)
    assert history(shop)[0] == (Event.HELD, -20)
    points.settle(shop.home.acts, shop, "c", is_kept=False)
    spend(shop, 5, "d", shop.clock() + HOUR)
    points.settle(shop.home.acts, shop, "d")
    documents = shop.units()
    ask = Adjust("e", "points", 1, 7, "sorry", "li", "li")
    points.adjust(shop.home.acts, shop.database, shop, shop.home.world, documents, ask)
    shop.clock.at += 11 * DAY
    loyalty.expire(shop)
    assert history(shop) == [
        (Event.EXPIRED, -132), (Event.ADJUSTED, 7), (Event.SPENT, -5), (Event.GIVEN_BACK, 10), (Event.SPENT, -30),
        (Event.TAKEN_BACK, -50), (Event.EARNED, 200),
    ]  # fmt: skip
    assert history(shop, rows_max=2) == [(Event.EXPIRED, -132), (Event.ADJUSTED, 7)]
