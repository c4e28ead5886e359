"""Acts of one group: what they read and write together, and that each is still taken back by itself."""

from contextlib import closing
from dataclasses import dataclass

import pytest

from interplay.acts import api as acts
from interplay.acts import linking
from interplay.acts.contracts import Act, Count, Credit, Debit, Do, Receipt, Refuse, Refused
from interplay.engine.oltp.contracts import Command
from interplay.kernel.errors import AppError

POINTS = 1_000
PER_DEBIT = 2  # its lots are looked up and changed; everything else is of the group


@dataclass
class Counting:
    """A connection that counts what it is asked."""

    raw: object
    calls: int = 0

    def __getattr__(self, name):
        found = getattr(self.raw, name)
        if not callable(found):
            return found

        def counted(*args, **more):
            self.calls += 1
            return found(*args, **more)

        return counted


def spending(subject, key, *more, amount=10, **how):
    steps = (Count("visits", cap=5, subject=subject), Count("all"), Debit("points", subject, amount), *more)
    return Act(key, "test", acts.body_of(key), steps, subject=subject, **how)


@pytest.fixture
def people(giving):
    found = [giving.somebody(number) for number in range(40)]
    for one in found:
        giving.do(Credit("points", one, POINTS))
    return found


def together(giving, some):
    """Do acts in one group; return the answers, and how often the database was asked for anything."""

    def run(tx, asks):
        tx.raw = counting = Counting(tx.raw)
        return giving.door.home.acts.run_all(tx, asks), counting.calls

    return giving.door.write(Command("test.group", list, None, run), [Do(one) for one in some])


def test_each_further_order_of_a_group_asks_for_its_lots_only(giving, people):
    few, many = people[:8], people[8:]
    first, calls_of_few = together(giving, [spending(one, f"a{one}") for one in few])
    second, calls_of_many = together(giving, [spending(one, f"a{one}") for one in many])
    assert all(isinstance(one, Receipt) and one.is_new for one in (*first, *second))
    assert calls_of_many - calls_of_few == PER_DEBIT * (len(many) - len(few))
    assert [giving.available(one) for one in people] == [POINTS - 10] * len(people)
    assert acts.used_of(giving.database, ["all"]) == {"all": len(people)}


@pytest.mark.parametrize(
    ("last", "how"),
    [
        ((Count("none", cap=0),), {}),
        ((Refuse("acts.limit"),), {}),
        ((Debit("points", None, POINTS),), {}),
        ((), {"is_dry": True}),
    ],
    ids=["a count after it", "a no after it", "another debit", "a preview"],
)
def test_what_an_act_took_before_it_was_refused_is_there_again(giving, people, last, how):
    whose, other = people[:2]
    more = tuple(Debit("points", whose, POINTS) if isinstance(one, Debit) else one for one in last)
    asked = [spending(whose, "no", *more, **how), spending(whose, "yes"), spending(other, "too")]
    (no, yes, too), _ = together(giving, asked)
    assert isinstance(no, Refused) or no.act == 0
    assert (yes.effects[0].used, too.effects[0].used) == (1, 1)
    assert [giving.available(one) for one in (whose, other)] == [POINTS - 10] * 2
    assert acts.used_of(giving.database, ["all"]) == {"all": 2}
    assert acts.check(giving.database) == []


def test_a_debit_that_is_refused_takes_nothing(giving, people):
    whose = people[0]
    (first, no, last), _ = together(
        giving, [spending(whose, "a", amount=900), spending(whose, "b", amount=200), spending(whose, "c", amount=100)]
    )
    assert isinstance(no, Refused)
    assert (no.code, no.arguments["available"]) == ("acts.balance", 100)
    assert [one.effects[0].used for one in (first, last)] == [1, 2]
    assert giving.available(whose) == 0


def test_who_joins_is_looked_up_by_herself_however_many_are_in_it(giving):
    """By the kind of the group it would look at everybody who is in it, at each join."""
    if giving.database.is_shared:
        pytest.skip("its plans follow from what is in a table")
    with closing(giving.database.connect_reader()) as raw:
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {linking.IS_IN.format('?')}", (1,))]
    assert plan == ["SEARCH links USING INDEX links_subject (subject=?)"]


def test_use_cases_that_are_driven_side_by_side_come_to_what_each_comes_to_alone(giving):
    anna, bea = giving.somebody(1), giving.somebody(2)

    def visiting(key, subject, times):
        said = []
        for number in range(times):
            answer = yield Act(f"{key}/{number}", "test", b"", (Count("visits", 1, 3, subject=subject),))
            said.append(answer.code if isinstance(answer, Refused) else answer.effects[0].used)
        return said

    cases = [visiting("a", anna, 2), visiting("b", bea, 4), visiting("none", bea, 0), visiting("again", anna, 2)]
    found = acts.through_all(giving.door.home.acts, giving.door, cases)
    assert found == [[1, 3], [1, 2, 3, "acts.limit"], [], [2, "acts.limit"]]
    again = [visiting("a", anna, 2), visiting("b", bea, 3)]
    assert acts.through_all(giving.door.home.acts, giving.door, again) == [[1, 3], [1, 2, 3]]
    other = one_ask(Act("a/0", "test", b"other", (Count("visits", 1, 3, subject=anna),)))
    with pytest.raises(AppError) as raised:
        acts.through_all(giving.door.home.acts, giving.door, [other])
    assert raised.value.code == "acts.key_reused"


def one_ask(act):
    yield act
