"""What a till's order file does: as at the till, once; and what it cannot do is asked about."""

import pytest

from interplay.acts import api as acts
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.link.orders.contracts import Numbers
from tests.link.coupons.shop import template
from tests.link.orders.store import MAPPING, asked, back, sale


def everything(store):
    """Return all that a repetition must not change."""
    told = [(row.name, row.subject) for row in store.door.rows()]
    with store.door.database.read() as connection:
        tables = ("acts", "counters", "units", "ledger_lots", "ledger_entries")
        counts = [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables]
    return told, counts


def test_a_sale_uses_the_coupon_gives_points_and_belongs_to_the_member(store):
    li = store.member("C1")
    code = store.coupon(li)
    done = store.upload(sale(17, "C1", code=code))
    assert (done.progress.stored, done.settled.redeemed, done.settled.questions) == (1, 1, ())
    assert store.coupons.state(code) == "used"
    assert store.points(li) == 130
    (order,) = store.coupons.told("order.completed")
    assert (order["order_id"], order["store_id"], order["value"]) == ("nanjing-road/17", "nanjing-road", 13000)
    (redeemed,) = store.coupons.told("coupon.redeemed")
    assert (redeemed["order_id"], redeemed["discount"], redeemed["cost"]) == ("nanjing-road/17", 2000, 2000)


def test_the_same_file_and_one_that_overlaps_change_nothing_more(store):
    li = store.member("C1")
    codes = [store.coupon(li) for _ in range(3)]
    store.coupons.points(li, 5000)
    rows = [sale(n, "C1", code=code) for n, code in enumerate(codes)] + [sale(8, "C1", points=1000, paid="140.00")]
    rows += [sale(9, "C9", code="NOSUCHCODE"), back(1)]
    first = store.upload(*rows)
    assert first.settled.redeemed == 4
    assert first.settled.returned == 1
    before = store.points(li), everything(store)
    again = store.upload(*rows)
    other = store.upload(*rows[2:], name="overlapping.csv")
    for one in (again, other):
        assert (one.progress.stored, one.settled.redeemed, one.settled.returned) == (0, 0, 0)
        assert one.settled.questions == ()
    assert (store.points(li), everything(store)) == before


def test_points_that_were_paid_are_spent_once(store):
    li = store.member("C1")
    store.coupons.points(li, 3000)
    done = store.upload(sale(1, "C1", points=2000, paid="130.00"))
    assert (done.settled.redeemed, asked(done)) == (1, [])
    assert store.points(li) == 1000 + 130


def test_what_cannot_be_done_is_asked_about_and_the_order_is_kept(store):
    li, wang = store.member("C1"), store.member("C2")
    used, hers, small = store.coupon(li), store.coupon(wang), store.coupon(li)
    store.coupons.redeem(used, subject=li)
    rows = (
        sale(1, "C1", code=used), sale(2, "C1", code=hers), sale(3, "C1", code=small, price="50.00", paid="50.00"),
        sale(4, "C1", code="SPRINGTIME"), sale(5, "C1", points=99, paid="149.01"), sale(6, points=100, paid="149.00"),
        sale(7, "C77"),
    )  # fmt: skip
    done = store.upload(*rows)
    assert done.progress.stored == len(rows)
    wanted = [
        (8, "orders.card_unknown", ""), (2, "coupon.used", used), (3, "coupon.others", hers),
        (4, "quotes.spend", small), (5, "coupon.unknown", "SPRINGTIME"), (6, "quotes.points_short", ""),
        (7, "orders.nobodys_points", ""),
    ]  # fmt: skip
    assert asked(done) == wanted
    assert store.questions() == [(line, why, code or None) for line, why, code in wanted]
    assert done.settled.questions[1].text("zh") == "该券已核销"
    assert all(one.text("en") for one in done.settled.questions)
    assert (store.coupons.state(hers), store.coupons.state(small)) == ("owned", "owned")


def test_one_coupon_of_two_is_used_and_the_other_asked_about(store):
    store.door.apply(template("tea", terms={"benefit": {"amount": {"off_amount": 500}}}))
    li = store.member("C1")
    good, tea = store.coupon(li), store.coupon(li, "tea")
    store.coupons.void(tea)
    done = store.upload(sale(1, "C1", code=f"{tea};{good}"))
    assert (done.settled.redeemed, asked(done)) == (1, [(2, "coupon.void", tea)])
    assert store.coupons.state(good) == "used"


def test_a_coupon_is_judged_by_when_the_sale_was(store):
    store.door.apply(template("brief", valid_days=1))
    store.door.clock.at += 3 * DAY // 4  # 18:00 in London, 02:00 of the first of January in Shanghai
    li = store.member("C1")
    in_time, late = store.coupon(li, "brief"), store.coupon(li, "brief")
    store.door.clock.at += 2 * DAY
    done = store.upload(
        sale(1, "C1", code=in_time, at="2026-01-01 15:59:00"), sale(2, "C1", code=late, at="2026-01-01 16:00:00")
    )
    assert store.coupons.state(in_time) == "used"
    assert asked(done) == [(3, "quotes.ended", late)]


def test_a_budget_that_is_spent_is_asked_about(store):
    store.door.apply(template("few", budget=3000))
    li = store.member("C1")
    done = store.upload(*(sale(n, "C1", code=store.coupon(li, "few")) for n in (1, 2)))
    assert (done.settled.redeemed, [one.why.code for one in done.settled.questions]) == (1, ["coupon.budget"])


def test_what_comes_back_gives_back_coupon_and_points(store):
    li = store.member("C1")
    code = store.coupon(li)
    store.coupons.points(li, 3000)
    store.upload(sale(1, "C1", code=code, points=1000, paid="120.00"))
    assert store.points(li) == 2000 + 120
    done = store.upload(back(1, paid="120.00"), name="tomorrow.csv")
    assert (done.settled.returned, asked(done)) == (1, [])
    assert (store.coupons.state(code), store.points(li)) == ("owned", 3000)


def test_a_return_that_the_order_does_not_have_is_asked_about(store):
    li = store.member("C1")
    store.upload(sale(1, "C1", code=store.coupon(li)))
    done = store.upload(back(1, product="p9", paid="10.00"), name="tomorrow.csv")
    assert asked(done) == [(2, "orders.return_product", "")]
    assert store.upload(back(1, product="p9", paid="10.00"), name="tomorrow.csv").settled.questions == ()


def test_two_stores_count_for_themselves_and_a_number_is_used_once_in_a_store(store):
    li = store.member("C1")
    codes = [store.coupon(li) for _ in range(3)]
    assert store.upload(sale(1, "C1", code=codes[0])).settled.redeemed == 1
    assert store.upload(sale(1, "C1", code=codes[1]), store="the-bund").settled.redeemed == 1
    daily = MAPPING.replace("group_by: [kind, no]", "group_by: [kind, no, time]")
    third = store.upload(sale(1, "C1", code=codes[2], at="2025-12-30 20:00:00"), mapping=daily)
    assert asked(third) == [(2, "orders.number_used", "")]
    assert store.coupons.state(codes[2]) == "owned"


def test_numbers_of_the_brand_stand_as_they_are(store):
    store.upload(sale("A-1"), numbers=Numbers.BRAND)
    assert [one["order_id"] for one in store.coupons.told("order.completed")] == ["A-1"]


def test_an_old_sale_is_history(store):
    li = store.member("C1")
    code = store.coupon(li)
    done = store.upload(sale(1, "C1", code=code, at="2025-11-01 12:00:00"))
    assert (done.progress.stored, asked(done)) == (1, [(2, "orders.late", "")])
    assert (store.points(li), store.coupons.state(code)) == (0, "owned")


def test_a_pause_stops_the_file_and_loses_nothing(store):
    li = store.member("C1")
    code = store.coupon(li)
    store.door.write(acts.pause, True)
    with pytest.raises(AppError) as refused:
        store.upload(sale(1, "C1", code=code))
    assert refused.value.code == "orders.paused"
    store.door.write(acts.pause, False)
    assert store.upload(sale(1, "C1", code=code)).settled.redeemed == 1
    assert store.questions() == []


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("order.refunded", "segment.entered", "orders.fact"),
        ("card_no: card", "anonymous_id: card", "orders.identifier"),
        ("facts:", "traits: {city: card}\nfacts:", "orders.traits"),
    ],
)
def test_a_till_says_what_was_sold_and_nothing_else(store, written, instead, code):
    with pytest.raises(AppError) as refused:
        store.upload(sale(1), mapping=MAPPING.replace(written, instead))
    assert refused.value.code == code


def test_a_store_that_is_not_is_refused(store):
    with pytest.raises(AppError) as refused:
        store.upload(sale(1), store="nowhere")
    assert refused.value.code == "stores.unknown"


def test_a_bad_line_is_a_reject_and_the_rest_is_kept(store):
    done = store.upload(sale(1), sale(2, paid="a lot"))
    assert (done.progress.stored, done.progress.rejected) == (1, 1)


def test_goods_by_weight_are_one_unit_at_what_they_cost(store):
    li = store.member("C1")
    code, other = store.coupon(li), store.coupon(li)
    enough = sale(1, "C1", code=code, qty="2.5", price="40.00", paid="80.00")
    less = sale(2, "C1", code=other, qty="2.49", price="40.00", paid="99.60")
    done = store.upload(enough, less)
    assert (done.settled.redeemed, asked(done)) == (1, [(3, "quotes.spend", other)])


def test_a_basket_that_cannot_be_is_asked_about(store):
    li = store.member("C1")
    code = store.coupon(li)
    done = store.upload(sale(1, "C1", code=code, qty=0))
    assert asked(done) == [(2, "quotes.line_quantity", code)]
    assert done.progress.stored == 1


class Dying:
    """A writer that is gone after so many commands."""

    def __init__(self, door, commands):
        self._door, self._left = door, commands
        self.home, self.append = door.home, door.append

    def submit(self, command, ask, priority=0):
        self._left -= 1
        if self._left < 0:
            raise ConnectionError("the power went out")
        return self._door.submit(command, ask, priority)

    def write(self, command, ask):
        return self.submit(command, ask).result(60)


@pytest.mark.parametrize("commands", range(0, 13, 4))
def test_an_upload_that_is_broken_off_ends_as_if_it_had_not_been(store, commands):
    li = store.member("C1")
    codes = [store.coupon(li) for _ in range(3)]
    store.coupons.points(li, 3000)
    rows = [sale(n, "C1", code=code) for n, code in enumerate(codes)]
    rows += [sale(5, "C1", points=1000, paid="140.00"), sale(6, "C6", code=codes[0]), back(2)]
    with pytest.raises(ConnectionError):
        store.upload(*rows, door=Dying(store.door, commands))
    store.upload(*rows)
    assert [store.coupons.state(code) for code in codes] == ["used", "used", "owned"]
    assert sorted(one[:2] for one in store.questions()) == [(6, "coupon.others"), (6, "orders.card_unknown")]
    assert store.points(li) == 2000 + 130 + 130 + 140
    assert len(store.coupons.told("order.completed")) == 5
