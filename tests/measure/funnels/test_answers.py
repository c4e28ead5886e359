"""Funnels as they are asked of a store: who counts, as of when, by what, and what may not be asked."""

from contextlib import closing

import pytest

from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR
from interplay.measure.funnels import api as funnels
from interplay.measure.funnels.contracts import AskFunnel, Excluded, From, FunnelStep, GroupedBy, Mode
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import NOW, Store, cookie, fact, user

WAY = "product.viewed > cart.added > order.completed"
BEGIN = NOW - 20 * DAY


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def did(who, *names, at=BEGIN, every=HOUR, **fields):
    """Return facts of somebody, one after the other."""
    return [
        fact(name, who, at=at + number * every, key=(who, name, at, number, *fields.values()), fields=fields)
        for number, name in enumerate(names)
    ]


def asked(shop, steps=WAY, within=7 * DAY, **more):
    return shop.ask(funnels.ask, AskFunnel(funnels.read_steps(steps), Micros(within), **more))


def counts(found):
    return [one.customers for one in found.steps]


def decide(shop, kind, *pair):
    with closing(LogReader(shop.database)) as reader:
        one, other = (reader.subject_of(shop.keys.digest(*who)) for who in pair)
    ask = identity.to_decide(
        kind, one, other, actor="li", reason="", database=shop.database, keys=shop.keys, brand=shop.home.settings.brand
    )
    shop.write(identity.decide, ask)


def three_shoppers(shop):
    shop.store(
        *did(user(1), "product.viewed", "cart.added", "order.completed", product_id="tea"),
        *did(user(2), "product.viewed", "cart.added", product_id="tea"),
        *did(user(3), "product.viewed", product_id="milk"),
        *did(user(4), "cart.added", "order.completed"),
    )


def test_each_customer_counts_once_with_rates_their_intervals_and_times(shop):
    three_shoppers(shop)
    shop.store(*did(user(1), "product.viewed", "cart.added", at=BEGIN + DAY))
    found = asked(shop)
    assert (counts(found), found.entered, found.immature.entered, found.void) == ([3, 2, 1], 3, 0, 0)
    first, cart, order = found.steps
    assert (first.of_first.share, cart.of_before.share, order.of_before.share) == (1.0, 2 / 3, 0.5)
    assert order.of_first.low < order.of_first.share < order.of_first.high
    assert (first.seconds_median, cart.seconds_median, order.seconds_p90) == (None, 3_600, 3_600)
    assert (found.seconds_median, found.converted.count, found.converted.of) == (7_200, 1, 3)
    assert "product.viewed > cart.added > order.completed" in found.definition


def test_the_definition_is_said_in_chinese_too(shop):
    three_shoppers(shop)
    found = asked(shop, lang="zh", by="product_id", excluded=(Excluded(("cart.removed",)),))
    assert found.steps[0].label == "浏览了商品"
    assert "依次完成" in found.definition
    assert "按第一步事实的 product_id 分组" in found.definition


def test_a_window_that_is_open_is_shown_apart_and_counts_in_no_rate(shop):
    three_shoppers(shop)
    shop.store(
        *did(user(5), "product.viewed", "cart.added", "order.completed", at=NOW - DAY),
        *did(user(6), "product.viewed", at=NOW - DAY),
        *did(user(2), "product.viewed", "cart.added", "order.completed", at=NOW - DAY),
    )
    found = asked(shop)
    assert (counts(found), found.immature.entered, found.immature.converted) == ([3, 2, 1], 2, 1)
    later = asked(shop, at=Micros(NOW + 7 * DAY))
    assert (counts(later), later.immature.entered) == ([5, 3, 3], 0)
    assert asked(shop, at=Micros(BEGIN + HOUR)).immature.entered == 3


def test_what_happened_after_the_moment_is_not_known_then(shop):
    three_shoppers(shop)
    found = asked(shop, within=HOUR, at=Micros(BEGIN + HOUR + HOUR // 2))
    assert counts(found) == [3, 2, 0]


def test_attempts_begin_in_the_period_and_may_end_after_it(shop):
    three_shoppers(shop)
    assert counts(asked(shop, since=BEGIN, until=Micros(BEGIN + 1))) == [3, 2, 1]
    assert counts(asked(shop, since=Micros(BEGIN + 1), until=Micros(BEGIN + DAY))) == [0, 0, 0]
    assert asked(shop, since=Micros(BEGIN + 1), until=Micros(BEGIN + DAY)).converted.share is None


def test_who_is_merged_is_one_and_unmerged_two(shop):
    shop.store(*did(cookie(1), "product.viewed"), *did(user(1), "cart.added", "order.completed", at=BEGIN + DAY))
    assert counts(asked(shop)) == [1, 0, 0]
    for kind, expected in ((DecisionKind.TOGETHER, [1, 1, 1]), (DecisionKind.APART, [1, 0, 0])):
        decide(shop, kind, cookie(1), user(1))
        assert counts(asked(shop)) == expected


def test_a_fact_that_comes_late_belongs_where_it_happened(shop):
    shop.store(*did(user(1), "product.viewed"), *did(user(1), "order.completed", at=BEGIN + 2 * HOUR))
    assert counts(asked(shop)) == [1, 0, 0]
    shop.store(*did(user(1), "cart.added", at=BEGIN + HOUR))
    assert counts(asked(shop)) == [1, 1, 1]


def test_a_condition_is_on_the_fact_of_its_step(shop):
    three_shoppers(shop)
    assert counts(asked(shop, 'product.viewed(event.product_id == "tea") > cart.added > order.completed')) == [2, 2, 1]
    assert counts(asked(shop, 'product.viewed(event.product_id == "no") > cart.added')) == [0, 0]
    assert counts(asked(shop, "product.viewed | cart.added > order.completed")) == [4, 2]
    assert counts(asked(shop, "product.viewed > wishlist.added? > order.completed")) == [3, 0, 1]


def test_an_excluded_fact_ends_an_attempt_and_is_said(shop):
    three_shoppers(shop)
    shop.store(*did(user(1), "cart.removed", at=BEGIN + HOUR + 1))
    found = asked(shop, excluded=(Excluded(("cart.removed",), after=2, before=3),))
    assert (counts(found), found.void) == ([2, 1, 0], 1)
    assert counts(asked(shop, excluded=(Excluded(("cart.removed",), after=1, before=2),))) == [3, 2, 1]


def test_orders_and_windows_are_dialects(shop):
    three_shoppers(shop)
    shop.store(*did(user(5), "product.viewed", "page.viewed", "cart.added", "order.completed", every=4 * DAY))
    assert counts(asked(shop)) == [4, 2, 1]
    assert counts(asked(shop, within=9 * DAY, mode=Mode.STRICT)) == [4, 2, 1]
    assert counts(asked(shop, within=5 * DAY, window=From.STEP, at=Micros(NOW + 90 * DAY), since=BEGIN)) == [4, 2, 1]
    chained = asked(shop, within=8 * DAY, window=From.STEP, at=Micros(NOW + 90 * DAY), since=BEGIN)
    assert counts(chained) == [4, 3, 2]
    assert counts(asked(shop, "order.completed > product.viewed > cart.added", mode=Mode.UNORDERED)) == [5, 4, 1]


def test_linked_facts_have_one_value_and_pairs_are_counted_beside_people(shop):
    shop.store(
        *did(user(1), "product.viewed", "cart.added", product_id="tea"),
        *did(user(1), "product.viewed", product_id="milk", at=BEGIN + HOUR // 2),
        *did(user(2), "product.viewed", product_id="tea"),
        *did(user(2), "cart.added", product_id="milk", at=BEGIN + HOUR),
        *did(user(3), "product.viewed", "cart.added"),
    )
    found = asked(shop, "product.viewed > cart.added", linked="product_id")
    assert (counts(found), found.items.steps, found.items.unlinked) == ([2, 1], (3, 1), 2)
    assert counts(asked(shop, "product.viewed > cart.added")) == [3, 3]


def test_groups_are_by_the_first_or_the_last_fact_and_sum_to_all(shop):
    three_shoppers(shop)
    shop.store(*did(user(6), "product.viewed"))
    found = asked(shop, by="product_id")
    assert {one.value: one.steps for one in found.groups} == {
        "tea": (2, 2, 1), "milk": (1, 0, 0), None: (1, 0, 0),
    }  # fmt: skip
    many = [did(user(f"m{n}"), "product.viewed", product_id=f"p{n}") for n in range(30)]
    shop.store(*(one for some in many for one in some))
    found = asked(shop, by="product_id")
    assert (len(found.groups), found.groups[-1].is_rest, sum(one.steps[0] for one in found.groups)) == (26, True, 34)
    by_source = asked(shop, by="source", grouped_by=GroupedBy.LAST)
    assert [(one.value, one.steps) for one in by_source.groups] == [("test", (34, 2, 1))]


def test_it_can_be_asked_of_a_segment(shop):
    three_shoppers(shop)
    assert counts(asked(shop, customers='count("cart.added") >= 1')) == [2, 2, 1]
    assert counts(asked(shop, customers='count("wishlist.added") >= 1')) == [0, 0, 0]


def test_nothing_at_all_is_an_answer(shop):
    found = asked(shop)
    assert (counts(found), found.converted.share, found.seconds_median, found.groups) == ([0, 0, 0], None, None, ())


def test_sixteen_steps_at_one_instant_go_by_position(shop):
    names = ["product.viewed", "cart.added"] * 8
    shop.store(*did(user(1), *names, every=0))
    assert counts(asked(shop, " > ".join(names))) == [1] * 16
    assert counts(asked(shop, " > ".join(reversed(names)))) == [1] * 15 + [0]


@pytest.mark.parametrize(("steps", "more", "code"), [
    ("product.viewed", {}, "steps"),
    (" > ".join(["product.viewed"] * 17), {}, "steps"),
    ("product.viewed >> order.completed", {}, "text"),
    ("product.viewed? > order.completed", {}, "ends"),
    ("product.seen > order.completed", {}, "fact"),
    ("product.viewed(event.price > ) > order.completed", {}, "where"),
    ("product.viewed(event.nothing > 1) > order.completed", {}, "where"),
    (WAY, {"within": 0}, "within"),
    (WAY, {"within": 400 * DAY}, "within"),
    (WAY, {"since": Micros(NOW), "until": Micros(NOW)}, "period"),
    (WAY, {"by": "email"}, "field"),
    (WAY, {"linked": "order_id"}, "field"),
    ("product.viewed > cart.added", {"mode": Mode.STRICT, "linked": "product_id"}, "apart"),
    ("product.viewed > cart.added? > order.completed", {"mode": Mode.UNORDERED}, "apart"),
    (WAY, {"mode": Mode.STRICT, "window": From.STEP}, "apart"),
    (WAY, {"window": From.STEP, "excluded": (Excluded(("cart.removed",)),)}, "apart"),
    (WAY, {"excluded": (Excluded(("cart.removed",), after=2, before=2),)}, "between"),
    (WAY, {"excluded": (Excluded(("cart.gone",)),)}, "fact"),
    ("product.viewed > wishlist.added? > cart.added", {"excluded": (Excluded(("cart.removed",), "", 1, 2),)},
     "between_optional"),
    ("product.viewed > product.viewed", {"mode": Mode.UNORDERED}, "overlap"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(shop, steps, more, code):
    with pytest.raises(AppError) as error:
        asked(shop, steps, **more)
    assert error.value.code == f"funnels.{code}"
    assert error.value.text("zh") != error.value.text("en")


def test_steps_are_read_as_they_are_written():
    text = 'page.viewed(event.url == "a > b)") > cart.added | wishlist.added? > order.completed(event.value > 1)'
    steps = funnels.read_steps(text)
    assert " > ".join(funnels.written(step) for step in steps) == text
    assert steps[1] == FunnelStep(("cart.added", "wishlist.added"), optional=True)
