"""Points: given as lots, eaten by expiry, taken back into the lots they came from."""

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Credit, Debit, Receipt, Refused, Tell, Undo
from interplay.kernel.time import DAY


def test_what_is_given_can_be_spent_once(giving):
    anna = giving.somebody()
    given = giving.do(Credit("points", anna, 100), key="a", tells=(Tell("points.earned", anna, {"amount": 100}),))
    assert isinstance(given, Receipt)
    assert given.is_new
    assert given.position
    again = giving.do(Credit("points", anna, 100), key="a", tells=(Tell("points.earned", anna, {"amount": 100}),))
    assert not again.is_new
    assert again.act == given.act
    assert again.position == given.position
    assert giving.available(anna) == 100
    assert giving.do(Debit("points", anna, 60)).effects[0].amount == 60
    no = giving.do(Debit("points", anna, 60), key="b")
    assert no == Refused("acts.balance", {"unit": "points", "asked": 60, "available": 40})
    giving.do(Credit("points", anna, 20))
    assert isinstance(giving.do(Debit("points", anna, 60), key="b"), Receipt), "a refusal does not burn the key"
    assert giving.names()[-1] == "act.refused" or "act.refused" in giving.names()


def test_lots_are_eaten_by_earliest_expiry_and_what_is_given_back_returns_to_its_lot(giving):
    anna = giving.somebody()
    late = giving.do(Credit("points", anna, 50, expires_at=giving.clock() + 30 * DAY)).effects[0].lot
    soon = giving.do(Credit("points", anna, 50, expires_at=giving.clock() + 10 * DAY)).effects[0].lot
    never = giving.do(Credit("points", anna, 50)).effects[0].lot
    spent = giving.do(Debit("points", anna, 120), key="spent")
    assert spent.effects[0].parts == ((soon, 50), (late, 50), (never, 20))
    giving.clock.at += 10 * DAY
    back = giving.do(Undo("spent"))
    assert back.effects[0].inner[0].parts == ((never, 20), (late, 50), (soon, 50))
    assert giving.available(anna) == 100, "what has expired meanwhile is not there to be spent"
    assert giving.do(Undo("spent")) == Refused("acts.undone_already", {"asked": 0, "left": 0})


def test_pending_points_cannot_be_spent_before_their_day(giving):
    anna = giving.somebody()
    giving.do(Credit("points", anna, 10, active_from=giving.clock() + DAY))
    assert giving.do(Debit("points", anna, 10)).code == "acts.balance"
    giving.clock.at += DAY
    assert giving.do(Debit("points", anna, 10)).effects[0].amount == 10


@pytest.mark.parametrize(
    ("how", "left"),
    [({}, 30), ({"from_balance": True}, 0), ({"may_owe": True}, -20), ({"if_pending": True}, 30)],
)
def test_a_refund_takes_back_as_its_policy_says(giving, how, left):
    anna = giving.somebody()
    giving.do(Credit("points", anna, 100), key="earned")
    giving.do(Debit("points", anna, 100))
    giving.do(Credit("points", anna, 30))
    if how.get("may_owe"):
        giving.do(Debit("points", anna, 30), Credit("points", anna, 80))
    giving.do(Undo("earned", **how))
    assert giving.available(anna) == left


def test_a_debt_is_paid_first(giving):
    anna = giving.somebody()
    giving.do(Debit("points", anna, 70, may_owe=True))
    assert giving.available(anna) == -70
    giving.do(Credit("points", anna, 100))
    assert giving.available(anna) == 30
    assert giving.do(Debit("points", anna, 31)).code == "acts.balance"


def test_half_of_an_act_is_taken_back_once(giving):
    anna = giving.somebody()
    giving.do(Credit("points", anna, 101), key="earned")
    assert giving.do(Undo("earned", 0, 50)).effects[0].amount == 50
    assert giving.do(Undo("earned", 0, 52)) == Refused("acts.undone_already", {"asked": 52, "left": 51})
    giving.do(Undo("earned", 0, 51))
    assert giving.available(anna) == 0


def test_a_hold_keeps_points_from_being_spent_twice(giving):
    anna = giving.somebody()
    giving.do(Credit("points", anna, 100))
    held = giving.do(Debit("points", anna, 80), key="h", hold_until=giving.clock() + 60_000_000)
    assert held.state == "held"
    assert giving.do(Debit("points", anna, 30)).code == "acts.balance"
    assert giving.settle("h").state == "done"
    assert giving.settle("h").is_new is False
    assert giving.settle("h", is_kept=False).code == "acts.settled"
    assert acts.totals(giving.database, "points")["spent"] == 80


def test_a_hold_that_is_over_gives_everything_back(giving):
    anna = giving.somebody()
    giving.do(Credit("points", anna, 100))
    giving.do(Debit("points", anna, 80), key="h", hold_until=giving.clock() + 60_000_000)
    giving.clock.at += 60_000_000
    assert giving.settle("h").code == "acts.hold_expired"
    assert giving.available(anna) == 100
    assert giving.settle("h", is_kept=False).state == "let_go"


def test_points_of_one_person_are_one_wallet(giving):
    one, other = giving.somebody(1), giving.somebody(2)
    giving.do(Credit("points", one, 60))
    giving.do(Credit("points", other, 60))
    assert giving.do(Debit("points", one, 100)).code == "acts.balance"
