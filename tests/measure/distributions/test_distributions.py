"""Distributions as they are asked of a store: everybody is in exactly one bin."""

import pytest

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR
from interplay.measure.distributions import api as distributions
from interplay.measure.distributions.contracts import AskDistribution, Of
from interplay.measure.funnels.api import read_step
from tests.stores import NOW, Store, fact, user

BEGIN = NOW - 20 * DAY  # midnight in UTC, 8 in the morning in Shanghai


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def order(who, at, value=None):
    fields = {} if value is None else {"value": value}
    return fact("order.completed", user(who), at=Micros(at), key=(who, at, value), fields=fields)


def asked(shop, text="order.completed", **more):
    return shop.ask(distributions.ask, AskDistribution(read_step(text, "distribution"), **more))


def counts(found):
    return {(one.since, one.until): one.customers.count for one in found.bins if one.customers.count}


def three_buyers(shop):
    shop.store(
        *(order(1, BEGIN + hours * HOUR, 10_00) for hours in (0, 15, 17)),
        order(2, BEGIN, 99_50), order(3, BEGIN), fact("page.viewed", user(4), at=Micros(BEGIN)),
    )  # fmt: skip


def test_how_often_on_how_many_days_and_to_what_amount(shop):
    three_buyers(shop)
    assert counts(asked(shop)) == {(1, 2): 2, (3, 4): 1}
    assert counts(asked(shop, of=Of.DAYS)) == {(1, 2): 2, (2, 3): 1}  # midnight in Shanghai is at 16 in UTC
    sums = asked(shop, of=Of.SUM, field="value")
    assert (counts(sums), sums.without, sums.currency) == ({(20.0, 50.0): 1, (50.0, None): 1}, 1, "CNY")
    means = asked(shop, of=Of.MEAN, field="value", bins=(0, 10, 11))
    assert (counts(means), means.mean) == ({(10, 11): 1, (11, None): 1}, (10 + 99.5) / 2)


def test_of_everybody_those_who_never_did_it_have_nothing(shop):
    three_buyers(shop)
    found = asked(shop, is_of_all=True)
    assert (counts(found), found.customers) == ({(0, 1): 1, (1, 2): 2, (3, 4): 1}, 4)
    some = asked(shop, is_of_all=True, customers='count("order.completed") < 2')
    assert (counts(some), some.customers) == ({(0, 1): 1, (1, 2): 2}, 3)


def test_everybody_is_in_one_bin_with_an_interval(shop):
    three_buyers(shop)
    found = asked(shop, bins=(2, 3))
    assert counts(found) == {(None, 2): 2, (3, None): 1}
    first = found.bins[0].customers
    assert 0 < first.low < first.share == 2 / 3 < first.high < 1
    assert sum(one.customers.share for one in found.bins) == pytest.approx(1)


def test_nothing_at_all_is_no_mean_in_both_languages(shop):
    for lang in ("en", "zh"):
        found = asked(shop, lang=lang, of=Of.SUM, field="value")
        assert (found.customers, found.mean, counts(found)) == (0, None, {})
        assert found.definition


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"text": "order.complete"}, "distribution.fact"),
        ({"of": Of.SUM}, "distribution.amount"),
        ({"field": "value"}, "distribution.amount"),
        ({"of": Of.SUM, "field": "order_id"}, "distribution.number"),
        ({"of": Of.SUM, "field": "colour"}, "distribution.field"),
        ({"bins": (2, 1)}, "distribution.bins"),
        ({"since": NOW}, "distribution.period"),
        ({"text": "a > b"}, "distribution.one"),
    ],
)
def test_what_cannot_be_asked_is_said(shop, more, code):
    with pytest.raises(AppError) as wrong:
        asked(shop, **more)
    assert wrong.value.code == code
    assert wrong.value.text("zh") != wrong.value.text("en")
