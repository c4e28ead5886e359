from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.collect.facts.api import MismatchError, catalogue, compile_fact, converters, decode_documents
from interplay.collect.facts.reading import FactReader
from interplay.criteria.contracts import ValueType
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand

BRAND = Brand("Hillside", rates={"USD": "7.1", "JPY": "0.05"})
READ = {name: compile_fact(kind, BRAND) for name, kind in catalogue().facts.items()}


def order(**properties):
    return READ["order.completed"](properties)


@pytest.mark.parametrize(
    ("kind", "given_value", "physical"),
    [
        ("text", "12", "12"),
        ("integer", 12, 12),
        ("integer", 3.0, 3),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("integer", -(2**63), -(2**63)),
        ("decimal", 1, 1_000_000),
        ("decimal", 0.1, 100_000),
        ("decimal", 0.0000005, 0),
        ("decimal", 0.0000015, 2),
        ("money", 12.5, 1250),
        ("money", 12, 1200),
        ("money", 0.125, 12),
        ("money", 0.135, 14),
        ("money", 1.005, 100),
        ("money", -1.015, -102),
        ("money", 12345678901234.57, 1234567890123457),
        ("boolean", False, False),
        ("time", "1970-01-01T00:00:01Z", 1_000_000),
        ("time", "1970-01-01T08:00:01+08:00", 1_000_000),
        ("time", "1970-01-01T08:00:01", 1_000_000),
        ("time", "1970-01-01 08:00:01.500", 1_500_000),
        ("date", "1970-01-02", 1),
        ("date", "1969-12-31T23:59:59.000Z", -1),
        ("texts", ["a", "b"], ["a", "b"]),
        ("texts", [], []),
    ],
)
def test_a_value_of_the_declared_type_becomes_physical(kind, given_value, physical):
    found = converters(BRAND)[ValueType(kind)](given_value)
    assert found == physical
    assert type(found) is type(physical)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("text", [12, 1.5, True, ["a"], {}]),
        ("integer", ["12", True, 1.5, 2**63, -(2**63) - 1, float("inf"), float("nan"), 1e300, [1]]),
        ("decimal", ["1.5", True, 2**63, float("nan"), 1e300]),
        ("money", ["12.50", False, 10**18, float("-inf"), 1e17, {}]),
        ("boolean", [0, 1, "true", []]),
        ("time", [0, 1.5, "yesterday", "", True, "10000-01-01T00:00:00Z"]),
        ("date", [0, "1990-13-01", "19900101x", True, "1990-01-01Tx"]),
        ("texts", ["a", [1], ["a", None], {"a": 1}]),
    ],
)
def test_no_value_is_bent_into_a_type(kind, wrong):
    for value in wrong:
        with pytest.raises(MismatchError):
            converters(BRAND)[ValueType(kind)](value)


@given(st.floats(min_value=-1e13, max_value=1e13) | st.decimals(-(10**11), 10**11, places=3).map(float))
def test_money_is_the_exact_decimal_rounded_once_half_to_even(amount):
    exact = (Decimal(repr(amount)) * 100).to_integral_value(ROUND_HALF_EVEN)
    assert converters(BRAND)[ValueType.MONEY](amount) == exact


def test_declared_properties_become_fields_and_others_stay_untouched():
    fields, extra = order(order_id="o1", value=12.5, gift_wrap={"paper": "red"}, note=None)
    assert fields == {"order_id": "o1", "value": 1250}
    assert extra == {"gift_wrap": {"paper": "red"}, "note": None}


@pytest.mark.parametrize(
    ("properties", "value", "left"),
    [
        ({"revenue": 10}, 1000, {}),
        ({"revenue": 10, "total": 12}, 1200, {"revenue": 10}),
        ({"total": 12, "revenue": 10}, 1200, {"revenue": 10}),
        ({"revenue": 10, "total": 12, "value": 11}, 1100, {"total": 12, "revenue": 10}),
        ({"value": None, "total": 12}, 1200, {}),
    ],
)
def test_what_the_customer_paid_is_found_under_the_names_of_the_spec(properties, value, left):
    fields, extra = order(**properties)
    assert fields == {"value": value}
    assert extra == left


@pytest.mark.parametrize(
    ("properties", "field", "allowed", "sent"),
    [
        ({"quantity": "12"}, "quantity", "integer", '"12"'),
        ({"quantity": True}, "quantity", "integer", "true"),
        ({"total": "12.50"}, "total", "money", '"12.50"'),
        ({"order_id": 1.5}, "order_id", "text", "1.5"),
        ({"products": "a"}, "products", "list of objects", '"a"'),
        ({"products": [1]}, "products", "list of objects", "[1]"),
    ],
)
def test_a_declared_type_is_enforced_with_a_reject_that_says_which_field_and_what_is_allowed(
    properties, field, allowed, sent
):
    with pytest.raises(AppError) as caught:
        order(**properties)
    assert caught.value.code == "fact.field.type"
    assert caught.value.params["field"] == field
    assert caught.value.params["allowed"] == allowed
    assert caught.value.params["given"] == sent
    assert field in caught.value.text("zh")


def test_an_order_number_sent_as_a_number_is_kept_as_its_digits():
    assert order(order_id=1001)[0] == {"order_id": "1001"}
    with pytest.raises(AppError):
        order(order_id=2**63)


def test_products_stay_in_extra_and_are_counted():
    lines = [{"product_id": "a", "quantity": 2}, {"product_id": "b"}]
    fields, extra = order(products=lines)
    assert fields == {"item_count": 2, "quantity": 3}
    assert extra == {"products": lines}
    assert order(products=lines, quantity=9)[0] == {"item_count": 2, "quantity": 9}
    assert order(products=[{"quantity": "2"}])[0] == {"item_count": 1}


def test_the_brands_own_currency_needs_no_rate():
    assert order(value=10, currency="CNY")[0] == {"value": 1000, "currency": "CNY"}
    assert order(value=10, currency="cny")[0] == {"value": 1000, "currency": "CNY"}


def test_another_currency_is_converted_with_the_recorded_rate_and_rounded_once():
    fields, extra = order(value=10.01, shipping=0.5, currency="usd")
    assert fields == {
        "value": 7107,  # 10.01 × 7.1 = 71.071
        "shipping": 355,
        "currency": "USD",
        "value_original": 10_010_000,
        "rate": 7_100_000,
    }
    assert extra == {}
    assert order(total=1000, currency="JPY")[0]["value"] == 5000


def test_without_a_rate_the_amount_is_missing_and_what_was_sent_is_kept():
    fields, extra = order(order_id="o", total=10.5, tax=1, currency="EUR")
    assert fields == {"order_id": "o", "currency": "EUR", "value_original": 10_500_000}
    assert extra == {"total": 10.5, "tax": 1}


@pytest.mark.parametrize("currency", ["RM", "人民币", 156, True, "EURO", ""])
def test_a_currency_that_is_none_is_a_reject(currency):
    with pytest.raises(AppError) as caught:
        order(value=1, currency=currency)
    assert caught.value.code == "fact.currency"


def test_a_field_declared_later_is_found_in_what_was_kept_if_it_fits():
    text = "kind: facts\nfields: {tip: {type: money, label: {zh: 小费, en: Tip}}}\n"
    text += "facts: {order.completed: {label: {zh: 下单, en: Ordered}, fields: [tip]}}"
    kind = catalogue(decode_documents(text, "own")).facts["order.completed"]
    reader = FactReader(kind, BRAND)
    assert reader.late({"order_id": "o"}, {"tip": 2, "other": 1}) == {"tip": 200}
    assert reader.late({}, {"total": 2, "revenue": 1, "orderId": "o", "tip": "x"}) == {"value": 200, "order_id": "o"}
    assert reader.late({"value": 300}, {"total": 2, "revenue": 1}) == {}
    assert reader.late({}, {"tip": "2"}) == {}


def test_an_amount_in_another_currency_is_never_converted_later():
    """A rate noted after the fact would change sums of the past."""
    reader = FactReader(catalogue().facts["order.completed"], BRAND)
    assert reader.late({"currency": "USD"}, {"total": 2, "orderId": "o"}) == {"order_id": "o"}
    assert reader.late({}, {"total": 2, "currency": "USD"}) == {"currency": "USD"}
