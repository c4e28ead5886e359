"""Boards: who stands where is what a sorted list says, whatever is posted, taken back, merged or erased."""

import random

import pytest

from interplay.acts import api as acts
from interplay.acts import scoring
from interplay.acts.contracts import Receipt, Refused, Score, Undo
from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Command
from interplay.interact.campaigns.regrouping import Regroup, regrouping
from interplay.unify.identity.api import customer_of
from interplay.unify.identity.contracts import DecisionKind

BOARD = "board"


def post(giving, subject, amount, *, is_sum=True, window=0, **more):
    return giving.do(Score(BOARD, subject, amount, window, is_sum), **more)


def lead(giving, window=0):
    return [(one.rank, one.subject, one.score) for one in acts.top(giving.database, BOARD, window, 100)]


def rank(giving, *subjects, window=0):
    found = acts.standing(giving.database, BOARD, window, subjects)
    return None if found is None else (found.rank, found.score)


def test_more_comes_first_and_of_equals_who_was_earlier(giving):
    people = [giving.somebody(number) for number in range(4)]
    for subject, amount in zip(people, (5, 9, 5, 9), strict=True):
        giving.clock.at += 1
        post(giving, subject, amount)
    order = [people[1], people[3], people[0], people[2]]
    assert [subject for _, subject, _ in lead(giving)] == order
    assert [rank(giving, subject)[0] for subject in order] == [1, 2, 3, 4]
    assert acts.people_on(giving.database, BOARD, 0) == 4
    assert rank(giving, giving.somebody(9)) is None


def test_sums_add_up_and_of_others_the_best_counts(giving):
    one, other = giving.somebody(1), giving.somebody(2)
    for amount in (3, 4):
        post(giving, one, amount)
    assert rank(giving, one) == (1, 7)
    for amount in (30, 80, 70):
        giving.clock.at += 1
        giving.do(Score("best", other, amount, is_sum=False), key=f"b{amount}")
    assert acts.standing(giving.database, "best", 0, [other]).score == 80
    giving.do(Undo("b80"))
    found = acts.standing(giving.database, "best", 0, [other])
    assert (found.score, found.at) == (70, giving.clock())
    giving.do(Undo("b30"))
    giving.do(Undo("b70"))
    assert acts.standing(giving.database, "best", 0, [other]) is None


def test_once_means_once_and_a_refusal_posts_nothing(giving):
    one = giving.somebody()
    post(giving, one, 5, key="k")
    assert not post(giving, one, 5, key="k").is_new
    assert isinstance(giving.do(Score(BOARD, one, 3), Score(BOARD, one, 0)), Refused)
    assert rank(giving, one) == (1, 5)
    until = giving.clock() + 10
    post(giving, one, 7, key="held", hold_until=until)
    assert rank(giving, one) == (1, 5)
    giving.settle("held")
    assert rank(giving, one) == (1, 12)


def test_windows_are_boards_of_their_own(giving):
    one = giving.somebody()
    for window in (10, 20, 20):
        post(giving, one, 1, window=window)
    assert [rank(giving, one, window=window) for window in (10, 20, 30)] == [(1, 1), (1, 2), None]
    assert acts.windows_of(giving.database, BOARD) == [10, 20]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(scoring, "BLOCK_MAX", 6)
    monkeypatch.setattr(scoring, "BLOCK_MIN", 2)


@pytest.mark.parametrize("is_sum", [True, False])
@pytest.mark.usefixtures("small_blocks")
def test_whatever_happens_everybody_stands_where_a_sorted_list_says(giving, is_sum):
    """Posts, undos, merges and partings; blocks are cut and joined all the time."""
    rng, keys, posts = random.Random(7), [], {}
    people = [giving.somebody(number) for number in range(40)]
    together = {}
    for number in range(250):
        giving.clock.at += rng.randrange(2)
        what = rng.random()
        if what < 0.75:
            subject, amount = rng.choice(people), rng.randrange(1, 20)
            key = f"p{number}"
            assert isinstance(post(giving, subject, amount, is_sum=is_sum, key=key), Receipt)
            keys.append(key)
            posts[key] = (subject, amount, giving.clock())
        elif what < 0.9 and keys:
            key = keys.pop(rng.randrange(len(keys)))
            subject, amount, at = posts.pop(key)
            giving.do(Undo(key))
            if is_sum:  # what is left was reached when the last was posted
                posts[f"{key}-"] = (subject, 0, at)
        else:
            one, other = rng.sample(range(0, 40, 2), 2)
            if one // 8 == other // 8 and (one, other) not in together:
                together[one, other] = True
                giving.decide(DecisionKind.TOGETHER, people[one], people[other])
                regroup(giving, people[one], people[other])
        if number % 10 == 0:
            check(giving, people, posts, is_sum)
    check(giving, people, posts, is_sum)


def test_who_is_parted_has_her_own_scores_again(giving):
    one, other = giving.somebody(1), giving.somebody(2)
    post(giving, one, 5)
    post(giving, other, 8)
    giving.decide(DecisionKind.TOGETHER, one, other)
    regroup(giving, one, other)
    assert lead(giving) == [(1, min(one, other), 13)]
    assert rank(giving, one, other) == (1, 13)
    giving.decide(DecisionKind.APART, one, other)
    regroup(giving, one, other)
    assert lead(giving) == [(1, other, 8), (2, one, 5)]


def test_who_is_erased_stands_nowhere(giving):
    one, other = giving.somebody(1), giving.somebody(2)
    post(giving, one, 5)
    post(giving, other, 8)
    data, whom = acts.ActsData(), Whom((other,), None)
    assert data.export(giving.database, giving.door.keys, whom)["scores"][0]["score"] == 8
    giving.door.write(Command("erase", int, None, lambda tx, _: data.erase(tx, giving.door.keys, whom, Found())), 0)
    assert lead(giving) == [(1, one, 5)]
    assert rank(giving, one) == (1, 5)


def regroup(giving, *subjects):
    giving.door.write(regrouping(giving.door.home.acts), Regroup(tuple(subjects), 0))


def check(giving, people, posts, is_sum):
    wallets = {tuple(customer_of(giving.database, one)[1]) for one in people}
    expected = []
    for wallet in wallets:
        hers = [(amount, at, subject) for subject, amount, at in posts.values() if subject in wallet]
        if is_sum and (total := sum(amount for amount, _, _ in hers)):
            live = {subject for amount, _, subject in hers if amount}
            expected.append((-total, max(at for _, at, subject in hers if subject in live), min(live)))
        elif not is_sum and hers:
            amount, at, subject = min(hers, key=lambda one: (-one[0], one[1], one[2]))
            expected.append((-amount, at, subject))
    expected.sort()
    found = acts.top(giving.database, BOARD, 0, 1_000)
    assert [(-one.score, one.at, one.subject) for one in found] == expected
    for place, (down, _, subject) in enumerate(expected, start=1):
        wallet = next(one for one in wallets if subject in one)
        assert rank(giving, *wallet) == (place, -down)
    assert acts.check(giving.database) == []
