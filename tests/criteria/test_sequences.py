"""The sequence kernel against the plain reading of its definition."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.criteria.sequences import followers, trails
from interplay.engine.olap.trails import MOVES_MAX

SLOW = settings(deadline=None, derandomize=True)
EVER = (-(2**62), 2**62)
A, B, C = 0, 1, 2


def followed_by_brute_force(facts, steps, span, first, last):
    """Facts are (customer, at, position, code). Try every choice of facts."""
    found = set()
    for customer in {fact[0] for fact in facts}:
        own = sorted((at, position, code) for who, at, position, code in facts if who == customer)
        inside = [fact for fact in own if first <= fact[0] <= last]
        for chosen in combinations(inside, len(steps)):
            near = span is None or chosen[-1][0] <= chosen[0][0] + span
            if near and all(fact[2] == step for fact, step in zip(chosen, steps, strict=True)):
                found.add(customer)
    return sorted(found)


def followed(facts, steps, span=None, first=EVER[0], last=EVER[1]):
    columns = zip(*facts, strict=True) if facts else ([], [], [], [])
    customer, at, position, code = (np.array([*column], dtype=np.int64) for column in columns)
    return followers(trails(customer, at, position, code.astype(np.int16)), steps, span, first, last).tolist()


@st.composite
def pasts(draw):
    """Few customers, few instants, few names: ties and repeats everywhere; rows in any order."""
    rows = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 2)), max_size=14))
    positions = draw(st.permutations(range(len(rows))))
    spread = draw(st.sampled_from([1, 10**12]))  # far apart, ids are not numbered by subtraction
    return [(who * spread - 1, at, position, code) for (who, at, code), position in zip(rows, positions, strict=True)]


@SLOW
@given(
    pasts(),
    st.lists(st.integers(0, 2), min_size=1, max_size=4).map(tuple),
    st.one_of(st.none(), st.integers(0, 6)),
    st.integers(-1, 3),
    st.integers(2, 7),
)
def test_the_kernel_finds_whom_trying_every_choice_of_facts_finds(facts, steps, span, first, last):
    assert followed(facts, steps, span, first, last) == followed_by_brute_force(facts, steps, span, first, last)


def test_one_fact_is_never_two_steps_of_a_sequence():
    assert followed([(1, 0, 1, A), (1, 5, 2, B)], (A, A, B)) == []
    assert followed([(1, 0, 1, A), (1, 0, 2, A), (1, 5, 3, B)], (A, A, B)) == [1]


def test_steps_at_the_same_instant_are_ordered_by_position():
    assert followed([(1, 7, 2, B), (1, 7, 1, A)], (A, B)) == [1]
    assert followed([(1, 7, 1, B), (1, 7, 2, A)], (A, B)) == []


@pytest.mark.parametrize(("span", "expected"), [(10, [1]), (9, [])])
def test_the_last_step_may_be_exactly_the_span_after_the_first(span, expected):
    assert followed([(1, 0, 1, A), (1, 4, 2, B), (1, 10, 3, C)], (A, B, C), span) == expected


def test_a_later_start_is_preferred_because_it_leaves_more_of_the_span():
    assert followed([(1, 0, 1, A), (1, 8, 2, A), (1, 9, 3, B), (1, 15, 4, C)], (A, B, C), 7) == [1]


@pytest.mark.parametrize(("first", "last", "expected"), [(0, 10, [1]), (1, 10, []), (0, 9, [])])
def test_all_steps_must_lie_inside_the_window(first, last, expected):
    assert followed([(1, 0, 1, A), (1, 10, 2, B)], (A, B), None, first, last) == expected


def test_a_span_of_any_length_does_not_overflow():
    assert followed([(1, 2**53, 1, A), (1, 2**54, 2, B)], (A, B), 10**30) == [1]


def test_nobody_follows_when_there_are_no_facts():
    assert followed([], (A, B)) == []


@pytest.mark.parametrize("count", [2 * MOVES_MAX, 2 * MOVES_MAX + 2, 1000])
def test_a_trail_that_comes_backwards_is_put_in_order(count):
    facts = [(1, at // 2, at, A if at < count - 1 else B) for at in range(count)]
    assert followed(facts[::-1], (A, B)) == [1]
    assert followed(facts[::-1], (B, A)) == []


def test_eight_steps_are_allowed_and_nine_are_not():
    facts = [(1, at, at, A) for at in range(8)]
    assert followed(facts, (A,) * 8) == [1]
    with pytest.raises(ValueError, match="9 steps"):
        followed(facts, (A,) * 9)
