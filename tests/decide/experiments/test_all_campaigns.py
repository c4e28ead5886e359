"""What all campaigns together brought: a truth that was planted, who is on which side, and what may not be read."""

import random

import pytest

from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import AskEffects, Estimate, Inconclusive, SampleRatio, Verdict
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.decide.experiments.test_answers import MET, WEEK, bought, met
from tests.stores import Store, fact, user

PERIOD = "2026-Q1"
PEOPLE, PERCENT = 4_000, 20
BASE, EFFECT = 0.20, 0.15


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def opened(period=PERIOD):
    fields = {"holdout": period, "metric": "order.completed", "metric_days": 7}
    return fact("holdout.opened", key=("opened", period), at=MET - DAY, fields=fields)


def assigned(who, *, held, percent=PERCENT, period=PERIOD):
    fields = {"holdout": period, "holdout_percent": percent, "arm": "held_out" if held else "offered"}
    return fact("holdout.assigned", who, key=(period, who), at=MET, fields=fields)


def simulated(effect=EFFECT, percent=PERCENT, planned=PERCENT, seed=7):
    chance, told = random.Random(seed), [opened()]
    for number in range(PEOPLE):
        who, held = user(number), chance.random() < percent / 100
        told.append(assigned(who, held=held, percent=planned))
        if chance.random() < BASE + (0 if held else effect):
            told.append(bought(who))
    return told


def asked(shop, *metrics, **more):
    wanted = tuple(map(experiments.read_metric, metrics))
    return shop.ask(experiments.ask, AskEffects("", wanted, **{"period": PERIOD, "within": WEEK, **more}))


@pytest.mark.parametrize(("effect", "verdict"), [(EFFECT, Verdict.MORE), (0.0, Verdict.OPEN)])
def test_an_effect_that_was_planted_is_found(shop, effect, verdict):
    shop.store(*simulated(effect))
    found = asked(shop, "share(order.completed)")
    (compared,) = found.metrics[0].compared
    assert isinstance(compared.difference, Estimate)
    assert compared.difference.low <= effect <= compared.difference.high
    assert compared.verdict is verdict
    assert (found.period, sum(one.customers for one in found.arms)) == (PERIOD, PEOPLE)
    assert isinstance(found.sample_ratio, SampleRatio)
    assert not found.sample_ratio.is_mismatch
    assert "all campaigns together" in found.conclusion
    assert "所有活动合计" in asked(shop, "share(order.completed)", lang="zh").conclusion


def test_its_goal_is_that_of_its_beginning(shop):
    shop.store(*simulated())
    assert [one.metric for one in asked(shop, within=None).metrics] == [
        "share(order.completed)",
        "count(order.completed)",
    ]


def test_sides_that_are_not_as_large_as_was_planned_are_not_read(shop):
    shop.store(*simulated(percent=30))
    found = asked(shop, "share(order.completed)")
    assert isinstance(found.sample_ratio, SampleRatio)
    assert found.sample_ratio.is_mismatch
    assert "Do not read" in found.conclusion


def test_a_percent_that_was_changed_is_said(shop):
    shop.store(*simulated(), assigned(user(PEOPLE + 1), held=False, percent=5))
    found = asked(shop, "share(order.completed)")
    assert isinstance(found.sample_ratio, Inconclusive)
    assert found.sample_ratio.reason == "plan_changed"


def test_who_is_held_out_and_got_something_of_any_campaign_is_counted(shop):
    told = [opened(), *(assigned(user(number), held=number < 200) for number in range(1_000))]
    told += [bought(user(number)) for number in range(0, 1_000, 3)]
    for number, campaign in ((3, "spring"), (4, "autumn"), (500, "spring")):
        gift = {"campaign_id": campaign, "prize": "cup", "cost": 900}
        told.append(fact("prize.given", user(number), key=("gift", number), at=MET + DAY, fields=gift))
    gift = {"prize": "cup", "cost": 700}  # of no campaign
    told.append(fact("prize.given", user(6), key=("gift", 6), at=MET + DAY, fields=gift))
    shop.store(*told)
    found = asked(shop, "share(order.completed)")
    assert (found.contaminated.count, found.contaminated.of) == (2, 200)
    assert "2 of those held out (1.0 %)" in found.conclusion
    assert found.money[0].cost == pytest.approx(900 / 800)


def test_the_effect_of_one_campaign_leaves_out_who_is_held_out_of_all(shop):
    told = [met(user(number), held=number % 2 == 0) for number in range(300)]
    told += [met(user(1_000 + number), held=True, holdout=PERIOD) for number in range(50)]
    shop.store(*told, *(bought(user(number)) for number in range(0, 300, 5)))
    found = shop.ask(experiments.ask, AskEffects("spring", (experiments.read_metric("share(order.completed)"),), WEEK))
    assert {one.arm: one.customers for one in found.arms} == {"held_out": 150, "offered": 150}


def test_a_question_is_of_one_campaign_or_of_a_period_that_there_was(shop):
    shop.store(opened(), assigned(user(1), held=True))
    with pytest.raises(AppError, match="no customer was held out of all campaigns in '2025-Q1'"):
        asked(shop, period="2025-Q1")
    for campaign, period in (("spring", PERIOD), ("", "")):
        with pytest.raises(AppError, match="either a campaign, or the period"):
            shop.ask(experiments.ask, AskEffects(campaign, period=period))
