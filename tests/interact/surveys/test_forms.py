"""Bad forms are refused with the place of each mistake; conditions mean what they mean in criteria."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.engine.documents.places import show
from interplay.interact.surveys import api
from interplay.interact.surveys.conditions import holds, parsed
from interplay.interact.surveys.values import PATTERNED_CHARS_MAX, compiled
from interplay.kernel.errors import AppError
from tests.interact.surveys.building import ask, form, page

Q = "pages.0.questions.0"


def wrong(*pages):
    found = list(api.mistakes(form(*pages)))
    for _, mistake in found:
        assert mistake.text("en") != mistake.text("zh")
    return [(show(place), mistake.code) for place, mistake in found]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ((), [("pages", "surveys.bounds"), ("pages", "surveys.bounds")]),
        ((ask("Drink"),), [("name", "surveys.name")]),
        ((ask("not"),), [("name", "surveys.name")]),
        ((ask("q", "choice", "a"),), [("options", "surveys.bounds")]),
        ((ask("q", "choice", "a a"),), [("options[1].code", "surveys.twice")]),
        ((ask("q", "choice", "a B"),), [("options[1].code", "surveys.name")]),
        ((ask("q", "matrix", "a b"),), [("rows", "surveys.bounds")]),
        ((ask("q", "text", "a b"),), [("options", "surveys.not_for")]),
        ((ask("q", "boolean", least=1),), [("least", "surveys.not_for")]),
        ((ask("q", "number", least=2, most=1),), [("least", "surveys.bounds")]),
        ((ask("q", "choices", "a b", most=3),), [("most", "surveys.bounds")]),
        ((ask("q", "rating", least=0, most=30),), [("most", "surveys.bounds")]),
        ((ask("q", chars_least=9, chars_most=3),), [("chars_least", "surveys.bounds")]),
        ((ask("q", "date", earliest="soon"),), [("earliest", "time.date")]),
        ((ask("q", "date", earliest="2026-02-01", latest="2026-01-01"),), [("latest", "surveys.dates")]),
        ((ask("q", visible_if="x == 1"),), [("visible_if", "surveys.unknown_question")]),
        ((ask("q", visible_if="q == 1"),), [("visible_if", "surveys.unknown_question")]),
        ((ask("q", visible_if="1 +"),), [("visible_if", "criteria.syntax")]),
        ((ask("q", visible_if='len("x") > 1'),), [("visible_if", "surveys.condition")]),
    ],
)  # fmt: skip
def test_mistakes_have_their_place(pages, expected):
    found = wrong(*pages)
    assert [code for _, code in found] == [code for _, code in expected]
    assert all(place.endswith(end) for (place, _), (end, _) in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("b == 1", "surveys.unfit"), ("b > True", "surveys.unfit"), ("n", "surveys.unfit"),
        ('n == "1"', "surveys.unfit"), ('s == "a"', "surveys.unfit"),
        ('c == "x"', "surveys.unknown_option"), ('c > "a"', "surveys.unfit"), ('m == "a"', "surveys.unfit"),
        ('m.z == "a"', "surveys.unknown_question"), ('m.r == "z"', "surveys.unknown_option"),
        ('d == "soon"', "surveys.unfit"), ("nps == 11", "surveys.unfit"), ("t == 1", "surveys.unfit"),
        ("later == 1", "surveys.unknown_question"), ("c == s", "surveys.condition"), ("1 < n < 3", "surveys.condition"),
    ],
)  # fmt: skip
def test_a_condition_asks_only_what_an_earlier_question_can_answer(condition, code):
    before = page(
        ask("b", "boolean"), ask("n", "number"), ask("c", "choice", "a b"), ask("m", "matrix", "a b", "r"),
        ask("s", "choices", "a b"), ask("d", "date"), ask("nps", "nps"), ask("t"),
    )  # fmt: skip
    after = page(ask("q", visible_if=condition), ask("later", "number"))
    assert wrong(before, after) == [("pages[1].questions[0].visible_if", code)]


SLOW = ["(a+)+", "(a|b)*c", "a*b*c*d*", "(?=a)b", r"(a)\1", "[", "a?" * 7, "(a{1,9}){2}", r"\p{L}", "x" * 201, "a*+"]


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_could_hold_up_everybody_is_refused(pattern):
    assert [code for _, code in wrong(ask("q", pattern=pattern))] == ["surveys.pattern"]


@pytest.mark.parametrize("pattern", ["[A-Z]{2}\\d{4,6}", "(?:tea|milk) [0-9]+", "京[A-Z][A-Z0-9]{5}", r"\+?\d+-\d+"])
def test_patterns_of_numbers_and_codes_are_possible(pattern):
    assert wrong(ask("q", pattern=pattern)) == []


def test_the_worst_pattern_that_is_allowed_is_over_at_once():
    pattern, text = "a*a*a*(?:a|b)(?:a|b)(?:a|b)x", "a" * PATTERNED_CHARS_MAX
    assert wrong(ask("q", pattern=pattern)) == []
    started = time.process_time()
    assert compiled(pattern).fullmatch(text) is None
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        ('c == "a"', {}, None), ('not c == "a"', {}, None), ('c != "a"', {}, None), ("missing(c)", {}, True),
        ('c == "a" or b', {"b": True}, True),
        ('c == "a" and b', {"b": False}, False), ('c == "a" and b', {"b": True}, None),
        ('s in ("a", "b")', {"s": ["b", "c"]}, True),
        ('s not in ("a",)', {"s": ["b"]}, True), ('s not in ("a",)', {}, None),
        ("n == 0.1", {"n": 0.1}, True), ("n >= -1", {"n": -1}, True), ('m.r == "a"', {"m": {"s": "a"}}, None),
        ('d < "2026-02-01"', {"d": "2026-01-31"}, True), ('t == "Tea"', {"t": "tea"}, False),
    ],
)  # fmt: skip
def test_unknown_is_neither_true_nor_false(condition, answers, expected):
    assert holds(parsed(condition), answers) is expected


@given(st.text(alphabet="abn1 ()=!<>.,'\"andorti[]missing_", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_condition_or_a_mistake_of_the_author(text):
    try:
        parsed(text)
    except AppError as error:
        error.text("en"), error.text("zh")
