"""The three forms of a criterion: text, tree and JSON, each the same as the others."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.criteria.api import CriteriaError, from_json, parse, to_json, to_text
from tests.criteria.shop import ORDER, SHANGHAI, criterion, shop
from tests.criteria.strategies import DECLARED, criteria, triggers, vocabulary

SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, max_examples=150)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("(profile.is_staff)", "profile.is_staff"),
        ("((True and True)) or True", "True and True or True"),
        ("True and (True or True)", "True and (True or True)"),
        ("(True and True) and True", "(True and True) and True"),
        ("not (profile.age == 1)", "not profile.age == 1"),
        ("not (True and True)", "not (True and True)"),
        ("not (profile.age in [1, 2])", "profile.age not in (1, 2)"),
        ("profile.city in 'a'", 'profile.city in ("a",)'),
        ("profile.interests in ('a',)", '"a" in profile.interests'),
        ("profile.age > 0x10 and profile.age < 1_000", "profile.age > 16 and profile.age < 1000"),
        ("profile.rating > 1.50", "profile.rating > 1.5"),
        ("profile.rating > 1e2", "profile.rating > 100.0"),
        ('profile["city"] == "a"', 'profile.city == "a"'),
        ('profile["class"] == "a"', 'profile["class"] == "a"'),
        ("profile.city == 'say \"hi\" \\\\'", 'profile.city == "say \\"hi\\" \\\\"'),
        (
            "count('order.completed',where=(True),within='3d')>1",
            'count("order.completed", within="3d", where=True) > 1',
        ),
    ],
)
def test_there_is_one_spelling_with_as_few_brackets_as_possible(written, canonical):
    assert to_text(criterion(written)) == canonical
    assert to_text(criterion(canonical)) == canonical


@SLOW
@given(st.data())
def test_random_trees_come_back_from_text_and_from_json(data):
    words = data.draw(vocabulary())
    tree = data.draw(criteria(words, depth=3))
    assert parse(to_text(tree), words, SHANGHAI) == tree
    assert from_json(to_json(tree), words, SHANGHAI) == tree


@SLOW
@given(st.data())
def test_random_triggers_come_back_from_text_and_from_json(data):
    words = data.draw(vocabulary())
    fact = data.draw(st.sampled_from(DECLARED))
    tree = data.draw(triggers(words, fact))
    assert parse(to_text(tree), words, SHANGHAI, trigger=fact) == tree
    assert from_json(to_json(tree), words, SHANGHAI, trigger=fact) == tree


@pytest.mark.parametrize(
    ("text", "path", "value", "code", "said_at"),
    [
        ("profile.age > 5", "root.left.name", "aeg", "unknown_trait", "$.root.left"),
        ("profile.age > 5", "root.right.value", 500, "json_disagrees", "$.root.right.value"),
        ("profile.age > 5", "root.right.text", "5) or (True", "syntax", None),
        ("profile.age > 5", "root.right.type", "money", "json_disagrees", "$.root.right.type"),
        ("profile.age > 5", "root.op", "=", "json_shape", "$"),
        ("profile.age > 5", "root.left.node", "nonsense", "json_shape", "$"),
        (f'count("{ORDER}", within="3d") > 1', "root.left.fact", "order.complete", "unknown_fact", "$.root.left.fact"),
        (f'count("{ORDER}", within="3d") > 1', "root.left.window.span", "3 d", "duration", "$.root.left.window.span"),
        (
            f'count("{ORDER}", within="3d") > 1',
            "root.left.window.micros",
            1,
            "json_disagrees",
            "$.root.left.window.micros",
        ),
        (f'sum("{ORDER}", "value") > 1', "root.left.field", "valeu", "unknown_field", "$.root.left.field"),
        ('True and segment("staff")', "root.items.1.name", "stuff", "unknown_segment", "$.root.items[1]"),
        ("True and True", "root.items", [], "json_items", "$.root"),
        (f'count("{ORDER}", where=event.is_gift) > 1', "root.left.where.value.name", "is_gft", "unknown_field", None),
    ],
)
def test_json_from_outside_is_checked_like_text_and_errors_name_the_path(text, path, value, code, said_at):
    tree = json.loads(to_json(criterion(text)))
    *way, last = path.split(".")
    place = tree
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    with pytest.raises(CriteriaError) as caught:
        from_json(json.dumps(tree).encode(), shop(), SHANGHAI)
    assert caught.value.code in (f"criteria.{code}", "criteria.json_disagrees", "criteria.bracket_extra")
    assert caught.value.params["path"].startswith(said_at or "$.root")
    assert caught.value.text("zh").startswith("在 $")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json_shape"),
        (b"[1]", "json_shape"),
        (b'{"root": {"node": "truth"}}', "json_shape"),
        (b'{"root": ' + b'{"node": "not", "item": ' * 5_000, "too_deep"),
        (b" " * 200_001, "json_long"),
        (b'{"root": {"node": "segment", "name": "\xff"}}', "json_shape"),
    ],
)
def test_bad_json_is_a_mistake_of_the_caller(data, code):
    with pytest.raises(CriteriaError) as caught:
        from_json(data, shop(), SHANGHAI)
    assert caught.value.code == f"criteria.{code}"


def test_deep_json_is_refused_before_it_is_written():
    nested = b'{"node":"not","item":' * 600 + b'{"node":"segment","name":"staff"}' + b"}" * 600
    with pytest.raises(CriteriaError) as caught:
        from_json(b'{"root":' + nested + b"}", shop(), SHANGHAI)
    assert caught.value.code == "criteria.too_deep"
