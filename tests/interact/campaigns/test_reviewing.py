"""Prizes of suspects wait: everything scarce is taken at once, and a review gives them or takes that back, once."""

import random

import pytest

from interplay.acts import api as acts
from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Change, Played
from interplay.interact.campaigns.playing import at_of, at_of_nobody
from interplay.interact.campaigns.reviewing import Verdict, Which
from interplay.kernel.errors import AppError
from tests.interact.campaigns.square import LABEL, PRIZES, broken
from tests.link.coupons.shop import template
from tests.stores import user

SURE = {"outcomes": {"cup": {"weight": 1, "prizes": ["cup"]}, "nothing": {"weight": 0}}, "fallback": "nothing"}
GUARD = {"accounts_per_device_max": 1, "challenge": "off"}


def sure(*prizes):
    """Return a wheel that always wins these."""
    return {"wheel": {"draw": {**SURE, "outcomes": {**SURE["outcomes"], "cup": {"weight": 1, "prizes": [*prizes]}}}}}


def farm(square, count=2, **more):
    """Play with accounts of one device; all but the first are suspected."""
    return [square.play(number, f"farm{number}", device="d", **more) for number in range(count)]


def waits(square, **which):
    return list(api.waiting(square.state, Which(**which)))


def decide(square, verdict, **which):
    return api.decide(square.state, square, Which(**which), Verdict(verdict), by="li")


def cups(square, number):
    found = acts.units_of(square.database, [square.player(number)])
    return [one for one in found if one.pool.startswith("goods:") and one.state is acts.UnitState.OWNED]


def test_what_a_suspect_wins_is_taken_from_the_stock_and_not_given(square):
    square.started(guard=GUARD, parts=sure("cup"))
    honest, suspect = farm(square)
    assert [one.waits for one in (*honest.won, *suspect.won)] == [False, True]
    assert (suspect.won[0].code, suspect.won[0].unit) == ("", 0)
    assert square.given()["cup"] == (2, 0)
    assert (len(cups(square, 0)), len(cups(square, 1))) == (1, 0)
    (one,) = waits(square)
    assert (one.campaign, one.part, one.prizes) == ("spring", "wheel", ("cup",))
    assert [reason.code for reason in one.reasons] == ["abuse.is_new", "abuse.shared_device"]
    assert [len(square.named(name)) for name in ("prize.given", "payout.waiting")] == [1, 1]


def test_suspects_and_others_play_the_same_odds(square):
    plays = 400
    square.started(guard={**GUARD, "per_device_day_max": 10**6, "per_minute_max": 10**6}, prizes={
        **PRIZES, "cup": {**PRIZES["cup"], "stock": 1_000},
    })  # fmt: skip
    for number in range(plays):
        square.play(number % 2, device="d")
    draw = acts.opened(square.database, square.keys, "spring/wheel")
    assert draw.plays == plays
    square.change(Change.STOP)
    square.change(Change.SETTLE)
    odds = api.odds_of(square.state, "spring/wheel")
    assert acts.verify_draw(square.database, square.keys, "spring/wheel", odds) == acts.Verified(plays)


def test_approved_it_is_given_once_and_takes_no_stock_again(square):
    square.started(guard=GUARD, parts=sure("cup"))
    farm(square)
    assert decide(square, "approve", campaign="spring").decided == 1
    assert decide(square, "approve", campaign="spring").decided == 0
    assert len(cups(square, 1)) == 1
    assert square.given()["cup"] == (2, 0)
    assert waits(square) == []
    assert [len(square.named(name)) for name in ("prize.given", "payout.approved")] == [2, 1]
    assert square.named("payout.approved")[0]["reviewer"] == "li"


def test_rejected_it_is_in_stock_again_and_the_play_stays_played(square):
    square.started(guard=GUARD, parts=sure("cup"), budget=10_000, limits={"per_customer_max": 1})
    farm(square)
    cost = acts.used(square.database, "cost:campaign:spring")
    assert decide(square, "reject", reason="abuse.shared_device").decided == 1
    assert square.given()["cup"] == (1, 1)
    assert acts.used(square.database, "cost:campaign:spring") == cost // 2
    assert square.play(1, device="d").code == "campaign.played_out"
    assert decide(square, "approve", campaign="spring").decided == 0
    assert [len(square.named(name)) for name in ("prize.given", "payout.rejected")] == [1, 1]
    assert square.play(1, "farm1", device="d").won[0].waits  # the receipt of her play says the same for ever


def test_points_and_coupons_wait_and_chances_do_not(square):
    square.apply(template("tea"))
    prizes = {
        "tea": {"label": LABEL, "coupon": "tea"}, "again": {"label": LABEL, "chances": 1}, "points": PRIZES["points"],
    }  # fmt: skip
    square.started(guard=GUARD, prizes=prizes, parts=sure("tea", "again", "points"))
    _, suspect = farm(square)
    assert {one.prize: one.waits for one in suspect.won} == {"tea": True, "again": False, "points": True}
    assert (square.available(user(1)), square.seen(1).chances) == (0, 1)
    assert decide(square, "approve", campaign="spring").decided == 1
    assert square.available(user(1)) == 10
    assert len(square.named("coupon.issued")) == 2
    assert {one["campaign_id"] for one in square.named("coupon.issued")} == {"spring"}


def test_a_bulk_decision_takes_what_fits(square):
    prizes = {**PRIZES, "cup": {**PRIZES["cup"], "stock": 100}}
    for name in ("spring", "summer"):
        square.started(name, guard=GUARD, prizes=prizes, parts=sure("cup"))
        for device in ("d", "e"):
            for number in range(3):
                square.play(f"{device}{number}", campaign=name, device=device)
    assert len(waits(square, campaign="spring")) == 4
    assert len(waits(square, campaign="summer")) == 6  # the first of each device is known by then
    assert len(waits(square, device="e")) == 5
    assert len(waits(square, reason="abuse.ring")) == 0
    one = waits(square)[0].act
    assert [found.act for found in waits(square, acts=frozenset({one}))] == [one]
    assert decide(square, "reject", campaign="summer", device="e").decided == 3
    assert len(waits(square)) == 7
    with pytest.raises(AppError, match="say which"):
        decide(square, "reject")


@pytest.mark.parametrize("prizes", [("cup",), ("cup", "again"), ("again", "cup")])
def test_what_waits_for_who_is_erased_is_in_stock_again(square, prizes):
    limited = {**PRIZES["cup"], "per_day_max": 2}
    square.started(
        guard=GUARD, parts=sure(*prizes), prizes={"cup": limited, "again": {"label": LABEL, "chances": 1}},
        budget=1_800,
    )  # fmt: skip
    farm(square)
    assert square.given()["cup"] == (2, 0)
    square.erase(square.player(1))
    assert (square.given()["cup"], waits(square)) == ((1, 1), [])
    assert api.cost(square.state, "spring") == 900
    assert [one.prize for one in square.play(2).won if not one.waits] == [*prizes]


def test_a_paused_brand_gives_nothing_and_it_goes_on_waiting(square):
    square.started(guard=GUARD, parts=sure("cup"))
    farm(square)
    square.write(acts.pause, True)
    found = decide(square, "approve", campaign="spring")
    assert (found.decided, [one.code for one in found.refused.values()]) == (0, ["acts.paused"])
    square.write(acts.pause, False)
    assert decide(square, "approve", campaign="spring").decided == 1


def test_prizes_that_come_of_facts_and_of_a_settling_wait_too(square):
    """There no device is told of: what was seen of her before counts, and of who gets the prize for her."""
    square.started(guard=GUARD, parts=sure("cup"))
    farm(square)
    square.play(9, device="other")
    running = square.state.running("spring")
    settling = at_of_nobody(square.state, running, "wheel")
    following = at_of(square.state, running, "wheel", square.player(9), {})
    assert [bool(settling.gift("cup", square.player(number)).waits) for number in (0, 1, 9)] == [True, True, False]
    assert [bool(following.gift("cup", square.player(number)).waits) for number in (1, 9)] == [True, False]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_stock_and_decisions_add_up(square, seed):
    """Plays with retries, merges, decisions of both kinds in the middle, against a count by hand."""
    rng = random.Random(seed)
    stock = 25
    square.started(guard={**GUARD, "per_minute_max": 10**6, "per_device_day_max": 10**6}, parts=sure("cup"), prizes={
        "cup": {**PRIZES["cup"], "stock": stock},
    })  # fmt: skip
    approved = rejected = 0
    plays = {}
    for step in range(60):
        match rng.randrange(8):
            case 0:
                approved += decide(square, "approve", acts=_some(square, rng)).decided
            case 1:
                rejected += decide(square, "reject", acts=_some(square, rng)).decided
            case 2 if step == 30:
                square.merge(user(1), user(2))
            case 3 if plays:
                key = rng.choice(sorted(plays))
                assert square.play(*plays[key][0], key, device="d").act == plays[key][1].act
            case _:
                who, key = (rng.randrange(6),), f"s{step}"
                answer = square.play(*who, key, device=rng.choice("de"))
                assert isinstance(answer, Played)
                plays[key] = (who, answer)
        won = sum(bool(one.won) for _, one in plays.values())
        waiting = sum(one.won[0].waits for _, one in plays.values() if one.won) - approved - rejected
        assert square.given()["cup"] == (won - rejected, stock - won + rejected)
        assert len(waits(square)) == waiting
        assert acts.stock(square.database, "goods:spring:cup").get("owned", 0) == won - waiting - rejected
    assert approved
    assert rejected
    assert broken(square) == []


def _some(square, rng):
    return frozenset({one.act for one in waits(square) if rng.random() < 0.5} or {10**9})


@pytest.mark.parametrize("spent", [1, 2])
def test_rejected_what_is_left_of_her_chances_is_taken_and_what_they_bought_stays(square, spent):
    none = {"outcomes": {"nothing": {"weight": 1}, "none": {"weight": 1}}, "fallback": "nothing"}
    again = {"label": LABEL, "chances": 2, "per_day_max": 2}
    square.started(
        guard=GUARD, parts=sure("again", "cup") | {"extra": {"draw": none, "price": {"chances": 1}}},
        prizes={**PRIZES, "again": again}, budget=10_000,
    )  # fmt: skip
    farm(square)
    bought = [square.play(1, f"extra{number}", part="extra") for number in range(spent)]
    assert square.seen(1).chances == 2 - spent
    found = decide(square, "reject", campaign="spring")
    assert (found.decided, found.refused, square.seen(1).chances) == (1, {}, 0)
    assert decide(square, "reject", campaign="spring").decided == 0
    assert square.given()["cup"] == (1, 1)
    assert [square.play(1, f"extra{number}", part="extra").act for number in range(spent)] == [
        one.act for one in bought
    ]
    square.play(5, "later", device="new")
    assert square.seen(5).chances == 2, "nobody else's are less"
    assert square.play(1, "more", part="extra").code == "campaign.no_chances"
