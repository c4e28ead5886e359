"""Effects as they are asked of a store: who is on which side, what counts, what it cost, and what may not be asked."""

from contextlib import closing

import pytest

from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import AskEffects, Estimate, Inconclusive, Looks, Unit, Verdict
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import NOW, Store, cookie, fact, user

MET = NOW - 20 * DAY
WEEK = Micros(7 * DAY)
SHARE, REVENUE = "share(order.completed)", "sum(order.completed, value)"


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        yield store


def met(who, *, held=False, at=MET, campaign="spring", **fields):
    name = "exposure.withheld" if held else "exposure.shown"
    told = {"campaign_id": campaign, "arm": "held_out" if held else "offered"} | fields
    return fact(name, who, key=(name, who, at, campaign, *fields.values()), at=at, fields=told)


def bought(who, value=1_000, at=MET + DAY, name="order.completed"):
    return fact(name, who, key=(name, who, at, value), at=at, fields={"value": value})


def launched(percent=50, at=MET - DAY, version=1, **more):
    fields = {"campaign_id": "spring", "campaign_version": version, "metric": "order.completed", "metric_days": 7,
              "holdout_percent": percent, "holdout_by": "customer"} | more  # fmt: skip
    return fact("campaign.launched", key=("launched", version), at=at, fields=fields)


def people(offered=200, held=200, ordered=(80, 40), value=1_000):
    """Return facts of customers u1, u2, …: first those who were offered it, then those held out."""
    told = []
    for side, (count, buyers) in enumerate(zip((offered, held), ordered, strict=True)):
        for number in range(count):
            who = user(number if side == 0 else 10_000 + number)
            told.append(met(who, held=side == 1))
            told += [bought(who, value + number % 7)] if number < buyers else []
    return told


def asked(shop, *metrics, **more):
    within = {"within": WEEK} if metrics else {}
    wanted = tuple(map(experiments.read_metric, metrics))
    return shop.ask(experiments.ask, AskEffects("spring", wanted, **{**within, **more}))


def sizes(found):
    return {one.arm: (one.customers, one.immature) for one in found.arms}


def value_of(found, metric=0):
    return {one.arm: one.value for one in found.metrics[metric].arms}


def test_the_goal_is_measured_where_nothing_else_is_asked(shop):
    shop.store(launched(metric_field="value"), *people())
    found = asked(shop)
    assert [(one.metric, one.unit) for one in found.metrics] == [(SHARE, Unit.SHARE), (REVENUE, Unit.MONEY)]
    assert value_of(found) == {"held_out": 0.2, "offered": 0.4}
    (compared,) = found.metrics[0].compared
    assert (compared.difference.value, compared.lift.value) == pytest.approx((0.2, 1.0))
    assert compared.verdict is Verdict.MORE
    assert 0 < compared.difference.low < 0.2 < compared.difference.high
    assert found.sample_ratio.p_value == 1.0
    assert found.conclusion.startswith(f"{SHARE}, percentage points of customers: the campaign brought +20.00")


def test_what_is_aimed_at_counts_those_too_whose_days_are_not_over(shop):
    late = [met(user(50_000), at=NOW - DAY), bought(user(50_000), 500, NOW - DAY // 2)]
    before = bought(user(50_000), 9_000, NOW - 2 * DAY)
    shop.store(launched(metric_field="value", metric_target=2_000_000_000), *people(), *late, before)
    found = asked(shop)
    offered = sum(1_000 + n % 7 for n in range(80)) + 500
    assert found.goal.metric == REVENUE
    assert (found.goal.target, found.goal.reached) == (2_000.0, offered / 100)
    assert found.goal.share == pytest.approx(offered / 100 / 2_000)
    assert (found.goal.customers, found.goal.open) == (201, 1)
    assert found.conclusion.splitlines()[-1].startswith("Of the goal of 2,000 (sum(order.completed, value)), 807.34")
    assert asked(shop, SHARE).goal == found.goal
    assert "目标 2,000" in asked(shop, lang="zh").conclusion


def test_a_target_is_told_also_where_nothing_can_be_compared(shop):
    shop.store(launched(metric_target=10_000_000), *people(held=0, ordered=(4, 0)))
    found = asked(shop)
    assert found.inconclusive.reason == "no_holdout"
    assert (found.goal.reached, found.goal.share) == (4.0, 0.4)


def test_a_metric_of_the_catalogue_is_compared_as_its_formula_written_out(shop):
    shop.store(launched(), *people(), *(bought(user(number), 300, MET + 2 * DAY) for number in range(0, 40, 3)))
    pairs = {
        "buyers": "share(order.completed)", "orders": "count(order.completed)",
        "average_order_value": "sum(order.completed, value) / count(order.completed)",
        "sales_net": "sum(order.completed, value) - sum(order.refunded, value)",
    }  # fmt: skip
    named, written = (asked(shop, *some) for some in (pairs.keys(), pairs.values()))
    assert [one.metric for one in named.metrics] == list(pairs)
    assert [(one.unit, one.arms, one.compared) for one in named.metrics[:1]] == [
        (one.unit, one.arms, one.compared) for one in written.metrics[:1]
    ]
    for one, other in zip(named.metrics, written.metrics, strict=True):
        assert one.unit is other.unit
        assert [arm.value for arm in one.arms] == pytest.approx([arm.value for arm in other.arms])
        (mine,), (yours,) = one.compared, other.compared
        assert (mine.difference.low, mine.difference.high) == pytest.approx(
            (yours.difference.low, yours.difference.high)
        )


def test_a_formula_with_factors_is_compared_in_its_own_numbers(shop):
    def answered(who, score):
        about = {"question_id": "nps", "score": score}
        return fact("survey.answered", who, key=("nps", who), at=MET + DAY, fields=about)

    scores = [answered(user(number), 10 if number < 60 else 0) for number in range(100)]
    scores += [answered(user(10_000 + number), 10 if number < 45 else 0) for number in range(100)]
    shop.store(launched(), *people(), *scores)
    (found,) = asked(shop, "nps").metrics
    assert {one.arm: one.value for one in found.arms} == pytest.approx({"offered": 20.0, "held_out": -10.0})
    assert found.compared[0].difference.value == pytest.approx(30.0)


def test_an_average_is_of_facts_that_have_a_value_and_decimals_are_as_they_are(shop):
    def rated(who, rating):
        about = {} if rating is None else {"rating": rating}
        return fact("review.submitted", who, key=("rated", who), at=MET + DAY, fields=about)

    given = [rated(user(n), 4_500_000 if n % 2 else None) for n in range(100)]
    given += [rated(user(10_000 + n), 3_000_000 if n % 2 else None) for n in range(100)]
    shop.store(launched(), *people(), *given)
    (found,) = asked(shop, "review_rating").metrics
    assert {one.arm: one.value for one in found.arms} == pytest.approx({"offered": 4.5, "held_out": 3.0})


def test_visits_are_compared_too(shop):
    viewed = [fact("page.viewed", cookie(f"c{n}"), user(n), key=("v", n), at=MET + DAY) for n in range(50)]
    shop.store(launched(), *people(), *viewed)
    assert value_of(asked(shop, "visits")) == pytest.approx({"offered": 0.25, "held_out": 0.0})


@pytest.mark.parametrize(("name", "code"), [
    ("ordres", "metrics.unknown"), ("retention_day_7", "effects.form"), ("decision_time", "effects.form"),
    ("points_liability", "effects.form"), ("new_buyers", "effects.form"),
])  # fmt: skip
def test_what_the_catalogue_has_not_or_no_customer_tells_alone_is_refused(shop, name, code):
    shop.store(launched(), *people())
    with pytest.raises(AppError) as wrong:
        asked(shop, name)
    assert wrong.value.code == code


def test_a_goal_without_a_field_is_how_often(shop):
    shop.store(launched(), *people())
    assert [one.metric for one in asked(shop).metrics] == [SHARE, "count(order.completed)"]


def test_a_loss_is_a_loss_and_too_little_difference_is_open_with_what_would_have_been_seen(shop):
    shop.store(launched(), *people(ordered=(40, 80)))
    (lost,) = asked(shop, SHARE).metrics[0].compared
    assert lost.verdict is Verdict.LESS
    shop.store(*(bought(user(number)) for number in range(40, 85)))
    (equal,) = asked(shop, SHARE).metrics[0].compared
    assert (equal.verdict, equal.difference.value) == (Verdict.OPEN, pytest.approx(0.025))
    assert f"{100 * equal.smallest:.2f} would have been seen in 8 of 10 cases" in equal.text
    assert "不能断定" in asked(shop, SHARE, lang="zh").conclusion


def test_an_interval_for_one_look_is_narrower(shop):
    shop.store(launched(), *people())
    once, daily = (asked(shop, SHARE, looks=one).metrics[0].compared[0].difference for one in (Looks.ONCE, Looks.DAILY))
    assert once.value == daily.value
    assert daily.low < once.low < once.high < daily.high


def test_a_fact_counts_from_her_exposure_until_the_windows_end_exclusive(shop):
    shop.store(launched(), *people(199, ordered=(0, 0)), met(user("later"), at=MET + DAY))
    for number, at in enumerate((MET - 1, MET, MET + WEEK - 1, MET + WEEK)):
        shop.store(bought(user(number), at=at))
    assert value_of(asked(shop, "count(order.completed)"))["offered"] == 2 / 200


def test_who_met_it_so_lately_that_her_window_is_open_counts_apart(shop):
    shop.store(launched(), *people(), met(user("late"), at=NOW - DAY), met(user("later"), held=True, at=NOW - WEEK + 1),
               met(user("just"), held=True, at=NOW - WEEK))  # fmt: skip
    found = asked(shop, SHARE)
    assert sizes(found) == {"held_out": (201, 1), "offered": (200, 1)}
    assert sizes(asked(shop, SHARE, at=Micros(NOW + WEEK))) == {"held_out": (202, 0), "offered": (201, 0)}


def test_only_who_met_it_in_the_period_counts(shop):
    shop.store(launched(), *people(), met(user("early"), at=MET - HOUR))
    assert sizes(asked(shop, SHARE, since=MET))["offered"] == (200, 0)
    assert sizes(asked(shop, SHARE, until=MET)) == {"held_out": (0, 0), "offered": (1, 0)}
    assert asked(shop, SHARE, until=MET).inconclusive.reason == "no_holdout"


def test_her_first_exposure_counts_however_often_she_met_it(shop):
    shop.store(launched(), *people(), met(user(0), at=MET + 3 * DAY), bought(user(0), at=MET + 8 * DAY))
    assert value_of(asked(shop, "count(order.completed)"))["offered"] == 80 / 200


def decide(shop, *pair):
    with closing(LogReader(shop.database)) as reader:
        one, other = (reader.subject_of(shop.keys.digest(*who)) for who in pair)
    ask = identity.to_decide(
        DecisionKind.TOGETHER, one, other, actor="li", reason="", database=shop.database, keys=shop.keys,
        brand=shop.home.settings.brand,
    )  # fmt: skip
    shop.write(identity.decide, ask)


def test_who_was_merged_is_one_and_who_met_both_sides_counts_for_neither(shop):
    shop.store(launched(), *people())
    decide(shop, user(0), user(1))
    decide(shop, user(2), user(10_000))
    found = asked(shop, "count(order.completed)")
    assert (sizes(found), found.mixed) == ({"held_out": (199, 0), "offered": (198, 0)}, 1)
    assert value_of(found)["offered"] == 79 / 198


def test_what_a_cookie_did_is_hers(shop):
    shop.store(launched(), *people(ordered=(0, 0)), bought(cookie(1)))
    shop.store(fact("customer.identified", user(0), cookie(1), key="joined", at=MET + 2 * DAY))
    assert value_of(asked(shop, SHARE))["offered"] == 1 / 200


def test_other_campaigns_change_nothing(shop):
    shop.store(launched(), *people(), met(user(0), held=True, campaign="other"), met(user("x"), campaign="other"))
    found = asked(shop, SHARE)
    assert (sizes(found), found.mixed) == ({"held_out": (200, 0), "offered": (200, 0)}, 0)


def test_revenue_is_less_what_was_refunded_and_a_quotient_is_of_sums(shop):
    shop.store(launched(), *people(), *(bought(user(n), 500, MET + 2 * DAY, "order.refunded") for n in range(20)))
    net = asked(shop, f"{REVENUE} - sum(order.refunded, value)", f"{REVENUE} / count(order.completed)")
    amounts = [1_000 + number % 7 for number in range(80)]
    assert value_of(net)["offered"] == pytest.approx((sum(amounts) - 20 * 500) / 200)
    assert value_of(net, 1)["offered"] == pytest.approx(sum(amounts) / 80)
    assert [one.unit for one in net.metrics] == [Unit.MONEY, Unit.MONEY]


def test_a_condition_is_of_the_facts_own_fields(shop):
    shop.store(launched(), *people(), *(bought(user(n), 9_000) for n in range(30)))
    assert value_of(asked(shop, "share(order.completed(event.value > 5000))"))["offered"] == 30 / 200


def test_cuped_uses_the_same_time_before(shop):
    facts = people(ordered=(0, 0))
    for number in range(200):
        for who in (user(number), user(10_000 + number)):
            facts += [bought(who, 100 * number, MET - DAY), bought(who, 100 * number + 7 * (number % 3), MET + DAY)]
            facts.append(bought(who, 999_999, MET - WEEK - 1))
    shop.store(launched(), *facts)
    plain, adjusted = (asked(shop, REVENUE, cuped=one).metrics[0].compared[0] for one in (False, True))
    assert plain.variance_saved == 0
    assert adjusted.variance_saved > 0.99
    assert adjusted.difference.error < plain.difference.error / 10


def test_sums_are_cut_on_both_sides_at_one_amount(shop):
    shop.store(launched(), *people(), bought(user(0), 10_000_000))
    found = asked(shop, REVENUE, winsorize=0.99).metrics[0]
    assert found.cap == 1_006
    assert {one.arm: one.value for one in found.arms}["offered"] < 410
    nothing = asked(shop, REVENUE, winsorize=0.6).metrics[0].compared[0]
    assert nothing.difference.reason == "cut_to_nothing"


def test_arms_of_another_size_than_planned_say_do_not_read(shop):
    shop.store(launched(percent=30), *people())
    found = asked(shop, SHARE)
    assert found.sample_ratio.is_mismatch
    assert found.metrics[0].compared[0].verdict is Verdict.UNREADABLE
    assert found.conclusion.startswith("Do not read the numbers: the arms (held_out 200, offered 200)")
    fair = asked(shop, SHARE, planned={"held_out": 1.0, "offered": 1.0})
    assert not fair.sample_ratio.is_mismatch


def test_without_one_plan_it_is_said_that_sizes_were_not_looked_at(shop):
    shop.store(launched(percent=30), launched(percent=50, version=2, at=MET), *people())
    found = asked(shop, SHARE)
    assert found.sample_ratio.reason == "plan_changed"
    assert found.sample_ratio.text in found.conclusion


def gave(who, cost=0, name="prize.given", at=MET + HOUR, campaign="spring"):
    return fact(name, who, key=(name, who, at, cost, campaign), at=at, fields={"campaign_id": campaign, "cost": cost})


def test_costs_are_of_what_the_campaign_gave_and_profit_is_of_the_margin(shop):
    shop.store(launched(), *people(), *(gave(user(n), 300) for n in range(100)), gave(user(0), 9_999, campaign="other"))
    shop.store(*(gave(user(n), 200, "coupon.reversed") for n in range(10)), gave(user(1), 5_000, at=MET + WEEK))
    without, found = asked(shop, REVENUE), asked(shop, REVENUE, margin=0.5)
    cost = (100 * 300 - 10 * 200) / 200
    assert [one.money[0].cost for one in (without, found)] == [cost, cost]
    assert without.money[0].profit.reason == "no_margin"
    uplift = found.metrics[0].compared[0].difference.value
    assert found.money[0].profit.value == pytest.approx(0.5 * uplift - cost)
    assert "what is left is" in found.conclusion


def test_held_out_people_who_got_something_are_counted_and_the_others_not(shop):
    shop.store(launched(), *people(), gave(user(10_000)), gave(user(10_000), at=MET + 2 * HOUR), gave(user(0)))
    shop.store(gave(user(10_001), campaign="other"), gave(user(10_002), 5, "coupon.reversed"))
    found = asked(shop, SHARE)
    assert (found.contaminated.count, found.contaminated.of) == (1, 200)
    assert "1 of those held out (0.5 %) got something" in found.conclusion


def test_several_arms_stand_beside_the_one_that_was_held_out(shop):
    more = [met(user(f"b{n}"), arm="b") for n in range(150)]
    shop.store(launched(), *people(), *more, *(bought(user(f"b{n}")) for n in range(120)))
    found = asked(shop, SHARE, planned={"held_out": 4.0, "b": 3.0, "offered": 4.0})
    assert found.sample_ratio.p_value == 1.0
    assert value_of(found) == {"held_out": 0.2, "b": 0.8, "offered": 0.4}
    assert [one.arm for one in found.metrics[0].compared] == ["b", "offered"]
    assert "[b] the campaign brought +60.00" in found.conclusion


@pytest.mark.parametrize(("facts", "reason"), [
    (lambda: people(held=0, ordered=(80, 0)), "no_holdout"),
    (lambda: people(offered=0, ordered=(0, 40)), "nobody_offered"),
    (lambda: [met(user(1), at=NOW - 1), met(user(2), held=True)], "immature"),
    (list, "nobody"),
])  # fmt: skip
def test_where_nothing_can_be_compared_it_says_why(shop, facts, reason):
    shop.store(launched(), *facts())
    found = asked(shop, SHARE)
    assert (found.inconclusive.reason, found.metrics) == (reason, ())
    assert found.conclusion == found.inconclusive.text != ""


def test_of_a_campaign_that_holds_nobody_out_it_is_not_said_that_nobody_met_it(shop):
    shop.store(launched(percent=0))
    assert asked(shop, SHARE).inconclusive.reason == "no_holdout"


def test_held_out_stores_are_no_held_out_customers(shop):
    shop.store(launched(holdout_by="store"), *people())
    assert asked(shop, SHARE).inconclusive.reason == "held_by_place"


@pytest.mark.parametrize(("facts", "reason"), [
    (lambda: people(99, 200), "too_few"),
    (lambda: people(ordered=(5, 4)), "too_few_did"),
    (lambda: people(ordered=(195, 196)), "nearly_all_did"),
])  # fmt: skip
def test_too_few_tell_nothing_and_no_number_is_said(shop, facts, reason):
    shop.store(launched(), *facts())
    (found,) = asked(shop, SHARE).metrics[0].compared
    assert (found.difference.reason, found.lift.reason, found.verdict) == (reason, reason, Verdict.UNREADABLE)


def test_a_lift_on_hardly_anything_is_inconclusive_while_the_difference_is_told(shop):
    shop.store(launched(), *people(ordered=(60, 2)))
    (found,) = asked(shop, SHARE).metrics[0].compared
    assert isinstance(found.difference, Estimate)
    assert isinstance(found.lift, Inconclusive)
    assert "relative to the control it cannot be said" in found.text


@pytest.mark.parametrize(("metrics", "more", "code"), [
    (["share(order.completed)"], {"within": Micros(0)}, "effects.within"),
    (["share(thing.bought)"], {}, "effects.fact"),
    (["sum(order.completed, order_id)"], {}, "effects.field"),
    (["share(order.completed(event.colour == 1))"], {}, "criteria.unknown_field"),
    (["share(order.completed)"], {"margin": 0.5}, "effects.margin_metric"),
    (["sum(order.completed, value)"], {"margin": 40.0}, "effects.margin"),
    (["share(order.completed)"], {"winsorize": 99.0}, "effects.winsorize"),
    (["share(order.completed)"], {"since": MET, "until": MET}, "effects.period"),
    (["share(order.completed)"], {"planned": {"a": 1.0}}, "effects.planned"),
    (["share(order.completed)"], {"planned": {"held_out": 1.0, "offered": 0.0}}, "effects.planned_weight"),
    (["share(order.completed)"] * 21, {}, "effects.metrics"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(shop, metrics, more, code):
    shop.store(launched(), *people(3, 3, (1, 1)))
    with pytest.raises(AppError) as wrong:
        asked(shop, *metrics, **more)
    assert wrong.value.code == code


def test_a_campaign_that_nobody_knows_is_not_found_and_one_without_a_goal_asks_for_one(shop):
    with pytest.raises(AppError, match="no campaign 'spring'"):
        asked(shop, SHARE)
    shop.store(*people(3, 3, (1, 1)))
    with pytest.raises(AppError, match="--metric and --within"):
        asked(shop)
