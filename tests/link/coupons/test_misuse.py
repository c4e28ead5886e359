"""Bad input and misuse: each refused with its own code, and nothing changed."""

import msgspec
import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.link.coupons import api
from interplay.link.coupons.contracts import AskedBasket, Refusal
from interplay.link.quotes.contracts import Line
from tests.link.coupons.shop import OFF_20, basket, template, why


def mistake(call):
    with pytest.raises(AppError) as raised:
        call()
    return raised.value.code


@pytest.fixture
def spring(shop):
    shop.apply(template())
    shop.anna = shop.somebody(1)
    shop.given = shop.issue(shop.anna)
    return shop


def test_the_same_key_with_another_body_is_a_mistake(spring):
    spring.redeem(spring.given.code, key="r")
    assert mistake(lambda: spring.redeem(spring.given.code, key="r", wanted=basket(20000))) == "acts.key_reused"
    assert mistake(lambda: spring.redeem(spring.given.code, key="r", hold_seconds=9)) == "acts.key_reused"
    assert mistake(lambda: spring.issue(spring.anna, key="r")) == "acts.key_reused"
    spring.take_back("r", key="b", lines={"l0": 1})
    assert mistake(lambda: spring.take_back("r", key="b", is_shipping=True)) == "acts.key_reused"


def test_a_refusal_does_not_burn_the_key(spring):
    assert why(spring.redeem(spring.given.code, key="r", wanted=basket(5000))) == "quotes.spend"
    assert spring.redeem(spring.given.code, key="r", wanted=basket(5000, 6000)).is_new
    assert spring.told("act.refused")[-1] == {"act": "coupons.redeem", "reason": "quotes.spend"}


def test_somebody_elses_coupon(spring):
    bob = spring.somebody(2)
    assert why(spring.redeem(spring.given.code, subject=bob)) == "coupon.others"
    found = spring.quote(spring.given.code, subject=bob)
    assert [(one.code, one.refused.code) for one in found.not_used] == [(spring.given.code, "coupon.others")]
    others = spring.issue(bob)
    assert why(spring.redeem(spring.given.code, others.code)) == "coupon.others", "two owners in one basket"


def test_a_stale_quote(spring):
    quoted = spring.quote(spring.given.code).quote
    dearer = spring.redeem(spring.given.code, wanted=basket(16000), fingerprint=quoted.fingerprint)
    assert why(dearer) == "quotes.stale"
    spring.void(spring.given.code)
    assert why(spring.redeem(spring.given.code, fingerprint=quoted.fingerprint)) == "coupon.void"


def test_the_wrong_store(shop):
    shop.apply(template(terms=OFF_20 | {"stores": {"only": ["north"]}}))
    given = shop.issue(shop.somebody())
    assert why(shop.redeem(given.code, store="south")) == "quotes.store"
    done = shop.redeem(given.code, store="north", key="r")
    assert done.is_new
    assert why(shop.take_back("r", store="south")) == "coupon.other_store"
    assert shop.take_back("r", store="north").is_whole


def test_an_expired_coupon(shop):
    shop.apply(template(valid_days=2))
    given = shop.issue(shop.somebody())
    shop.clock.at += DAY
    assert shop.quote(given.code).quote.discount == 2000
    shop.clock.at += DAY
    assert why(shop.redeem(given.code)) == "quotes.ended"
    assert shop.state(given.code) == "expired"
    assert api.sheet(shop.coupons).lines[0].expired == 1


def test_a_coupon_that_begins_another_day(shop):
    shop.apply(template(starts_after_days=1, valid_days=1))
    given = shop.issue(shop.somebody())  # at 08:00 in Shanghai
    assert why(shop.redeem(given.code)) == "quotes.not_yet"
    assert given.valid_until - given.valid_from == DAY
    shop.clock.at = given.valid_from
    assert shop.redeem(given.code).is_new


def test_templates_that_ended_or_were_stopped_give_no_more_but_what_was_given_stays_good(shop):
    shop.apply(template())
    given = shop.issue(shop.somebody())
    shop.apply(template(enabled=False))
    assert why(shop.issue(shop.somebody())) == "coupon.stopped"
    assert shop.redeem(given.code).is_new
    shop.apply(template("past", terms=OFF_20 | {"valid_until": "2020-01-01"}))
    assert why(shop.issue(shop.somebody(), "past")) == "coupon.ended"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("a", "p", 0, 100), "quotes.line_quantity"),
        (("a", "p", -1, 100), "quotes.line_quantity"),
        (("a", "p", 1, -100), "quotes.line_price"),
        (("a", "p", 1, 10**13), "quotes.line_price"),
        (("a", "p", 1, 0.5), "quotes.line_price"),
        (("a", "p", 1.5, 100), "quotes.line_quantity"),
        (("a", "p", True, 100), "quotes.line_quantity"),
    ],
)
def test_amounts_that_cannot_be(spring, line, code):
    wanted = AskedBasket("CNY", (Line(*line),))
    assert mistake(lambda: spring.quote(wanted=wanted)) == code
    assert mistake(lambda: spring.redeem(spring.given.code, wanted=wanted)) == code
    assert spring.state(spring.given.code) == "owned"


def test_another_currency_too_many_codes_and_holds_that_cannot_be(spring):
    dollars = msgspec.structs.replace(basket(), currency="USD")
    assert mistake(lambda: spring.redeem(spring.given.code, wanted=dollars)) == "quotes.currency"
    assert mistake(lambda: spring.quote(*map(str, range(21)))) == "coupons.presented"
    assert mistake(lambda: spring.redeem(spring.given.code, hold_seconds=0)) == "coupons.hold"
    assert mistake(lambda: spring.redeem(spring.given.code, hold_seconds=3601)) == "coupons.hold"
    assert mistake(lambda: spring.issue(spring.anna, "summer")) == "coupons.template"
    assert mistake(lambda: spring.claim(spring.anna)) == "coupons.one_of"


@pytest.mark.parametrize(
    ("lines", "code"),
    [({"x": 1}, "quotes.return_line"), ({"l0": 0}, "quotes.return_quantity"), ({"l0": -1}, "quotes.return_quantity"),
     ({"l0": 1.5}, "quotes.return_quantity"), ({"l0": 9}, "quotes.return_more"), ({}, "coupons.return_nothing")],
)  # fmt: skip
def test_returns_that_cannot_be(spring, lines, code):
    spring.redeem(spring.given.code, key="r")
    assert mistake(lambda: spring.take_back("r", lines=lines)) == code


def test_points_that_are_not_there(spring):
    assert why(spring.redeem(subject=spring.anna, points=100)) == "quotes.points_short"
    assert why(spring.redeem(points=100)) == "quotes.points_customer"


def test_orders_that_are_none(spring):
    assert why(spring.take_back("nothing")) == "coupon.unknown_order"
    spring.issue(spring.anna, key="i")
    assert why(spring.take_back("i")) == "coupon.unknown_order"
    assert why(spring.commit("i")) == "coupon.unknown_order"


def test_claims_that_are_not_for_her(shop):
    shop.apply(
        template("open", claimable=True, per_customer_max=1), template("closed"),
        template("code", codes="shared", code="HELLO"),
    )  # fmt: skip
    anna = shop.somebody()
    assert shop.claim(anna, template="open").is_new
    assert why(shop.claim(anna, template="open")) == "coupon.customer_full"
    assert why(shop.claim(anna, template="closed")) == "coupon.not_claimable"
    assert why(shop.claim(anna, template="code")) == "coupon.needs_code"


def test_a_pause_stops_all_giving_and_lets_returns_through(spring):
    spring.redeem(spring.given.code, key="r")
    other = spring.issue(spring.anna)
    spring.door.write(acts.pause, True)
    assert why(spring.issue(spring.anna)) == "acts.paused"
    assert why(spring.redeem(other.code)) == "acts.paused"
    assert spring.take_back("r").is_whole
    assert spring.void(other.code).unit
    spring.door.write(acts.pause, False)
    assert spring.issue(spring.anna).is_new


def test_every_refusal_has_its_sentence_in_both_languages(shop):
    arguments = {
        "template": "t", "cap": 1, "asked": 2, "left": 1, "line": "l", "store": "s", "valid_until": shop.clock(),
    }  # fmt: skip
    for one in Refusal:
        refused = Refused(one.value, arguments)
        zh, en = (api.sentence(shop.coupons, refused, lang) for lang in ("zh", "en"))
        assert zh != en
    ended = api.sentence(shop.coupons, Refused("coupon.ended", {"valid_until": shop.clock()}), "en")
    assert ended == "it was valid until 2026-01-01 08:00"
