"""What a code is made of: it names its number, nobody can make one up, and a slip of the finger is found."""

import random
from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.interact.codes import codec, packing
from interplay.interact.codes.codec import CHARS, NUMBER_MAX, Codec
from interplay.interact.codes.contracts import Batch, Level, Packing
from interplay.kernel.crockford import ALPHABET, printed

OURS = Codec(b"k" * 32)
numbers = st.integers(0, NUMBER_MAX)


@given(numbers)
def test_a_code_names_its_number_however_it_is_typed(number):
    code = OURS.code(number)
    assert len(code) == CHARS == 16
    assert set(code) <= set(ALPHABET)
    assert OURS.number(code) == number
    typed = printed(code).lower().replace("0", "o").replace("1", "l")
    assert [OURS.number(one) for one in codec.read(f" {typed} ")] == [number]


@given(numbers, st.sampled_from(["https://i.example.cn/c/{}", "HTTPS://I.CN/{}/", "https://i.cn/?c={}&from=wechat",
                                 "https://i.cn/#{}"]))  # fmt: skip
def test_an_address_is_read_as_the_code_in_it(number, address):
    assert codec.read(address.format(OURS.code(number))) == [OURS.code(number)]


def test_an_address_holds_a_few_guesses_at_most():
    assert codec.read("/".join(OURS.codes(1, 20))) == [*OURS.codes(17, 4)][::-1]
    assert codec.read("https://i.cn/c/") == []


@given(numbers)
def test_another_key_makes_codes_that_are_not_ours(number):
    assert OURS.number(Codec(b"K" * 32).code(number)) is None


@given(st.integers(0, NUMBER_MAX - 10_000), st.integers(0, 9_000))
def test_codes_in_a_row_are_those_of_their_numbers(first, count):
    made = list(OURS.codes(first, count))
    assert len(made) == count
    for at in {0, count // 2, count - 1} if count else ():
        assert made[at] == OURS.code(first + at)


@pytest.mark.parametrize("number", [1, 2, 12_345, NUMBER_MAX])
def test_every_single_slip_and_every_swap_of_neighbours_is_found(number):
    code = OURS.code(number)
    slips = [code[:at] + letter + code[at + 1 :] for at in range(CHARS) for letter in ALPHABET if letter != code[at]]
    swaps = [
        code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(CHARS - 1) if code[at] != code[at + 1]
    ]
    assert len(slips) == CHARS * 31
    assert all(OURS.number(other) is None for other in slips + swaps)


def test_every_double_slip_of_a_code_is_found():
    code, found = OURS.code(77), 0
    for one, other in combinations(range(CHARS), 2):
        for a in ALPHABET:
            for b in ALPHABET:
                letters = list(code)
                letters[one], letters[other] = a, b
                typed = "".join(letters)
                found += 1
                assert typed == code or OURS.number(typed) is None
    assert found == 120 * 1024


def test_a_guess_is_right_once_in_two_to_the_forty():
    """Structure: of the 80 bits 40 are free, and each number has just one code. Statistics: no guess in a million."""
    assert 32**CHARS == 2**80
    assert NUMBER_MAX + 1 == 2**40
    chance = random.Random(5)
    guesses = ("".join(chance.choices(ALPHABET, k=CHARS)) for _ in range(200_000))
    assert sum(OURS.number(one) is not None for one in guesses) == 0
    near = [OURS.code(number) for number in range(1_000)]
    mixed = (one[:8] + other[8:] for one, other in pairwise(near))
    assert sum(OURS.number(one) is not None for one in mixed) == 0, "half of one code and half of another are none"


def test_codes_in_a_row_have_nothing_in_common():
    made = list(OURS.codes(1, 20_000))
    assert len(set(made)) == len(made)
    for place in range(CHARS):
        counts = Counter(code[place] for code in made)
        chi2 = sum((counts[letter] - 625) ** 2 / 625 for letter in ALPHABET)
        assert chi2 < 70, f"place {place}: 31 degrees of freedom, p < 0.0001"
    same = sum(a == b for one, other in pairwise(made) for a, b in zip(one, other, strict=True))
    assert abs(same / (CHARS * (len(made) - 1)) - 1 / 32) < 0.001


@given(st.integers(1, 100_000), st.integers(0, 50), st.integers(0, 20), st.integers(0, 10), st.integers(1, 10**9))
def test_every_number_of_a_batch_is_one_thing_and_every_item_is_in_what_holds_it(count, box, case, pallet, first):
    packed = Packing(box, case if box else 0, pallet if box and case else 0)
    batch = Batch(1, "b", "p", count, packed, "", 5, first, 0, "")
    ends = packing.counts(count, packed)
    assert packing.numbers_of(batch) == sum(ends)
    assert packing.unit_of(batch, first - 1) is None
    assert packing.unit_of(batch, first + sum(ends)) is None
    for level, many in enumerate(ends):
        for index in {0, many - 1}:
            unit = packing.unit_of(batch, packing.number_of(batch, Level(level), index))
            assert (unit.level, unit.index) == (level, index)
            held = packing.items_of(unit)
            assert 0 <= held.first < held.until <= count
            assert {packing.holder(batch, item, Level(level)) for item in (held.first, held.until - 1)} == {index}
    assert packing.items_of(packing.unit_of(batch, first + sum(ends) - 1)).until == count
