"""What comes back, once, and over all returns to the last 分."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.kernel.errors import AppError
from interplay.link.quotes import api
from interplay.link.quotes.contracts import (
    POINTS,
    AmountOff,
    Benefit,
    Gift,
    PercentOff,
    PointsWish,
    Quote,
    Refund,
    ShippingOff,
    Shopper,
    SourceShare,
)
from tests.link.quotes.shop import basket, compiled, coupon, line, priced, promotion
from tests.link.quotes.strategies import baskets, coupons, promotions, wishes

RICH = Shopper(points=10**6)
OFF_50 = Benefit(amount=AmountOff(50_00))


def test_a_line_comes_back_at_what_was_paid_for_it():
    quote = api.quote(compiled(), priced(200_00, 150_00), RICH, coupons=[coupon("c", OFF_50)], points=PointsWish(3_000))
    refund = api.refund(quote, {"l0": 1})
    [line] = refund.lines
    assert line.discounts == {"c-1": 28_57, POINTS: 17_14}  # 30.00 over 171.43 and 128.57
    assert (refund.money, refund.points) == (200_00 - 28_57 - 17_14, 1_714)
    assert refund.shares == (SourceShare("c-1", 28_57, 28_57, 50_00),)
    assert not refund.shares[0].is_undone
    rest = api.refund(quote, {"l1": 1}, {"l0": 1})
    assert rest.shares == (SourceShare("c-1", 21_43, 50_00, 50_00),)
    assert rest.shares[0].is_undone
    assert refund.money + rest.money == quote.payable
    assert refund.points + rest.points == 3_000


def test_a_line_comes_back_in_portions():
    quote = api.quote(compiled(promotion("x", Benefit(amount=AmountOff(1_00)))), basket(line("a", 3, 10_00)))
    portions = [api.refund(quote, {"a": 1}, {"a": before} if before else {}) for before in range(3)]
    assert [one.money for one in portions] == [9_66, 9_67, 9_67]
    assert [one.lines[0].discounts for one in portions] == [
        {"promotion:x": 34},
        {"promotion:x": 33},
        {"promotion:x": 33},
    ]


def test_no_discount_takes_back_what_another_gave():
    """Two sources over two units that were free in all: each rounded by itself would make a refund below zero."""
    offers = [
        promotion("a", Benefit(amount=AmountOff(99)), priority=1),
        promotion("b", Benefit(amount=AmountOff(1_01))),
    ]
    quote = api.quote(compiled(*offers), basket(line("a", 2, 1_00)))
    portions = [api.refund(quote, {"a": 1}), api.refund(quote, {"a": 1}, {"a": 1})]
    assert [one.money for one in portions] == [0, 0]
    assert [sum(one.lines[0].discounts.values()) for one in portions] == [1_00, 1_00]


def test_shipping_is_paid_back_when_it_is_said_and_once():
    quote = api.quote(compiled(promotion("x", Benefit(shipping=ShippingOff(5_00)))), priced(10_00, shipping=12_00))
    assert api.refund(quote, {"l0": 1}).money == 10_00
    refund = api.refund(quote, {"l0": 1}, is_shipping=True)
    assert (refund.money, refund.shipping) == (17_00, 7_00)
    assert refund.shares == (SourceShare("promotion:x", 5_00, 5_00, 5_00),)
    with pytest.raises(AppError, match="paid back before"):
        api.refund(quote, {"l0": 1}, is_shipping=True, was_shipping=True)


def test_a_gift_is_due_back_when_all_it_was_given_for_has_come_back():
    offers = compiled(promotion("x", Benefit(gift=Gift("mug"))))
    quote = api.quote(offers, basket(line("a", 2, 10_00), line("b", 1, 10_00)))
    assert api.refund(quote, {"a": 2}).gifts == ()
    assert [one.gift.product for one in api.refund(quote, {"b": 1}, {"a": 2}).gifts] == ["mug"]
    assert [one.gift.product for one in api.refund(quote, {"a": 1}, {"a": 1, "b": 1}).gifts] == ["mug"]


@pytest.mark.parametrize(
    ("returned", "before", "code"),
    [
        ({"z": 1}, {}, "quotes.return_line"),
        ({"l0": 1}, {"z": 1}, "quotes.return_line"),
        ({"l0": 0}, {}, "quotes.return_quantity"),
        ({"l0": -1}, {}, "quotes.return_quantity"),
        ({"l0": 0.5}, {}, "quotes.return_quantity"),
        ({"l0": 2}, {}, "quotes.return_more"),
        ({"l0": 1}, {"l0": 1}, "quotes.return_more"),
        ({}, {"l0": 2}, "quotes.return_more"),
    ],
)
def test_returns_that_cannot_be(returned, before, code):
    with pytest.raises(AppError) as told:
        api.refund(api.quote(compiled(), priced(10_00)), returned, before)
    assert told.value.code == code
    assert told.value.text("zh") != told.value.text("en")


@settings(max_examples=300, deadline=None)
@given(baskets(), promotions(), coupons(), wishes, st.data())
def test_portions_add_up_to_the_order_however_it_comes_back(one, offers, presented, wish, data):
    quote = api.quote(compiled(*offers), one, RICH, coupons=presented, points=wish)
    portions = in_portions(quote, data)
    assert sum(refund.money for refund in portions) == quote.payable
    assert sum(refund.points for refund in portions) == quote.points.points
    taken: dict[str, int] = {}
    for refund in portions:
        assert refund.money >= 0
        assert refund.points >= 0
        for back in refund.lines:
            assert back.money >= 0
            assert all(part >= 0 for part in back.discounts.values())
            price = back.quantity * next(line.unit_price for line in quote.lines if line.line == back.line)
            assert back.money + sum(back.discounts.values()) == price
        for share in refund.shares:
            taken[share.source] = taken.get(share.source, 0) + share.money
            assert share.so_far == taken[share.source] <= share.whole
    assert taken == {one.source: one.money for one in quote.applied if one.money}
    gifts = [gift.source for refund in portions for gift in refund.gifts]
    assert sorted(gifts) == sorted(one.source for one in quote.applied if one.gift)


def in_portions(quote: Quote, data: st.DataObject) -> list[Refund]:
    """Return everything unit by unit or more, in any order, shipping at some time between."""
    left = {line.line: line.quantity for line in quote.lines}
    before: dict[str, int] = {}
    found, was_shipping = [], False
    while left:
        names = data.draw(st.lists(st.sampled_from(sorted(left)), min_size=1, unique=True))
        returned = {name: data.draw(st.integers(1, left[name])) for name in names}
        is_shipping = not was_shipping and (returned == left or data.draw(st.booleans()))
        found.append(api.refund(quote, returned, before, is_shipping=is_shipping, was_shipping=was_shipping))
        was_shipping = was_shipping or is_shipping
        before = {name: before.get(name, 0) + returned.get(name, 0) for name in {**before, **returned}}
        left = {name: count - returned.get(name, 0) for name, count in left.items() if count > returned.get(name, 0)}
    return found


def test_ten_thousand_units_of_one_line():
    offers = [promotion(f"o{n}", Benefit(percent=PercentOff("3.33"))) for n in range(5)]
    quote = api.quote(compiled(*offers), basket(line("a", 10_000, 9_99)))
    first, rest = api.refund(quote, {"a": 3_333}), api.refund(quote, {"a": 6_667}, {"a": 3_333})
    assert first.money + rest.money == quote.payable
    assert all(share.is_undone for share in rest.shares)
