"""When, where and for whom an offer is, and how each refusal reads."""

from datetime import datetime

import pytest

from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, catalogue
from interplay.kernel.ids import Micros
from interplay.kernel.time import to_micros
from interplay.link.quotes import api
from interplay.link.quotes.contracts import (
    AmountOff,
    Benefit,
    Choice,
    Offer,
    OfferKind,
    PercentOff,
    Reason,
    Refusal,
    Shopper,
    Terms,
    Weekday,
)
from interplay.link.quotes.hours import parse_hours
from interplay.link.quotes.percents import basis_points
from tests.link.quotes.shop import BRAND, basket, compiled, coupon, line, priced, promotion, why_not

OFF = Benefit(amount=AmountOff(1_00))
NOBODY = Shopper()
NOON = "2026-11-18T12:00"
ARGS = {
    "valid_from": "2026-11-11 00:00", "valid_until": "2026-11-12 00:00", "weekdays": "mon,sat", "hours": "11:00-14:00",
    "channel": "web", "store": "s1", "tier": "gold", "customers": "new", "segment": "new", "by": "spring", "group": "g",
    "count_max": 2, "products": "mug", "quantity": 1, "quantity_min": 3, "short": 2, "points": 150, "available": 100,
    "spend_minor": 150_00, "spend_min_minor": 200_00, "short_minor": 50_00, "step": 100,
}  # fmt: skip


def at(text: str) -> Micros:
    """Return an instant of the wall clock in Shanghai."""
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=BRAND.zone()))


def refused(
    shopper: Shopper = NOBODY, *, when: str = NOON, place: dict[str, str] | None = None, **terms: object
) -> str:
    one = basket(line("a", 1, 10_00), **{"at": at(when), **(place or {})})
    return why_not(api.quote(compiled(promotion("x", OFF, **terms)), one, shopper), "promotion:x")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-10T23:59:59.999999", "not_yet"),
        ("2026-11-11T00:00", ""),
        ("2026-11-11T23:59:59.999999", ""),
        ("2026-11-12T00:00", "ended"),
    ],
)
def test_validity_includes_its_start_and_excludes_its_end(when, expected):
    assert refused(when=when, valid_from="2026-11-11", valid_until="2026-11-12") == expected


def test_a_coupon_has_a_validity_of_its_own_within_that_of_its_terms():
    terms = Terms(OFF, valid_until="2026-11-20")
    own = Offer("c-1", OfferKind.COUPON, "c", 1, terms, valid_from=at("2026-11-17"), valid_until=at("2026-11-19"))
    for when, expected in (("2026-11-16", "not_yet"), ("2026-11-18", ""), ("2026-11-19", "ended")):
        quote = api.quote(compiled(), basket(line("a", 1, 10_00), at=at(when)), coupons=[own])
        assert why_not(quote, "c-1") == expected


@pytest.mark.parametrize(
    ("when", "weekdays", "hours", "expected"),
    [  # 18 November 2026 is a Wednesday
        ("2026-11-18T12:00", ("wed",), (), ""),
        ("2026-11-19T00:00", ("wed",), (), "weekday"),
        ("2026-11-18T10:59:59", (), ("11:00-14:00",), "hours"),
        ("2026-11-18T11:00", (), ("11:00-14:00",), ""),
        ("2026-11-18T14:00", (), ("11:00-14:00",), "hours"),
        ("2026-11-18T12:00", ("thu",), ("11:00-14:00",), "weekday"),
        ("2026-11-18T15:00", ("thu",), ("11:00-14:00",), "hours"),
        ("2026-11-18T23:00", ("wed",), ("22:00-02:00",), ""),
        ("2026-11-19T01:59", ("wed",), ("22:00-02:00",), ""),  # it began on Wednesday
        ("2026-11-18T01:00", ("wed",), ("22:00-02:00",), "weekday"),  # it began on Tuesday
        ("2026-11-16T01:00", ("sun",), ("22:00-02:00",), ""),
        ("2026-11-18T23:59", (), ("18:00-24:00",), ""),
        ("2026-11-18T09:00", (), ("08:00-10:00", "12:00-13:00"), ""),
    ],
)
def test_days_and_hours(when, weekdays, hours, expected):
    assert refused(when=when, weekdays=tuple(map(Weekday, weekdays)), hours=hours) == expected


@pytest.mark.parametrize(
    "text", ["11-14", "11:00-11:00", "24:00-25:00", "25:00-26:00", "11:00-24:30", "9:00-10:00", ""]
)
def test_hours_that_are_none(text):
    with pytest.raises(AppError, match="are no hours"):
        parse_hours(text)


@pytest.mark.parametrize(("given", "points"), [(1, 100), (100, 10_000), ("12.5", 1_250), ("0.01", 1), ("8.05", 805)])
def test_percent(given, points):
    assert basis_points(given) == points


@pytest.mark.parametrize("given", [0, -1, 101, "100.01", "0", "12,5", "1e1", "12.345", "", True, 12.5])
def test_percent_that_is_none(given):
    with pytest.raises(AppError, match="is not a percentage"):
        basis_points(given)


@pytest.mark.parametrize(
    ("place", "terms", "expected"),
    [
        ({"store": "s1"}, {"stores": Choice(("s1", "s2"))}, ""),
        ({"store": "s3"}, {"stores": Choice(("s1", "s2"))}, "store"),
        ({}, {"stores": Choice(("s1",))}, "store"),
        ({"store": "s1"}, {"stores": Choice((), ("s1",))}, "store"),
        ({}, {"stores": Choice((), ("s1",))}, ""),
        ({"channel": "web"}, {"channels": Choice(("web",))}, ""),
        ({"channel": "store"}, {"channels": Choice(("web",))}, "channel"),
        ({"channel": "web"}, {"channels": Choice((), ("web",))}, "channel"),
    ],
)
def test_places(place, terms, expected):
    assert refused(place=place, **terms) == expected


@pytest.mark.parametrize(
    ("shopper", "terms", "expected"),
    [
        (Shopper(tiers=("gold",)), {"tiers": Choice(("gold",))}, ""),
        (Shopper(), {"tiers": Choice(("gold",))}, "tier"),
        (Shopper({"new": True}), {"customers": Choice(("new",))}, ""),
        (Shopper({"new": False}), {"customers": Choice(("new",))}, "customer"),
        (Shopper({"new": False, "vip": True}), {"customers": Choice(("new", "vip"))}, ""),
        (Shopper({"staff": True}), {"customers": Choice((), ("staff",))}, "customer"),
        (Shopper({"staff": False}), {"customers": Choice((), ("staff",))}, ""),
        (Shopper({"new": True, "staff": True}), {"customers": Choice(("new",), ("staff",))}, "customer"),
        (Shopper(), {"customers": Choice(("new",))}, "customer_unknown"),
        (Shopper(), {"customers": Choice((), ("staff",))}, "customer_unknown"),
    ],
)
def test_people(shopper, terms, expected):
    assert refused(shopper, **terms) == expected


def test_what_is_asked_of_a_customer():
    offers = compiled(promotion("x", OFF, customers=Choice(("new",), ("staff",))))
    coupons = [coupon("y", OFF, customers=Choice(("vip",)))]
    assert api.asked(offers, coupons) == {"new", "staff", "vip"}


class TestWords:
    @pytest.mark.parametrize("code", Refusal)
    @pytest.mark.parametrize("lang", LANGS)
    def test_every_refusal_has_a_sentence(self, code, lang):
        assert Reason(code, ARGS).text(lang, "CNY").strip()

    def test_amounts_are_told_in_major_units(self):
        reason = Reason(Refusal.SPEND, {"spend_minor": 150_00, "spend_min_minor": 200_00, "short_minor": 50_00})
        assert reason.text("zh", "CNY") == "还差 50.00：符合条件的商品合计 150.00，需满 200.00"
        assert reason.text("en", "JPY") == "5000 more is needed: 15000 of 20000 on eligible goods"

    def test_days_are_told_in_the_language(self):
        reason = Reason(Refusal.WEEKDAY, {"weekdays": "mon,sat"})
        assert (reason.text("zh", "CNY"), reason.text("en", "CNY")) == (
            "仅限周一、周六使用",
            "only on Monday, Saturday",
        )

    def test_the_arguments_of_a_real_refusal_fill_its_sentence(self):
        """Each refusal as the pipeline gives it, not as this test would."""
        named = {name for name in catalogue() if name.startswith("quotes.") and not name.startswith("quotes.day")}
        assert named == {code.value for code in Refusal}
        offers = compiled(
            promotion("a", OFF, valid_from="2027-01-01"),
            promotion("b", OFF, valid_until="2026-01-01"),
            promotion("c", OFF, weekdays=(Weekday.SUN,)),
            promotion("d", OFF, hours=("01:00-02:00",)),
            promotion("e", OFF, stores=Choice(("s",))),
            promotion("f", OFF, channels=Choice(("web",))),
            promotion("g", OFF, tiers=Choice(("gold",))),
            promotion("h", OFF, customers=Choice(("new",))),
            promotion("i", OFF, spend_min=99_00),
            promotion("j", Benefit(percent=PercentOff(10)), quantity_min=9),
        )
        quote = api.quote(offers, priced(10_00))
        assert len(quote.refused) == 10
        for one in quote.refused:
            for lang in LANGS:
                assert "{" not in one.reason.text(lang, "CNY")
