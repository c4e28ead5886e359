"""What is asked, what is wrong with answers, what is kept of them, and which facts they become."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.interact.surveys import api
from interplay.interact.surveys.contracts import ONE_OF, SEVERAL, QuestionType, Reason
from tests.interact.surveys import random_forms
from tests.interact.surveys.building import ask, form, page

SHAPES = {
    "text": [1, True, [], "a\0b", "\ud800"],
    "email": [7],
    "number": ["3", True, float("nan"), float("inf"), 10**16],
    "date": ["2026-02-30", "2026-W10-1", "yesterday", 20260101],
    "boolean": ["yes", 1, 0],
    "nps": [11, -1, 3.5, "9", True],
    "csat": [0, 6],
    "rating": [0, 6],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in SHAPES.items() for value in values])
def test_what_no_page_would_send_is_no_answer(kind, value):
    of = form(ask("q", kind))
    accepted = api.accept(of, {}, {"q": value})
    assert accepted.answers == {}
    assert [one.reason for one in accepted.faults] in ([Reason.SHAPE], [Reason.OPTION]) or value in ([], "")


@pytest.mark.parametrize(
    ("question", "value", "reason"),
    [
        (ask("q", "choice", "a b"), "c", Reason.OPTION),
        (ask("q", "choice", "a b"), ["a"], Reason.OPTION),
        (ask("q", "choices", "a b"), ["a", "a"], Reason.SHAPE),
        (ask("q", "choices", "a b"), [{"a": 1}], Reason.OPTION),
        (ask("q", "ranking", "a b"), ["a"], Reason.SHAPE),
        (ask("q", "matrix", "a b", "r s"), {"t": "a"}, Reason.SHAPE),
        (ask("q", "matrix", "a b", "r s"), {"r": "c"}, Reason.OPTION),
        (ask("q", "choices", "a b c", least=2), ["a"], Reason.TOO_FEW),
        (ask("q", "choices", "a b c", most=1), ["a", "b"], Reason.TOO_MANY),
        (ask("q", "number", least=3), 2, Reason.TOO_SMALL),
        (ask("q", "number", most=3), 4, Reason.TOO_LARGE),
        (ask("q", "number"), 0.5, Reason.DECIMALS),
        (ask("q", "number", decimals=1), 0.25, Reason.DECIMALS),
        (ask("q", "date", earliest="2026-03-01"), "2026-02-28", Reason.TOO_EARLY),
        (ask("q", "date", latest="2026-03-01"), "2026-03-02", Reason.TOO_LATE),
        (ask("q", chars_least=3), "ab", Reason.TOO_SHORT),
        (ask("q", chars_most=3), "abcd", Reason.TOO_LONG),
        (ask("q"), "a" * 501, Reason.TOO_LONG),
        (ask("q", pattern="[0-9]{4}"), "12345", Reason.PATTERN),
        (ask("q", pattern=r"\d{4}"), "１２３４", Reason.PATTERN),
        (ask("q", "email"), "ann@example", Reason.EMAIL),
    ],
)
def test_each_reason_is_said_in_both_languages_and_the_answer_is_not_kept(question, value, reason):
    accepted = api.accept(form(question), {}, {"q": value})
    assert ([one.reason for one in accepted.faults], accepted.answers) == ([reason], {})
    (said,) = api.sentences(accepted.faults)
    assert said["en"] != said["zh"]
    assert (said["question"], said["reason"]) == ("q", reason.value)


def test_bounds_are_possible_themselves_and_one_tenth_is_one_tenth():
    of = form(
        ask("n", "number", least=-1, most=1, decimals=1), ask("t", chars_least=2, chars_most=2),
        ask("d", "date", earliest="2026-03-01", latest="2026-03-01"), ask("c", "choices", "a b", least=2, most=2),
    )  # fmt: skip
    answers = {"n": 0.1, "t": "茶杯", "d": "2026-03-01", "c": ["b", "a"]}
    assert api.accept(of, {}, answers).faults == []
    assert api.validate(of, answers) == []


def test_a_character_is_one_whatever_its_bytes():
    assert api.validate(form(ask("q", chars_most=2)), {"q": "🍵🍵"}) == []


def test_blanks_are_no_answer_and_a_wrong_one_leaves_the_one_before():
    of = form(ask("q", required=True, chars_least=2))
    assert [one.reason for one in api.validate(of, {"q": "  "})] == [Reason.REQUIRED]
    assert api.accept(of, {"q": "tea"}, {"q": "t"}).answers == {"q": "tea"}
    assert api.accept(of, {"q": "tea"}, {"q": None}).answers == {}
    assert api.accept(of, {"q": "tea"}, {"q": " milk "}).answers == {"q": "milk"}


def test_what_is_hidden_says_nothing():
    of = form(
        ask("drink", "choice", "tea milk"), ask("sort", visible_if='drink == "tea"'),
        page(ask("again", "boolean"), visible_if='sort == "green"'),
    )  # fmt: skip
    answers = {"drink": "tea", "sort": "green", "again": True}
    assert api.asked(of, answers).answers == answers
    changed = api.accept(of, answers, {"drink": "milk"})
    assert (changed.answers, changed.faults) == ({"drink": "milk"}, [])
    assert list(api.asked(of, changed.answers).pages) == [0]


def test_a_question_that_is_not_asked_is_not_answered():
    of = form(ask("a", "boolean"), ask("b", visible_if="a"), ask("c", enabled_if="a"))
    found = api.accept(of, {}, {"b": "x", "c": "y", "z": 1})
    assert {one.question: one.reason for one in found.faults} == {
        "b": Reason.NOT_ASKED, "c": Reason.NOT_ASKED, "z": Reason.UNKNOWN,
    }  # fmt: skip
    assert api.accept(of, {}, {"a": True, "b": "x", "c": "y"}).answers == {"a": True, "b": "x", "c": "y"}


def test_whatever_is_not_asked_is_said_shortly():
    strange = {f"{n}" + "x" * 1_000: 1 for n in range(1_000)}
    found = api.accept(form(ask("a")), {}, strange).faults
    assert len(found) == 10
    assert max(len(one.question) for one in found) == 63


def test_required_if_and_rows():
    of = form(
        ask("nps", "nps"), ask("why", required_if="nps <= 6"), ask("m", "matrix", "a b", "r s", rows_required=True)
    )
    assert [one.question for one in api.validate(of, {"nps": 7, "m": {"r": "a", "s": "b"}})] == []
    assert [one.question for one in api.validate(of, {"nps": 6, "m": {"r": "a"}})] == ["why", "m"]


def test_every_answer_is_a_fact_and_words_of_hers_are_personal():
    of = form(
        ask("drink", "choice", "tea milk"), ask("with", "choices", "sugar lemon ice"), ask("order", "ranking", "a b"),
        ask("ok", "boolean"), ask("nps", "nps"), ask("places", "matrix", "good bad", "taste"), ask("note", "comment"),
        ask("born", "date", personal=True), ask("size", "number", decimals=1),
    )  # fmt: skip
    answers = {
        "drink": "tea", "with": ["lemon"], "order": ["b", "a"], "ok": False, "nps": 9, "places": {"taste": "good"},
        "note": "call me", "born": "1990-01-01", "size": 1.5,
    }  # fmt: skip
    assert list(api.facts_of(of, {}, answers)) == [
        {"question_id": "drink", "answer": "tea"},
        {"question_id": "with.lemon", "answer": "yes"},
        {"question_id": "order.b", "answer": "1", "score": 1},
        {"question_id": "order.a", "answer": "2", "score": 2},
        {"question_id": "ok", "answer": "no"},
        {"question_id": "nps", "answer": "9", "score": 9},
        {"question_id": "places.taste", "answer": "good"},
        {"question_id": "note", "answer_text": "call me"},
        {"question_id": "born", "answer_text": "1990-01-01"},
        {"question_id": "size", "answer": "1.5"},
    ]
    assert list(api.facts_of(of, answers, answers)) == []
    after = {**answers, "with": ["ice"], "nps": 0}
    del after["drink"]
    assert list(api.facts_of(of, answers, after)) == [
        {"question_id": "drink"},
        {"question_id": "with.lemon", "answer": "no"},
        {"question_id": "with.ice", "answer": "yes"},
        {"question_id": "nps", "answer": "0", "score": 0},
    ]


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_what_is_kept_is_what_is_asked_and_right(seed):
    random = Random(seed)
    of = random_forms.form(random)
    kept: dict[str, object] = {}
    for _ in range(3):
        kept = api.accept(of, kept, random_forms.answers(random, of)).answers
        assert api.asked(of, kept).answers == kept
        assert api.accept(of, kept, kept) == api.Accepted(kept, [])
        assert {one.reason for one in api.validate(of, kept)} <= {Reason.REQUIRED, Reason.ROWS}
        assert set(kept) <= {item.question.name for item in api.asked(of, kept).items()}


@given(st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_the_last_fact_of_each_question_says_how_it_stands(seed):
    random = Random(seed)
    of = random_forms.form(random)
    kept: dict[str, object] = {}
    said: dict[object, dict[str, object]] = {}
    for _ in range(4):
        after = api.accept(of, kept, random_forms.answers(random, of)).answers
        said |= {fact["question_id"]: fact for fact in api.facts_of(of, kept, after)}
        kept = after
    stands = {one: fact for one, fact in said.items() if set(fact) > {"question_id"} and fact.get("answer") != "no"}
    told = {fact["question_id"]: fact for fact in api.facts_of(of, {}, kept)}
    assert stands == {one: fact for one, fact in told.items() if fact.get("answer") != "no"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    max_leaves=5,
)
PICKED = ONE_OF | SEVERAL | {QuestionType.MATRIX}
EVERY_TYPE = form(
    *(
        ask(f"q{number}", kind, "a b" if kind in PICKED else "", "r" if kind is QuestionType.MATRIX else "")
        for number, kind in enumerate(QuestionType)
    )
)


@given(ANYTHING)
@settings(max_examples=100, deadline=None)
def test_whatever_is_sent_is_kept_rightly_or_refused(value):
    assert list(api.mistakes(EVERY_TYPE)) == []
    sent = {f"q{number}": value for number, _ in enumerate(QuestionType)}
    assert api.validate(EVERY_TYPE, api.accept(EVERY_TYPE, {}, sent).answers) == []
    api.sentences(api.validate(EVERY_TYPE, sent))
