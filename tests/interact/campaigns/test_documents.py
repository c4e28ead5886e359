"""A campaign's document is refused with its place before anybody can play it: odds, stock, period, words, promises."""

import pytest

from interplay.engine.documents.contracts import MistakesError
from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Change, HoldoutBy
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import LABEL, PRIZES, SURE, WHEEL, Square, campaign
from tests.link.coupons.shop import template


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with Square(tmp_path_factory.mktemp("plain") / "data") as found:
        found.apply(template("few", total_max=5))
        found.apply({"kind": "store", "name": "somewhere", "label": LABEL, "place": {"city": "杭州"}})
        found.apply({"kind": "store", "name": "nowhere", "label": LABEL})
        found.apply({"kind": "segment", "name": "vip", "label": LABEL, "criteria": 'tag("vip")'})
        yield found


def wheel(**more):
    return {"parts": {"wheel": {"draw": {**WHEEL, **more}}}}


def outcome(**more):
    return wheel(outcomes={**WHEEL["outcomes"], "cup": {"weight": 1, "prizes": ["cup"], **more}})


def price(**more):
    return {"parts": {"wheel": {"draw": WHEEL, "price": more}}}


MISTAKES = {
    "odds that are no odds": (wheel(outcomes={"a": {"weight": 0}, "nothing": {"weight": 0}}), "add up to 0"),
    "a weight below zero": (outcome(weight=-1), "-1 is not possible"),
    "a prize that there is not": (outcome(prizes=["car"]), "there is no car here"),
    "a fallback that there is not": (wheel(fallback="sorry"), "parts.wheel.draw.fallback: there is no sorry"),
    "a fallback that runs out": (wheel(fallback="cup"), "must not run out"),
    "a fallback that the budget ends": (
        {
            **wheel(outcomes={"cup": {"weight": 1, "prizes": ["cup"]}, "sticker": {"weight": 9, "prizes": ["sticker"]}},
                    fallback="sticker"),
            "prizes": PRIZES | {"sticker": {"label": LABEL, "cost": 10, "funder": "brand"}}, "budget": 5_000,
        }, "the fallback gives sticker",
    ),
    "a fallback of a coupon that runs out": (
        {
            **wheel(outcomes={"cup": {"weight": 1, "prizes": ["cup"]}, "few": {"weight": 9, "prizes": ["few"]}},
                    fallback="few"),
            "prizes": PRIZES | {"few": {"label": LABEL, "coupon": "few"}},
        }, "the fallback gives few",
    ),
    "a fallback that waits": (
        wheel(outcomes={**WHEEL["outcomes"], "nothing": {"weight": 6, "from_play": 3}}), "from the first play on",
    ),
    "pity with an outcome that there is not": (wheel(pity={"after": 3, "outcome": "car"}), "pity.outcome"),
    "other odds for a segment": (wheel(segments={"vip": {"cup": 9}}), "add up to 18, those for everybody to 10"),
    "a segment that there is not": (wheel(segments={"vips": {}}), "there is no vips here; there is vip"),
    "a release outside the period": (outcome(opens="2027-01-01"), "not within the campaign's period"),
    "goods without stock": ({"prizes": PRIZES | {"cup": {"label": LABEL, "goods": "P"}}}, "needs a stock"),
    "a prize of two kinds": ({"prizes": PRIZES | {"cup": PRIZES["cup"] | {"coupon": "x"}}}, "a prize is one thing"),
    "a coupon that there is not": ({"prizes": PRIZES | {"cup": {"label": LABEL, "coupon": "x"}}}, "there is no x"),
    "an unknown unit": (
        {"prizes": PRIZES | {"points": {"label": LABEL, "points": {"unit": "miles", "amount": 1}}}},
        "prizes.points.points.unit: there is no miles here; there is points",
    ),
    "a cost that nobody pays": ({"prizes": PRIZES | {"cup": PRIZES["cup"] | {"funder": ""}}}, "who pays for it"),
    "an end before the start": ({"ends": "2025-12-31"}, "before it starts"),
    "no instant": ({"starts": "soon"}, "soon"),
    "a holdout on a public promise": ({"holdout": {"percent": 10}}, "withheld from no customer"),
    "a holdout of stores without stores": ({"holdout": {"percent": 10, "by": "store"}}, "name the stores"),
    "a holdout of cities with a store that has none": (
        {"holdout": {"percent": 10, "by": "city"}, "stores": ["somewhere", "nowhere"]}, "stores[1]: nowhere has no",
    ),
    "a holdout of nearly all": ({"promise": "invited", "holdout": {"percent": 90}}, "90 is not possible"),
    "a store that there is not": ({"stores": ["moon"]}, "stores[0]: there is no moon"),
    "a goal by a fact that there is not": (
        {"goal": {"text": LABEL, "metric": {"fact": "order.dreamt"}}}, "goal.metric.fact: there is no order.dreamt",
    ),
    "a target of nothing": (
        {"goal": {"text": LABEL, "metric": {"fact": "order.completed", "target": 0}}}, "aimed at is above 0",
    ),
    "pacing without a budget": ({"pacing": {"per_day": 5}}, "there is no budget"),
    "a part of no mechanic": ({"parts": {"wheel": {}}}, "a part is one mechanic"),
    "a misspelt word": ({"limits": {"per_custmer_max": 3}}, "per_customer_max"),
    "a price in a unit that there is not": (
        price(points={"unit": "miles", "amount": 1}), "parts.wheel.price.points.unit: there is no miles",
    ),
    "a price below zero": (price(points={"unit": "points", "amount": -1}), "price.points.amount: -1 is not possible"),
    "chances below zero": (price(chances=-1), "price.chances: -1 is not possible"),
    "free plays below zero": (price(free=-1, chances=1), "price.free: -1 is not possible"),
    "goods to be collected before the end": ({"collect_days": -1}, "collect_days: -1 is not possible"),
    "goods to be collected for ever": ({"collect_days": 10**12}, "collect_days: 1000000000000 is not possible"),
    "no parts": ({"parts": {}}, "0 is not possible"),
}  # fmt: skip


@pytest.mark.parametrize(("more", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_bad_document_is_refused_with_its_place(plain, more, said):
    with pytest.raises(AppError) as refused:
        plain.apply(campaign(**more))
    assert said in refused.value.text("en")
    assert "test.yaml, line" in refused.value.text("en")
    assert refused.value.text("zh") != refused.value.text("en")


def test_every_mistake_is_told_at_once(plain):
    with pytest.raises(MistakesError) as refused:
        plain.apply(campaign(ends="2025-01-01", pacing={"per_day": 0}, stores=["moon"]))
    assert len(refused.value.mistakes) >= 3


def test_a_period_in_the_past_is_refused_when_it_is_started(square):
    square.clock.at += 30 * DAY
    with pytest.raises(AppError, match="its period is in the past"):
        square.started()


def test_what_is_aimed_at_is_told_with_the_launch(square):
    square.started(goal={"text": LABEL, "metric": {"fact": "order.completed", "field": "value", "target": 2_500.5}})
    (told,) = square.named("campaign.launched")
    assert told["metric_target"] == 2_500_500_000


def test_of_the_invited_a_tenth_is_held_out_where_nothing_is_said(square):
    snapshot = square.started(promise="invited")
    assert (snapshot.holdout_by, snapshot.holdout_percent) == (HoldoutBy.CUSTOMER, 10)


def test_stock_that_was_given_cannot_be_taken_out(square):
    square.started(parts={"wheel": {"draw": SURE}})
    square.play(1)
    square.play(2)
    with pytest.raises(AppError, match="2 were given already"):
        square.started(parts={"wheel": {"draw": SURE}}, prizes=PRIZES | {"cup": PRIZES["cup"] | {"stock": 1}})
    assert square.state.running("spring").snapshot.version == 1


def test_what_was_started_is_frozen_and_its_digest_says_so(square):
    first = square.started()
    assert square.started() == first
    second = square.started(limits={"per_customer_max": 1})
    assert (second.version, second.digest != first.digest) == (2, True)
    assert api.differences(first, second) == ["limits.per_customer_max: — → 1"]


def test_what_is_over_does_not_begin_again(square):
    square.started()
    square.change(Change.STOP)
    with pytest.raises(AppError, match="give a new campaign another name"):
        square.started(limits={"per_customer_max": 1})
