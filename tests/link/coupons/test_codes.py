"""Codes: ours, everybody's, and those of others."""

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.kernel.errors import AppError
from interplay.link.coupons import api, codes
from tests.link.coupons.shop import template, why


def digest(kind, value):
    return blake2b(f"{kind}\0{value}".encode(), digest_size=16, key=b"pepper").digest()


@given(st.integers(1, codes.UNIT_MAX))
def test_a_code_names_its_unit_and_nothing_else(unit):
    code = codes.personal_code(digest, unit)
    assert codes.looks_personal(code)
    assert codes.unit_of(digest, code) == unit
    typed = codes.printed(code).lower().replace("0", "o").replace("1", "l")
    assert codes.unit_of(digest, codes.normalized(typed)) == unit


@given(st.integers(1, 10_000), st.integers(0, 15), st.sampled_from(codes.ALPHABET))
def test_one_other_character_makes_a_code_that_is_not_ours(unit, place, letter):
    code = codes.personal_code(digest, unit)
    other = code[:place] + letter + code[place + 1 :]
    assert other == code or codes.unit_of(digest, other) is None


def test_codes_in_a_row_do_not_look_like_it():
    made = [codes.personal_code(digest, unit) for unit in range(1, 101)]
    assert len({code[8:] for code in made}) == 100
    assert len({code[12:15] for code in made}) > 90, "the last characters are not those of a small number"


def test_a_forged_code_is_told_from_one_that_there_is_not(shop):
    shop.apply(template())
    code = shop.issue(shop.somebody()).code
    forged = ("0" if code[0] != "0" else "1") + code[1:]
    assert why(shop.redeem(forged)) == "coupon.forged"
    assert why(shop.redeem("HELLO")) == "coupon.unknown"
    assert why(shop.void(forged)) == "coupon.forged"
    assert why(shop.claim(shop.somebody(), code=forged)) == "coupon.forged"
    nobodys = codes.personal_code(shop.coupons.digest, 999)
    assert why(shop.redeem(nobodys)) == "coupon.unknown"


def test_one_code_for_everybody_is_used_on_the_spot_as_often_as_its_limit_says(shop):
    shop.apply(template("all", codes="shared", code="spring-20", total_max=2))
    first = shop.redeem("SPRING 20", key="r")
    assert (first.quote.discount, first.coupons[0].unit) == (2000, 0)
    assert shop.redeem("spring20").is_new
    assert why(shop.redeem("SPRING20")) == "coupon.handed_out"
    assert api.sheet(shop.coupons).spent[0].on_the_spot == 2
    shop.take_back("r")
    assert api.sheet(shop.coupons).spent[0].on_the_spot == 1
    assert shop.redeem("SPRING20").is_new, "what came back may be used by somebody else"


def test_a_shared_code_that_is_limited_by_customer_asks_who_she_is(shop):
    shop.apply(template("all", codes="shared", code="HELLO", per_customer_max=1))
    anna = shop.somebody()
    assert why(shop.redeem("HELLO")) == "coupon.needs_customer"
    assert shop.redeem("HELLO", subject=anna).is_new
    assert why(shop.redeem("HELLO", subject=anna)) == "coupon.customer_full"
    assert shop.redeem("HELLO", subject=shop.somebody(2)).is_new


def test_a_shared_code_is_claimed_into_a_wallet(shop):
    shop.apply(template("all", codes="shared", code="HELLO", per_customer_max=1))
    anna = shop.somebody()
    given = shop.claim(anna, code="hello")
    assert (given.template, shop.state(given.code)) == ("all", "owned")
    assert why(shop.claim(anna, code="HELLO")) == "coupon.customer_full"
    assert shop.redeem(given.code, subject=anna).is_new
    (told,) = shop.told("coupon.claimed")
    assert (told["unit_no"], told["face_value"], told["cost"]) == (given.unit, 2000, 0)


def test_imported_codes_are_known_claimed_or_used_by_whoever_brings_them(shop):
    shop.apply(template("paper", codes="imported", goes_back="whole_order"))
    found = api.import_codes(shop.coupons, shop.door, "paper", ["A-1", "", "a1", "B 2", "C3\n", "x" * 65])
    assert (found.new, found.known, found.bad) == (3, 1, 1)
    assert (found.known_lines, found.bad_lines) == ((3,), (6,))
    again = api.import_codes(shop.coupons, shop.door, "paper", ["A1", "D4"])
    assert (again.new, again.known_lines) == (1, (1,))
    anna = shop.somebody()
    mine = shop.claim(anna, code="a1")
    assert why(shop.claim(shop.somebody(2), code="A1")) == "coupon.others"
    assert why(shop.claim(anna, code="A1")) == "coupon.claimed_already"
    assert shop.redeem("A1", subject=anna).coupons[0].unit == mine.unit
    used = shop.redeem("b2", key="r")
    assert (used.subject, used.quote.discount) == (None, 2000)
    assert why(shop.redeem("B2")) == "coupon.used"
    shop.take_back("r")
    assert shop.redeem("B2", hold_seconds=5, key="h").state == "held"
    assert why(shop.redeem("B2")) == "coupon.held"
    assert shop.commit("h").state == "done"
    (line,) = api.sheet(shop.coupons).lines
    assert (line.given, line.waiting, line.used) == (4, 2, 2)


def test_only_a_template_with_imported_codes_takes_them(shop):
    shop.apply(template())
    with pytest.raises(AppError, match="no imported codes"):
        api.import_codes(shop.coupons, shop.door, "spring", ["A"])
    with pytest.raises(AppError, match="no coupon template"):
        api.import_codes(shop.coupons, shop.door, "summer", ["A"])


def test_a_shared_code_is_used_on_the_spot_by_whom_it_is_for_only(shop):
    shop.apply(
        {
            "kind": "segment",
            "name": "vip",
            "label": {"zh": "老顾客", "en": "Regulars"},
            "criteria": 'count("order.completed") >= 1',
        },
        template("few", codes="shared", code="ONLYVIP", claimers={"only": ["vip"]}),
        template("rest", codes="shared", code="REST", claimers={"but_not": ["vip"]}),
    )
    anna = shop.somebody()
    assert why(shop.redeem("ONLYVIP")) == why(shop.redeem("REST")) == "coupon.needs_customer"
    assert why(shop.redeem("ONLYVIP", subject=anna)) == why(shop.claim(anna, code="ONLYVIP")) == "coupon.not_for_her"
    assert shop.redeem("REST", subject=anna).is_new
