"""Mistakes people make: each is found at its place and answered with what was meant."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.criteria.api import CriteriaError, parse
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import catalogue
from tests.criteria.shop import SHANGHAI, criterion, shop

MISTAKES = [
    # (text, code, what the error points at, suggestion)
    ('profile.city = "上海"', "single_equals", "=", None),
    ('count("order.completed", where=event.channel = "store") > 1', "single_equals", "=", None),
    ("profile.age > 3 && profile.age < 9", "symbol", "&&", None),
    ("profile.age > 3 || profile.age < 9", "symbol", "||", None),
    ("!profile.is_staff", "symbol", "!", None),
    ("profile.age <> 3", "symbol", "<>", None),
    ("profile.is_staff AND True", "symbol", "AND", None),
    ("profile.is_staff == true", "symbol", "true", None),
    ("profile.city == null", "null", "null", None),
    ("profile.city is None", "null", "None", None),
    ("profile.city is null", "null", "null", None),
    ("profile.city IS NOT NULL", "null", "IS", None),
    ('profile.city contains "海"', "contains", "contains", None),
    ('profile.city.startswith("上")', "contains", 'profile.city.startswith("上")', None),
    ('profile.city like "上%"', "contains", "like", None),
    ("profile.age between 3 and 9", "sql_between", "between", None),
    ("count(order.completed) > 1", "fact_quotes", "order.completed", None),
    ('sum("order.completed", value) > 1', "field_quotes", "value", None),
    ("profile.city == 上海", "unknown_name", "上海", None),
    ("city == 3", "unknown_name", "city", "profile.city"),
    ("staf", "unknown_name", "staf", 'segment("staff")'),
    ("profil.city == 3", "unknown_name", "profil.city", "profile"),
    ("profile.city == “上海”", "full_width", "“", None),
    ("（profile.is_staff）", "full_width", "（", None),
    ('profile.city in ("上海"，"杭州")', "full_width", "，", None),
    ('count("order.completed", within="30 days") > 1', "duration", '"30 days"', '"30d"'),
    ('count("order.completed", within="30天") > 1', "duration", '"30天"', '"30d"'),
    ('count("order.completed", within="2 months") > 1', "duration", '"2 months"', '"60d"'),
    ('count("order.completed", within=30) > 1', "duration", "30", '"30d"'),
    ('count("order.completed", within=30d) > 1', "quotes_missing", "30d", None),
    ('count("order.completed", within="900000d") > 1', "duration_long", '"900000d"', None),
    ('cout("order.completed") > 1', "unknown_function", "cout", "count"),
    ('count("order.complete") > 1', "unknown_fact", '"order.complete"', "order.completed"),
    ('sum("order.completed", "valeu") > 1', "unknown_field", '"valeu"', "value"),
    ('count("order.completed", where=event.chanel == "a") > 1', "unknown_field", "event.chanel", "channel"),
    ('profile.ctiy == "上海"', "unknown_trait", "profile.ctiy", "city"),
    ('segment("stuff")', "unknown_segment", '"stuff"', "staff"),
    ('count("order.completed", wihtin="3d") > 1', "unknown_argument", 'wihtin="3d"', "within"),
    ('sum("order.completed") > 1', "argument_missing", 'sum("order.completed")', None),
    ('count("order.completed", "value") > 1', "arguments_many", '"value"', None),
    ('count("order.completed", within="3d", between=("2026-01-01", "2026-01-02")) > 1', "window_both", None, None),
    ('count("order.completed", between="2026-01-01") > 1', "between_form", '"2026-01-01"', None),
    ('count("order.completed", between=("2026-01-02", "2026-01-02")) > 1', "between_order", None, None),
    ('count("order.completed", between=("2026-01-02", "soon")) > 1', "time_literal", '"soon"', None),
    ('sum("door.opened", "value") > 1', "undeclared_fact_field", '"value"', None),
    ('count("door.opened", where=event.x == 1) > 1', "undeclared_fact_field", "event.x", None),
    ('sum("order.completed", "channel") > 1', "aggregate_type", '"channel"', None),
    ('max("order.completed", "is_gift") == True', "aggregate_type", '"is_gift"', None),
    ('distinct("order.completed", "labels") > 1', "aggregate_type", '"labels"', None),
    ("event.value > 1", "event_outside", "event.value", None),
    ('count("order.completed", where=profile.age > 1) > 1', "only_event_in_where", "profile.age", None),
    ('count("order.completed", where=count("cart.added") > 1) > 1', "only_event_in_where", 'count("cart.added")', None),
    ('count("order.completed", where=segment("staff")) > 1', "only_event_in_where", 'segment("staff")', None),
    ('count("order.completed", where=points("gold") > 1) > 1', "only_event_in_where", 'points("gold")', None),
    ('profile.phone == "1"', "personal_trait", "profile.phone", None),
    ('count("order.completed", where=event.address == "1") > 1', "personal_field", "event.address", None),
    ('tag("vip")', "feature_missing", 'tag("vip")', None),
    ("tier == 1", "feature_missing", "tier", None),
    ("points > 1", "function_brackets", "points", None),
    ('sequence("cart.added")', "sequence_steps", 'sequence("cart.added")', None),
    ('count("order.completed")', "not_a_condition", 'count("order.completed")', None),
    ("(profile.age > 1) == True", "not_a_value", "profile.age > 1", None),
    ("profile.age + 1 > 2", "arithmetic", "profile.age + 1", None),
    ("profile.age in ()", "list_empty", "()", None),
    ('profile.city in (profile.city, "b")', "list_constants", "profile.city", None),
    ("profile.city in profile.city", "in_needs_list", "profile.city", None),
    ("missing(3)", "missing_constant", "3", None),
    ("(profile.is_staff", "bracket_open", "(", None),
    ("profile.is_staff)", "bracket_extra", ")", None),
    ('profile.city == "上海', "quote_open", '"', None),
    ("profile.age >= ", "syntax", ">=", None),
    ("   # nothing", "empty", None, None),
    ('__import__("os").system("true")', "unsupported", '__import__("os").system("true")', None),
    ("[x for x in ()]", "unsupported", None, None),
    ("(lambda: 1)()", "unsupported", None, None),
    ('f"{profile}" == "a"', "unsupported", None, None),
    ('profile.city == "\\x00"', "character", None, None),
    ("profile.city == \0", "character", "\0", None),
    ('profile.city == "\ud800"', "character", None, None),
    ("(" * 200, "too_deep", "(", None),
    ("not " * 2_000 + "True", "too_deep", None, None),
    ("-" * 5_000 + "1 == 1", "too_deep", None, None),
    ("x" * 10_001, "too_long", None, None),
    ("profile.age in (" + "1," * 4_900 + ")", "too_many", None, None),
]


@pytest.mark.parametrize(("text", "code", "pointed", "suggestion"), MISTAKES)
def test_a_mistake_is_found_at_its_place_and_says_what_was_meant(text, code, pointed, suggestion):
    with pytest.raises(CriteriaError) as caught:
        criterion(text)
    error = caught.value
    assert error.code == f"criteria.{code}"
    assert error.suggestion == suggestion
    if pointed is not None:
        assert text[error.place.start : error.place.end] == pointed
    for lang in ("en", "zh"):
        assert error.sentence(lang)
        assert error.place.excerpt() in error.text(lang)


def test_the_place_is_given_by_line_and_column_with_carets_below():
    with pytest.raises(CriteriaError) as caught:
        criterion('profile.city == "上海"\n  and "上海" in profile.citty')
    error = caught.value
    assert (error.params["line"], error.params["column"], error.params["end"]) == (2, 15, 28)
    assert error.text("zh") == (
        "第 2 行第 15 列：没有声明属性 citty；您是不是想写 city？\n"
        '  and "上海" in profile.citty\n'
        "                ^^^^^^^^^^^^^"
    )


def test_a_type_is_named_with_its_article():
    with pytest.raises(CriteriaError) as caught:
        criterion('sum("order.completed", "value") >= "1000"')
    assert "the other side is an amount of money" in str(caught.value)


def test_a_trait_that_is_called_as_a_term_is_suggested():
    words = shop()
    words.known_traits["tier"] = words.known_traits["city"]
    with pytest.raises(CriteriaError, match=r"did you mean profile\.tier"):
        parse('tier == "gold"', words, SHANGHAI)


def test_a_mistake_in_criteria_is_a_mistake_of_the_caller():
    with pytest.raises(AppError, match="did you mean city"):
        criterion('profile.ctiy == "a"')


def test_every_sentence_is_there_in_both_languages():
    ours = {key: texts for key, texts in catalogue().items() if "criteria." in key}
    assert len(ours) > 100
    assert all(texts["en"] and texts["zh"] for texts in ours.values())


WORDS = """profile.city event.value count( sum( sequence( "order.completed" , within= where= between= "30d" == < in not
    and or ( ) missing( 1 0.5 "a" True null = && （ “ # - segment( "staff" now() ago( [ ] { } * ** : lambda await"""


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from([*WORDS.split(), "\n"]), max_size=14).map(" ".join)))
def test_any_text_is_a_criterion_or_a_mistake_that_can_be_said(text):
    with contextlib.suppress(CriteriaError):
        criterion(text)
        return
    with pytest.raises(CriteriaError) as caught:
        criterion(text)
    assert caught.value.text("en")
    assert caught.value.text("zh")
