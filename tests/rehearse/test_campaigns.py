"""A rehearsal runs the real code on a virtual clock, tells nothing of the real draw, and leaves nothing behind."""

from datetime import date, timedelta

import pytest

from interplay.acts import api as acts
from interplay.interact.codes import api as codes
from interplay.interact.codes.contracts import Generate
from interplay.kernel.errors import AppError
from interplay.rehearse.campaigns import odds
from interplay.rehearse.campaigns.api import preview
from interplay.rehearse.campaigns.contracts import Pattern, PreviewAsk
from tests.interact.campaigns.square import LABEL, PRIZES, SURE, WHEEL, Square, campaign


@pytest.fixture(scope="module")
def square(tmp_path_factory):
    with Square(tmp_path_factory.mktemp("rehearsal") / "data") as found:
        yield found


def asked(**more):
    return PreviewAsk(**{"campaign": "spring", "plays": 400, "runs": 3, **more})


def test_it_says_odds_stock_cost_and_refusals_and_does_nothing(square):
    square.apply(campaign(limits={"per_customer_max": 3}))
    before = len(square.rows())
    found = preview(square, asked(players=150))
    (part,) = found.parts
    assert part.plays + sum(found.refused.values()) == 1_200
    assert set(found.refused) == {"campaign.played_out"}
    assert sum(one.picked for one in part.outcomes) == part.plays
    for one in part.outcomes:
        assert one.share.low <= one.share.mean <= one.share.high
    cup = next(one for one in found.prizes if one.prize == "cup")
    assert (cup.given.high, cup.stock, cup.sold_out_runs) == (2, 2, 3)
    assert 0 < cup.sold_out_days.mean < 10
    assert found.cost.low > 1_800
    assert found.worst is None  # points have no stock
    assert found.days[-1].left["cup"] == 0
    assert len(square.rows()) == before
    assert acts.all_draws(square.database, square.keys) == []


def test_the_same_seed_gives_the_same_answer_and_another_a_different_one(square):
    square.apply(campaign())
    ask = asked(plays=200, runs=2)
    first, again, other = (preview(square, one) for one in (ask, ask, asked(plays=200, runs=2, seed=5)))
    assert first.parts == again.parts
    assert first.parts != other.parts


def test_what_is_sold_out_gives_way_and_worst_is_all_of_the_stock(square):
    square.apply(campaign(prizes={"cup": PRIZES["cup"]}, parts={"wheel": {"draw": SURE}}))
    found = preview(square, asked(plays=50, runs=2, pattern=Pattern.EVEN))
    assert [(one.outcome, one.picked, one.given) for one in found.parts[0].outcomes] == [
        ("cup", 100, 4), ("nothing", 0, 96),
    ]  # fmt: skip
    assert found.worst == 1_800


def test_a_share_of_the_players_is_in_a_segment(square):
    square.apply({"kind": "segment", "name": "vip", "label": LABEL, "criteria": 'tag("vip")'})
    square.apply(campaign(customers={"only": ["vip"]}))
    nobody = preview(square, asked(plays=100, runs=1))
    assert nobody.refused == {"campaign.not_offered": 100}
    all_of_them = preview(square, asked(plays=100, runs=1, segments={"vip": 100}))
    assert all_of_them.refused == {}


def test_nobody_is_suspected_in_a_rehearsal(square):
    square.apply(campaign(guard={"challenge": "all", "account_age_hours_min": 24}))
    assert preview(square, asked(plays=50, runs=1)).refused == {}


def test_players_of_a_part_with_codes_bring_one_each_that_nobody_has_played(square):
    batch = codes.generate(square.home.codes, square, Generate(name="caps", product="P", count=150))
    part = {"codes": {"batches": ["caps"], "draw": WHEEL}}
    square.apply(campaign(parts={"cap": part}))
    found = preview(square, asked(plays=200, runs=2))
    (part,) = found.parts
    assert (part.plays, part.is_simulated, found.refused) == (400, True, {})
    assert sum(one.picked for one in part.outcomes) == 300, "each code draws once; then it gives nothing"
    assert codes.trace_item(square.home.codes, batch.name, 1).scan_count == 0


def test_bounds_and_words_are_said(square):
    with pytest.raises(AppError, match="plays: 0 is not possible"):
        preview(square, asked(plays=0))
    with pytest.raises(AppError, match="no campaign autumn"):
        preview(square, asked(campaign="autumn"))


@pytest.mark.parametrize(("chi_squared", "freedom", "p"), [
    (3.841, 1, 0.05), (5.991, 2, 0.05), (16.266, 3, 0.001), (18.467, 4, 0.001), (11.070, 5, 0.05), (0.0, 3, 1.0),
])  # fmt: skip
def test_the_tail_of_chi_squared_is_that_of_the_tables(chi_squared, freedom, p):
    assert odds.tail(chi_squared, freedom) == pytest.approx(p, rel=2e-3)


def test_wilson_is_inside_zero_and_one():
    assert odds.wilson(0, 0) == odds.Interval(0.0, 0.0, 1.0)
    found = odds.wilson(0, 100)
    assert (found.low, round(found.high, 4)) == (0.0, 0.0370)
    found = odds.wilson(5, 10)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2366, 0.7634)


def test_what_is_expected_too_seldom_is_taken_together():
    assert odds.p_value([0, 1, 99], [0.4, 0.6, 99.0]) is None
    assert odds.p_value([3, 3, 94], [3.0, 3.0, 94.0]) == pytest.approx(1.0)
    assert odds.p_value([900, 100], [833.0, 167.0]) < 1e-7


QUESTIONS = [
    {"name": f"q{n}", "label": LABEL, "options": [
        {"code": "right", "label": LABEL, "points": 1}, {"code": "wrong", "label": LABEL},
    ]} for n in range(10)
]  # fmt: skip
QUIZ = {
    "pools": {"all": {"ask": 10, "questions": QUESTIONS}}, "attempts": 2,
    "bands": [{"from_percent": 80, "prizes": ["points"]}],
}  # fmt: skip


def test_players_of_a_quiz_know_as_many_questions_as_is_said(square):
    square.apply(campaign(prizes={"points": PRIZES["points"]}, parts={"quiz": {"quiz": QUIZ}}))
    found = preview(square, asked(plays=1_000, runs=1, players=1_000, right_percent=60))
    (part,), (prize,) = found.parts, found.prizes
    assert part.plays + found.refused.get("quiz.attempts", 0) + found.refused.get("quiz.answered", 0) >= 1_000
    assert prize.given.mean / part.plays == pytest.approx(0.1673, abs=0.04), "of Binomial(10, 0.6), at least 8"
    none = preview(square, asked(plays=100, runs=1, players=100, right_percent=0))
    assert none.prizes[0].given.mean == 0
    every = preview(square, asked(plays=100, runs=1, players=100, right_percent=100))
    assert every.prizes[0].given.mean + sum(every.refused.values()) == 100


def test_a_player_ends_one_attempt_before_she_begins_the_next(square):
    quiz = {**QUIZ, "attempts": 500}
    square.apply(campaign(prizes={"points": PRIZES["points"]}, parts={"quiz": {"quiz": quiz}}))
    found = preview(square, asked(plays=300, runs=1, players=2, right_percent=100))
    assert (found.refused, found.parts[0].plays, found.prizes[0].given.mean) == ({}, 300, 300)


def test_a_survey_is_filled_in_until_its_quotas_are_full(square):
    options = [{"code": code, "label": LABEL} for code in ("yes", "no")]
    page = {"questions": [{"name": "likes", "type": "choice", "label": LABEL, "required": True, "options": options}]}
    survey = {"pages": [page], "prizes": ["points"], "quotas": {"fans": {"most": 20, "where": "likes == 'yes'"}}}
    square.apply(campaign(prizes={"points": PRIZES["points"]}, parts={"ask": {"survey": survey}}))
    found = preview(square, asked(plays=100, runs=1, players=10_000))
    assert 45 <= found.prizes[0].given.mean <= 80, "20 of those who like it, and all who do not"


def test_ranks_get_their_prizes_at_the_end_and_a_vote_those_of_taking_part(square):
    board = {"per": "day", "ranks": [{"first": 1, "last": 3, "prizes": ["points"]}]}
    vote = {"choices": {"tea": LABEL, "milk": LABEL}, "prizes": ["cup"]}
    square.apply(campaign(parts={"board": {"leaderboard": board}, "vote": {"vote": vote}}))
    found = preview(square, asked(plays=600, runs=2, players=600))
    given = {one.prize: one.given.mean for one in found.prizes}
    assert given == {"cup": 2, "points": 30}, "three ranks on each of ten days"
    assert [day.given["points"] for day in found.days] == [3] * 10
    assert found.cost.mean == pytest.approx(1_800 + 30 * 10, abs=300)


def test_a_day_on_which_only_ranks_are_given_is_shown(square):
    board = {"ranks": [{"first": 1, "last": 3, "prizes": ["points"]}]}
    square.apply(campaign(parts={"board": {"leaderboard": board}}))
    found = preview(square, asked(plays=1, runs=1, players=1))
    assert (found.days[-1].day, sum(day.given.get("points", 0) for day in found.days)) == ("2026-01-10", 1)


def test_a_week_is_decided_when_it_ends_also_when_nobody_plays_then(square):
    board = {"per": "week", "ranks": [{"first": 1, "last": 3, "prizes": ["points"]}]}
    square.apply(campaign(parts={"board": {"leaderboard": board}}, ends="2026-02-02"))
    for seed in range(1, 5):
        found = preview(square, asked(plays=2, runs=1, players=2, seed=seed))
        played = {date.fromisoformat(day.day) for day in found.days if day.plays}
        given = {date.fromisoformat(day.day) for day in found.days if day.given}
        assert given == {day + timedelta(6 - day.weekday()) for day in played}


def test_what_cannot_be_made_up_is_left_out_by_name(square):
    task = {"label": LABEL, "fact": "order.completed", "target": 1, "prizes": ["points"]}
    parts = {"wheel": {"draw": WHEEL}, "tasks": {"tasks": {"tasks": {"first": task}}}}
    square.apply(campaign(parts=parts, guard={"challenge": "all"}))
    found = preview(square, asked(plays=50, runs=1))
    assert {one.part: (one.plays, one.is_simulated) for one in found.parts} == {
        "wheel": (50, True),
        "tasks": (0, False),
    }
    assert found.is_guarded
    assert found.refused == {}


def test_a_percent_is_one(square):
    with pytest.raises(AppError, match="101 is no percent"):
        preview(square, asked(right_percent=101))
