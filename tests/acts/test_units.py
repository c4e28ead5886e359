"""Units whose codes were made elsewhere, long lists, and refusals that were found while reading."""

import pytest

from interplay.acts import api as acts
from interplay.acts.api import UnitState
from interplay.acts.contracts import Act, Claim, Credit, Issue, Receipt, Refuse, Refused, Undo, Use
from interplay.kernel.errors import AppError
from interplay.kernel.time import MINUTE


def load(giving, *codes, pool="paper"):
    return giving.door.write(acts.load, acts.Load(pool, tuple(code.encode().ljust(16) for code in codes)))


def unit(giving, code):
    return acts.unit_by_code(giving.database, code.encode().ljust(16))


def test_codes_are_loaded_once_and_those_that_are_known_are_said(giving):
    assert load(giving, "a", "b", "a") == [2]
    assert load(giving, "b", "c", pool="other") == [0]
    assert acts.stock(giving.database, "paper") == {"minted": 2, "available": 0, "waiting": 2}
    assert unit(giving, "b").pool == "paper", "what is known stays as it is"
    assert load(giving, "a", "b") == [0, 1]


def test_a_unit_that_waits_is_used_by_whoever_brings_it_and_goes_back_to_wait(giving):
    load(giving, "a")
    number = unit(giving, "a").unit
    assert giving.do(Use(number, None)).code == "acts.nobodys"
    assert isinstance(giving.do(Use(number, None, is_bearer=True), key="use"), Receipt)
    assert unit(giving, "a").state is UnitState.USED
    assert giving.do(Use(number, None, is_bearer=True)).code == "acts.used"
    giving.do(Undo("use"))
    assert (unit(giving, "a").state, unit(giving, "a").owner) == (UnitState.WAITING, None)


@pytest.mark.parametrize(
    ("minutes", "code"), [(-1, "acts.not_yet"), (0, None), (9, None), (10, "acts.expired"), (99, "acts.expired")]
)
def test_a_use_that_is_told_afterwards_is_judged_by_its_own_moment_and_never_by_a_later_one(giving, minutes, code):
    anna, begin = giving.somebody(), giving.clock()
    giving.do(Issue("tea", anna, begin, begin + 10 * MINUTE))
    number = acts.units_of(giving.database, [anna])[0].unit
    giving.clock.at += 60 * MINUTE
    answer = giving.do(Use(number, anna, at=begin + minutes * MINUTE))
    assert getattr(answer, "code", None) == code


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_waiting_unit_is_held_for_who_brings_it(giving, is_kept):
    anna = giving.somebody()
    load(giving, "a")
    number = unit(giving, "a").unit
    giving.do(Use(number, anna, is_bearer=True), key="h", hold_until=giving.clock() + MINUTE)
    assert unit(giving, "a").state is UnitState.HELD
    giving.settle("h", is_kept=is_kept)
    found = unit(giving, "a")
    assert (found.state, found.owner) == ((UnitState.USED, anna) if is_kept else (UnitState.WAITING, None))


def test_a_unit_that_somebody_has_is_no_bearers(giving):
    anna, bob = giving.somebody(1), giving.somebody(2)
    load(giving, "a")
    giving.do(Claim("paper", anna, b"a".ljust(16)))
    number = unit(giving, "a").unit
    assert giving.do(Use(number, None, is_bearer=True)).code == "acts.not_yours"
    assert giving.do(Use(number, bob, is_bearer=True)).code == "acts.not_yours"
    assert isinstance(giving.do(Use(number, anna, is_bearer=True)), Receipt)


def test_what_was_found_while_reading_is_refused_with_its_fact_and_does_not_burn_the_key(giving):
    anna = giving.somebody()
    no = giving.do(Refuse("coupon.others", {"who": "bob"}), key="k")
    assert no == Refused("coupon.others", {"who": "bob"})
    assert giving.names()[-1] == "act.refused"
    assert isinstance(giving.do(Credit("points", anna, 5), key="k"), Receipt)
    again = giving.do(Refuse("coupon.others"), key="k")
    assert isinstance(again, Receipt)
    assert not again.is_new, "a known key answers before any reason"


def test_a_long_list_is_done_in_order_and_once(giving):
    anna = giving.somebody()

    def asks(amount):
        return [Act(f"l{n}", "list", acts.body_of(amount), (Credit("points", anna, amount),)) for n in range(500)]

    found = list(acts.do_all(giving.door.home.acts, giving.door, asks(1)))
    assert [one.key for one in found] == [f"l{n}" for n in range(500)]
    assert not any(one.is_new for one in acts.do_all(giving.door.home.acts, giving.door, asks(1)))
    assert giving.available(anna) == 500
    with pytest.raises(AppError, match="stands for something else"):
        list(acts.do_all(giving.door.home.acts, giving.door, asks(2)))


def test_pools_are_counted_by_state_with_what_is_out_of_time(giving):
    giving.door.write(acts.load, acts.Load("p:a", (b"1".ljust(16), b"2".ljust(16)), valid_until=giving.clock() + 1))
    load(giving, "x", pool="p:b")
    load(giving, "y", pool="q")
    giving.clock.at += 1
    stocks = acts.stocks(giving.database, "p:", giving.clock())
    assert [(one.pool, one.minted, one.waiting, one.expired) for one in stocks] == [("p:a", 2, 0, 2), ("p:b", 1, 1, 0)]
