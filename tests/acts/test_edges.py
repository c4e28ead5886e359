"""Where acts meet what is rare: debts that are paid, holds of the erased, numbers that make no sense, third persons."""

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import (
    AMOUNT_MAX,
    KEY_CHARS_MAX,
    STEPS_MAX,
    Act,
    Claim,
    Count,
    Credit,
    Debit,
    Do,
    Draw,
    Hand,
    Issue,
    Join,
    Mint,
    Open,
    Outcome,
    Refused,
    Settle,
    Take,
    Tell,
    Undo,
    Use,
)
from interplay.bootstrap.registry import CUSTOMER_DATA
from interplay.engine.log.customer_data import Whom
from interplay.engine.oltp.contracts import Command
from interplay.engine.timers.api import Timer
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, MINUTE
from tests.acts.giving import Giving
from tests.stores import Clock, DoorOnly


def let_go(giving):
    """Do what the timer of holds does."""
    run = giving.door.home.acts.let_go_overdue
    timer = Timer(acts.TIMER, "t", Micros(0))
    return giving.door.write(Command("test.let_go", type(None), None, lambda tx, _: run(tx, timer)), None)


def forget(giving, *subjects):
    """Erase what acts keep of somebody, as the erasure does before the keys go."""
    data = next(one for one in CUSTOMER_DATA if one.name == "acts")
    whom = Whom(tuple(subjects), None)

    def run(tx, _):
        data.erase(tx, giving.door.keys, whom, None)
        for subject in subjects:
            tx.raw.execute("INSERT INTO erased_subjects (subject, kind) VALUES (?, 1)", (subject,))
            tx.raw.execute("DELETE FROM subjects WHERE subject = ?", (subject,))

    giving.door.write(Command("test.forget", type(None), None, run), None)
    giving.door.keys.erase(subjects)


def test_a_hold_never_opens_a_group_or_mints_so_that_it_can_always_be_let_go(giving):
    anna, bert = giving.somebody(1), giving.somebody(2)
    until = Micros(giving.clock() + MINUTE)
    giving.do(Open("team", "g", anna), key="open", hold_until=until)
    giving.do(Mint("gifts", 3), key="mint", hold_until=until)
    assert giving.do(Join("team", "g", bert)).code == "acts.no_group"
    assert giving.do(Take("gifts")).code == "acts.sold_out"
    giving.do(Credit("points", anna, 50))
    giving.do(Debit("points", anna, 50), hold_until=until)
    giving.clock.at += MINUTE
    let_go(giving)
    assert giving.available(anna) == 50
    assert giving.settle("open").code == "acts.hold_expired"


def test_holds_of_somebody_erased_are_taken_back_and_block_nobody(giving):
    anna, bert = giving.somebody(1), giving.somebody(2)
    giving.do(Mint("gifts", 1))
    until = Micros(giving.clock() + MINUTE)
    coupon = giving.do(Issue("coupon:a@1", anna)).effects[0].unit
    giving.do(Take("gifts"), Count("all", cap=1), Use(coupon, anna), subject=anna, hold_until=until)
    giving.do(Credit("points", anna, 9))
    forget(giving, anna)
    assert giving.do(Take("gifts"), Count("all", cap=1), subject=bert).effects
    assert acts.unit_of(giving.database, coupon).state is acts.UnitState.VOID
    assert acts.liability(giving.database, "points", giving.clock())["available"] == 0
    assert giving.do(Debit("points", anna, 5)) == Refused("acts.nobody")
    assert giving.do(Count("x"), subject=anna) == Refused("acts.nobody")
    assert giving.do(Hand(coupon, bert, anna)) == Refused("acts.nobody")


def test_expiry_goes_on_after_an_erasure(giving):
    anna, bert = giving.somebody(1), giving.somebody(2)
    for who in (anna, bert):
        giving.do(Credit("points", who, 10, expires_at=Micros(giving.clock() + DAY)))
    forget(giving, anna)
    giving.clock.at += DAY
    home = giving.door.home
    expire = acts.expire(home.appender, home.acts.telling, home.acts.wallet)
    assert giving.door.write(expire, acts.Expire("points", "points.expired")) == 1
    assert giving.names().count("points.expired") == 1


def test_a_hold_that_tells_of_somebody_erased_can_be_settled(giving):
    anna, bert = giving.somebody(1), giving.somebody(2)
    until = Micros(giving.clock() + MINUTE)
    tells = (Tell("points.spent", anna), Tell("points.earned", bert))
    giving.do(Count("x"), key="h", subject=bert, hold_until=until, tells=tells)
    forget(giving, anna)
    assert giving.settle("h").state == "done"
    assert "points.earned" in giving.names()


def test_a_paid_debt_does_not_turn_expiring_points_into_lasting_ones(giving):
    anna = giving.somebody()
    giving.do(Debit("points", anna, 70, may_owe=True), key="spent")
    giving.do(Credit("points", anna, 100, expires_at=Micros(giving.clock() + DAY)))
    giving.do(Undo("spent"))
    assert giving.available(anna) == 100
    giving.clock.at += DAY
    assert giving.available(anna) == 0


@pytest.mark.parametrize(
    "step",
    [
        Debit("points", 1, -50), Debit("points", 1, 0), Credit("points", 1, AMOUNT_MAX + 1), Count("x", amount=-3),
        Take("gifts", -5), Mint("gifts", 0), Mint("gifts", 2**62), Undo("mint", 0, -7), Count("x", cap=2**60),
    ],
)  # fmt: skip
def test_amounts_that_make_no_sense_are_refused(giving, step):
    giving.somebody()
    giving.do(Mint("gifts", 1), key="mint")
    assert giving.do(step).code in ("acts.amount", "acts.cap")
    assert acts.stock(giving.database, "gifts")["available"] == 1


@pytest.mark.parametrize("place", [-1, 9])
def test_a_step_that_is_not_there_is_told(giving, place):
    giving.do(Mint("gifts", 1), key="mint")
    assert giving.do(Undo("mint", place)) == Refused("acts.unknown_step", {"key": "mint", "step": place})


def test_keys_steps_and_odds_have_their_bounds(giving):
    anna = giving.somebody()
    assert giving.do(Count("x"), key="k" * (KEY_CHARS_MAX + 1)).code == "acts.key_length"
    assert giving.do(*[Count("x")] * (STEPS_MAX + 1)).code == "acts.steps"
    for outcomes, fallback in (((Outcome("a", 0),), "a"), ((Outcome("a", 1),), "b"), ((Outcome("a", -1),), "a")):
        assert giving.do(Draw("c", anna, outcomes, fallback)).code == "acts.odds"
    assert giving.do(Draw("c", anna, (Outcome("a", 1),), "a", pity_after=1)).code == "acts.odds"


def test_nobody_gets_anything_by_a_number_that_was_never_given(giving):
    assert giving.do(Credit("points", 99_999, 5)) == Refused("acts.nobody")


def test_what_has_moved_on_is_not_taken_from_a_third_person(giving):
    anna, bert, cleo = (giving.somebody(number) for number in (1, 2, 3))
    unit = giving.do(Issue("coupon:a@1", anna), key="issue").effects[0].unit
    giving.do(Hand(unit, anna, bert), key="first")
    giving.do(Hand(unit, bert, cleo), key="second")
    assert giving.do(Undo("first")) == Refused("acts.moved_on")
    assert giving.do(Undo("issue")) == Refused("acts.moved_on")
    giving.do(Undo("second"))
    giving.do(Undo("first"))
    assert acts.unit_of(giving.database, unit).owner == anna
    assert giving.do(Undo("issue")).effects[0].amount == 1


def test_a_claim_that_was_let_go_leaves_no_validity_behind(giving):
    anna = giving.somebody()
    load_codes(giving, "codes", 1)
    until = Micros(giving.clock() + MINUTE)
    giving.do(Claim("codes", anna, valid_until=Micros(giving.clock() + 1)), key="h", hold_until=until)
    giving.settle("h", is_kept=False)
    unit = giving.do(Claim("codes", anna)).effects[0].unit
    giving.clock.at += DAY
    assert giving.do(Use(unit, anna)).effects[0].amount == 1


def load_codes(giving, pool, count):
    def run(tx, _):
        tx.raw.execute("INSERT INTO pools (pool, name, minted, available) VALUES (1, ?, ?, 0)", (pool, count))
        for number in range(1, count + 1):
            row = "INSERT INTO units (unit, pool, state, valid_from) VALUES (?, 1, 1, 0)"
            tx.raw.execute(row, (number,))

    giving.door.write(Command("test.codes", type(None), None, run), None)


def test_what_a_settling_tells_is_told_when_it_lets_go_too(giving):
    anna = giving.somebody()
    giving.do(Count("x"), key="h", hold_until=Micros(giving.clock() + MINUTE))
    home = giving.door.home
    acts.do(home.acts, giving.door, Settle("h", False, (Tell("coupon.denied", anna),)))
    assert "coupon.denied" in giving.names()


def test_what_expires_pays_a_debt_before_it_goes(giving):
    anna = giving.somebody()
    giving.do(Debit("points", anna, 70, may_owe=True))
    now = giving.clock()
    giving.do(Credit("points", anna, 100, active_from=Micros(now + DAY), expires_at=Micros(now + 2 * DAY)))
    giving.clock.at += 2 * DAY
    home = giving.door.home
    expire = acts.expire(home.appender, home.acts.telling, home.acts.wallet)
    giving.door.write(expire, acts.Expire("points", "points.expired"))
    assert giving.available(anna) == 0
    assert acts.totals(giving.database, "points")["expired"] == 30


def test_what_a_hold_gives_back_goes_to_lots_that_paid_in_the_same_group(giving):
    anna = giving.somebody()
    until = Micros(giving.clock() + DAY)
    giving.do(Debit("points", anna, 70, may_owe=True), key="h", hold_until=until)
    paying = Act("pay", "test", b"p", (Credit("points", anna, 100, expires_at=Micros(giving.clock() + MINUTE)),))
    home = giving.door.home
    both = [Do(paying), Do(Settle("h", is_kept=False))]
    giving.door.write(Command("test.both", type(None), None, lambda tx, _: len(home.acts.run_all(tx, both))), None)
    assert giving.available(anna) == 100
    giving.clock.at += MINUTE
    assert giving.available(anna) == 0


def test_what_an_undo_gives_back_goes_to_lots_that_paid_in_the_same_act(giving):
    anna = giving.somebody()
    giving.do(Debit("points", anna, 70, may_owe=True), key="spent")
    giving.do(Credit("points", anna, 100, expires_at=Micros(giving.clock() + MINUTE)), Undo("spent"))
    assert giving.available(anna) == 100
    giving.clock.at += MINUTE
    assert giving.available(anna) == 0


class Ticking(Clock):
    """Time as it is: it passes while something is done."""

    def __call__(self):
        self.at += 1
        return Micros(self.at)


def test_the_first_receipt_and_every_repetition_say_the_same_moment(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", Ticking(), database_url) as door:
        giving = Giving(door)
        anna = giving.somebody()
        tell = Tell("points.earned", anna, {"unit": "points", "amount": 5})
        first = giving.do(Credit("points", anna, 5), key="k", tells=(tell,))
        assert giving.do(Credit("points", anna, 5), key="k", tells=(tell,)).at == first.at
        assert door.rows()[-1].occurred_at == first.at
