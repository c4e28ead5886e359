"""Attribution as it is asked of a store: online touches, store orders, one person, and what may not be asked."""

from contextlib import closing

import pytest

from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR
from interplay.measure.attribution import api as attributions
from interplay.measure.attribution.contracts import CHANNELS_MAX, AskAttribution, Model
from interplay.measure.funnels.contracts import FunnelStep
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import NOW, Store, cookie, fact, user

BEGIN = NOW - 60 * DAY
ORDER = FunnelStep(("order.completed",))


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def did(who, name, at=BEGIN, **fields):
    return fact(name, who, at=at, key=(who, name, at, *fields.values()), fields=fields)


def asked(shop, **more):
    return shop.ask(attributions.ask, AskAttribution(more.pop("conversion", ORDER), **{"since": Micros(0), **more}))


def credited(found, model=Model.LAST):
    return {one.channel: one.credits[model].conversions for one in found.channels if one.credits[model].conversions}


def test_visits_are_credited_with_an_order_in_the_store_of_the_same_person(shop):
    shop.store(
        did(cookie(1), "page.viewed", utm_source="douyin"),
        did(cookie(1), "page.viewed", at=BEGIN + DAY),
        did(user(1), "order.completed", at=BEGIN + 2 * DAY, channel="store", value=100_01),
    )
    assert asked(shop).unattributed.conversions == 1
    assert asked(shop).null_paths == 1
    with closing(LogReader(shop.database)) as reader:
        one, other = (reader.subject_of(shop.keys.digest(*who)) for who in (cookie(1), user(1)))
    for kind, expected in ((DecisionKind.TOGETHER, {"douyin": 1.0}), (DecisionKind.APART, {})):
        ask = identity.to_decide(
            kind, one, other, actor="li", reason="", database=shop.database, keys=shop.keys,
            brand=shop.home.settings.brand,
        )  # fmt: skip
        shop.write(identity.decide, ask)
        found = asked(shop, value="value")
        assert credited(found, Model.FIRST) == credited(found, Model.LAST_NON_DIRECT) == expected
        if expected:
            assert credited(found, Model.LAST) == {"direct": 1.0}
            linear = [one.credits[Model.LINEAR].value for one in found.channels]
            assert (sorted(linear), found.value, found.currency) == ([50.00, 50.01], 100.01, "CNY")


def test_a_touch_is_only_credited_within_the_time_before_and_for_whom_it_was(shop):
    shop.store(
        did(user(1), "page.viewed", utm_source="early"),
        did(user(1), "page.viewed", at=BEGIN + 20 * DAY, utm_source="late"),
        did(user(1), "order.completed", at=BEGIN + 35 * DAY),
        did(user(1), "page.viewed", at=BEGIN + 36 * DAY, utm_source="after"),
        did(user(2), "order.completed", at=BEGIN + 35 * DAY),
    )
    found = asked(shop)
    assert credited(found, Model.LINEAR) == {"late": 1.0}
    assert (found.conversions, found.unattributed.conversions) == (2, 1.0)
    assert credited(asked(shop, lookback=Micros(35 * DAY)), Model.LINEAR) == {"early": 0.5, "late": 0.5}


def test_a_touch_counts_for_each_conversion_or_for_the_next_alone(shop):
    shop.store(
        did(user(1), "page.viewed", utm_source="a"),
        did(user(1), "order.completed", at=BEGIN + DAY),
        did(user(1), "page.viewed", at=BEGIN + 2 * DAY, utm_source="b"),
        did(user(1), "order.completed", at=BEGIN + 3 * DAY),
        did(user(1), "order.completed", at=BEGIN + 4 * DAY),
    )
    assert credited(asked(shop), Model.FIRST) == {"a": 3.0}
    once = asked(shop, is_since_last=True)
    assert (credited(once, Model.FIRST), once.unattributed.conversions) == ({"a": 1.0, "b": 1.0}, 1.0)
    assert credited(asked(shop, is_first=True), Model.LAST) == {"a": 1.0}


def test_touches_of_another_item_are_not_linked(shop):
    shop.store(
        did(user(1), "product.viewed", utm_source="a", product_id="tea"),
        did(user(1), "product.viewed", at=BEGIN + HOUR, utm_source="b", product_id="milk"),
        did(user(1), "order.completed", at=BEGIN + DAY, product_id="tea"),
    )
    touches = (FunnelStep(("product.viewed",)),)
    assert credited(asked(shop, touches=touches)) == {"b": 1.0}
    assert credited(asked(shop, touches=touches, linked="product_id")) == {"a": 1.0}


def test_who_never_converts_counts_for_markov_once_nothing_can_follow(shop):
    shop.store(
        *(did(user(n), "page.viewed", utm_source="weak") for n in range(9)),
        did(user(10), "page.viewed", utm_source="strong"),
        did(user(0), "order.completed", at=BEGIN + DAY),
        did(user(10), "order.completed", at=BEGIN + DAY),
        did(user(11), "page.viewed", at=NOW - DAY, utm_source="weak"),
    )
    found = asked(shop)
    assert (found.null_paths, found.immature) == (8, 1)
    assert credited(found, Model.MARKOV) == pytest.approx({"weak": 1.0, "strong": 1.0})
    assert {one.channel: one.paths for one in found.channels} == {"weak": 1, "strong": 1}


def test_who_converts_after_the_period_or_did_before_it_led_to_no_nothing(shop):
    shop.store(
        did(user(1), "page.viewed", utm_source="a"),
        did(user(1), "order.completed", at=BEGIN + 9 * DAY),
        did(user(2), "order.completed"),
        did(user(2), "page.viewed", at=BEGIN + DAY, utm_source="b"),
    )
    week = {"since": Micros(BEGIN), "until": Micros(BEGIN + 7 * DAY)}
    assert asked(shop, **week).null_paths == 0
    later = {"since": Micros(BEGIN + DAY // 2), "until": Micros(BEGIN + 7 * DAY)}
    assert (asked(shop, **later).null_paths, asked(shop, is_first=True, **later).null_paths) == (1, 0)


def test_channels_of_other_times_do_not_count_for_a_short_question(shop):
    shop.store(*(did(user(n), "page.viewed", utm_source=f"c{n}") for n in range(CHANNELS_MAX + 1)))
    shop.store(did(user(0), "page.viewed", at=BEGIN + 40 * DAY), did(user(0), "order.completed", at=BEGIN + 41 * DAY))
    found = asked(shop, since=Micros(BEGIN + 39 * DAY))
    assert {one.channel for one in found.channels} == {"direct"}
    with pytest.raises(AppError) as wrong:
        asked(shop)
    assert wrong.value.code == "attribution.channels"


def test_nothing_at_all_is_an_answer_in_both_languages(shop):
    for lang, word in (("en", "holdout"), ("zh", "留出组")):
        found = asked(shop, lang=lang)
        assert (found.conversions, found.channels) == (0, ())
        assert word in found.definition


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"conversion": FunnelStep(("order.complete",))}, "attribution.fact"),
        ({"conversion": FunnelStep(("visit",))}, "attribution.visit"),
        ({"touches": ()}, "attribution.touches"),
        ({"touches": (FunnelStep(("page.viewed",), "event.colour == 1"),)}, "attribution.where"),
        ({"by": "colour"}, "attribution.field"),
        ({"value": "payment_method"}, "attribution.value"),
        ({"linked": "order_id"}, "attribution.field"),
        ({"lookback": Micros(0)}, "attribution.spans"),
        ({"since": NOW}, "attribution.period"),
    ],
)
def test_what_cannot_be_asked_is_said(shop, more, code):
    with pytest.raises(AppError) as wrong:
        asked(shop, **more)
    assert wrong.value.code == code
    assert wrong.value.text("zh") != wrong.value.text("en")
