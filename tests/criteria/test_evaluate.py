"""What a criterion answers for one customer: windows, ties, missing values, three-valued logic."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.criteria.api import CustomerHistory, closure, parse_trigger, trigger_closure
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId
from interplay.kernel.time import DAY
from tests.criteria.shop import ORDER, SHANGHAI, criterion, occurrence, order, past, setting, shop
from tests.criteria.strategies import NOW, criteria, histories, instants, vocabulary


def ask(text, *things, now=NOW):
    words = shop()
    return closure(criterion(text, words), words)(past(*things), now)


@pytest.mark.parametrize(
    ("at", "expected"),
    [(NOW - 30 * DAY, False), (NOW - 30 * DAY + 1, True), (NOW, True), (NOW + 1, False)],
)
def test_within_excludes_its_start_and_includes_now(at, expected):
    assert ask('count("order.completed", within="30d") == 1', order(at)) is expected
    assert ask('sum("order.completed", "value", within="30d") == 5', order(at, value=5)) is expected
    assert ask(
        'sequence("order.completed", "cart.added", within="30d")', order(at), occurrence("cart.added", NOW, 2)
    ) is (expected)


@pytest.mark.parametrize(
    ("at", "now", "expected"),
    [
        (NOW - 2 * DAY - 1, NOW, False),
        (NOW - 2 * DAY, NOW, True),
        (NOW - DAY - 1, NOW, True),
        (NOW - DAY, NOW, False),
        (NOW - 2 * DAY + 1, NOW - 2 * DAY, False),  # not yet
        (NOW - 2 * DAY, NOW - 2 * DAY, True),
    ],
)
def test_between_includes_its_start_excludes_its_end_and_never_looks_ahead(at, now, expected):
    text = 'count("order.completed", between=("2025-12-30T00:00Z", "2025-12-31T00:00Z")) == 1'
    assert ask(text, order(at), now=now) is expected


@pytest.mark.parametrize(("at", "expected"), [(NOW - 9_000 * DAY, True), (NOW, True), (NOW + 1, False)])
def test_no_window_is_the_whole_history_up_to_now(at, expected):
    assert ask('count("order.completed") == 1', order(at)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('count("order.completed") == 0', True),
        ('sum("order.completed", "value") == 0', True),
        ('distinct("order.completed", "channel") == 0', True),
        ('min("order.completed", "value") == 0', None),
        ('max("order.completed", "value") == 0', None),
        ('avg("order.completed", "value") == 0', None),
        ('last("order.completed") < now()', None),
        ('first("order.completed", "channel") == "a"', None),
        ('missing(avg("order.completed", "value"))', True),
        ('missing(count("order.completed"))', False),
        ('sequence("order.completed", "cart.added")', False),
    ],
)
def test_figures_of_nothing(text, expected):
    assert ask(text) is expected


TWO = [
    order(NOW - 3, 1, value=10, channel="web", quantity=1),
    order(NOW - 2, 2, channel="store", quantity=2),
    order(NOW - 1, 3, value=15, channel="web"),
]


@pytest.mark.parametrize(
    "text",
    [
        'sum("order.completed", "value") == 25',
        'avg("order.completed", "value") > 12 and avg("order.completed", "value") < 13',
        'avg("order.completed", "quantity") == 1.5',
        'avg("order.completed", "quantity") in (1, 1.5)',
        "profile.mean_spend > 12",
        'min("order.completed", "value") == 10 and max("order.completed", "value") == 15',
        'distinct("order.completed", "channel") == 2 and distinct("order.completed", "value") == 2',
        'first("order.completed", "channel") == "web" and last("order.completed", "channel") == "web"',
        'missing(last("order.completed", "quantity"))',
        'max("order.completed", "channel") == "web"',
        'count("order.completed", where=event.value > 0) == 2',
        'count("order.completed", where=not event.value > 10) == 1',
        'sum("order.completed", "value", where=event.channel == "web" or event.channel == "store") == 25',
        'last("order.completed", where=event.channel == "store") < last("order.completed")',
        'count("order.completed", where=missing(event.value)) == 1',
        'sum("order.completed", "value") > profile.mean_spend',
    ],
)
def test_figures_ignore_missing_values(text):
    assert ask(text, *TWO) is True


@pytest.mark.parametrize(("fact", "expected"), [("first", "early"), ("last", "late")])
def test_at_one_instant_the_higher_position_is_later(fact, expected):
    things = [order(NOW, 8, channel="late"), order(NOW, 7, channel="early")]
    assert ask(f'{fact}("order.completed", "channel") == "{expected}"', *things)
    assert ask(f'{fact}("order.completed", "channel") == "{expected}"', *reversed(things))


def test_a_condition_of_where_may_look_at_now():
    text = 'count("order.completed", where=event.due_at <= now()) == 1'
    things = [order(NOW - DAY, 1, due_at=NOW), order(NOW - DAY, 2, due_at=NOW + 1)]
    assert ask(text, *things) is True
    assert ask(text, *things, now=NOW - 1) is False
    assert ask(text.replace("1", "2"), *things, now=NOW + 1) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("profile.age > 3 and True", None),
        ("profile.age > 3 and False", False),
        ("False and profile.age > 3", False),
        ("profile.age > 3 and profile.age > 4 and False", False),
        ("profile.age > 3 or True", True),
        ("profile.age > 3 or False", None),
        ("not profile.age > 3", None),
        ("profile.age in (1, 2)", None),
        ("profile.age not in (1, 2)", None),
        ("profile.is_staff", None),
        ('segment("staff")', False),
        ('segment("outsiders")', True),
        ("profile.age != 3", None),
        ("profile.age == profile.age", None),
        ('"a" in profile.interests', None),
        ("missing(profile.age)", True),
        ("missing(profile.phone)", True),
    ],
)
def test_what_is_missing_is_unknown_and_a_segment_is_never_unknown(text, expected):
    assert ask(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("profile.rating == 2.5 and profile.rating > 2 and 3 > profile.rating", True),
        ("profile.rating > profile.age", True),
        ("profile.age in (2.0, 7)", True),
        ("profile.rating in (2.5, 7)", True),
        ("profile.balance == 2", True),
        ("profile.balance == profile.age", True),
        ('profile.city < "\\uffee"', False),
        ('profile.city == "😀" and profile.city in ("x", "😀")', True),
        ("points('gold') == 7", True),
    ],
)
def test_comparisons_are_exact_across_scales_and_by_code_point(text, expected):
    things = [
        setting("rating", TraitOp.SET, 2_500_000),
        setting("age", TraitOp.SET, 2),
        setting("balance", TraitOp.SET, 2),
        setting("city", TraitOp.SET, "😀"),
    ]
    assert ask(text, *things) is expected


def test_large_numbers_stay_exact():
    things = [order(NOW, n, value=2**63 - 1, score=2**63 - 1) for n in range(4)]
    assert ask('sum("order.completed", "value") > 9223372036854775807', *things)
    assert ask('avg("order.completed", "value") == 9223372036854775807', *things)
    assert ask('sum("order.completed", "value") > sum("order.completed", "score")', *things)


def test_a_sum_beyond_128_bits_is_an_error():
    with pytest.raises(AppError) as caught:
        ask('sum("order.completed", "value") > 1', order(NOW, 1, value=2**126), order(NOW, 2, value=2**126))
    assert caught.value.code == "criteria.sum_overflow"
    assert "value" in caught.value.text("zh")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("set", 1), ("set", 2)], 2),
        ([("set", 1), ("set_once", 2)], 1),
        ([("set_once", 2), ("set_once", 3)], 2),
        ([("set", 1), ("unset", None), ("set_once", 3)], 3),
        ([("increment", 4), ("increment", -1)], 3),
        ([("set", 10), ("increment", 4)], 14),
        ([("increment", 4), ("set_once", 9)], 4),
        ([("increment", 4), ("unset", None), ("increment", 1)], 1),
        ([("set", 1), ("unset", None)], None),
    ],
)
def test_a_trait_is_folded_in_order_of_time_whatever_the_order_of_arrival(changes, expected):
    things = [setting("age", TraitOp(op), value, NOW - 10 + n, 90 - n) for n, (op, value) in enumerate(changes)]
    for order_of_arrival in (things, things[::-1]):
        history = past(*order_of_arrival)
        assert history.trait("age", NOW) == expected
        assert history.trait("age", NOW - 11) is None
    assert past(*things[:1]).trait("age", NOW - 10) == changes[0][1]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("append", ["a"]), ("append", ["b", "a", "b"])], ["a", "b"]),
        ([("set", ["c"]), ("append", ["b"])], ["c", "b"]),
        ([("append", [])], []),
    ],
)
def test_a_list_gets_each_text_once_in_order_of_arrival(changes, expected):
    things = [setting("interests", TraitOp(op), value, NOW - 10 + n) for n, (op, value) in enumerate(changes)]
    assert past(*things).trait("interests", NOW) == expected
    assert closure(criterion('"b" in profile.interests'), shop())(past(*things), NOW) is ("b" in expected)


def test_of_a_personal_trait_only_its_presence_counts_even_when_its_value_is_not_kept():
    assert ask("missing(profile.phone)", setting("phone", TraitOp.SET, None)) is False
    unset = setting("phone", TraitOp.UNSET, None, NOW, 2)
    assert ask("missing(profile.phone)", setting("phone", TraitOp.SET, None, NOW, 1), unset) is True


def steps(*names_and_times):
    return [occurrence(name, NOW - at, n) for n, (name, at) in enumerate(names_and_times)]


A, B, C = "cart.added", ORDER, "door.opened"


@pytest.mark.parametrize(
    ("text", "things", "expected"),
    [
        (f'"{A}", "{B}"', steps((A, 2), (B, 1)), True),
        (f'"{A}", "{B}"', steps((B, 2), (A, 1)), False),
        (f'"{A}", "{B}"', steps((A, 1), (B, 1)), True),  # one instant, higher position
        (f'"{A}", "{B}"', steps((B, 1), (A, 1)), False),
        (f'"{A}", "{A}"', steps((A, 1)), False),
        (f'"{A}", "{A}"', steps((A, 1), (A, 1)), True),
        (f'"{A}", "{A}", "{B}"', steps((A, 3), (B, 2), (B, 1)), False),
        (f'"{A}", "{B}", span="1d"', steps((A, DAY), (B, 0)), True),
        (f'"{A}", "{B}", span="1d"', steps((A, DAY + 1), (B, 0)), False),
        (f'"{A}", "{B}", span="1d"', steps((A, 3 * DAY), (A, DAY), (B, 0)), True),  # the latest start fits best
        (f'"{A}", "{B}", "{C}", span="2d"', steps((A, 3 * DAY), (B, DAY), (A, DAY), (C, 0)), False),
        (f'"{A}", "{B}", "{C}", span="2d"', steps((A, 3 * DAY), (A, 2 * DAY), (B, DAY), (C, 0)), True),
    ],
)
def test_a_sequence_is_in_strict_order_and_its_last_step_is_at_most_the_span_after_its_first(text, things, expected):
    assert ask(f"sequence({text})", *things) is expected


def test_a_trigger_sees_both_the_fact_at_hand_and_the_past():
    words = shop()
    text = 'event.value > 5 and count("order.completed", where=event.value > 5) == 1 and missing(profile.age)'
    text += ' and not segment("staff") and not sequence("cart.added", "order.completed")'
    asked = trigger_closure(parse_trigger(text, ORDER, words, SHANGHAI), words)
    history = past(order(NOW - 1, 1, value=9))
    assert asked(history, order(NOW, 2, value=6), NOW) is True
    assert asked(history, order(NOW, 2, value=5), NOW) is False
    assert asked(history, order(NOW, 2), NOW) is None


def test_a_fact_that_arrives_late_changes_the_past_it_belongs_to():
    words = shop()
    asked = closure(criterion('sum("order.completed", "value", where=event.channel == "web") == 3', words), words)
    history = past(order(NOW, 1, value=1, channel="web"))
    assert asked(history, NOW) is False
    history.add(order(NOW - DAY, 2, value=2, channel="web"))
    assert asked(history, NOW) is True


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_the_order_of_arrival_and_what_was_asked_before_never_matter(data):
    words = data.draw(vocabulary())
    asked = closure(data.draw(criteria(words)), words)
    log = data.draw(histories(words))
    now = data.draw(instants())
    things = [thing for _, thing in [*log.facts, *log.changes]]
    shuffled = data.draw(st.permutations(things))
    in_order, other, one = past(*things), past(*shuffled), CustomerHistory(CustomerId(1))
    for thing in things:
        one.add(thing) if hasattr(thing, "fields") else one.change(thing)
        asked(one, now)
    assert asked(in_order, now) is asked(other, now) is asked(one, now)
