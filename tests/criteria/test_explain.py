"""Why: the verdict first, then every condition with what was found, in both languages."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.criteria.api import Explanation, closure, explain, parse_trigger
from interplay.criteria.contracts import TraitOp
from interplay.kernel.time import DAY
from tests.criteria.shop import ORDER, SHANGHAI, criterion, order, past, setting, shop
from tests.criteria.strategies import NOW, criteria, histories, instants, vocabulary

BUYER = [order(NOW - 3 * DAY, 1, value=5_000), order(NOW - DAY, 2, value=7_001)]


def why(text, *things):
    words = shop()
    return explain(criterion(text, words), words, past(*things), NOW)


def test_the_first_line_is_the_verdict_with_what_decided():
    text = 'count("order.completed", within="90d") >= 3 and sum("order.completed", "value") > 100'
    assert why(text, *BUYER).sentences("en", SHANGHAI).splitlines() == [
        "Does not match: number of “order.completed” in the last 90 days is 2 (asked: at least 3)",
        "  ✗ all of:",
        "    ✗ number of “order.completed” in the last 90 days is 2 (asked: at least 3)",
        "    ✓ sum of value of “order.completed” is 12,001 (minor units) (asked: more than 100 (minor units))",
    ]


def test_in_chinese_with_the_words_of_the_brand_and_its_clock():
    text = 'profile.city == "上海" and last("order.completed") < ago("60d")'
    lines = why(text, *BUYER, setting("city", TraitOp.SET, "上海")).sentences("zh", SHANGHAI).splitlines()
    assert lines[0] == (
        "不符合：最近一次“事实 order.completed”的时间为 2025-12-31 08:00:00+08:00"
        "（条件：早于 60 天前（2025-11-02 08:00:00+08:00））"
    )
    assert lines[2] == "    ✓ 城市为 “上海”（条件：等于 “上海”）"


def test_what_is_missing_is_named():
    answer = why('profile.age > 18 and profile.city == "上海" or profile.is_staff', setting("age", TraitOp.SET, 20))
    assert answer.answer is None
    assert answer.root.missing == ("profile.city", "profile.is_staff")
    assert answer.sentences("zh", SHANGHAI).splitlines()[0] == (
        "无法判断：城市缺失（条件：等于 “上海”）；is_staff缺失（条件：是）"
    )


def test_a_segment_is_explained_inside():
    lines = why('not segment("outsiders")').sentences("en", SHANGHAI).splitlines()
    assert lines[0] == "Does not match: is in the segment outsiders"
    assert lines[-1].strip() == "? is_staff is missing (asked: yes)"


def test_a_computed_trait_shows_what_it_stands_for_and_an_average_is_exact():
    answer = why("profile.mean_spend > 3", *BUYER)
    figure = answer.root.figures[0]
    assert figure.fraction == (12_001, 2)
    assert figure.definition.text == 'avg("order.completed", "value")'
    assert "= average value of “order.completed” is 6,000.50" in answer.sentences("en", SHANGHAI)


def test_windows_are_given_as_instants():
    figure = why('count("order.completed", within="1d") > 0').root.figures[0]
    assert (figure.interval.from_at, figure.interval.until_at) == (NOW - DAY + 1, NOW + 1)


def test_personal_values_are_never_shown():
    answer = why("missing(profile.phone)", setting("phone", TraitOp.SET, "+8613800138000"))
    assert b"138" not in msgspec.json.encode(answer)
    assert "138" not in answer.sentences("zh", SHANGHAI)
    assert "present (personal)" in answer.sentences("en", SHANGHAI)


def test_a_constant_on_the_left_reads_the_other_way_round():
    assert "age is 20 (asked: at least 18)" in why("18 <= profile.age", setting("age", TraitOp.SET, 20)).sentences(
        "en", SHANGHAI
    )


def test_a_trigger_is_explained_with_the_fact_at_hand():
    words = shop()
    asked = parse_trigger('event.value > 5 and event.channel == "web"', ORDER, words, SHANGHAI)
    answer = explain(asked, words, past(), NOW, order(NOW, 1, value=6, channel="store"))
    assert answer.sentences("en", SHANGHAI).splitlines()[0] == (
        "Does not match: channel is “store” (asked: exactly “web”)"
    )


@pytest.mark.parametrize(("count", "shown"), [(3, ""), (5, "(and 2 more)")])
def test_many_reasons_are_cut_short(count, shown):
    first = why(" and ".join(f"profile.age > {n}" for n in range(count))).sentences("en", SHANGHAI).splitlines()[0]
    assert first.endswith(shown or "(asked: more than 2)")


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_every_answer_can_be_explained_and_the_explanation_agrees(data):
    words = data.draw(vocabulary())
    asked = data.draw(criteria(words))
    log = data.draw(histories(words))
    now = data.draw(instants())
    history = past(*(thing for _, thing in [*log.facts, *log.changes]))
    answer = explain(asked, words, history, now)
    assert answer.answer is closure(asked, words)(history, now)
    assert answer.sentences("zh", SHANGHAI)
    assert answer.sentences("en", SHANGHAI)
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Explanation).root.answer is answer.answer
