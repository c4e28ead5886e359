"""Segments as a whole: they may name each other in any order, but not in a circle."""

from interplay.criteria.api import CriteriaError, closure, depends_on, explain, parse_segments
from interplay.criteria.contracts import And, Criterion
from tests.criteria.shop import SHANGHAI, criterion, past, shop
from tests.criteria.strategies import NOW


def test_segments_may_be_given_in_any_order_and_name_known_ones():
    found = parse_segments({"a": 'segment("b") and segment("staff")', "b": "profile.age > 3"}, shop(), SHANGHAI)
    assert isinstance(found["a"], Criterion)
    assert isinstance(found["a"].root, And)
    assert isinstance(found["b"], Criterion)


def test_a_circle_is_an_error_of_each_segment_in_it_and_of_those_that_lead_there():
    texts = {"a": 'segment("b")', "b": 'True and segment("a")', "c": "profile.age > 3", "d": 'segment("d")'}
    found = parse_segments(texts, shop(), SHANGHAI)
    assert {name: result.params["names"] for name, result in found.items() if isinstance(result, CriteriaError)} == {
        "a": "a → b → a",
        "b": "b → a → b",
        "d": "d → d",
    }


def test_a_wrong_segment_does_not_make_others_wrong():
    found = parse_segments({"a": 'segment("b")', "b": "profile.aeg > 3"}, shop(), SHANGHAI)
    assert isinstance(found["a"], Criterion)
    assert isinstance(found["b"], CriteriaError)
    assert found["b"].code == "criteria.unknown_trait"


def test_a_new_definition_replaces_the_known_one():
    found = parse_segments({"staff": 'not segment("outsiders")'}, shop(), SHANGHAI)
    assert isinstance(found["staff"], CriteriaError)
    assert found["staff"].code == "criteria.segment_circle"


def test_segments_that_name_each_other_twice_do_not_grow_without_end():
    words = shop()
    words.known_segments["s0"] = words.known_segments["staff"]
    for n in range(1, 60):
        words.known_segments[f"s{n}"] = criterion(f'segment("s{n - 1}") or not segment("s{n - 1}")', words)
    asked = criterion('segment("s59")', words)
    assert closure(asked, words)(past(), NOW) is True
    assert len(explain(asked, words, past(), NOW).sentences("en", SHANGHAI, "CNY").splitlines()) < 300
    assert depends_on(asked, words).traits == {"is_staff"}
