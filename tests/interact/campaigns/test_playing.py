"""A play: once for each key, within the period and every limit, with its prizes; and what is told of it."""

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.interact.campaigns import api
from interplay.interact.campaigns.api import odds_of, state_at
from interplay.interact.campaigns.contracts import Change, Collect, Play, State
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import LABEL, PRIZES, SURE, WHEEL, Between, campaign, why
from tests.stores import user

PLAYERS = 100  # that none of them wins a cup has a chance of 10⁻⁵
HELD_OUT_OF = 120  # that nobody is held out: 10⁻⁶


def test_a_play_ends_with_an_outcome_and_gives_its_prize(square):
    square.started()
    won = [one for number in range(PLAYERS) for one in square.play(number).won]
    assert {one.prize for one in won} == {"cup", "points"}
    given = square.given()
    assert given["points"][0] == sum(one.prize == "points" for one in won)
    assert given["cup"] == (sum(one.prize == "cup" for one in won), 2 - sum(one.prize == "cup" for one in won))
    assert len(square.named("draw.played")) == PLAYERS
    assert {one["campaign_id"] for one in square.named("prize.given")} == {"spring"}


def test_a_repetition_gives_the_same_answer_and_nothing_more(square):
    square.started()
    first = [square.play(number, f"k{number}") for number in range(20)]
    again = [square.play(number, f"k{number}") for number in range(20)]
    assert [(one.outcome, one.won, one.act) for one in first] == [(one.outcome, one.won, one.act) for one in again]
    assert not any(one.is_new for one in again)
    assert len(square.named("draw.played")) == 20


def test_a_key_of_somebody_elses_play_shows_nobody_what_she_won(square):
    square.started(parts={"wheel": {"draw": SURE}})
    square.play(1, "k")
    with pytest.raises(AppError) as refused:
        square.play(2, "k")
    assert refused.value.code == "acts.key_reused"


def test_where_the_stock_is_gone_the_fallback_is_given(square):
    square.started(parts={"wheel": {"draw": SURE}})
    names = [square.play(number).outcome for number in range(6)]
    assert names == ["cup", "cup", "nothing", "nothing", "nothing", "nothing"]
    assert square.given()["cup"] == (2, 0)


def test_goods_are_a_unit_of_the_winner(square):
    square.started(parts={"wheel": {"draw": SURE}})
    (won,) = square.play().won
    unit = acts.unit_of(square.database, won.unit)
    assert (unit.owner, won.goods) == (square.player(), "P-cup")


def test_limits_hold_for_a_day_for_a_customer_and_in_all(square):
    square.started(limits={"per_customer_day_max": 2, "per_customer_max": 3, "total_max": 5})
    assert [why(square.play()) if n > 1 else square.play().campaign for n in range(3)][2] == "campaign.played_today"
    square.clock.at += DAY
    square.play()
    assert why(square.play()) == "campaign.played_out"
    square.play(2)
    square.play(3)
    assert why(square.play(4)) == "campaign.full"


def test_nothing_happens_before_it_starts_or_after_it_ends(square):
    square.started(starts="2026-01-02")
    assert why(square.play()) == "campaign.not_yet"
    square.clock.at += DAY
    assert square.play().is_new
    square.clock.at += 9 * DAY
    assert why(square.play()) == "campaign.over"
    assert state_at(square.state.running("spring"), square.clock()) is State.ENDED


def test_a_pause_stops_plays_and_a_repetition_is_still_answered(square):
    square.started()
    square.play(1, "k")
    assert square.change(Change.PAUSE) is State.PAUSED
    assert why(square.play(1)) == "campaign.paused"
    assert not square.play(1, "k").is_new
    assert [square.change(Change.RESUME) for _ in range(2)] == [State.LIVE, State.LIVE]
    assert square.play(1).is_new
    assert len(square.named("campaign.resumed")) == 1


def test_what_was_planned_before_a_change_is_planned_again_after_it(square):
    """A change comes between the reading and the writing of a play: nothing is played in a state that is over."""
    square.started()

    def meanwhile(*changes):
        between = Between(square, lambda: [square.change(one) for one in changes])
        return api.play(square.state, between, Play(
            key=f"{changes}", campaign="spring", part="wheel", subject=square.player(), move={},
        ))  # fmt: skip

    assert why(meanwhile(Change.PAUSE)) == "campaign.paused"
    square.change(Change.RESUME)
    assert meanwhile(Change.PAUSE, Change.RESUME).is_new
    newer = Between(square, lambda: square.started(prizes={"points": PRIZES["points"]}, parts={"wheel": {"draw": {
        "outcomes": {"points": {"weight": 1, "prizes": ["points"]}, "nothing": {"weight": 0}}, "fallback": "nothing",
    }}}))  # fmt: skip
    again = Play(key="newer", campaign="spring", part="wheel", subject=square.player(), move={})
    assert api.play(square.state, newer, again).outcome == "points"
    assert why(meanwhile(Change.STOP, Change.SETTLE)) == "campaign.over"
    draw = "spring/wheel"
    assert acts.verify_draw(square.database, square.keys, draw, odds_of(square.state, draw)).wrong == ()


def test_a_part_stays_the_mechanic_that_it_was_started_as(square):
    square.apply(campaign(parts={"wheel": {"checkin": {}}}))  # nobody has played it
    square.started()
    with pytest.raises(AppError) as refused:
        square.apply(campaign(parts={"wheel": {"checkin": {}}}))
    assert "parts.wheel.checkin: wheel was a draw when the campaign was started" in refused.value.text("en")
    square.started(parts={"days": {"checkin": {}}})
    with pytest.raises(AppError):
        square.apply(campaign(parts={"wheel": {"checkin": {}}}))
    assert square.play(part="days").is_new


def test_stopped_is_over_and_settled_reveals_what_was_committed_to(square):
    square.started()
    for number in range(5):
        square.play(number)
    with pytest.raises(AppError, match="not possible"):
        square.change(Change.SETTLE)
    square.change(Change.STOP)
    assert why(square.play()) == "campaign.over"
    square.change(Change.SETTLE)
    draw = acts.opened(square.database, square.keys, "spring/wheel")
    assert draw.secret is not None
    odds = odds_of(square.state, "spring/wheel")
    assert acts.verify_draw(square.database, square.keys, "spring/wheel", odds) == acts.Verified(5)
    assert [len(square.named(f"campaign.{word}")) for word in ("launched", "ended", "settled")] == [1, 1, 1]


def test_plays_are_free_first_and_then_cost_chances(square):
    square.started(
        prizes={**PRIZES, "again": {"label": LABEL, "chances": 1}},
        parts={"wheel": {"price": {"free_per_day": 1, "chances": 1}, "draw": {
            "outcomes": {"again": {"weight": 1, "prizes": ["again"]}, "nothing": {"weight": 0}}, "fallback": "nothing",
        }}},
    )  # fmt: skip
    assert square.play().outcome == "again"
    assert square.seen().chances == 1
    assert square.play().outcome == "again"
    assert square.seen().chances == 1


def test_without_a_chance_there_is_no_play(square):
    square.started(parts={"wheel": {"price": {"free": 1, "chances": 1}, "draw": WHEEL}})
    square.play()
    assert why(square.play()) == "campaign.no_chances"


def test_points_can_be_the_price(square):
    square.started(parts={"wheel": {"price": {"points": {"unit": "points", "amount": 7}}, "draw": WHEEL}})
    assert why(square.play()) == "points.balance"


def test_who_has_chosen_one_part_plays_no_other(square):
    square.started(choose_one=True, parts={"wheel": {"draw": WHEEL}, "box": {"draw": WHEEL}})
    square.play(part="box")
    assert why(square.play(part="wheel")) == "campaign.chosen_other"
    assert square.play(part="box").is_new


def test_the_budget_is_never_passed(square):
    prizes = {"cup": {**PRIZES["cup"], "stock": 100}, "points": PRIZES["points"]}
    square.started(budget=2_000, prizes=prizes, parts={"wheel": {"draw": SURE}})
    assert [square.play(number).outcome for number in range(4)] == ["cup", "cup", "nothing", "nothing"]
    assert sum(one["cost"] for one in square.named("prize.given")) == 1_800
    assert square.given()["cup"] == (2, 98)


def test_a_newer_version_is_in_force_only_when_it_is_started(square):
    square.started()
    more = {"cup": {**PRIZES["cup"], "stock": 5}, "points": PRIZES["points"]}
    square.apply(campaign(prizes=more))
    assert square.state.running("spring").snapshot.version == 1
    square.started(prizes=more)
    assert square.state.running("spring").snapshot.version == 2
    assert square.given()["cup"][1] == 5


POINTS = {"outcomes": {"points": {"weight": 1, "prizes": ["points"]}, "nothing": {"weight": 9}}, "fallback": "nothing"}


@pytest.mark.parametrize("prizes", [{"points": PRIZES["points"]}, {**PRIZES, "cup": {"label": LABEL}}])
def test_goods_are_handed_over_though_a_newer_version_has_them_no_more(square, prizes):
    square.started(parts={"wheel": {"draw": SURE}})
    (won,) = square.play().won
    square.started(parts={"wheel": {"draw": POINTS}}, prizes=prizes)
    given = api.collect(square.state, square, Collect(key="c", code=won.code))
    assert (given.prize, given.goods) == ("cup", "P-cup")


def test_a_play_is_repeated_though_a_newer_version_has_its_part_no_more(square):
    square.started(parts={"wheel": {"draw": SURE}, "grid": {"draw": SURE}})
    first = square.play(1, "k", part="grid")
    square.started(parts={"wheel": {"draw": SURE}})
    again = square.play(1, "k", part="grid")
    assert (again.won, again.act, again.is_new) == (first.won, first.act, False)
    for player, key, code in ((1, "other", "campaigns.part"), (2, "k", "acts.key_reused")):
        with pytest.raises(AppError) as wrong:
            square.play(player, key, part="grid")
        assert wrong.value.code == code


def test_the_draw_of_a_part_that_a_newer_version_has_no_more_is_revealed_too(square):
    square.started(parts={"wheel": {"draw": SURE}, "grid": {"draw": SURE}})
    square.play(1, part="grid")
    square.started(parts={"wheel": {"draw": SURE}})
    square.change(Change.STOP)
    square.change(Change.SETTLE)
    draws = [acts.opened(square.database, square.keys, f"spring/{part}") for part in ("wheel", "grid")]
    assert all(draw.secret for draw in draws)


def test_of_the_invited_a_tenth_is_held_out_and_stays_so(square):
    square.started(promise="invited")
    answers = {number: square.play(number) for number in range(HELD_OUT_OF)}
    held = {number for number, one in answers.items() if hasattr(one, "code")}
    assert 0 < len(held) < HELD_OUT_OF // 2
    assert {why(answers[number]) for number in held} == {"campaign.not_offered"}
    assert {number for number in range(HELD_OUT_OF) if hasattr(square.play(number), "code")} == held
    assert len(square.named("exposure.withheld")) == len(held)
    assert len(square.named("exposure.shown")) == HELD_OUT_OF - len(held)


def test_whose_arm_was_written_down_with_another_keeps_it_when_they_are_parted(square):
    more = {"promise": "invited", "parts": {"wheel": {"draw": WHEEL}}}
    square.started(**more, holdout={"percent": 50})
    pairs = [(number, number + 1) for number in range(0, 24, 2)]
    for one, other in pairs:
        square.player(one)
        square.player(other)
        square.merge(user(one), user(other))
        square.play(other)
        square.unmerge(user(one), user(other))
    before = [isinstance(square.play(one), Refused) for one, _ in pairs]
    assert len(set(before)) == 2
    square.started(**more, holdout={"percent": 1})
    assert [isinstance(square.play(one), Refused) for one, _ in pairs] == before
    told = len(square.named("exposure.withheld")) + len(square.named("exposure.shown"))
    assert told == 2 * len(pairs)


def test_words_that_mean_nothing_are_said(square):
    square.started()
    with pytest.raises(AppError, match="no campaign autumn"):
        square.play(campaign="autumn")
    with pytest.raises(AppError, match="no part box; it has wheel"):
        square.play(part="box")
    with pytest.raises(AppError, match="no move of draw"):
        square.play(move={"bet": 5})
