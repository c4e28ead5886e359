"""Surveys and quizzes in any order, with repetitions, merges and time: once means once, and no answer is lost."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from interplay.acts.contracts import Refused
from interplay.interact.campaigns.contracts import Played
from interplay.kernel.time import SECOND
from tests.interact.campaigns.square import LABEL, PRIZES, Square, broken
from tests.stores import user

PEOPLE = 3
SECONDS = 60
people = st.integers(0, PEOPLE - 1)
YES_NO = [{"code": "yes", "label": LABEL}, {"code": "no", "label": LABEL}]
PAGES = [{"questions": [
    {"name": "a", "type": "choice", "label": LABEL, "required": True, "options": YES_NO},
    {"name": "b", "type": "nps", "label": LABEL, "visible_if": 'a == "yes"', "required": True},
    {"name": "c", "type": "boolean", "label": LABEL},
]}]  # fmt: skip
ANSWERS = st.fixed_dictionaries(
    {}, optional={"a": st.sampled_from(["yes", "no"]), "b": st.integers(0, 10), "c": st.none() | st.booleans()}
)
QUESTIONS = [
    {"name": f"q{n}", "label": LABEL, "options": [{"code": "x", "label": LABEL, "points": 1}, YES_NO[0]]}
    for n in range(3)
]
PARTS = {
    "poll": {"survey": {"pages": PAGES, "prizes": ["points"], "quotas": {"all": {"most": 2}}}},
    "quiz": {"quiz": {
        "pools": {"all": {"ask": 2, "questions": QUESTIONS}}, "attempts": 2, "seconds": SECONDS,
        "bands": [{"from_percent": 100, "prizes": ["points"]}],
    }},
}  # fmt: skip


class Answering(RuleBasedStateMachine):
    """The model: what each person has answered, which attempt is under way, and whose prizes were given."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.square = Square(Path(self.folder.name) / "data")
        self.square.started(prizes={"points": PRIZES["points"]}, parts=PARTS)
        for number in range(PEOPLE):
            self.square.player(number)
        self.who = list(range(PEOPLE))  # player → person
        self.said: list[tuple[tuple[Any, ...], Played]] = []
        self.answers: dict[int, dict[str, Any]] = {}
        self.complete: set[int] = set()
        self.under_way: dict[int, tuple[int, list[str]]] = {}  # person → until, questions
        self.begun = dict.fromkeys(range(PEOPLE), 0)
        self.won = 0

    def teardown(self):
        if hasattr(self, "square"):
            self.once_is_once()
            self.square.close()
            self.folder.cleanup()

    def play(self, number, part, move):
        ask = (number, f"s{len(self.said)}", part, move)
        answer = self.square.play(number, ask[1], part=part, move=move)
        if isinstance(answer, Played):
            self.said.append((ask, answer))
            self.won += len(answer.won)
        return answer

    @rule(number=people, given=ANSWERS, complete=st.booleans())
    def answer_survey(self, number, given, complete):
        person = self.who[number]
        answer = self.play(number, "poll", {"answers": given, "complete": complete})
        if person in self.complete:
            assert answer == Refused("survey.done")
            return
        now = self.answers[person] = expected(self.answers.get(person, {}), given)
        assert answer.says["answers"] == now
        may = complete and not answer.says["faults"] and len(self.complete) < 2
        assert answer.says["complete"] is may
        assert bool(answer.won) is may
        if may:
            self.complete.add(person)
            assert "a" in now
            assert (now["a"] == "no") or "b" in now

    @rule(number=people)
    def begin_quiz(self, number):
        person = self.who[number]
        answer = self.play(number, "quiz", {"answers": None})
        if person in self.under_way:
            assert [one["name"] for one in answer.says["questions"]] == self.under_way[person][1]
        elif self.begun[person] >= 2:
            assert answer.code == "quiz.attempts"
        else:
            self.begun[person] += 1
            names = [one["name"] for one in answer.says["questions"]]
            self.under_way[person] = (self.square.clock.at + SECONDS * SECOND, names)

    @rule(number=people, is_right=st.booleans())
    def answer_quiz(self, number, is_right):
        person = self.who[number]
        asked = self.under_way.pop(person, None)
        names = ["q0"] if asked is None else asked[1]
        answer = self.play(number, "quiz", {"answers": {name: ["x" if is_right else "yes"] for name in names}})
        if asked is None:
            assert answer.code in ("quiz.not_started", "quiz.answered", "quiz.late")
        else:
            assert answer.says["score"] == (2 if is_right else 0)
            assert len(answer.won) == is_right

    @rule(data=st.data())
    def repeat(self, data):
        if self.said:
            (number, key, part, move), first = data.draw(st.sampled_from(self.said))
            again = self.square.play(number, key, part=part, move=move)
            assert (again.says, again.won, again.is_new) == (first.says, first.won, False)

    @rule(seconds=st.sampled_from([1, 30, SECONDS]))
    def wait(self, seconds):
        self.square.clock.at += seconds * SECOND
        now = self.square.clock.at
        self.under_way = {who: one for who, one in self.under_way.items() if now < one[0]}

    @rule(one=people, other=people)
    def join(self, one, other):
        """Two who have done nothing that the other has turn out to be one; the rest is in tests of its own."""
        a, b = self.who[one], self.who[other]
        fresh = b not in self.answers and not self.begun[b]
        if a != b and fresh:
            self.square.merge(user(one), user(other))
            self.who = [a if person == b else person for person in self.who]

    def once_is_once(self):
        assert broken(self.square) == []
        assert self.square.given()["points"][0] == self.won
        assert len(self.square.named("survey.completed")) == len(self.complete) <= 2
        assert len(self.square.named("quiz.started")) == sum(self.begun.values())


def expected(before, given):
    """Return what is kept of answers, said once more by itself."""
    now = {name: value for name, value in {**before, **given}.items() if value is not None}
    if now.get("a") != "yes":
        now.pop("b", None)
    return {name: now[name] for name in ("a", "b", "c") if name in now}


TestAnswering = pytest.mark.slow(Answering.TestCase)
TestAnswering.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
