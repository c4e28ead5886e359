"""What holds for every basket and every set of offers."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.link.quotes import api
from interplay.link.quotes.contracts import POINTS, Choice, Offer, OfferKind, Quote, Shopper, Terms
from interplay.link.quotes.spreading import spread
from tests.link.quotes.shop import BENEFITS, compiled, priced
from tests.link.quotes.strategies import baskets, benefits, coupons, promotions, wishes

RICH = Shopper(points=10**6)
MANY = settings(max_examples=300, deadline=None)


def quoted(one, offers, presented=(), wish=None) -> Quote:
    return api.quote(compiled(*offers), one, RICH, coupons=presented, points=wish)


def amounts(quote: Quote) -> dict[str, object]:
    return {one.line: (one.discounts, one.points, one.payable) for one in quote.lines} | {"shipping": quote.shipping}


@MANY
@given(baskets(), promotions(), coupons(), wishes)
def test_every_sum_is_that_of_its_parts(one, offers, presented, wish):
    quote = quoted(one, offers, presented, wish)
    taken: dict[str, int] = dict(quote.shipping.discounts)
    for line in quote.lines:
        assert line.payable == line.price - sum(line.discounts.values()) >= 0
        assert all(part > 0 for part in line.discounts.values())
        for source, money in line.discounts.items():
            taken[source] = taken.get(source, 0) + money
    assert taken.pop(POINTS, 0) == quote.points.money
    assert taken == {one.source: one.money for one in quote.applied if one.money}
    assert sum(line.points for line in quote.lines) == quote.points.points
    assert quote.shipping.payable == quote.shipping.fee - sum(quote.shipping.discounts.values()) >= 0
    assert quote.payable == sum(line.payable for line in quote.lines) + quote.shipping.payable
    assert quote.payable == quote.price - quote.discount - quote.points.money


@MANY
@given(baskets(), promotions(), coupons(), wishes)
def test_every_offer_applied_or_says_why_not(one, offers, presented, wish):
    quote = quoted(one, offers, presented, wish)
    told = [one.source for one in (*quote.applied, *quote.refused) if one.source != POINTS]
    assert sorted(told) == sorted(one.source for one in (*offers, *presented))


@MANY
@given(baskets(), promotions(), coupons(), wishes, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_of_documents_changes_nothing(one, offers, presented, wish, chance):
    quote = quoted(one, offers, presented, wish)
    lines = list(one.lines)
    chance.shuffle(lines)
    chance.shuffle(offers)
    again = quoted(msgspec.structs.replace(one, lines=tuple(lines)), offers, presented, wish)
    assert amounts(again) == amounts(quote)
    assert again.fingerprint == quote.fingerprint


@MANY
@given(baskets(), promotions(), coupons(), wishes, benefits)
def test_an_offer_that_does_not_apply_changes_nothing(one, offers, presented, wish, benefit):
    terms = Terms(benefit, stores=Choice(("elsewhere",)), group="g", excludes=("promotions", "coupons", "points"))
    useless = Offer("promotion:z", OfferKind.PROMOTION, "z", 1, msgspec.structs.replace(terms, priority=9))
    unused = Offer("z-1", OfferKind.COUPON, "z", 1, terms)
    quote = quoted(one, offers, presented, wish)
    again = quoted(one, [*offers, useless], [unused, *presented], wish)
    assert amounts(again) == amounts(quote)
    assert (again.applied, again.points, again.fingerprint) == (quote.applied, quote.points, quote.fingerprint)


@MANY
@given(baskets(), promotions(), coupons(), wishes)
def test_the_same_question_has_the_same_answer(one, offers, presented, wish):
    packed = msgspec.json.encode((one, offers, presented, wish))
    kinds = tuple[type(one), list[Offer], list[Offer], type(wish)]
    again = msgspec.json.decode(packed, type=kinds)
    assert quoted(*again) == quoted(one, offers, presented, wish)
    msgspec.json.decode(msgspec.json.encode(quoted(*again)), type=Quote)  # and it can be kept


@MANY
@given(baskets(), promotions(most=1), coupons(most=2), wishes)
def test_another_basket_or_offer_has_another_fingerprint(one, offers, presented, wish):
    quote = quoted(one, offers, presented, wish)
    later = msgspec.structs.replace(one, at=one.at + 1)
    assert quoted(later, offers, presented, wish).fingerprint == quote.fingerprint  # time alone changes nothing
    first = one.lines[0]
    for changed in (
        msgspec.structs.replace(one, shipping=one.shipping + 1),
        msgspec.structs.replace(one, channel="elsewhere"),
        msgspec.structs.replace(one, lines=(msgspec.structs.replace(first, quantity=9), *one.lines[1:])),
        msgspec.structs.replace(one, lines=(msgspec.structs.replace(first, product="z"), *one.lines[1:])),
    ):
        again = quoted(changed, offers, presented, wish)
        assert api.stale(again, quote.fingerprint) is not None
    if quote.applied:
        bumped = [msgspec.structs.replace(offer, version=2) for offer in offers]
        newer = [msgspec.structs.replace(offer, version=2) for offer in presented]
        assert quoted(one, bumped, newer, wish).fingerprint != quote.fingerprint


@MANY
@given(st.lists(st.integers(0, 10**9), min_size=1), st.data())
def test_parts_are_the_whole_and_within_one_of_their_share(weights, data):
    total = sum(weights)
    if not total:
        return
    amount = data.draw(st.integers(0, total))
    parts = spread(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert abs(part * total - amount * weight) < total


def test_a_stale_quote_is_told():
    one = priced(100_00)
    offer = Offer("promotion:x", OfferKind.PROMOTION, "x", 1, Terms(BENEFITS["amount"]))
    shown = api.quote(compiled(offer), one)
    assert api.stale(api.quote(compiled(offer), one), shown.fingerprint) is None
    withdrawn = api.stale(api.quote(compiled(), one), shown.fingerprint)
    assert withdrawn is not None
    assert withdrawn.text("zh", "CNY").startswith("报价已失效")
