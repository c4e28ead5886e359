"""Numbers of cards: mistyped ones are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.kernel.errors import AppError
from interplay.link.members import api as members
from interplay.link.members import rules

chances = st.integers(0, rules.CHANCE_MAX - 1)


@pytest.mark.parametrize(("body", "digit"), [("7992739871", "3"), ("411111111111111", "1"), ("9" + "0" * 14, "1")])
def test_the_check_digit_is_that_of_the_standard(body, digit):
    """The first is the standard's example in every textbook, the second a well-known test number."""
    assert rules.check_digit(body) == digit


@given(chances)
def test_a_number_is_read_however_it_is_written(chance):
    number = rules.card_number(chance)
    assert len(number) == 16
    assert number.startswith("9")
    assert rules.read_number(rules.printed(number)) == number
    assert rules.read_number(f"  {number[:4]}-{number[4:]} ") == number


@given(chances, st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_always_told(chance, place, by):
    number = rules.card_number(chance)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert rules.read_number(wrong) is None


@given(chances, st.integers(0, 14))
def test_two_neighbours_in_the_wrong_order_are_told_but_for_09(chance, place):
    number = rules.card_number(chance)
    one, other = number[place], number[place + 1]
    wrong = number[:place] + other + one + number[place + 2 :]
    assert one == other or {one, other} == {"0", "9"} or rules.read_number(wrong) is None


@pytest.mark.parametrize("text", ["", "9", "8" + "0" * 14 + "3", "9" * 17, "９０００００００００００００１", "card"])
def test_what_is_no_number_is_said(text):
    with pytest.raises(AppError) as wrong:
        members.checked_number(text)
    assert wrong.value.code == "members.card_no"
