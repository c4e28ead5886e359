"""Who is held out of all campaigns: offered nothing that is for the invited, in one period, on all of her devices."""

from datetime import UTC, datetime

import pytest

from interplay.acts.contracts import Refused
from interplay.kernel.errors import AppError
from interplay.kernel.time import to_micros
from tests.interact.campaigns.square import WHEEL, why
from tests.stores import user

PEOPLE = 60  # at 20 percent, that nobody is held out has a chance of 10⁻⁶
INVITED = {"promise": "invited", "starts": "2026-01-01", "ends": "2026-03-01", "parts": {"wheel": {"draw": WHEEL}}}
FEBRUARY = to_micros(datetime(2026, 1, 31, 16, tzinfo=UTC))  # midnight in Shanghai


def holdout(percent=20, **more):
    metric = {"fact": "order.completed", "field": "value"}
    return {"kind": "holdout", "name": "all", "percent": percent, "rotate": "month", "metric": metric, **more}


def refused(square, numbers=range(PEOPLE), **more):
    return {number for number in numbers if isinstance(square.play(number, **more), Refused)}


def test_who_is_held_out_gets_nothing_of_any_campaign_and_no_arm_of_one(square):
    square.apply(holdout())
    square.started(**INVITED, holdout={"percent": 50})
    square.started("summer", **INVITED, holdout={"percent": 0})
    out = refused(square, campaign="summer")
    assert 0 < len(out) < PEOPLE
    assert why(square.play(min(out), campaign="summer")) == "campaign.not_offered"
    assert refused(square) > out
    assert refused(square, campaign="summer") == out
    told = [one for one in square.named("exposure.withheld") if "holdout" in one]
    assert sorted(one["campaign_id"] for one in told) == ["spring"] * len(out) + ["summer"] * len(out)
    assert {one["holdout"] for one in told} == {"2026-01"}
    arms = len(square.named("exposure.shown")) + len(square.named("exposure.withheld")) - len(told)
    assert arms == PEOPLE - len(out)
    sides = [one["arm"] for one in square.named("holdout.assigned")]
    assert (len(sides), sides.count("held_out"), len(square.named("holdout.opened"))) == (PEOPLE, len(out), 1)


def test_what_is_promised_in_public_is_withheld_from_nobody(square):
    square.apply(holdout())
    square.started()
    assert refused(square) == set()
    assert square.named("holdout.assigned") == []


def test_who_is_held_out_stays_so_when_the_percent_is_changed_and_others_are_drawn_with_the_next_period(square):
    square.apply(holdout())
    square.started("summer", **INVITED, holdout={"percent": 0})
    january = refused(square, campaign="summer")
    square.apply(holdout(1))
    assert refused(square, campaign="summer") == january
    square.apply(holdout(20))
    square.clock.at = FEBRUARY - 1
    assert refused(square, campaign="summer") == january
    square.started("late", **INVITED, holdout={"percent": 0})
    assert refused(square, campaign="late") == january
    square.clock.at = FEBRUARY
    square.started("later", **INVITED, holdout={"percent": 0})
    february = refused(square, campaign="later")
    assert february
    assert february != january
    assert {one["holdout"] for one in square.named("holdout.assigned")} == {"2026-01", "2026-02"}
    assert refused(square, set(range(PEOPLE)) - january, campaign="summer") == set()


def test_it_holds_for_whom_she_was_merged_with_and_after_they_were_parted(square):
    square.apply(holdout())
    square.started("summer", **INVITED, holdout={"percent": 0})
    out = refused(square, campaign="summer")
    one, new = min(out), PEOPLE + 1
    square.player(new)
    square.merge(user(one), user(new))
    assert refused(square, [new], campaign="summer") == {new}
    square.unmerge(user(one), user(new))
    assert refused(square, [one], campaign="summer") == {one}


def test_looking_and_retrying_write_a_side_down_once(square):
    square.apply(holdout())
    square.started("summer", **INVITED, holdout={"percent": 10})
    for number in range(PEOPLE):
        square.seen(number, "summer")
        square.play(number, f"k{number}", campaign="summer")
        square.play(number, f"k{number}", campaign="summer")
    assert len(square.named("holdout.assigned")) == PEOPLE
    told = len(square.named("exposure.withheld")) + len(square.named("exposure.shown"))
    assert told == PEOPLE


@pytest.mark.parametrize("off", [{"enabled": False}, {"percent": 0}])
def test_one_that_is_off_holds_nobody_out(square, off):
    square.apply(holdout(**off))
    square.started("summer", **INVITED, holdout={"percent": 0})
    assert refused(square, campaign="summer") == set()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"percent": 21}, "21 percent cannot"),
        ({"percent": -1}, "-1 percent cannot"),
        ({"name": "some"}, "its name is all"),
        ({"rotate": "week"}, "week"),
        ({"metric": {"fact": "order.compleet"}}, "no declared fact"),
        ({"metric": {"fact": "order.completed", "field": "valeu"}}, "has no field"),
        ({"metric": {"fact": "order.completed", "within_days": 0}}, "0 days are not possible"),
    ],
)
def test_a_wrong_document_is_refused_in_both_languages(square, more, said):
    with pytest.raises(AppError) as found:
        square.apply(holdout(**more))
    assert said in found.value.text("en")
    assert found.value.text("zh") != found.value.text("en")


def test_facts_of_who_is_held_out_count_for_nothing_and_are_told_once(square):
    board = {"leaderboard": {"facts": [{"fact": "product.viewed"}]}}
    square.apply(holdout())
    square.started("summer", **INVITED | {"parts": {"board": board}}, holdout={"percent": 0})
    for number in range(PEOPLE):
        square.player(number)
    for _ in range(2):
        for number in range(PEOPLE):
            square.tell("product.viewed", user(number))
        square.follow()
    sides = [one["arm"] for one in square.named("holdout.assigned")]
    assert (len(sides), len(square.named("holdout.opened"))) == (PEOPLE, 1)
    assert len(square.named("exposure.withheld")) == sides.count("held_out") > 0
    assert len(square.named("score.posted")) == 2 * sides.count("offered")
