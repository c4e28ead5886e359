"""Leaderboards: scores by who may be believed, ties by who was earlier, periods that close, prizes for ranks once."""

import random

import pytest

from interplay.bootstrap.door import fire_timers
from interplay.engine.timers import api as timers
from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Change, Play
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR
from tests.interact.campaigns.square import LABEL, Between, why
from tests.stores import user

PRIZES = {
    "cup": {"label": LABEL, "goods": "P-cup", "stock": 5},
    "ten": {"label": LABEL, "points": {"unit": "points", "amount": 10}},
}
RANKS = [{"first": 1, "last": 1, "prizes": ["cup"]}, {"first": 2, "last": 3, "prizes": ["ten"]}]


def started(square, campaign=None, **board):
    more = {"ends": "2026-03-01", **(campaign or {})}
    square.started(prizes=PRIZES, parts={"board": {"leaderboard": board}}, **more)


def post(square, number, score, by="key games", **more):
    return square.play(number, part="board", move={"score": score}, by=by, **more)


def shown(square, number=1):
    return square.seen(number).parts[0].shows


def top(square, number=1):
    return [(one["rank"], one["score"]) for one in shown(square, number)["top"]]


def given(square):
    return {name: count for name, (count, _) in square.given().items()}


def test_who_has_more_leads_and_of_equals_who_was_earlier(square):
    started(square)
    for number, score in ((1, 5), (2, 9), (3, 5)):
        square.clock.at += 1
        post(square, number, score)
    assert [shown(square, number)["mine"]["rank"] for number in (1, 2, 3)] == [2, 1, 3]
    assert [one["is_me"] for one in shown(square, 1)["top"]] == [False, True, False]
    assert shown(square)["people"] == 3
    post(square, 3, 1)
    assert top(square) == [(1, 9), (2, 6), (3, 5)]
    assert square.named("score.posted")[-1]["score_total"] == 6


def test_of_a_game_the_best_counts(square):
    started(square, keeps="best")
    for score in (30, 80, 70):
        post(square, 1, score)
    assert top(square) == [(1, 80)]


def test_a_repetition_posts_nothing_more(square):
    started(square)
    assert post(square, 1, 5, key="k").is_new
    assert not post(square, 1, 5, key="k").is_new
    assert top(square) == [(1, 5)]


def test_a_phone_is_not_believed_unless_the_document_says_so_and_then_within_its_caps(square):
    started(square)
    assert why(post(square, 1, 5, by="customer")) == "leaderboard.not_trusted"
    assert why(post(square, 1, 5, by="")) == "leaderboard.not_trusted"
    started(square, untrusted={"per_play_max": 50, "per_day_max": 80})
    assert why(post(square, 1, 51, by="customer")) == "leaderboard.score"
    assert post(square, 1, 50, by="customer").is_new
    assert why(post(square, 1, 31, by="customer")) == "leaderboard.day_out"
    assert post(square, 1, 30, by="customer").is_new
    assert post(square, 1, 500).is_new
    square.clock.at += DAY
    assert post(square, 1, 1, by="customer").is_new
    assert top(square) == [(1, 581)]


@pytest.mark.parametrize("score", [0, -1, 10**9 + 1])
def test_what_is_no_score_is_said(square, score):
    started(square)
    assert why(post(square, 1, score)) == "leaderboard.score"


def test_a_refund_takes_back_what_its_source_may_score(square):
    facts = [{"fact": "order.completed", "sum": "value", "sources": ["till"]}, {"fact": "order.completed"}]
    started(square, facts=facts)
    square.order(1, 1_000, source="till")
    square.follow()
    assert top(square) == [(1, 1_001)]
    square.refund(1, source="site")
    square.follow()
    assert top(square) == [(1, 1_000)], "what only tills may give is not taken by the site"
    square.refund(1, 400, source="till")
    square.follow()
    assert top(square) == [(1, 600)]
    square.refund(1, source="till")
    square.follow()
    assert top(square) == []


def test_an_order_that_a_page_tells_first_still_scores_by_the_till(square):
    facts = [{"fact": "order.completed", "sum": "value", "sources": ["till"]}, {"fact": "order.completed"}]
    started(square, facts=facts)
    for teller, score in (("site", 1), ("till", 1_001), ("till", 1_001)):
        square.order(1, 1_000, source=teller)
        square.follow()
        assert top(square) == [(1, score)]


def test_facts_are_scores_and_refunds_take_them_back_while_the_board_is_open(square):
    started(square, per="day", facts=[{"fact": "order.completed", "sum": "value", "where": "event.value >= 1000"}])
    square.order(1, 3_000)
    square.order(2, 999)
    square.order(1, 3_000, source="again")
    square.follow()
    assert top(square) == [(1, 3_000)]
    square.refund(1, 1_000)
    square.follow()
    assert top(square) == [(1, 2_000)]
    square.order(3, 4_000)
    square.follow()
    today = square.clock()
    square.clock.at += DAY
    square.refund(3)
    square.refund(1)
    square.follow()
    square.clock.at = today
    assert top(square) == [(1, 6_000)], "the day is over, and what was decided stays decided"


def test_periods_begin_anew_on_mondays_of_the_brands_calendar(square):
    started(square, per="week")
    post(square, 1, 5)
    square.clock.at += 3 * DAY + 15 * HOUR  # Sunday 23:00 in Shanghai
    post(square, 1, 5)
    assert top(square) == [(1, 10)]
    square.clock.at += HOUR
    assert top(square) == []
    post(square, 1, 2)
    assert top(square) == [(1, 2)]


def test_a_score_that_is_written_after_the_week_has_closed_is_one_of_the_next(square):
    started(square, per="week")
    square.clock.at += 3 * DAY + 16 * HOUR - 1

    def later():
        square.clock.at += 1

    ask = Play(
        key="late", campaign="spring", part="board", subject=square.player(), move={"score": 7}, by="key games",
    )  # fmt: skip
    assert api.play(square.state, Between(square, later), ask).is_new
    assert top(square) == [(1, 7)]
    square.clock.at -= 1
    assert top(square) == []


def test_between_seasons_nothing_is_posted(square):
    seasons = [
        {"label": LABEL, "starts": "2026-01-02", "ends": "2026-01-04"},
        {"label": LABEL, "starts": "2026-01-10", "ends": "2026-02-01"},
    ]
    started(square, seasons=seasons)
    assert why(post(square, 1, 5)) == "leaderboard.no_season"
    square.clock.at += 2 * DAY
    post(square, 1, 5)
    assert top(square) == [(1, 5)]
    square.clock.at += 7 * DAY
    assert top(square) == []


def test_ranks_get_their_prizes_when_the_week_is_over_and_once(square):
    started(square, per="week", ranks=RANKS)
    for number in range(5):
        post(square, number, 100 - number)
    square.follow()
    assert given(square) == {"cup": 0, "ten": 0}
    square.clock.at += 5 * DAY
    for _ in range(2):
        square.follow()
    assert given(square) == {"cup": 1, "ten": 2}
    assert [square.available(user(number)) for number in range(5)] == [0, 10, 10, 0, 0]
    assert [one["board_rank"] for one in square.named("leaderboard.placed")] == [1, 2, 3]
    post(square, 4, 1)
    square.change(Change.STOP)
    square.change(Change.SETTLE)
    assert given(square) == {"cup": 2, "ten": 2}
    assert api.settle(square.state, square, "spring", "staff") == 0


def test_a_board_that_a_newer_version_has_no_more_is_settled_too(square):
    started(square, ranks=RANKS)
    post(square, 1, 5)
    wheel = {"outcomes": {"nothing": {"weight": 1}, "other": {"weight": 1}}, "fallback": "nothing"}
    square.started(prizes=PRIZES, parts={"wheel": {"draw": wheel}}, ends="2026-02-01")
    square.clock.at += 40 * DAY
    assert square.change(Change.SETTLE) == 1
    assert given(square)["cup"] == 1


def test_settling_a_campaign_gives_what_is_left_and_gone_prizes_are_told(square):
    started(square, ranks=[{"first": 1, "last": 10, "prizes": ["cup"]}])
    for number in range(8):
        post(square, number, 10 + number)
    square.follow()
    assert given(square)["cup"] == 0
    square.clock.at += 80 * DAY
    square.change(Change.SETTLE)
    assert given(square)["cup"] == 5
    assert len(square.named("prize.missed")) == 3
    assert len(square.named("leaderboard.placed")) == 8


def test_two_cards_of_one_person_stand_once(square):
    started(square, ranks=RANKS)
    for number, score in ((1, 5), (2, 6), (3, 8)):
        post(square, number, score)
    square.merge(user(1), user(2))
    assert top(square) == [(1, 11), (2, 8)]
    assert shown(square, 2)["mine"]["rank"] == shown(square, 1)["mine"]["rank"] == 1
    square.unmerge(user(1), user(2))
    assert top(square) == [(1, 8), (2, 6), (3, 5)]
    square.merge(user(1), user(2))
    square.change(Change.STOP)
    square.change(Change.SETTLE)
    assert given(square) == {"cup": 1, "ten": 1}


def test_somebody_wakes_up_when_the_week_ends_though_nothing_happens(square):
    started(square, per="week", ranks=RANKS)
    post(square, 1, 5)
    square.follow()
    ends = square.clock() + 3 * DAY + 16 * HOUR
    assert timers.next_due(square.database) == ends
    square.clock.at = ends
    square.write(fire_timers(square.home), timers.Fire())
    square.follow()
    assert given(square) == {"cup": 1, "ten": 0}
    assert timers.next_due(square.database) == ends + 7 * DAY


@pytest.mark.parametrize("keeps", ["sum", "best"])
def test_whatever_happens_a_sorted_list_says_who_leads(small_square, keeps):
    """Posts, repetitions, merges and days that end, beside a model of dictionaries; every rank is given once."""
    square, rng = small_square, random.Random(3)
    started(square, keeps=keeps, per="day", ranks=[{"first": 1, "last": 3, "prizes": ["ten"]}])
    owner, posts, day, expected = {one: one for one in range(6)}, {}, 0, 0

    def standing(of):
        totals = {}
        for who, on, score, at in posts.values():
            if on == of:
                total, _ = totals.get(owner[who], (0, 0))
                if keeps == "sum":
                    totals[owner[who]] = total + score, at
                elif score > total:
                    totals[owner[who]] = score, at
        return sorted(totals.values(), key=lambda one: (-one[0], one[1]))

    for step in range(120):
        square.clock.at += 1
        what = rng.random()
        if what < 0.75:
            who, score = rng.randrange(6), rng.randrange(1, 9)
            key = f"p{rng.randrange(step + 1)}"
            if key not in posts:
                assert post(square, who, score, key=key).is_new
                posts[key] = who, day, score, square.clock()
            else:
                who, _, score, _ = posts[key]
                assert not post(square, who, score, key=key).is_new
        elif what < 0.95:
            if standing(day):
                expected += min(3, len(standing(day)))
            square.clock.at += DAY
            day += 1
        else:
            one, other = rng.sample(range(6), 2)
            if owner[one] != owner[other] and len(set(owner.values())) > 3:
                square.merge(user(one), user(other))
                gone, stays = owner[other], owner[one]
                owner = {who: stays if group == gone else group for who, group in owner.items()}
        square.follow()
        assert [score for _, score in top(square)] == [total for total, _ in standing(day)]
    assert square.given()["ten"][0] == expected
    ranks = [(one["period_from"], one["board_rank"]) for one in square.named("leaderboard.placed")]
    assert len(set(ranks)) == len(ranks) == expected


@pytest.mark.parametrize(("wrong", "said"), [
    ({"facts": [{"fact": "score.posted"}]}, "facts[0].fact: there is no score.posted"),
    ({"facts": [{"fact": "order.completed", "sum": "order_id"}]}, "facts[0].sum: there is no order_id"),
    ({"facts": [{"fact": "order.completed", "where": "event.tea > 1"}]}, "facts[0].where: "),
    ({"ranks": [RANKS[1], RANKS[0]]}, "ranks[1].first: 1 is not possible"),
    ({"ranks": [{"first": 1, "last": 1, "prizes": ["car"]}]}, "ranks[0].prizes[0]: there is no car"),
    ({"untrusted": {"per_play_max": 0, "per_day_max": 1}}, "untrusted.per_play_max: 0 is not possible"),
    ({"seasons": [{"label": LABEL, "starts": "2026-01-05", "ends": "2026-01-02"}]}, "seasons[0]: a season from"),
    ({"per": "day", "seasons": [{"label": LABEL, "starts": "2026-01-02", "ends": "2026-01-05"}]}, "per: a board has"),
])  # fmt: skip
def test_settings_that_mean_nothing_are_refused_with_their_place(square, wrong, said):
    with pytest.raises(AppError) as found:
        started(square, **wrong)
    assert said in str(found.value)
