"""Groups that are a tree: nobody joins what is hers or what is below her; the writer decides, whoever asks first."""

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Join, Open, Receipt, Refused
from interplay.unify.identity.contracts import DecisionKind

KIND = "referral:spring/friends"


@pytest.fixture
def tree(giving):
    """Return (somebody's number → what joining another's group answers)."""
    whom = {number: giving.somebody(number) for number in range(1, 6)}
    for one in whom.values():
        assert isinstance(giving.do(Open(KIND, str(one), one)), Receipt)

    def join(number, other):
        return giving.do(Join(KIND, str(whom[other]), whom[number], is_only=True, loop="referral.loop"))

    join.whom = whom
    return join


def test_nobody_joins_her_own_group(tree):
    assert tree(1, 1).code == "referral.loop"


@pytest.mark.parametrize("length", [2, 3, 5])
def test_no_circle_is_closed_at_any_depth(tree, length):
    for number in range(2, length + 1):
        assert isinstance(tree(number, number - 1), Receipt)
    assert tree(1, length).code == "referral.loop"
    assert isinstance(tree(1, 5) if length < 5 else tree(2, 1), Receipt if length < 5 else Refused)


def test_who_was_merged_with_somebody_above_is_above_too(tree, giving):
    tree(2, 1)
    tree(3, 2)
    giving.decide(DecisionKind.TOGETHER, tree.whom[1], tree.whom[4])
    assert tree(4, 3).code == "referral.loop"


def test_a_merge_may_close_a_circle_and_looking_still_ends(tree, giving):
    tree(2, 1)
    tree(3, 2)
    giving.decide(DecisionKind.TOGETHER, tree.whom[1], tree.whom[3])
    assert isinstance(tree(4, 2), Receipt)
    assert tree(1, 4).code in ("referral.loop", "acts.joined_already")


def test_who_is_where_is_read_in_the_order_in_which_they_came(tree, giving):
    tree(2, 1)
    tree(3, 1)
    tree(4, 2)
    whom, database = tree.whom, giving.database
    assert [one.subject for one in acts.members_of(database, KIND, [str(whom[1])])] == [whom[2], whom[3]]
    assert [one.group for one in acts.links_of(database, KIND, [whom[4], whom[3]])] == [str(whom[1]), str(whom[2])]
    assert [one.subject for one in acts.every_link(database, KIND)] == [whom[2], whom[3], whom[4]]
    assert acts.owners(database, KIND) == list(whom.values())
    assert acts.links_of(database, "referral:other", [whom[4]]) == []
