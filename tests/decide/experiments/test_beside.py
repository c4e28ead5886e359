"""Attribution with effects beside it: of the same conversions, and a flag where they disagree."""

import pytest

from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import Agreement, AskBeside, Estimate, Inconclusive
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.attribution.contracts import AskAttribution, Model
from interplay.measure.funnels.contracts import FunnelStep
from tests.decide.experiments.test_answers import MET, bought, launched, met
from tests.stores import NOW, Store, fact, user

ORDERS = FunnelStep(("order.completed",))
SHOWN = (FunnelStep(("exposure.shown",)),)
SINCE, UNTIL = Micros(MET - DAY), Micros(MET + 10 * DAY)


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def people(offered, held, campaign="spring", first=0, at=MET):
    """Return (buyers, customers) of each side as facts; each buyer orders once, a day after she met it."""
    told = []
    for is_held, (buyers, count) in enumerate((offered, held)):
        for number in range(count):
            who = user(first + 10_000 * is_held + number)
            told.append(met(who, held=bool(is_held), at=at, campaign=campaign))
            told += [bought(who, 1_000, at + DAY)] if number < buyers else []
    return told


def asked(shop, **more):
    wanted = {"by": "campaign_id", "lookback": Micros(7 * DAY), "since": SINCE, "until": UNTIL} | more
    return shop.ask(experiments.beside, AskBeside(AskAttribution(ORDERS, SHOWN, **wanted)))


def test_a_campaign_whose_customers_would_have_bought_anyway_is_credited_with_more_than_it_brought(shop):
    shop.store(launched(), *people((300, 400), (300, 400)))
    (found,) = asked(shop).campaigns
    assert (found.campaign, found.offered, found.held_out) == ("spring", 400, 400)
    assert found.brought.value == pytest.approx(0.0)
    assert found.brought.low < 0 < found.brought.high < 300
    assert set(found.models.values()) == {Agreement.MORE}
    assert found.text.startswith("spring: it brought")
    assert "more than it brought by first, last" in found.text
    assert found.value is None


def test_one_that_nobody_would_have_bought_without_is_credited_with_what_it_brought(shop):
    shop.store(launched(), *people((200, 400), (0, 400)))
    seen = asked(shop, value="value")
    (found,) = seen.campaigns
    assert found.brought.value == pytest.approx(200.0)
    assert found.value.value == pytest.approx(2_000.0)  # in major units
    assert set(found.models.values()) == {Agreement.AGREES}
    assert seen.attribution.channels[0].credits[Model.LAST].conversions == 200


def test_one_that_two_campaigns_share_the_credit_for_may_have_brought_more_than_a_model_says(shop):
    both = people((200, 400), (0, 400)) + [met(user(n), at=MET + DAY // 2, campaign="later") for n in range(400)]
    shop.store(launched(), *both)
    found = {one.campaign: one for one in asked(shop).campaigns}
    assert found["spring"].models[Model.LAST] is Agreement.LESS
    assert found["spring"].models[Model.FIRST] is Agreement.AGREES
    assert found["later"].models[Model.LAST] is Agreement.UNKNOWN  # nobody was held out
    assert found["later"].brought.reason == "no_holdout"


def test_conversions_outside_of_the_period_or_the_look_back_are_in_neither(shop):
    late = [bought(user(n), 1_000, MET + 8 * DAY) for n in range(50)]  # after the look-back
    after = [bought(user(n), 1_000, UNTIL) for n in range(50, 100)]
    before = [bought(user(n), 1_000, MET - 2 * DAY) for n in range(100, 150)]
    shop.store(launched(), *people((200, 400), (40, 400)), *late, *after, *before)
    (plain,) = shop.ask(
        experiments.beside,
        AskBeside(AskAttribution(ORDERS, SHOWN, "campaign_id", lookback=Micros(7 * DAY), since=SINCE, until=UNTIL),
                  cuped=False),
    ).campaigns  # fmt: skip
    assert plain.brought.value == pytest.approx(160.0)


def test_who_met_it_before_anything_could_be_credited_is_on_no_side(shop):
    shop.store(launched(at=MET - 40 * DAY), *people((200, 400), (0, 400)))
    shop.store(*people((100, 150), (0, 150), first=50_000, at=MET - 9 * DAY))
    (found,) = asked(shop).campaigns
    assert (found.offered, found.held_out) == (400, 400)
    (wider,) = asked(shop, lookback=Micros(9 * DAY)).campaigns
    assert (wider.offered, wider.held_out) == (550, 550)


def test_arms_of_a_wrong_size_judge_nothing(shop):
    shop.store(launched(percent=10), *people((200, 400), (0, 400)))
    (found,) = asked(shop).campaigns
    assert isinstance(found.brought, Inconclusive)
    assert found.brought.reason == "mismatch"
    assert set(found.models.values()) == {Agreement.UNKNOWN}


def test_of_some_customers_alone(shop):
    early = [bought(user(n + side), 9_900, MET - 3 * DAY) for n in range(150) for side in (0, 10_000)]
    shop.store(launched(), *people((200, 400), (0, 400)), *early)
    (found,) = asked(shop, customers='count("order.completed", where=event.value == 9900) == 0').campaigns
    assert (found.offered, found.held_out) == (250, 250)
    assert isinstance(found.brought, Estimate)


def test_a_touch_that_is_of_no_campaign_here_is_only_credited(shop):
    shop.store(launched(), *people((200, 400), (0, 400)))
    shop.store(fact("draw.played", user(1), key="played", at=MET + DAY // 2, fields={"campaign_id": "elsewhere"}))
    wanted = AskAttribution(ORDERS, (*SHOWN, FunnelStep(("draw.played",))), "campaign_id", since=SINCE, until=UNTIL)
    seen = shop.ask(experiments.beside, AskBeside(wanted))
    assert {one.channel for one in seen.attribution.channels} == {"spring", "elsewhere"}
    assert [one.campaign for one in seen.campaigns] == ["spring"]


@pytest.mark.parametrize("more", [{"by": "utm_source"}, {"by": "arm"}, {"linked": "campaign_id"}])
def test_what_has_no_effect_beside_it_is_refused(shop, more):
    shop.store(launched(), *people((20, 40), (0, 40)))
    with pytest.raises(AppError) as wrong:
        asked(shop, **more)
    assert wrong.value.code == "effects.beside"


def test_the_words_are_in_the_language_of_the_question(shop):
    shop.store(launched(), *people((300, 400), (300, 400)))
    found = asked(shop, lang="zh", at=NOW)
    assert found.campaigns[0].text.startswith("spring：按留出组")
    assert "功劳高于实际增量的模型：first, last" in found.campaigns[0].text
    assert "95 %" in found.definition
