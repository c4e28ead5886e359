"""The last minutes, against a plain count of the same facts."""

import random
from collections import Counter

import pytest

from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR, MINUTE
from interplay.measure.realtime import api as realtime
from interplay.measure.realtime.contracts import TOP, AskRealtime
from tests.decide.experiments.test_answers import decide
from tests.stores import NOW, Store, fact, user

AT = NOW + 20_000_000  # twenty seconds into a minute
NAMES = ("page.viewed", "order.completed", "draw.played", "cart.added")


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def asked(shop, minutes=30, at=AT, **more):
    return shop.ask(realtime.ask, AskRealtime(minutes, at, **more))


def some(count, seed=1):
    """Return (name, who, at, channel, value) of two hours, some of nobody, some at the very edges of minutes."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        at = AT - rng.randrange(2 * HOUR)
        at = at // MINUTE * MINUTE if rng.random() < 0.1 else at
        name = rng.choice(NAMES)
        value = rng.randrange(100, 9_000) if name == "order.completed" else None
        found.append((name, rng.choice([None, *range(8)]), at, rng.choice(["web", "store", None]), value))
    return [*found, ("page.viewed", 1, AT, "web", None), ("page.viewed", 1, AT + 1, "web", None)]


def stored(rows):
    for number, (name, who, at, channel, value) in enumerate(rows):
        fields = {key: one for key, one in (("channel", channel), ("value", value)) if one is not None}
        yield fact(name, *([] if who is None else [user(who)]), key=number, at=at, fields=fields)


def test_everything_is_counted_in_the_minute_in_which_it_happened(shop):
    rows = some(600)
    shop.store(*stored(rows))
    found = asked(shop)
    first = AT // MINUTE * MINUTE - 29 * MINUTE
    inside = [row for row in rows if first <= row[2] <= AT]
    assert (found.facts, found.people) == (len(inside), len({row[1] for row in inside} - {None}))
    assert found.of_nobody == sum(row[1] is None for row in inside)
    assert found.plays == sum(row[0] == "draw.played" for row in inside)
    assert found.value == pytest.approx(sum(row[4] or 0 for row in inside) / 100)
    assert len(found.minutes) == 30
    for number, minute in enumerate(found.minutes):
        hers = [row for row in inside if row[2] // MINUTE * MINUTE == first + number * MINUTE]
        assert (minute.facts, minute.people) == (len(hers), len({row[1] for row in hers} - {None}))
        assert minute.orders == sum(row[0] == "order.completed" for row in hers)
        assert minute.value == pytest.approx(sum(row[4] or 0 for row in hers) / 100)
    assert {one.name: one.facts for one in found.channels.most} == Counter(row[3] for row in inside)
    over = [row for row in inside if row[2] < AT // MINUTE * MINUTE]
    assert found.rate == pytest.approx(len(over) / 29)
    earlier = [row for row in rows if first - HOUR <= row[2] < AT // MINUTE * MINUTE - HOUR]
    assert found.before == pytest.approx(len(earlier) / 29)
    assert found.minutes[-1].since == "2026-01-01T08:00:00+08:00"


def test_the_same_is_told_by_the_same_store_again_and_of_other_minutes(shop):
    shop.store(*stored(some(200)))
    assert asked(shop) == asked(shop)  # by the text that was kept
    assert asked(shop, 1).facts <= asked(shop, 5).facts < asked(shop, 180).facts
    assert [len(asked(shop, minutes).minutes) for minutes in (1, 5, 180)] == [1, 5, 180]


def test_who_was_merged_is_one(shop):
    shop.store(fact("page.viewed", user(1), key=1, at=AT), fact("page.viewed", user(2), key=2, at=AT))
    assert asked(shop).people == 2
    decide(shop, user(1), user(2))
    assert (asked(shop).facts, asked(shop).people) == (2, 1)


def test_nothing_is_an_answer(shop):
    found = asked(shop)
    assert (found.facts, found.people, found.rate, found.before, found.names.most) == (0, 0, 0.0, 0.0, ())
    shop.store(fact("page.viewed", user(1), at=AT - DAY))
    assert asked(shop).facts == 0


def test_the_most_frequent_are_named_and_the_rest_is_counted(shop):
    facts = [fact("page.viewed", user(1), key=(n, k), at=AT, fields={"campaign_id": f"c{n:02}"})
             for n in range(TOP + 3) for k in range(n + 1)]  # fmt: skip
    shop.store(*facts)
    found = asked(shop).campaigns
    assert [one.name for one in found.most] == [f"c{n:02}" for n in range(TOP + 2, 2, -1)]
    assert found.rest == 1 + 2 + 3


@pytest.mark.parametrize("minutes", [0, -1, 181])
def test_a_wrong_number_of_minutes_is_refused(shop, minutes):
    with pytest.raises(AppError, match="1 to 180"):
        asked(shop, minutes)
