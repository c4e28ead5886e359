"""A million plays of a table end as its weights say, and a secret decides all of it. 10⁷ in `make soak`."""

from collections import Counter
from hashlib import sha256
from itertools import pairwise

import pytest

from interplay.acts import chance
from interplay.acts.contracts import Draw, Outcome

TABLES = {
    "8.33 / 33.33 / 58.33 %": (833, 3333, 5834),
    "equal thirds": (1, 1, 1),
    "prizes under one percent": (1, 9, 90, 900, 99_000),
}
PLAYS, PLAYS_SOAK = 10**6, 10**7
P_MIN = 0.001
CRITICAL = {2: 13.816, 4: 18.467}
"""χ² at p = 0.001 by degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4)."""


def played(weights, plays, seed):
    """Return how often each outcome was picked, by as many players as plays."""
    secret, total = sha256(seed.encode()).digest(), sum(weights)
    ends = Counter(chance.roll(secret, "spring", f"{play:x}", play, total) for play in range(1, plays + 1))
    found = [0] * len(weights)
    for rolled, count in ends.items():
        found[chance.pick(weights, rolled)] += count
    return found


def chi_squared(weights, found):
    expected = [sum(found) * weight / sum(weights) for weight in weights]
    return sum((one - wanted) ** 2 / wanted for one, wanted in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", TABLES)
def test_a_million_plays_end_as_the_weights_say(name):
    weights = TABLES[name]
    found = played(weights, PLAYS, f"test {name}")
    assert sum(found) == PLAYS
    assert chi_squared(weights, found) < CRITICAL[len(weights) - 1]


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", TABLES)
def test_ten_million_plays_end_as_the_weights_say(name):
    weights = TABLES[name]
    assert chi_squared(weights, played(weights, PLAYS_SOAK, f"soak {name}")) < CRITICAL[len(weights) - 1]


def test_a_table_that_is_not_what_was_declared_is_found():
    """The published fault of other systems: 9 / 34 / 57 instead of 8.33 / 33.33 / 58.33."""
    found = played((90, 340, 570), 100_000, "wrong")
    assert chi_squared((833, 3333, 5834), found) > CRITICAL[2]


@pytest.mark.parametrize("weights", [(1, 10**6 - 1), (10**6 - 3, 1, 1, 1), (333_333, 0, 666_667)])
def test_every_weight_is_exact_to_one_in_a_million(weights):
    """Each of the million rolls that are possible ends somewhere: as many with an outcome as it weighs."""
    found = Counter(chance.pick(weights, rolled) for rolled in range(sum(weights)))
    assert [found[place] for place in range(len(weights))] == list(weights)


def test_no_roll_is_likelier_than_another_whatever_the_sum():
    """What is above the last whole multiple of the sum is rolled again, so nothing is left over."""
    total = 2**63 + 1  # nearly half of all rolls are above it
    rolls = [chance.roll(b"s" * 32, "spring", "anna", play, total) for play in range(2_000)]
    assert all(0 <= one < total for one in rolls)
    low = sum(one < total // 2 for one in rolls)
    assert 900 < low < 1_100


def test_pity_comes_exactly_after_so_many_misses():
    outcomes = (Outcome("cup", 1), Outcome("ten", 0), Outcome("nothing", 999))
    draw = Draw("spring", 1, outcomes, "nothing", pity_after=5, pity="ten")
    assert [chance.weights(draw, 1, 0, misses) for misses in (0, 4)] == [(1, 0, 999)] * 2
    assert [chance.weights(draw, 1, 0, misses) for misses in (5, 6)] == [(0, 1, 0)] * 2


def test_another_secret_campaign_player_or_play_rolls_otherwise():
    first = (b"a" * 32, "spring", "anna", 1)
    others = [(b"b" * 32, *first[1:]), (first[0], "autumn", *first[2:]), (*first[:2], "beth", 1), (*first[:3], 2)]
    rolls = [chance.roll(*one, 2**62) for one in (first, *others)]
    assert len(set(rolls)) == len(rolls)
    assert all(one != other for one, other in pairwise(sorted(rolls)))
