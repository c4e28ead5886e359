"""What is only tried: done whole where it is possible, else nothing of it; the rest of the act stands either way."""

from interplay.acts import api as acts
from interplay.acts.contracts import Attempt, Count, Credit, Debit, Issue, Mint, Receipt, Refused, Take, Tell, Undo


def tried(one, *last):
    told = (Tell("prize.given", one, {"prize": "cup"}, {"unit_no": (2, "unit")}),)
    steps = (Credit("points", one, 5), Count("cups"), Issue("cup", one), Take("gifts"), *last)
    return Attempt(steps, told, (Tell("prize.missed", one, {"prize": "cup"}),))


def test_it_is_given_whole_while_there_is_any(giving):
    one = giving.somebody()
    giving.do(Mint("gifts", 1))
    done = giving.do(Count("plays"), tried(one))
    assert done.effects[1].amount == 1
    unit = done.effects[1].inner[2].unit
    assert acts.unit_of(giving.database, unit).owner == one
    assert giving.told("prize.given")[0]["unit_no"] == unit
    assert giving.available(one) == 5
    assert "prize.missed" not in giving.names()


def test_where_nothing_is_left_the_rest_stands_and_says_so(giving):
    one = giving.somebody()
    giving.do(Mint("gifts", 1))
    giving.do(tried(one))
    done = giving.do(Count("plays"), tried(one), Credit("points", one, 1))
    assert isinstance(done, Receipt)
    assert (done.effects[1].amount, done.effects[1].inner) == (0, ())
    assert giving.available(one) == 6
    assert (acts.used(giving.database, "plays"), acts.used(giving.database, "cups")) == (1, 1)
    assert len(acts.units_of(giving.database, [one])) == 1
    assert len(giving.told("prize.missed")) == len(giving.told("prize.given")) == 1


def test_what_was_given_is_taken_back_with_the_act_and_what_was_not_is_not(giving):
    one = giving.somebody()
    giving.do(Mint("gifts", 1))
    giving.do(tried(one), key="given")
    giving.do(Count("plays"), tried(one), key="missed")
    assert isinstance(giving.do(Undo("missed")), Receipt)
    assert acts.stock(giving.database, "gifts")["available"] == 0
    assert isinstance(giving.do(Undo("given")), Receipt)
    assert acts.stock(giving.database, "gifts")["available"] == 1
    assert (giving.available(one), acts.used(giving.database, "cups")) == (0, 0)
    assert acts.units_of(giving.database, [one]) == []


def test_a_refusal_beside_it_takes_it_back_too(giving):
    one = giving.somebody()
    giving.do(Mint("gifts", 1))
    assert isinstance(giving.do(tried(one), Debit("points", one, 6)), Refused)
    assert (giving.available(one), acts.stock(giving.database, "gifts")["available"]) == (0, 1)


def test_it_holds_nothing_and_no_other_attempt(giving):
    one = giving.somebody()
    giving.do(Mint("gifts", 1))
    assert giving.do(tried(one), hold_until=giving.clock() + 10).code == "acts.not_held"
    assert giving.do(Attempt((tried(one),))).code == "acts.attempt"
    assert isinstance(giving.do(tried(one), is_dry=True), Receipt)
    assert acts.stock(giving.database, "gifts")["available"] == 1
