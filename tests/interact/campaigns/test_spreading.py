"""The K factor by its formula, levels, and looking at the graph of a hundred thousand friends."""

from time import perf_counter

import pytest

from interplay.acts.store import groups, links
from interplay.engine.oltp.contracts import Command
from interplay.interact.campaigns import referrals
from interplay.interact.campaigns.spreading import Level, spread
from interplay.kernel.errors import AppError
from interplay.unify.identity.api import customer_of
from tests.interact.campaigns.square import Square
from tests.interact.mechanics.inviting import NAME, PART, Inviting
from tests.stores import user

KIND = f"referral:{NAME}"
FRIENDS = 100_000


@pytest.fixture
def inviting(square):
    return Inviting(square)


def wallet(inviting, number):
    square = inviting.square
    return customer_of(square.database, square.player(number))[1]


def test_nothing_is_divided_by_nobody(inviting):
    found = spread(inviting.square.state, "spring", PART)
    assert (found.players, found.k, found.conversion, found.invitations_per_player) == (0, None, None, None)


def test_k_is_invitations_per_player_times_what_of_them_was_accepted(inviting):
    code = inviting.code(1)
    for _ in range(3):
        inviting.invite(1)
    inviting.invite(9)
    for friend in (2, 3):
        inviting.accept(friend, code)
    inviting.join(4, 2)
    inviting.order(2, "o2")
    inviting.order(4, "o4")
    inviting.refund("o4")
    found = spread(inviting.square.state, "spring", PART)
    assert (found.players, found.invitations, found.accepted, found.ordered) == (5, 6, 3, 2)
    assert found.k == pytest.approx(found.invitations_per_player * found.conversion) == pytest.approx(3 / 5)
    assert found.levels == (Level(0, 2, 2), Level(1, 2, 1), Level(2, 1, 0))
    assert (found.rewards_pending, found.rewards_given) == (2, 0)
    inviting.close()
    found = spread(inviting.square.state, "spring", PART)
    assert (found.rewards_pending, found.rewards_given) == (0, 2)


def test_people_are_counted_and_not_their_identifiers(inviting):
    inviting.join(2, 1)
    inviting.join(3, 2)
    inviting.square.merge(user(1), user(3))
    found = spread(inviting.square.state, "spring", PART)
    assert (found.players, sum(level.players for level in found.levels)) == (2, 2)


def test_only_a_referral_spreads(square):
    square.started()
    with pytest.raises(AppError, match="no part wheel"):
        spread(square.state, "spring", "wheel")


def test_degree_depth_and_size_are_of_people(inviting):
    for friend, inviter in ((2, 1), (3, 1), (4, 2), (5, 4), (7, 6)):
        inviting.join(friend, inviter)
    database = inviting.square.database
    seen = {
        number: tuple(ask(database, KIND, wallet(inviting, number)) for ask in LOOKS) for number in range(1, 9)
    }  # fmt: skip
    assert seen == {
        1: (2, 0, 5), 2: (2, 1, 5), 3: (1, 1, 5), 4: (2, 2, 5), 5: (1, 3, 5), 6: (1, 0, 2), 7: (1, 1, 2), 8: (0, 0, 1),
    }  # fmt: skip
    inviting.square.merge(user(5), user(6))
    assert referrals.size(database, KIND, wallet(inviting, 7)) == 6
    assert referrals.depth(database, KIND, wallet(inviting, 7)) == 4
    assert referrals.size(database, KIND, wallet(inviting, 1), 3) == 3


LOOKS = (referrals.degree, referrals.depth, referrals.size)


def test_a_hundred_thousand_friends_are_no_burden(tmp_path):
    """Each has ten friends, so it is five deep; whom one is linked with is found in milliseconds."""
    with Square(tmp_path / "data") as square:
        Inviting(square)
        square.write(Command("test.fill", int, None, _fill), FRIENDS)
        began = perf_counter()
        assert referrals.degree(square.database, KIND, [1 + FRIENDS // 50]) == 11
        assert referrals.depth(square.database, KIND, [FRIENDS]) == 5
        assert referrals.size(square.database, KIND, [FRIENDS], 1_000) == 1_000
        near = perf_counter() - began
        began = perf_counter()
        assert referrals.size(square.database, KIND, [FRIENDS], 2 * FRIENDS) == FRIENDS
        found = spread(square.state, "spring", PART)
        assert (found.accepted, found.players) == (FRIENDS - 1, FRIENDS)
        whole = perf_counter() - began
        print(f"near {near:.3f} s, whole {whole:.3f} s")
        assert near < 1
        assert whole < 20


def _fill(tx, count):
    """Write links as acts would: subject n was invited by (n − 2) ÷ 10 + 1."""
    inviters = sorted({(number - 2) // 10 + 1 for number in range(2, count + 1)})
    tx.raw.insert_many(groups, [(KIND, str(one), one, one, None, None, 0) for one in inviters])
    rows = [(KIND, str((number - 2) // 10 + 1), number, 10**6 + number, 0) for number in range(2, count + 1)]
    tx.raw.insert_many(links, rows)
