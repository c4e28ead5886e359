"""Tasks, badges and stamps: every fact counts once, whatever is due is given once, refunds take the unfinished back."""

import random
from contextlib import closing
from types import SimpleNamespace

import msgspec
import pytest

from interplay.acts import api as acts
from interplay.criteria.contracts import Occurrence
from interplay.engine.log.reactions import position_of
from interplay.engine.log.read import LogReader
from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Change
from interplay.interact.mechanics import orders
from interplay.interact.mechanics.contracts import Said
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.interact.campaigns.square import LABEL, why
from tests.stores import fact, user

PRIZES = {
    "ten": {"label": LABEL, "points": {"unit": "points", "amount": 10}},
    "cup": {"label": LABEL, "goods": "P-cup", "stock": 1},
}


def task(**more):
    return {"label": LABEL, "fact": "order.completed", "target": 3, "prizes": ["ten"], **more}


def started(square, name="spring", campaign=None, **tasks):
    more = {"ends": "2026-03-01", **(campaign or {})}
    square.started(name, prizes=PRIZES, parts={"todo": {"tasks": {"tasks": tasks}}}, **more)


def shown(square, number=1, name="spring"):
    return {one["task"]: one for one in square.seen(number, name).parts[0].shows["tasks"]}


def progress(square, task="coffee", number=1):
    square.follow()
    one = shown(square, number)[task]
    return one["progress"], one["done"]


def test_a_task_is_done_once_when_there_are_enough(square):
    started(square, coffee=task(where="event.value >= 2000"))
    for number in range(2):
        square.order(number, 2_000)
    square.order(2, 1_999)
    assert progress(square) == (2, 0)
    assert square.available() == 0
    for number in range(3, 9):
        square.order(number, 5_000)
    assert progress(square) == (3, 1)
    assert shown(square)["coffee"]["is_done"]
    assert square.available() == 10
    assert [(one["task"], one["times"]) for one in square.named("task.done")] == [("coffee", 1)]


def test_a_stamp_card_that_is_full_gives_way_to_the_next(square):
    started(square, coffee=task(sum="quantity", fact="order.completed", target=5, repeats=True, times_max=3))
    square.tell("order.completed", user(1), order_id="a", value=1, quantity=4)
    assert progress(square) == (4, 0)
    square.tell("order.completed", user(1), order_id="b", value=1, quantity=7)
    assert progress(square) == (1, 2)
    square.tell("order.completed", user(1), order_id="c", value=1, quantity=50)
    assert progress(square)[1] == 3
    assert square.available() == 30


def test_periods_begin_anew_and_a_late_fact_counts_where_it_belongs(square):
    started(square, coffee=task(target=2, per="day"))
    square.order(1, 100)
    first = square.clock()
    square.clock.at += DAY
    square.order(2, 100)
    assert progress(square) == (1, 0)
    square.order(3, 100, at=first + 1)
    assert progress(square) == (1, 0)
    assert square.available() == 10
    square.order(4, 100)
    assert progress(square) == (2, 1)
    assert square.available() == 20


def test_a_refund_takes_an_unfinished_count_back_and_never_gives_twice(square):
    started(square, coffee=task(target=2))
    square.order(1, 1_000)
    square.refund(1, 400)
    assert progress(square) == (1, 0), "a part of an order is still an order"
    square.refund(1, 600)
    assert progress(square) == (0, 0)
    for number in (2, 3):
        square.order(number, 1_000)
    assert progress(square) == (2, 1)
    square.refund(3)
    for number in (4, 5):
        square.order(number, 1_000)
    assert progress(square) == (2, 1)
    assert square.available() == 10, "the prize stays, and is not given again"


def test_what_happened_before_the_campaign_began_counts_nothing_when_it_comes_late(square):
    started(square, campaign={"starts": "2026-01-05"}, coffee=task(target=1, per="day"))
    square.clock.at += 4 * DAY
    for number in range(1, 5):
        old = fact("order.completed", user(1), key=number, fields={"order_id": str(number), "value": 1_000})
        at, received_at = square.clock() - number * DAY, square.clock()
        square.store(msgspec.structs.replace(old, occurred_at=at, received_at=received_at))
    square.follow()
    assert (progress(square), square.available()) == ((0, 0), 0)
    square.order(5, 1_000)
    assert (progress(square), square.available()) == ((1, 1), 10)


@pytest.mark.parametrize("follows_first", [True, False])
def test_a_refund_takes_back_whoever_tells_it(square, follows_first):
    """A till's, or nobody's; and also in one stretch of the log with its order."""
    started(square, coffee=task())
    for number in range(2):
        square.order(number, 1_000)
    if follows_first:
        assert progress(square) == (2, 0)
    square.refund(0, None, user(2))
    square.tell("order.refunded", order_id="1")
    assert progress(square) == (0, 0)


def test_a_refund_in_a_pause_takes_back_too(square):
    started(square, coffee=task(target=2))
    square.order(1, 1_000)
    assert progress(square) == (1, 0)
    square.change(Change.PAUSE)
    square.refund(1)
    square.follow()
    square.change(Change.RESUME)
    square.order(2, 1_000)
    assert progress(square) == (1, 0)


def test_what_came_before_a_stop_still_counts_and_what_comes_after_it_no_more(square):
    started(square, coffee=task(target=2, repeats=True))
    for number in range(4):
        square.clock.at += 1
        if number == 2:  # the first two are not followed yet
            square.change(Change.STOP)
        square.order(number, 1_000)
    square.follow()
    assert square.given()["ten"][0] == 1


def test_a_card_after_a_refund_takes_longer(square):
    started(square, coffee=task(target=2, repeats=True))
    for number in range(2):
        square.order(number, 1_000)
    square.refund(1)
    square.order(2, 1_000)
    assert progress(square) == (0, 1)
    square.order(3, 1_000)
    square.order(4, 1_000)
    assert progress(square) == (0, 2)
    assert square.available() == 20


def test_sums_come_back_in_proportion_and_whichever_is_told_first(square):
    started(square, spent=task(sum="value", target=100_000))
    square.order(1, 3_000)
    square.refund(1, 1_000)
    square.refund(2, 500)
    square.order(2, 2_000)
    assert progress(square, "spent") == (2_000 + 1_500, 0)
    square.refund(2, 9_999)
    assert progress(square, "spent") == (2_000, 0)
    square.refund(3)
    square.order(3, 1_000)
    assert progress(square, "spent") == (2_000, 0)


def test_an_order_told_twice_counts_once(square):
    started(square, coffee=task())
    square.order(1, 1_000, source="till")
    square.order(1, 1_000, source="site")
    assert progress(square) == (1, 0)


def test_a_badge_stays_and_is_granted_once_by_all_campaigns(square):
    badge = {"name": "regular", "label": LABEL}
    started(square, coffee=task(target=1, badge=badge, prizes=[]))
    started(square, "summer", coffee=task(target=1, badge=badge, repeats=True, prizes=[]))
    for number in range(3):
        square.order(number, 100)
        square.follow()
    assert [one["badge"] for one in square.named("badge.granted")] == ["regular"]
    assert shown(square)["coffee"]["badge"] == {"name": "regular", "is_hers": True}
    assert [one.pool for one in acts.units_of(square.database, [square.player()])] == ["badge:regular"]


def test_a_prize_that_is_gone_costs_nobody_the_progress(square):
    started(square, coffee=task(target=1, prizes=["cup", "ten"]))
    for number in (1, 2):
        square.order(number, 100, user(number))
    square.follow()
    assert [progress(square, number=number) for number in (1, 2)] == [(1, 1), (1, 1)]
    assert square.given()["cup"] == (1, 0)
    assert [square.available(user(number)) for number in (1, 2)] == [10, 10]
    assert [one["prize"] for one in square.named("prize.missed")] == ["cup"]


def test_two_cards_of_one_person_add_up_and_give_what_is_due_once(square):
    started(square, coffee=task())
    for number in range(2):
        square.order(f"a{number}", 100, user(1))
        square.order(f"b{number}", 100, user(2))
    square.follow()
    square.merge(user(1), user(2))
    assert progress(square, number=2) == (4, 0)
    square.order("c", 100, user(2))
    assert progress(square) == (3, 1)
    assert square.available() == 10


def test_only_who_is_offered_it_gets_anything(square):
    started(square, campaign={"promise": "invited", "holdout": {"percent": 50}}, coffee=task(target=1))
    for number in range(20):
        square.order(number, 100, user(number))
    square.follow()
    given = {number for number in range(20) if square.available(user(number))}
    assert 2 < len(given) < 18
    for _ in range(2):  # an order is how she met it: her arm is written down, once
        shown, withheld = square.named("exposure.shown"), square.named("exposure.withheld")
        assert (len(shown), len(withheld)) == (len(given), 20 - len(given))
        assert {one["offered"] for one in (*shown, *withheld)} == {"todo"}
        for number in range(20):
            square.order(f"again {number}", 100, user(number))
        square.follow()
    assert given == {number for number in range(20) if square.seen(number).parts[0].refused is None}


def test_only_trusted_sources_count_where_they_are_named(square):
    started(square, coffee=task(sources=["till"]))
    square.order(1, 100, source="site")
    square.order(2, 100, source="till")
    assert progress(square) == (1, 0)


@pytest.mark.parametrize("tellers", [("site", "till"), ("till", "site"), ("site", "till", "site", "till")])
def test_an_order_that_a_page_tells_too_counts_once_for_each_who_may_count_it(square, tellers):
    started(square, strict=task(target=9, sources=["till"]), coffee=task(target=9))
    for teller in tellers:
        square.order(1, 1_000, source=teller)
        square.follow()
    assert [progress(square, name) for name in ("strict", "coffee")] == [(1, 0), (1, 0)]
    square.refund(1, source="site")
    assert [progress(square, name) for name in ("strict", "coffee")] == [(1, 0), (0, 0)]
    square.refund(1, source="till")
    assert [progress(square, name) for name in ("strict", "coffee")] == [(0, 0), (0, 0)]


def test_an_order_that_was_counted_before_sources_were_known_is_counted_for_all():
    said = Said({"paid": 0, "counts": [1], "whole": 500}, 0, ())
    look = SimpleNamespace(
        digest=lambda *_: b"o", founder=lambda *_: ("k", said), opened=lambda _, groups: {"6f"}.intersection(groups)
    )
    at = SimpleNamespace(look=look, scope=str)
    order = Occurrence(1, 0, "order.completed", {"order_id": "1", "value": 500})
    assert orders.uncounted(at, order, [(), ("till",)]) == ((), 1)


def test_an_order_of_two_customers_that_are_told_at_once_counts_by_the_till_too(square):
    started(square, strict=task(target=9, sources=["till"]), coffee=task(target=9))
    square.player(1)
    square.player(2)
    square.order(1, 1_000, user(2), source="site")
    square.order(1, 1_000, user(1), source="till")
    square.follow()
    assert progress(square, "strict") == (1, 0)


def test_who_told_an_order_first_may_be_erased_and_what_another_counted_is_taken_back(square):
    started(square, strict=task(target=9, sources=["till"]), coffee=task(target=9))
    square.player(1)
    square.player(2)
    square.order(1, 1_000, user(2), source="site")
    square.follow()
    square.order(1, 1_000, user(1), source="till")
    assert progress(square, "strict") == (1, 0)
    square.erase(square.player(2))
    square.order(1, 1_000, user(1), source="till")
    assert progress(square, "strict") == (1, 0)
    square.refund(1, source="till")
    assert progress(square, "strict") == (0, 0)


@pytest.mark.parametrize("later", [
    {"strict": task(target=9, sources=["till"]), "coffee": task(target=9, sources=["site"])},
    {"coffee": task(target=9, sources=["till"])},
])  # fmt: skip
def test_an_order_that_counted_by_a_version_with_other_sources_counts_no_more(square, later):
    started(square, coffee=task(target=9))
    square.order(1, 1_000, source="till")
    assert progress(square) == (1, 0)
    started(square, **later)
    for source in ("till", "site", "till"):
        square.order(1, 1_000, source=source)
        square.follow()
    assert {name: one["progress"] for name, one in shown(square).items()} == {**dict.fromkeys(later, 0), "coffee": 1}
    square.order(2, 1_000, source="till")
    assert sum(progress(square, name)[0] for name in later) == 2


@pytest.mark.parametrize("refunds_first", [True, False])
def test_a_refund_takes_back_what_its_source_may_count(square, refunds_first):
    """A browser that may not give a stamp may not take one either; of what it may count it takes all back."""
    by_till = {"target": 9, "sources": ["till"]}
    started(
        square, strict=task(**by_till), spent=task(sum="value", **by_till | {"target": 9_000}), coffee=task(target=9)
    )
    tell = [
        lambda: square.order(1, 1_000, source="till"),
        lambda: square.refund(1, 400, source="till"),
        lambda: square.refund(1, source="site"),
    ]
    for one in reversed(tell) if refunds_first else tell:
        one()
        square.follow()
    square.order(2, 1_000, source="site")
    square.refund(2, source="site")
    assert [progress(square, name) for name in ("strict", "spent", "coffee")] == [(1, 0), (600, 0), (0, 0)]
    square.refund(1, 600, source="till")
    assert [progress(square, name) for name in ("strict", "spent", "coffee")] == [(0, 0)] * 3


def test_checking_in_can_be_a_task(square):
    square.started(
        prizes=PRIZES, ends="2026-03-01",
        parts={"todo": {"tasks": {"tasks": {"days": task(fact="checkin.done", target=2)}}}, "days": {"checkin": {}}},
    )  # fmt: skip
    for _ in range(2):
        square.play(part="days")
        square.clock.at += DAY
    assert progress(square, "days") == (2, 1)
    assert why(square.play(part="todo")) == "tasks.no_move"


def test_what_happened_between_reading_and_writing_is_looked_at_again(square):
    """Two people become one after the stretch was read: it is planned again, and what is due is given."""
    started(square, coffee=task(target=2))
    square.order(1, 100, user(1))
    square.follow()
    square.player(2)
    square.order(2, 100, user(2))
    reaction = next(one for one in square.reactions if one.name == "campaigns")
    with closing(LogReader(square.database)) as reader:
        after = position_of(square.database, "campaigns")
        ask, _ = reaction.ask(reader, square.database, after, reader.last_position())
    decided = identity.to_decide(
        DecisionKind.TOGETHER, square.player(1), square.player(2), actor="li", reason="",
        database=square.database, keys=square.keys, brand=square.home.settings.brand,
    )  # fmt: skip
    square.write(identity.decide, decided)
    with pytest.raises(AppError, match="looked at again"):
        square.write(reaction.command, ask)
    assert progress(square) == (2, 1)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_a_model_of_sums_says_the_same(small_square, seed):
    """Orders, refunds in parts, repetitions and merges in any order: given = the most that was ever due."""
    square = small_square
    started(square, coffee=task(target=4, repeats=True), spent=task(sum="value", target=2_000, repeats=True))
    rng, owner, left, done = random.Random(seed), {one: one for one in range(4)}, {}, {}
    paid, whose = {}, {}
    for step in range(50):
        what = rng.random()
        if what < 0.6 or not left:
            who, value = rng.randrange(4), rng.randrange(100, 3_000)
            left[step], paid[step], whose[step] = value, value, who
            square.order(step, value, user(who))
            touched = who
        elif what < 0.85:
            step_of = rng.choice(list(left))
            back = rng.randrange(1, paid[step_of] + 500)
            left[step_of] = max(left[step_of] - back, 0)
            square.refund(step_of, back, user(whose[step_of]))
            touched = None
        elif what < 0.93:
            number = rng.choice(list(left))
            square.order(number, paid[number], user(whose[number]), source="again")
            touched = None
        else:
            one, other = rng.randrange(4), rng.randrange(4)
            if owner[one] != owner[other]:
                square.merge(user(one), user(other))
                gone, stays = owner[other], owner[one]
                owner = {who: stays if group == gone else group for who, group in owner.items()}
                for name in ("coffee", "spent"):
                    done[stays, name] = done.get((stays, name), 0) + done.pop((gone, name), 0)
            touched = None
        square.follow()
        if touched is not None:
            mine = [number for number in left if owner[whose[number]] == owner[touched]]
            totals = {"coffee": sum(left[n] > 0 for n in mine) // 4, "spent": sum(left[n] for n in mine) // 2_000}
            for name, due in totals.items():
                key = owner[touched], name
                done[key] = max(done.get(key, 0), due)
    for who in range(4):
        square.player(who)
        assert {name: one["done"] for name, one in shown(square, who).items()} == {
            name: done.get((owner[who], name), 0) for name in ("coffee", "spent")
        }
    assert square.given()["ten"][0] == sum(done.values())


@pytest.mark.parametrize(("wrong", "said"), [
    ({"fact": "coffee.drunk"}, "fact: there is no coffee.drunk"),
    ({"fact": "prize.given"}, "fact: prize.given is told when prizes are given"),
    ({"sum": "order_id"}, "sum: there is no order_id"),
    ({"where": "event.price_of_tea > 1"}, "where: "),
    ({"target": 0}, "target: 0 is not possible"),
    ({"times_max": 2}, "times_max is for a task that repeats"),
    ({"prizes": ["car"]}, "prizes[0]: there is no car"),
])  # fmt: skip
def test_settings_that_mean_nothing_are_refused_with_their_place(square, wrong, said):
    with pytest.raises(AppError) as found:
        started(square, coffee=task(**wrong))
    assert said in str(found.value)
    assert api.views(square.state) == []
