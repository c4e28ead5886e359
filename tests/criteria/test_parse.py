"""The language: what is accepted, and what it becomes."""

import pytest

from interplay.criteria.api import CriteriaError, parse_trigger, parse_value
from interplay.criteria.contracts import (
    And,
    Between,
    Compare,
    CompareOp,
    Event,
    In,
    InSequence,
    Literal,
    Not,
    Profile,
    Truth,
    ValueType,
    Within,
)
from interplay.kernel.time import DAY
from tests.criteria.shop import ORDER, SHANGHAI, criterion, shop


@pytest.mark.parametrize(
    "text",
    [
        'count("order.completed", within="90d") >= 3 and sum("order.completed", "value", within="365d") > 100000',
        'last("order.completed") < ago("60d") and not segment("staff")',
        'count("order.completed", where=event.channel == "store" and event.value >= 5000) >= 1',
        'profile.city in ("上海", "杭州") and (profile.age >= 18 or missing(profile.age))',
        'sequence("order.completed", "cart.added", span="7d", within="30d") and count("order.completed") == 0',
        'first("order.completed", "channel") == "store"',
        'points("gold") > 3',
        'count("door.opened") > 0 and last("door.opened") > ago("1d")',
        'profile["class"] == "A"',
        "missing(profile.phone)",
        'count("order.completed", where=event.due_at < now()) > 0',
        "True",
    ],
)
def test_everything_in_the_language_is_accepted(text):
    assert criterion(text)


def test_newlines_and_comments_may_stand_anywhere():
    written = """# 上海 regulars
        profile.city == "上海"   # where
        and profile.age > 18
    """
    assert criterion(written) == criterion('profile.city == "上海" and profile.age > 18')


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("profile.rating > 0.1", ValueType.DECIMAL, 100_000),
        ("profile.rating > 5", ValueType.DECIMAL, 5_000_000),
        ("profile.rating > -0.000001", ValueType.DECIMAL, -1),
        ("profile.rating > 9223372036854.775807", ValueType.DECIMAL, 2**63 - 1),
        ("profile.age > 2.5", ValueType.DECIMAL, 2_500_000),
        ("profile.age > 9223372036854775807", ValueType.INTEGER, 2**63 - 1),
        ("profile.age > -9223372036854775808", ValueType.INTEGER, -(2**63)),
        ("profile.balance > 5", ValueType.MONEY, 5),
        ('profile.birthday > "1970-01-02"', ValueType.DATE, 1),
        ('profile.joined_at > "1970-01-02"', ValueType.TIME, DAY - 8 * DAY // 24),
        ('profile.joined_at > "1970-01-02T00:00:00Z"', ValueType.TIME, DAY),
        ('profile.city == "1970-01-02"', ValueType.TEXT, "1970-01-02"),
        ("profile.is_staff == True", ValueType.BOOLEAN, True),
    ],
)
def test_a_constant_takes_the_type_of_what_it_is_compared_with_and_is_exact(text, type_, value):
    right = criterion(text).root.right
    assert (right.type, right.value, type(right.value)) == (type_, value, type(value))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("profile.rating > 0.1234567", "decimal_places"),
        ("profile.rating > -0.1000000000000000000000000000001", "decimal_places"),
        ("profile.rating > 9223372036854.775808", "number_range"),
        ("profile.rating > 1e999999", "number_range"),
        ("profile.age > 9223372036854775808", "number_range"),
        ("profile.balance > 99.0", "money_whole"),
        (f'avg("{ORDER}", "value") > 99.5', "money_whole"),
        ("profile.is_staff == 1", "types"),
        ("profile.age == True", "types"),
        ('profile.age == "1"', "text_as_number"),
        ("profile.city == 1", "number_as_text"),
        ("profile.joined_at > 20260101", "number_as_time"),
        ('profile.joined_at > "yesterday"', "time_literal"),
        ('profile.birthday > "2026-13-01"', "date_literal"),
        ("profile.birthday < now()", "date_with_time"),
        ("profile.city < profile.age", "types"),
        ("profile.is_staff < True", "boolean_order"),
        ('profile.interests == "a"', "texts_compared"),
    ],
)
def test_types_are_strict(text, code):
    with pytest.raises(CriteriaError) as caught:
        criterion(text)
    assert caught.value.code == f"criteria.{code}"


def test_numbers_of_different_scale_may_be_compared():
    assert criterion("profile.age > profile.rating and profile.balance < profile.age")


def test_a_chain_of_comparisons_is_each_of_them():
    age = Profile("age", ValueType.INTEGER)
    low, high = Literal(ValueType.INTEGER, 18, "18"), Literal(ValueType.INTEGER, 30, "30")
    assert criterion("18 <= profile.age < 30").root == And(
        (Compare(CompareOp.LE, low, age), Compare(CompareOp.LT, age, high))
    )


@pytest.mark.parametrize(
    "text", ['"咖啡" in profile.interests', 'profile.interests in ("咖啡",)', 'profile.interests in "咖啡"']
)
def test_a_list_of_texts_is_asked_either_way_round(text):
    coffee = Literal(ValueType.TEXT, "咖啡", "咖啡")
    assert criterion(text).root == In(Profile("interests", ValueType.TEXTS), (coffee,))


def test_not_in_is_the_negation_of_in():
    assert isinstance(criterion('profile.city not in ("a", "b")').root, Not)


def test_a_boolean_stands_alone():
    assert criterion("profile.is_staff").root == Truth(Profile("is_staff", ValueType.BOOLEAN))


def test_windows_are_exact_and_dates_are_read_in_the_brands_zone():
    within = criterion('count("order.completed", within="90d") > 0').root.left.window
    between = criterion('count("order.completed", between=("1970-01-02", "1970-01-03T00:00Z")) > 0').root.left.window
    assert within == Within("90d", 90 * DAY)
    assert between == Between("1970-01-02", "1970-01-03T00:00Z", DAY - 8 * DAY // 24, 2 * DAY)


def test_a_sequence_has_a_span_and_a_window():
    root = criterion('sequence("cart.added", "order.completed", span="7d", within="30d")').root
    assert root == InSequence(("cart.added", ORDER), "7d", 7 * DAY, Within("30d", 30 * DAY))


def test_a_trigger_reads_the_fact_at_hand():
    root = parse_trigger("event.value > 5", ORDER, shop(), SHANGHAI).root
    assert root.left == Event("value", ValueType.MONEY)


@pytest.mark.parametrize(
    ("text", "names"),
    [('segment("vip")', "vip → vip"), ('segment("outsiders")', "vip → outsiders → staff → vip")],
)
def test_a_segment_may_not_contain_itself(text, names):
    words = shop()
    words.known_segments["staff"] = words.known_segments["vip"] = criterion("True")
    words.known_segments["staff"] = criterion('segment("vip")', words)
    with pytest.raises(CriteriaError) as caught:
        criterion(text, words, segment="vip")
    assert caught.value.code == "criteria.segment_circle"
    assert caught.value.params["names"] == names


def test_a_computed_trait_may_not_be_itself():
    words = shop()
    with pytest.raises(CriteriaError) as caught:
        parse_value("profile.age", words, SHANGHAI, trait="age")
    assert caught.value.code == "criteria.trait_circle"


def test_the_same_criterion_may_name_a_segment_many_times():
    assert criterion('segment("staff") or segment("outsiders") and segment("staff")')
