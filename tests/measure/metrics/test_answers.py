"""Metrics as they are asked of a store: of when, of whom, by what, beside what, and what may not be asked."""

import pytest

from interplay.bootstrap.kinds import apply
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.engine.documents.contracts import Document
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import Against, AskMetrics, By, ListMetrics
from interplay.measure.realtime import api as realtime
from interplay.measure.realtime.contracts import AskRealtime
from tests.stores import NOW, Store, cookie, fact, user

BEGIN = NOW - 20 * DAY


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def did(who, name, at=BEGIN, key="", **fields):
    return fact(name, who, at=at, key=(who, name, at, key, *fields.values()), fields=fields)


def asked(shop, *names, **more):
    found = shop.ask(metrics.ask, AskMetrics(names, **more))
    return found[0] if len(names) == 1 else {one.name: one for one in found}


def three_buyers(shop):
    shop.store(
        did(user(1), "order.completed", value=20_00, channel="web"),
        did(user(1), "order.completed", at=BEGIN + 3 * DAY, value=40_00, channel="store"),
        did(user(2), "order.completed", value=30_00, channel="web"),
        did(user(3), "order.completed", at=BEGIN + 3 * DAY, value=10_00),
    )


def test_money_is_in_major_units_and_online_and_store_make_the_whole(shop):
    three_buyers(shop)
    found = asked(shop, "sales", "sales_online", "sales_store", "orders", "buyers", "average_order_value")
    assert {name: one.figure.value for name, one in found.items()} == {
        "sales": 100.0, "sales_online": 60.0, "sales_store": 40.0, "orders": 4.0, "buyers": 3.0,
        "average_order_value": 25.0,
    }  # fmt: skip
    assert found["sales"].currency == "CNY"
    assert (found["orders"].figure.low, found["orders"].currency) == (None, "")
    mean = found["average_order_value"].figure
    assert 0 < mean.low < mean.value < mean.high


def test_what_bots_do_is_in_no_figure(shop):
    shop.store(did(user(1), "page.viewed", path="/"), did(user(2), "page.viewed", path="/", is_bot=True))
    found = asked(shop, "page_views", "visitors", "visits", since=BEGIN - DAY)
    assert {one.figure.value for one in found.values()} == {1.0}
    assert shop.ask(realtime.ask, AskRealtime(at=BEGIN)).facts == 1


def test_a_share_of_people_has_wilsons_bounds_also_turned_around(shop):
    three_buyers(shop)
    found = asked(shop, "repurchase_rate", "churn_90", at=Micros(NOW + 100 * DAY), since=BEGIN, until=NOW)
    rate, churn = found["repurchase_rate"].figure, found["churn_90"].figure
    assert (rate.value, churn.value) == (pytest.approx(1 / 3), 1.0)
    assert (rate.low, rate.high) == (pytest.approx(0.0615, abs=1e-4), pytest.approx(0.7923, abs=1e-4))
    assert (churn.low, churn.high) == (pytest.approx(0.4385, abs=1e-4), 1.0)


def test_days_are_the_brands_and_the_last_is_open(shop):
    three_buyers(shop)
    found = asked(shop, "orders", by=By.DAY)
    assert sum(point.figure.value for point in found.points) == 4
    assert [point.is_open for point in found.points] == [False] * 29 + [True]
    assert all(point.since.endswith("T00:00+08:00") for point in found.points)
    assert [point.figure.value for point in found.points if point.figure.value] == [2.0, 2.0]


def test_people_of_a_period_are_not_the_sum_of_its_days(shop):
    three_buyers(shop)
    found = asked(shop, "buyers", by=By.DAY)
    assert (found.figure.value, sum(point.figure.value for point in found.points)) == (3.0, 4.0)


def test_groups_by_a_field_a_trait_and_a_segment(shop):
    three_buyers(shop)
    shop.store(
        fact("customer.identified", user(1), at=BEGIN, key=1, traits=(TraitWrite("city", TraitOp.SET, "上海"),)),
        fact("customer.identified", user(2), at=BEGIN, key=2, traits=(TraitWrite("city", TraitOp.SET, "北京"),)),
    )
    vip = 'sum("order.completed", "value") >= 5000'
    by = {
        "channel": {("web",): 2.0, ("store",): 1.0, (None,): 1.0},
        "profile.city": {("上海",): 1.0, ("北京",): 1.0, (None,): 1.0},
        f"segment:{vip}": {("true",): 1.0, ("false",): 2.0},
    }
    for dimension, expected in by.items():
        found = asked(shop, "buyers", dimensions=(dimension,))
        assert {one.values: one.figure.value for one in found.groups} == expected
        assert [one.figure.value for one in found.groups] == sorted(expected.values(), reverse=True)
    two = asked(shop, "orders", dimensions=("channel", "profile.city"))
    assert sum(one.figure.value for one in two.groups) == 4
    assert asked(shop, "buyers", customers=vip).figure.value == 1.0


def test_only_facts_with_a_value_count_and_what_follows_may_be_any(shop):
    three_buyers(shop)
    found = asked(shop, "orders", "buyers_back_90", only={"channel": "web"}, at=Micros(NOW + 100 * DAY), since=BEGIN)
    assert (found["orders"].figure.value, found["buyers_back_90"].figure.value) == (2.0, 0.5)
    assert "channel = web" in found["orders"].definition


def test_beyond_the_largest_groups_all_others_are_one_and_nobody_is_lost(shop):
    shop.store(*(did(user(n), "order.completed", channel=f"c{n % 60}", value=1_00) for n in range(180)))
    found = asked(shop, "buyers", dimensions=("channel",))
    assert len(found.groups) == 51
    assert (found.groups[-1].is_rest, found.groups[-1].figure.value) == (True, 30.0)
    assert sum(one.figure.value for one in found.groups) == 180


def test_a_period_beside_the_one_before_and_a_target(shop):
    three_buyers(shop)
    found = asked(
        shop, "sales", since=Micros(BEGIN + DAY), until=Micros(BEGIN + 5 * DAY), against=Against.PREVIOUS,
        targets={"sales": 200.0},
    )  # fmt: skip
    assert (found.figure.value, found.compared.figure.value, found.compared.change) == (50.0, 50.0, 0.0)
    assert found.of_target == 0.25
    assert asked(shop, "sales", against=Against.YEAR).compared.change is None


def test_a_dialect_says_what_it_counts(shop):
    begin = BEGIN
    shop.store(
        did(cookie(1), "page.viewed", begin), did(cookie(1), "element.clicked", begin + 2_000_000),
        did(cookie(2), "page.viewed", begin), did(cookie(2), "page.viewed", begin + 20_000_000),
        did(cookie(3), "page.viewed", begin),
        did(cookie(4), "page.viewed", begin), did(cookie(4), "page.left", begin + 15_000_000),
    )  # fmt: skip
    shares = {
        dialect: asked(shop, "bounce_rate", dialect=dialect) for dialect in ("single_pageview", "ga4", "posthog_10s")
    }
    assert {name: one.figure.value for name, one in shares.items()} == {
        "single_pageview": 0.75, "ga4": 0.5, "posthog_10s": 0.25,
    }  # fmt: skip
    assert "Google Analytics 4" in shares["ga4"].definition
    assert asked(shop, "visits").figure.value == 4
    assert asked(shop, "visit_seconds").figure.value == (2 + 20 + 0 + 15) / 4


def test_who_turned_out_to_be_one_person_is_one(shop):
    shop.store(did(cookie(1), "page.viewed"), did(user(1), "page.viewed", BEGIN + HOUR))
    assert asked(shop, "visitors").figure.value == 2.0
    shop.store(fact("customer.logged_in", user(1), cookie(1), at=BEGIN + 2 * HOUR, key=9))
    found = asked(shop, "visitors", "visits")
    assert {name: one.figure.value for name, one in found.items()} == {"visitors": 1.0, "visits": 2.0}


def test_nothing_to_divide_by_and_no_outside_figures_are_said_and_are_no_zero(shop):
    found = asked(shop, "average_order_value", "cost_total", "sales", lang="zh")
    assert {name: one.figure.value for name, one in found.items()} == {
        "average_order_value": None, "cost_total": None, "sales": 0.0,
    }  # fmt: skip
    assert "分母" in found["average_order_value"].why_not
    assert "costs" in found["cost_total"].why_not


def test_every_metric_of_the_catalogue_has_an_answer_by_day_and_in_both_languages(shop):
    three_buyers(shop)
    found = shop.ask(metrics.ask, AskMetrics(by=By.WEEK, lang="zh"))
    assert len(found) == len(shop.ask(metrics.list_metrics, ListMetrics())) > 100
    for one in found:
        assert one.definition
        assert one.figure.value is not None or one.why_not, one.name


def test_own_metrics_are_documents_that_may_name_others(shop):
    content = {
        "label": {"zh": "线下占比", "en": "Share of stores"}, "unit": "share",
        "formula": 'metric("sales_store") / metric("sales")',
        "definition": {"zh": "门店销售额 ÷ 销售额。", "en": "Store sales ÷ sales."},
    }  # fmt: skip
    apply(shop, [Document("metric", "store_share", content)])
    three_buyers(shop)
    found = asked(shop, "store_share")
    assert (found.figure.value, found.group) == (0.4, "own")
    assert found.figure.low < 0.4 < found.figure.high


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ('count("order.complete")', "metrics.fact"),
        ('sum("order.completed", "product_name")', "metrics.field"),
        ('sum("order.completed")', "metrics.formula.field"),
        ('count("order.completed", "value")', "metrics.formula.facts"),
        ('cout("order.completed")', "metrics.formula.call"),
        ('count("order.completed", at_least=2)', "metrics.formula.option"),
        ('people("order.completed", at_least=0)', "metrics.formula.times"),
        ('people("order.completed", then="order.completed")', "metrics.formula.then"),
        ('people("order.completed", first=1)', "metrics.formula.flag"),
        ('people("visit" | "page.viewed")', "metrics.visit"),
        ('count("order.completed", where=event.colour == "red")', "metrics.where"),
        ("count(order.completed)", "metrics.formula.text"),
        ('count("order.completed") ** 2', "metrics.formula.part"),
        ('metric("sale")', "metrics.unknown"),
        ('metric("mine")', "metrics.circle"),
    ],
)
def test_a_formula_that_cannot_be_is_refused_with_what_is_wrong(shop, formula, code):
    words = {"zh": "甲", "en": "A"}
    document = Document("metric", "mine", {"label": words, "unit": "times", "formula": formula, "definition": words})
    with pytest.raises(AppError) as wrong:
        apply(shop, [document])
    assert wrong.value.mistake.code == code
    assert wrong.value.mistake.text("zh") != wrong.value.mistake.text("en")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"names": ("sale",)}, "metrics.unknown"),
        ({"names": ("sales",), "dimensions": ("colour",)}, "metrics.dimension"),
        ({"names": ("sales",), "dimensions": ("a", "b", "c", "d")}, "metrics.dimensions"),
        ({"names": ("sales",), "dialect": "ga4"}, "metrics.dialect"),
        ({"names": ("sales",), "only": {"colour": "red"}}, "metrics.only"),
        ({"names": ("visits",), "only": {"channel": "web"}}, "metrics.only_visit"),
        ({"names": ("sales",), "since": NOW, "until": NOW}, "metrics.period"),
        ({"names": ("sales",), "since": Micros(0), "by": By.HOUR}, "metrics.stretches"),
    ],
)
def test_what_cannot_be_asked_is_said(shop, more, code):
    with pytest.raises(AppError) as wrong:
        shop.ask(metrics.ask, AskMetrics(**more))
    assert wrong.value.code == code
    assert wrong.value.text("zh") != wrong.value.text("en")
