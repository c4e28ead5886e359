"""Units and rules that cannot be are refused at their place, in zh and en."""

import pytest

from interplay.kernel.errors import AppError
from tests.link.points.shop import RULE, UNIT, Shop


@pytest.fixture
def open_shop(tmp_path):
    with Shop(tmp_path / "data") as made:
        yield made


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "Points"}, "small letters"),
        ({"pending_days": -1}, "from 0"),
        ({"worth": {"points": 0, "money": 1}}, "worth.points"),
        ({"expires": {"days": 3, "years": 1}}, "exactly one of days, years"),
        ({"expires": {}}, "exactly one of days, years"),
        ({"expires": {"days": 7}, "pending_days": 7}, "from 8"),
        ({"refunds": "sometimes"}, "within_balance"),
        ({"pays": 1}, "pays"),
    ],
)
def test_a_unit_that_cannot_be(open_shop, wrong, words):
    with pytest.raises(AppError) as refused:
        open_shop.apply({**UNIT, **wrong})
    assert words in str(refused.value)
    assert "points" in refused.value.text("zh")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"unit": "pionts"}, "did you mean points"),
        ({"multipliers": [{"times": "2", "tiers": ["platinum"]}]}, "there is no tier 'platinum'"),
        ({"fact": "order.complete"}, "did you mean order.completed"),
        ({"field": "valu"}, "did you mean value"),
        ({"field": "payment_method"}, "there is no field"),
        ({"fixed": 5}, "exactly one of fixed, points"),
        ({"points": None}, "exactly one of fixed, points"),
        ({"per": None}, "points, per go together"),
        ({"per": 0}, "from 1"),
        ({"where": 'count("order.completed") > 3'}, "make a segment of it"),
        ({"where": "event.vlaue > 3"}, "vlaue"),
        ({"segments": ["regulars"]}, "there is no segment 'regulars'"),
        ({"multipliers": [{"times": "0"}]}, "multipliers"),
        ({"multipliers": [{"times": "1/2"}]}, "how many times"),
        ({"multipliers": [{"times": "2", "tiers": ["gold"]}]}, "'gold'"),
        ({"multipliers": [{"times": "2", "weekdays": [0]}]}, "from 1 to 7"),
        ({"multipliers": [{"times": "2", "from_on": "soon"}]}, "soon"),
        ({"caps": {"day": 0}}, "caps.day"),
        ({"budget": 0}, "from 1"),
    ],
)
def test_a_rule_that_cannot_be(open_shop, wrong, words):
    rule = {name: given for name, given in {**RULE, **wrong}.items() if given is not None}
    with pytest.raises(AppError) as refused:
        open_shop.apply(UNIT, rule)
    assert words in str(refused.value)
    assert "purchases" in refused.value.text("zh")
