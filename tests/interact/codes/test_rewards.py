"""The reward of a code: once, whoever comes first; the scan is one whatever the campaign gives."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from interplay.interact.campaigns.contracts import Change
from interplay.interact.codes.contracts import Mark
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import WHEEL, campaign, why

PART = {"batches": ["caps"], "prizes": ["points"]}


def test_the_first_who_plays_a_code_has_its_reward_and_the_second_is_told(plant):
    plant.make()
    plant.offered()
    first, second = plant.buy(5, by=1), plant.buy(5, by=2)
    assert [one.prize for one in first.won] == ["points"]
    assert (first.says["is_first"], first.says["why"], first.says["item"]) == (True, "", 5)
    assert (second.won, second.says["is_first"], second.says["why"]) == ((), False, "code.rewarded")
    assert second.says["text"] == {"en": "the reward of this code was given already", "zh": "此物码的奖励已被领取"}
    assert [(one["scan_no"], one["campaign_id"]) for one in plant.named("item.scanned")] == [
        (1, "spring"),
        (2, "spring"),
    ]
    assert plant.given()["points"][0] == 1


def test_a_code_that_gives_nothing_costs_nothing(plant):
    plant.make()
    plant.offered(parts={"cap": {"codes": PART, "price": {"free": 1}}})
    assert [bool(plant.buy(item).won) for item in (1, 1)] == [True, False]
    assert why(plant.buy(2)) == "campaign.no_chances"


def test_who_only_looked_has_not_taken_the_reward(plant):
    plant.make()
    plant.offered()
    assert plant.scan(5, by=2).is_first
    bought = plant.buy(5, by=1)
    assert ([one.prize for one in bought.won], bought.says["is_first"]) == (["points"], False)


def test_of_many_who_play_one_code_at_one_moment_one_wins(plant):
    plant.make()
    plant.offered()
    for number in range(1, 9):
        plant.player(number)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda by: plant.buy(3, by, key=f"r{by}"), range(1, 9)))
    assert Counter(bool(one.won) for one in found) == {True: 1, False: 7}
    assert Counter(one.says["why"] for one in found) == {"": 1, "code.rewarded": 7}
    assert sum(one.says["is_first"] for one in found) == 1
    assert sorted(one["scan_no"] for one in plant.named("item.scanned")) == list(range(1, 9))
    again = [plant.buy(3, by, key=f"r{by}") for by in range(1, 9)]
    assert [(one.won, one.says) for one in again] == [(one.won, one.says) for one in found]


def test_a_code_that_is_played_far_from_where_it_was_sent_raises_an_alarm_and_wins(plant):
    plant.make()
    plant.send("广东")
    plant.offered()
    assert plant.buy(1, province="黑龙江").won
    assert plant.alarms() == [(1, "diverted")]


@pytest.mark.parametrize(("mark", "code"), [(None, "code.not_active"), (Mark.VOID, "code.void")])
def test_a_code_that_may_not_be_scanned_gives_nothing(plant, mark, code):
    plant.make(active=mark is not None)
    if mark is not None:
        plant.put(mark)
    plant.offered()
    assert why(plant.buy(1)) == code
    plant.make("lids")
    assert why(plant.buy(code=plant.code(1, name="lids"))) == "code.other_batch"
    assert why(plant.buy(code="HELLO")) == "code.form"


def test_chance_decides_what_a_code_gives_and_is_published(plant):
    plant.make()
    plant.offered(parts={"cap": {"codes": {"batches": ["caps"], "draw": WHEEL}}})
    found = [plant.buy(item, by=item % 7 + 1) for item in range(1, 41)]
    assert {"points", "nothing"} <= {one.outcome for one in found} <= {"cup", "points", "nothing"}  # a cup is rare
    assert [bool(one.won) for one in found] == [one.outcome != "nothing" for one in found]
    assert len(plant.named("draw.played")) == 40
    assert plant.buy(1, by=9).outcome == ""
    assert len(plant.named("draw.played")) == 40, "who gets nothing does not draw"


def test_a_batch_that_is_held_out_gives_nothing_and_says_so(plant):
    names = [f"b{number}" for number in range(20)]
    for name in names:
        plant.make(name, 100)
    part = {"batches": names, "prizes": ["points"]}
    plant.offered(parts={"cap": {"codes": part}}, holdout={"by": "batch", "percent": 50})
    found = {name: plant.buy(code=plant.code(1, name=name)) for name in names}
    held = [name for name, one in found.items() if not one.won]
    assert 3 <= len(held) <= 17
    for name, one in found.items():
        assert one.says["why"] == ("code.held_out" if name in held else "")
        assert one.says["is_first"]
        again = plant.buy(code=plant.code(2, name=name), by=2)
        assert bool(again.won) is bool(one.won), "all of a batch, whoever buys"
    assert len(plant.named("exposure.withheld")) == 2 * len(held)
    assert len(plant.named("item.scanned")) == 2 * len(names)


def test_nobody_is_held_out_of_what_stands_on_a_pack(plant):
    plant.make()
    with pytest.raises(AppError, match="promised in public"):
        plant.offered(holdout={"by": "customer", "percent": 10})
    with pytest.raises(AppError, match="no part names any"):
        plant.offered(parts={"wheel": {"draw": WHEEL}}, holdout={"by": "batch", "percent": 10})


def test_two_campaigns_do_not_have_one_batch_at_one_time(plant):
    plant.make()
    plant.offered()
    with pytest.raises(AppError, match="at the same time"):
        plant.apply(campaign("summer", parts={"cap": {"codes": PART}}, starts="2026-01-05", ends="2026-02-01"))
    plant.offered("summer", starts="2026-01-11", ends="2026-02-01")
    plant.buy(1)
    plant.clock.at += 11 * DAY
    later = plant.buy(1, campaign="summer")
    assert (later.won, later.says["why"]) == ((), "code.rewarded"), "one reward, whatever the campaign"
    assert plant.buy(2, campaign="summer").won


def test_a_campaign_that_was_started_keeps_its_batches_whatever_its_document_says_since(plant):
    plant.make()
    plant.make("lids")
    plant.offered()
    lids = {"cap": {"codes": {"batches": ["lids"], "prizes": ["points"]}}}
    plant.apply(campaign(parts=lids))
    with pytest.raises(AppError, match="at the same time"):
        plant.offered("summer")
    plant.change(Change.STOP)
    assert plant.offered("summer").name == "summer"


def test_what_a_part_says_of_codes_must_make_sense(plant):
    plant.make()
    wrong = [
        {"batches": ["nobodys"], "prizes": ["points"]}, {"batches": [], "prizes": ["points"]}, {"batches": ["caps"]},
        {"batches": ["caps"], "prizes": ["gold"]}, {**PART, "draw": WHEEL},
        {"batches": ["caps"], "draw": {**WHEEL, "fallback": "x"}},
    ]  # fmt: skip
    for part in wrong:
        with pytest.raises(AppError):
            plant.apply(campaign(parts={"cap": {"codes": part}}))
    with pytest.raises(AppError, match="at the same time"):
        plant.apply(campaign(parts={"cap": {"codes": PART}, "lid": {"codes": PART}}))
