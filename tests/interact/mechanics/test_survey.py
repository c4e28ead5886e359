"""A survey: answers are kept as they come, are facts at once, and complete once; quotas, periods, merges, races."""

import threading

import pytest

from interplay.acts.contracts import Refused
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import LABEL, PRIZES, why
from tests.stores import user

YES_NO = [{"code": "yes", "label": LABEL}, {"code": "no", "label": LABEL}]
PAGES = [
    {"questions": [
        {"name": "q1", "type": "choice", "label": LABEL, "required": True, "options": YES_NO},
        {"name": "why", "type": "comment", "label": LABEL, "visible_if": 'q1 == "no"', "required": True},
    ]},
    {"questions": [{"name": "nps", "type": "nps", "label": LABEL, "required": True}]},
]  # fmt: skip
ALL = {"q1": "yes", "nps": 9}


def started(square, **more):
    settings = {"pages": PAGES, "prizes": ["points"], **more}
    square.started(prizes={"points": PRIZES["points"]}, parts={"poll": {"survey": settings}})


def say(square, number=1, answers=None, *, complete=False, key=None):
    move = {"answers": answers or {}, "complete": complete}
    return square.play(number, key, part="poll", move=move)


def shows(square, number=1):
    (part,) = square.seen(number).parts
    return part.shows


def test_answers_are_kept_shown_again_and_completed_with_a_prize(square):
    started(square)
    first = say(square, answers={"q1": "no"})
    assert [page["page"] for page in first.says["asked"]] == [0, 1]
    assert [one["name"] for one in first.says["asked"][0]["questions"]] == ["q1", "why"]
    assert shows(square)["answers"] == {"q1": "no"}
    second = say(square, answers={"why": "too far", "nps": 6})
    assert (second.says["complete"], second.won) == (False, ())
    done = say(square, complete=True)
    assert done.says["complete"]
    assert [one.prize for one in done.won] == ["points"]
    assert done.says["answers"] == {"q1": "no", "why": "too far", "nps": 6}
    assert (shows(square)["complete"], shows(square)["answers"]) == (True, {})
    assert why(say(square, answers=ALL)) == "survey.done"
    assert len(square.named("survey.completed")) == 1


def test_answers_are_facts_and_her_own_words_are_apart(square):
    started(square)
    say(square, answers={"q1": "no", "why": "too far"})
    say(square, answers={"q1": "yes", "nps": 10})
    told = [{word: one[word] for word in ("question_id", "answer", "answer_text", "score") if word in one}
            for one in square.named("survey.answered")]  # fmt: skip
    assert told == [
        {"question_id": "q1", "answer": "no"}, {"question_id": "why", "answer_text": "too far"},
        {"question_id": "q1", "answer": "yes"}, {"question_id": "why"},
        {"question_id": "nps", "answer": "10", "score": 10},
    ]  # fmt: skip
    assert {one["survey_id"] for one in square.named("survey.answered")} == {"spring/poll"}


def test_a_whole_number_is_one_however_it_is_written(square):
    started(square)
    assert say(square, answers={"nps": 9.0}).says["answers"] == {"nps": 9}
    say(square, answers={"nps": 9})
    (told,) = square.named("survey.answered")
    assert (told["answer"], told["score"]) == ("9", 9)


def test_what_is_wrong_is_said_in_both_languages_and_nothing_is_complete(square):
    started(square)
    said = say(square, answers={"q1": "maybe", "nps": 9, "why": "?"}, complete=True).says
    assert [(one["question"], one["reason"]) for one in said["faults"]] == [
        ("q1", "survey.option"), ("why", "survey.not_asked"),
    ]  # fmt: skip
    assert all(one["zh"] and one["en"] for one in said["faults"])
    assert said["answers"] == {"nps": 9}
    missing = say(square, complete=True).says
    assert [(one["question"], one["reason"]) for one in missing["faults"]] == [("q1", "survey.required")]
    assert not missing["complete"]
    assert say(square, answers={"q1": "yes"}, complete=True).says["complete"]


def test_a_repetition_of_any_move_says_what_it_said_first(square):
    started(square)
    first = say(square, answers={"q1": "no"}, key="a")
    done = say(square, answers={"q1": "yes", "nps": 3}, complete=True, key="b")
    assert say(square, answers={"q1": "no"}, key="a").says == first.says
    again = say(square, answers={"q1": "yes", "nps": 3}, complete=True, key="b")
    assert (again.says, again.won, again.is_new) == (done.says, done.won, False)
    assert len(square.named("prize.given")) == 1


def test_moves_of_one_answer_are_one_play(square):
    square.started(
        prizes={}, limits={"per_customer_max": 1, "total_max": 2}, parts={"poll": {"survey": {"pages": PAGES}}}
    )
    for number in (1, 2):
        say(square, number, {"q1": "yes"})
        assert say(square, number, {"nps": 1}, complete=True).says["complete"]
    assert why(say(square, 3, ALL)) == "campaign.full"


def test_once_in_each_period_and_what_was_not_completed_begins_anew(square):
    started(square, per="day")
    say(square, answers=ALL, complete=True)
    assert why(say(square, answers=ALL)) == "survey.done"
    square.clock.at += DAY
    say(square, answers={"q1": "yes"})
    square.clock.at += DAY
    assert shows(square)["answers"] == {}
    assert say(square, answers=ALL, complete=True).says["complete"]
    assert len(square.named("survey.completed")) == 2


def test_a_full_quota_completes_nobody_else_of_its_kind(square):
    started(square, quotas={"fans": {"most": 2, "where": "nps >= 9"}, "all": {"most": 3}})
    for number in (1, 2):
        assert say(square, number, ALL, complete=True).says["complete"]
    third = say(square, 3, ALL, complete=True)
    assert (third.says["complete"], third.says["full"], third.won) == (False, ["fans"], ())
    assert say(square, 3, {"nps": 2}, complete=True).says["complete"]
    assert say(square, 4, {"q1": "yes", "nps": 2}, complete=True).says["full"] == ["all"]


def test_a_prize_that_is_gone_keeps_nobody_from_completing(square):
    mug = {"label": LABEL, "goods": "P-mug", "stock": 1}
    square.started(prizes={"mug": mug}, parts={"poll": {"survey": {"pages": PAGES, "prizes": ["mug"]}}})
    done = [say(square, number, ALL, complete=True) for number in (1, 2)]
    assert [one.says["complete"] for one in done] == [True, True]
    assert [len(one.won) for one in done] == [1, 0]
    assert (len(square.named("survey.completed")), len(square.named("prize.missed"))) == (2, 1)


def test_when_two_people_turn_out_to_be_one_her_sheets_are_one(square):
    started(square)
    say(square, 1, {"q1": "yes"})
    say(square, 2, {"nps": 7})
    square.merge(user(1), user(2))
    assert shows(square, 1)["answers"] == {"q1": "yes", "nps": 7}
    assert say(square, 2, complete=True).says["complete"]
    assert [why(say(square, number)) for number in (1, 2)] == ["survey.done", "survey.done"]
    assert len(square.named("prize.given")) == 1


def test_what_one_of_two_has_completed_the_other_who_is_she_completes_no_second_time(square):
    started(square)
    say(square, 1, ALL, complete=True)
    say(square, 2, {"q1": "yes"})
    square.merge(user(1), user(2))
    assert (shows(square, 2)["complete"], shows(square, 2)["answers"]) == (True, {})
    assert why(say(square, 2, {"nps": 7}, complete=True)) == "survey.done"
    assert (len(square.named("prize.given")), len(square.named("survey.completed"))) == (1, 1)


def test_at_one_instant_she_completes_once_and_no_answer_is_lost(square):
    started(square, pages=[{"questions": [
        {"name": f"q{n}", "type": "boolean", "label": LABEL, "required": True} for n in range(4)
    ]}])  # fmt: skip
    square.player()
    answers, gate = [], threading.Barrier(4)

    def answer(number):
        gate.wait()
        for _ in range(20):
            got = say(square, answers={f"q{number}": True})
            if not isinstance(got, Refused) or got.code == "survey.done":
                break
        for _ in range(20):
            answers.append(say(square, complete=True))
            if not isinstance(answers[-1], Refused) or answers[-1].code == "survey.done":
                break

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    complete = [one for one in answers if not isinstance(one, Refused) and one.says["complete"]]
    assert [one.says["answers"] for one in complete] == [{f"q{number}": True for number in range(4)}]
    assert {why(one) for one in answers if isinstance(one, Refused)} <= {"survey.done", "campaign.again", "acts.used"}
    assert len(square.named("prize.given")) == 1


def test_a_new_version_keeps_what_it_still_asks(square):
    started(square)
    say(square, answers={"q1": "no", "why": "far", "nps": 3})
    started(
        square, pages=[{"questions": [PAGES[0]["questions"][0], {"name": "why", "type": "number", "label": LABEL}]}]
    )
    assert shows(square)["answers"] == {"q1": "no"}
    assert say(square, complete=True).says["complete"]


@pytest.mark.slow
def test_answers_without_end_are_refused(square):
    started(square)
    for number in range(200):
        say(square, answers={"nps": number % 11})
    assert why(say(square, answers={"nps": 0})) == "survey.moves"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pages": []}, "0 is not possible"),
        ({"prizes": ["car"]}, "there is no car"),
        ({"quotas": {"x": {"most": 0}}}, "0 is not possible"),
        ({"quotas": {"x": {"most": 1, "where": 'city == "x"'}}}, "no question city"),
        ({"pages": [{"questions": [{"name": "a", "type": "choice", "label": LABEL}]}]}, "0 is not possible"),
    ],
)
def test_a_bad_survey_is_refused_with_its_place(square, change, reason):
    with pytest.raises(Exception, match=reason) as raised:
        started(square, **change)
    assert "parts.poll.survey." in str(raised.value)
