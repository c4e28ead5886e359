"""Amounts: one rounding, half to even, in each currency's own minor unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.kernel.money import EXPONENTS, convert, to_minor, to_text


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("25.50", "CNY", 2550),
        ("25.505", "CNY", 2550),
        ("25.515", "CNY", 2552),
        ("25.5050000001", "CNY", 2551),
        ("-25.505", "CNY", -2550),
        ("0.5", "JPY", 0),
        ("1.5", "JPY", 2),
        ("2.5", "JPY", 2),
        ("1.0005", "KWD", 1000),
        ("1E+3", "CNY", 100_000),
        ("-0.001", "CNY", 0),
    ],
)
def test_major_units_become_minor_ones_half_to_even(amount, currency, minor):
    assert to_minor(Decimal(amount), currency) == minor


def test_a_conversion_rounds_once():
    # 0.35 × 7.1 = 2.485 → 2.48; rounded before and after it would be 2.49 or 2.50.
    assert convert(Decimal("0.35"), Decimal("7.1"), "CNY") == 248
    assert convert(Decimal("10"), Decimal("7.10"), "CNY") == 7100
    assert convert(Decimal("1"), Decimal("0.0064"), "JPY") == 0


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_text_and_minor_units_are_the_same_amount(minor, currency):
    text = to_text(minor, currency)
    assert to_minor(Decimal(text), currency) == minor
    assert len(text.partition(".")[2]) == EXPONENTS[currency]


@pytest.mark.parametrize(
    ("minor", "currency", "text"), [(-1234, "CNY", "-12.34"), (5, "CNY", "0.05"), (0, "CNY", "0.00"), (12, "JPY", "12")]
)
def test_amounts_as_text(minor, currency, text):
    assert to_text(minor, currency) == text


def test_every_currency_is_known_once_by_three_letters():
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)
    assert EXPONENTS["CNY"] == 2
    assert len(EXPONENTS) > 150
