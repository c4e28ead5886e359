"""Daily check-in: a day counts once, streaks go on over two cards of one person, missed days are made up at a price."""

import random

import pytest

from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Play
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR
from interplay.unify.identity.api import customer_of
from tests.interact.campaigns.square import LABEL, Between, why
from tests.stores import user

PRIZES = {
    "one": {"label": LABEL, "points": {"unit": "points", "amount": 1}},
    "three": {"label": LABEL, "points": {"unit": "points", "amount": 30}},
    "seven": {"label": LABEL, "goods": "P-cup", "stock": 1},
}
CHECKIN = {
    "daily": ["one"],
    "streak": [{"day": 3, "prizes": ["three"]}, {"day": 7, "prizes": ["seven"]}],
    "cycle": 7,
}


def started(square, checkin=None, **more):
    square.started(
        prizes=PRIZES, parts={"days": {"checkin": {**CHECKIN, **(checkin or {})}}},
        **{"ends": "2026-03-01", **more},
    )  # fmt: skip


def check_in(square, number=1, key=None, **move):
    return square.play(number, key, part="days", move=move)


def won(answer):
    return [one.prize for one in answer.won]


def shown(square, number=1):
    return square.seen(number).parts[0].shows


def test_a_day_counts_once_and_a_repetition_gets_the_same_answer(square):
    started(square)
    first = check_in(square, key="k")
    assert (first.says["streak"], won(first)) == (1, ["one"])
    assert why(check_in(square)) == "checkin.done_today"
    again = check_in(square, key="k")
    assert (again.says, again.won, again.is_new) == (first.says, first.won, False)
    square.clock.at += DAY
    assert check_in(square).says["streak"] == 2
    assert [one["streak"] for one in square.named("checkin.done")] == [1, 2]


def test_the_day_is_that_of_the_brands_calendar(square):
    started(square)
    square.clock.at += 16 * HOUR  # the clock stands at midnight UTC: it is midnight in Shanghai now
    check_in(square)
    square.clock.at += 23 * HOUR
    assert why(check_in(square)) == "checkin.done_today"
    square.clock.at += HOUR
    assert check_in(square).says["streak"] == 2


def test_prizes_come_with_the_streak_and_begin_anew_after_a_cycle(square):
    started(square)
    given = []
    for _ in range(15):
        given.append(won(check_in(square)))
        square.clock.at += DAY
    plain = ["one"]
    assert given[:7] == [plain, plain, ["one", "three"], plain, plain, plain, ["one", "seven"]]
    assert given[9] == ["one", "three"]
    assert given[13] == plain, "the only cup is gone, and the check-in counts all the same"
    assert [one["prize"] for one in square.named("prize.missed")] == ["seven"]


def test_a_missed_day_ends_the_streak(square):
    started(square)
    check_in(square)
    square.clock.at += 2 * DAY
    assert shown(square)["streak"] == 0
    assert check_in(square).says["streak"] == 1


def test_a_missed_day_is_made_up_for_points_and_joins_what_is_around_it(square):
    price = {"unit": "points", "amount": 2}
    started(square, {"make_up": {"within_days": 3, "times_max": 1, "points": price}})
    for _ in range(2):
        check_in(square)
        square.clock.at += DAY
    square.clock.at += DAY
    check_in(square)
    assert shown(square)["make_up"] == {"left": 1, "days": ["2026-01-03"]}
    made = check_in(square, make_up="2026-01-03")
    assert (made.says, won(made)) == ({"day": "2026-01-03", "streak": 4, "is_made_up": True}, ["three"])
    assert square.available(user(1)) == 3 - 2 + 30
    assert why(check_in(square, make_up="2026-01-03")) == "checkin.done_that_day"
    assert shown(square)["streak"] == 4
    square.clock.at += 2 * DAY
    assert why(check_in(square, make_up="2026-01-05")) == "checkin.made_up_out"


@pytest.mark.parametrize(("day", "code"), [
    ("2026-01-09", "checkin.not_that_day"), ("2026-01-04", "checkin.not_that_day"), ("tomorrow", "checkin.no_day"),
    ("2025-12-31", "checkin.not_that_day"),
])  # fmt: skip
def test_days_that_cannot_be_made_up_are_said(square, day, code):
    started(square, {"make_up": {"within_days": 3}})
    square.clock.at += 8 * DAY
    assert why(check_in(square, make_up=day)) == code


def test_who_cannot_pay_makes_nothing_up(square):
    started(square, {"make_up": {"chances": 1}})
    square.clock.at += 2 * DAY
    assert why(check_in(square, make_up="2026-01-02")) == "campaign.no_chances"
    assert shown(square)["make_up"]["left"] == 3


def test_streaks_begin_anew_with_the_month(square):
    started(square, {"resets": "month"})
    square.clock.at += 29 * DAY
    streaks = []
    for _ in range(4):
        streaks.append(check_in(square).says["streak"])
        square.clock.at += DAY
    assert streaks == [1, 2, 1, 2]


def test_two_cards_of_one_person_are_one_calendar(square):
    started(square)
    for day in range(4):
        check_in(square, 1 + day % 2)
        square.clock.at += DAY
    square.merge(user(1), user(2))
    assert shown(square, 1)["streak"] == shown(square, 2)["streak"] == 4
    assert check_in(square, 2).says["streak"] == 5
    assert why(check_in(square, 1)) == "checkin.done_today"


def test_what_is_next_says_only_what_can_still_be_reached(square):
    started(square, ends="2026-01-03")
    assert shown(square)["next"] is None
    started_again = {"daily": [], "streak": [{"day": 2, "prizes": ["one"]}]}
    square.apply()
    square.started(
        "summer", prizes=PRIZES, parts={"days": {"checkin": started_again}}, ends="2026-01-03",
    )  # fmt: skip
    assert square.seen(1, "summer").parts[0].shows["next"] == {"check_ins": 2, "prizes": ["one"]}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_asked_the_calendar_is_the_union_of_days(small_square, seed):
    """A model that keeps a set of days for each person, and nothing else, says the same at every step."""
    square = small_square
    started(square, {"make_up": {"within_days": 5, "times_max": 50}, "streak": [], "cycle": None})
    rng, done, day, owner = random.Random(seed), {one: set() for one in range(4)}, 0, {one: one for one in range(4)}

    def mine(who):
        return set().union(*(done[one] for one in done if owner[one] == owner[who]))

    def run(days, last):
        length = 0
        while last - length in days:
            length += 1
        return length

    for _ in range(60):
        who, what = rng.randrange(4), rng.random()
        if what < 0.35:
            day += 1
            square.clock.at += DAY
        elif what < 0.40 and day > 5:
            other = rng.randrange(4)
            if owner[other] != owner[who]:
                square.merge(user(who), user(other))
                owner = {one: owner[who] if group == owner[other] else group for one, group in owner.items()}
        elif what < 0.55 and day:
            missed = rng.randrange(max(0, day - 5), day)
            answer = check_in(square, who, make_up=f"2026-01-{missed + 1:02d}")
            assert hasattr(answer, "code") is (missed in mine(who))
            done[who].add(missed)
        else:
            key = f"day{day}-{who}"
            answer, expected = check_in(square, who, key), mine(who)
            if not hasattr(answer, "code") and answer.is_new:
                assert day not in expected
                done[who].add(day)
                assert answer.says["streak"] == run(mine(who), day)
            else:
                assert day in expected
        shows, days = shown(square, who), mine(who)
        assert shows["is_done_today"] is (day in days)
        assert shows["streak"] == run(days, day if day in days else day - 1)
    subjects = {customer_of(square.database, square.player(one))[0] for one in range(4)}
    assert len(subjects) == len(set(owner.values()))


@pytest.mark.parametrize(("wrong", "said"), [
    ({"daily": ["car"]}, "daily[0]: there is no car"),
    ({"streak": [{"day": 9, "prizes": ["one"]}]}, "streak[0].day: 9 is not possible"),
    ({"streak": [{"day": 2, "prizes": ["one"]}, {"day": 2, "prizes": []}]}, "streak[1].day: day 2 stands twice"),
    ({"make_up": {"points": {"unit": "stars", "amount": 1}}}, "make_up.points.unit: there is no stars"),
    ({"make_up": {"times_max": 0}}, "make_up.times_max: 0 is not possible"),
])  # fmt: skip
def test_settings_that_mean_nothing_are_refused_with_their_place(square, wrong, said):
    with pytest.raises(AppError) as found:
        started(square, wrong)
    assert said in str(found.value)


def test_two_devices_at_once_are_planned_one_after_the_other(square):
    """Between reading and writing, her other device makes yesterday up: the streak of today counts it."""
    started(square, {"make_up": {}})
    check_in(square)
    square.clock.at += 2 * DAY
    between = Between(square, lambda: check_in(square, make_up="2026-01-02"))
    ask = Play(key="other", campaign="spring", part="days", subject=square.player())
    answer = api.play(square.state, between, ask)
    assert (answer.says["streak"], won(answer)) == (3, ["one", "three"])
    assert [one["reason"] for one in square.named("act.refused")] == ["campaign.again"]
