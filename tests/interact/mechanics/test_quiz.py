"""A quiz: questions drawn for a player, once, in time; points and prizes by score; no way to know or answer more."""

import threading
from collections import Counter
from random import Random
from types import SimpleNamespace

import msgspec
import pytest

from interplay.acts.contracts import Refused
from interplay.interact.mechanics.quiz import QuizOption, QuizQuestion, QuizSettings, drawn
from interplay.kernel.time import SECOND, iso
from interplay.link.quotes.contracts import Label
from tests.interact.campaigns.square import LABEL, PRIZES, why
from tests.stores import user


def question(name, **points):
    options = [{"code": code, "label": LABEL, "points": worth} for code, worth in points.items()]
    return {"name": name, "label": LABEL, "options": options}


EASY = [question(f"e{n}", a=0, b=10, c=4) for n in range(8)]
HARD = [{**question(f"h{n}", a=10, b=10, c=-5, d=-10), "several": True} for n in range(3)]
POOLS = {"easy": {"ask": 3, "questions": EASY}, "hard": {"ask": 1, "questions": HARD}}  # 50 points in all
WORTHLESS = question("q", a=0, b=-1)
BANDS = [{"from_percent": 60, "prizes": ["points"]}, {"from_percent": 100, "prizes": ["cup", "points"]}]


def started(square, **more):
    settings = {"pools": POOLS, "bands": BANDS, "seconds": 60, **more}
    square.started(prizes=PRIZES, parts={"quiz": {"quiz": settings}})


def begin(square, number=1, key=None):
    return square.play(number, key, part="quiz", move={"answers": None})


def answer(square, answers, number=1, key=None):
    return square.play(number, key, part="quiz", move={"answers": answers})


def picks(said, easy, hard):
    return {one["name"]: list(hard if one["name"].startswith("h") else easy) for one in said["questions"]}


def names(said):
    return [one["name"] for one in said["questions"]]


def test_questions_are_drawn_for_her_and_say_nothing_of_what_is_right(square):
    started(square)
    said = begin(square).says
    assert sorted(name[0] for name in names(said)) == ["e", "e", "e", "h"]
    assert len(set(names(said))) == 4
    assert said["until"] == iso(square.clock() + 60 * SECOND)
    assert "points" not in str(said)
    assert said["attempt"] == 1
    others = [begin(square, number).says for number in range(2, 12)]
    assert len({tuple(names(one)) for one in others}) > 5
    assert len({tuple(one["code"] for one in said["questions"][0]["options"]) for said in others}) > 2


def test_every_question_is_asked_as_often_in_every_place():
    random = Random(7)
    settings = msgspec.convert({"pools": POOLS}, QuizSettings)
    at = SimpleNamespace(roll=lambda _, below: random.randrange(below))
    asked = Counter((place, one.name) for _ in range(8_000) for place, one in enumerate(drawn(at, settings, 1)[:3]))
    assert len(asked) == 24
    assert all(abs(count - 1_000) < 5 * 30 for count in asked.values())  # five standard errors


@pytest.mark.parametrize(
    ("easy", "hard", "score", "is_passed", "prizes"),
    [
        ("b", "ab", 50, True, ["cup", "points"]),
        ("b", "a", 40, True, ["points"]),
        ("b", "abcd", 35, True, ["points"]),
        ("b", "", 30, True, ["points"]),
        ("b", "cd", 30, True, ["points"]),  # less than nothing is nothing
        ("c", "ab", 32, True, ["points"]),
        ("a", "ab", 20, False, []),
        ("", "", 0, False, []),
    ],
)
def test_points_are_added_and_the_band_says_the_prize(square, easy, hard, score, is_passed, prizes):
    started(square)
    done = answer(square, picks(begin(square).says, easy, hard))
    assert (done.says["score"], done.says["score_max"], done.says["is_passed"]) == (score, 50, is_passed)
    assert [one.prize for one in done.won] == prizes
    (told,) = square.named("quiz.completed")
    assert (told["score"], told["score_max"], told["is_passed"], told["attempt_no"]) == (score, 50, is_passed, 1)
    assert {"points", "right"}.isdisjoint(done.says)


def test_what_was_right_is_said_only_after_the_last_attempt(square):
    started(square, attempts=2, reveal=True)
    first = answer(square, picks(begin(square).says, "a", "a"))
    assert "right" not in first.says
    second = answer(square, picks(begin(square).says, "b", "ab"))
    assert second.says["attempt"] == 2
    assert set(second.says["right"]) == set(second.says["points"])
    assert why(begin(square)) == "quiz.attempts"


def test_what_was_right_is_not_said_while_she_has_another_attempt_to_answer(square):
    started(square, reveal=True)
    begin(square, 1)
    begin(square, 2)
    square.merge(user(1), user(2))
    first = answer(square, picks(begin(square, 1).says, "a", "a"))
    assert {"points", "right"}.isdisjoint(first.says)
    second = answer(square, picks(begin(square, 1).says, "a", "a"))
    assert set(second.says["right"]) == set(second.says["points"])


def test_the_moment_that_counts_is_the_servers(square):
    started(square)
    said = begin(square).says
    square.clock.at += 60 * SECOND
    assert why(answer(square, picks(said, "b", "ab"))) == "quiz.late"
    assert why(begin(square)) == "quiz.attempts"


def test_the_last_moment_is_in_time_and_the_time_it_took_is_told(square):
    started(square)
    said = begin(square).says
    square.clock.at += 60 * SECOND - 1
    assert answer(square, picks(said, "b", "ab")).says["score"] == 50
    assert square.named("quiz.completed")[0]["duration_seconds"] == 60 * SECOND - 1


def test_beginning_again_says_the_same_questions_and_gives_no_more_time(square):
    started(square, attempts=3)
    first = begin(square)
    square.clock.at += 30 * SECOND
    again = begin(square)
    assert again.says == first.says
    assert len(square.named("quiz.started")) == 1
    assert square.seen().parts[0].shows["under_way"] == first.says


def test_a_repetition_says_what_was_said_first(square):
    started(square)
    first = begin(square, key="a")
    done = answer(square, picks(first.says, "b", "ab"), key="b")
    square.clock.at += 3_600 * SECOND
    assert begin(square, key="a").says == first.says
    again = answer(square, picks(first.says, "b", "ab"), key="b")
    assert (again.says, again.won, again.is_new) == (done.says, done.won, False)
    assert len(square.named("prize.given")) == 2


def test_what_was_not_asked_is_not_answered_and_nothing_is_answered_twice(square):
    started(square, attempts=2)
    assert why(answer(square, {"e0": ["b"]})) == "quiz.not_started"
    said = begin(square).says
    other = next(f"e{n}" for n in range(8) if f"e{n}" not in names(said))
    easy = next(name for name in names(said) if name[0] == "e")
    assert why(answer(square, {**picks(said, "b", "ab"), other: ["b"]})) == "quiz.not_asked"
    for wrong in (["z"], ["a", "b"], ["b", "b"]):
        assert why(answer(square, {easy: wrong})) == "quiz.option"
    assert answer(square, {easy: ["b"]}).says["score"] == 10
    assert why(answer(square, picks(said, "b", "ab"))) == "quiz.answered"
    assert square.seen().parts[0].shows["begun"] == 1


def test_at_one_instant_she_begins_once_and_answers_once(square):
    started(square, attempts=3)
    square.player()
    begun = at_once(lambda: begin(square))
    assert {tuple(names(one.says)) for one in begun if not isinstance(one, Refused)} == {
        tuple(names(begin(square).says))
    }
    assert len(square.named("quiz.started")) == 1
    done = at_once(lambda: answer(square, picks(begun[0].says, "b", "ab")))
    assert [one.says["score"] for one in done if not isinstance(one, Refused)] == [50]
    assert len(square.named("quiz.completed")) == 1


def test_two_cards_of_one_person_share_their_attempts(square):
    started(square)
    begin(square, 1)
    begin(square, 2)
    square.merge(user(1), user(2))
    assert answer(square, picks(begin(square, 1).says, "b", "ab")).says["score"] == 50
    assert why(begin(square, 2)) if isinstance(begin(square, 2), Refused) else begin(square, 2).says["attempt"] == 1


def test_who_did_not_begin_in_time_pays_for_the_next_attempt_only(square):
    square.started(prizes={}, parts={"quiz": {
        "price": {"free": 1, "chances": 1}, "quiz": {"pools": POOLS, "attempts": 5},
    }})  # fmt: skip
    said = begin(square).says
    assert said["until"] is None
    assert answer(square, picks(said, "b", "ab")).says["is_passed"]
    assert why(begin(square)) == "campaign.no_chances"


def test_a_question_that_a_newer_version_dropped_counts_for_nobody(square):
    started(square)
    said = begin(square).says
    started(square, pools={"easy": {"ask": 3, "questions": EASY}})
    done = answer(square, picks(said, "b", "ab"))
    assert (done.says["score"], done.says["score_max"]) == (30, 30)


def test_where_a_newer_version_asks_nothing_of_it_any_more_nothing_is_won(square):
    started(square)
    said = begin(square).says
    started(square, pools={"new": {"ask": 1, "questions": [question("n1", a=0, b=10)]}})
    done = answer(square, picks(said, "a", "cd"))
    assert (done.says["score_max"], done.says["is_passed"], done.won) == (0, False, ())


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"pools": {}}, "pools", "0 is not possible"),
        ({"pools": {"easy": {"ask": 9, "questions": EASY}}}, "pools.easy.ask", "9 is not possible"),
        ({"pools": {"easy": {"ask": 1, "questions": [EASY[0]] * 2}}}, "pools.easy.questions", "e0 is there already"),
        ({"pools": {"x": {"ask": 1, "questions": [WORTHLESS]}}}, "pools.x.questions", "worth any points"),
        ({"pools": {"x": {"ask": 1, "questions": [{**EASY[0], "name": "E 1"}]}}}, "pools.x.questions", "no name here"),
        ({"seconds": 0}, "seconds", "0 is not possible"),
        ({"bands": [{"from_percent": 60, "prizes": ["car"]}]}, "bands[0].prizes", "there is no car"),
        ({"bands": [BANDS[1], BANDS[0]]}, "bands[1].from_percent", "60 is not possible"),
    ],
)  # fmt: skip
def test_a_bad_quiz_is_refused_with_its_place(square, change, place, reason):
    with pytest.raises(Exception, match=reason) as raised:
        started(square, **change)
    assert f"parts.quiz.quiz.{place}" in str(raised.value)


def test_points_never_fall_below_nothing_and_never_pass_the_best():
    worth = {"a": 3, "b": -2, "c": 2, "d": 0}
    options = tuple(QuizOption(code, Label(zh="", en=""), points) for code, points in worth.items())
    several = QuizQuestion("q", Label(zh="", en=""), options, several=True)
    every = [tuple(code for n, code in enumerate(worth) if mask >> n & 1) for mask in range(16)]
    assert all(0 <= several.points(picked) <= several.best == 5 for picked in every)
    assert max(several.points(picked) for picked in every) == 5
    single = QuizQuestion("q", Label(zh="", en=""), options)
    assert [single.points((code,)) for code in worth] == [3, 0, 2, 0]


def at_once(do, times=4):
    found, gate = [], threading.Barrier(times)

    def run():
        gate.wait()
        found.append(do())

    threads = [threading.Thread(target=run) for _ in range(times)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found
