"""Contests at random: entries, decisions, votes, points, repetitions, merges and kills, against a small model."""

import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from interplay.acts import api as acts
from interplay.interact.campaigns.api import play
from interplay.interact.campaigns.contracts import Change, Play
from interplay.interact.contests.contracts import EntryState
from interplay.kernel.errors import AppError
from tests.interact.campaigns.square import LABEL, Square, broken
from tests.interact.contests.gallery import decide, enter, judge, opened, standing, upload, vote
from tests.stores import user

PEOPLE = 7


class Model:
    """What there should be: who entered, what is shown, who voted for what, and what jurors gave."""

    def __init__(self):
        self.person = {number: number for number in range(PEOPLE)}
        self.owner, self.shown, self.votes, self.points = {}, set(), [], {}

    def merge(self, one, other):
        old, new = self.person[other], self.person[one]
        self.person = {number: new if of == old else of for number, of in self.person.items()}
        self.owner = {entry: new if of == old else of for entry, of in self.owner.items()}
        self.votes = [(new if of == old else of, entry) for of, entry in self.votes]

    def may_enter(self, number):
        return self.person[number] not in self.owner.values()

    def may_vote(self, number, entry):
        mine = [chosen for of, chosen in self.votes if of == self.person[number]]
        is_hers = self.owner.get(entry) == self.person[number]
        return entry in self.shown and not is_hers and len(mine) < 2 and entry not in mine

    def standing(self):
        found = []
        for entry in self.shown:
            votes = sum(chosen == entry for _, chosen in self.votes)
            given = [points for (_, of), points in self.points.items() if of == entry]
            found.append((entry, votes, sum(given), len(given)))
        most = max((votes for _, votes, _, _ in found), default=0)
        scored = []
        for entry, votes, points, jurors in found:
            public = Fraction(60 * votes, most) if most else 0
            jury = Fraction(40 * points, 10 * jurors) if jurors else 0
            scored.append((entry, votes, points, int((public + jury) * 10**6)))
        return sorted(scored, key=lambda one: (-one[3], one[0]))


@pytest.mark.parametrize("seed", range(3))
def test_any_contest_ends_as_a_small_model_says(tmp_path, seed):
    rng, model, sent = random.Random(seed), Model(), []
    with Square(tmp_path / "data") as square:
        opened(square, votes={"votes": 2})
        for step in range(90):
            number, entry = rng.randrange(PEOPLE), rng.randrange(1, 6)
            match rng.choices(("enter", "vote", "decide", "judge", "again", "merge"), (3, 8, 4, 3, 3, 1))[0]:
                case "enter":
                    answer = enter(square, number, f"s{step}")
                    assert hasattr(answer, "won") is model.may_enter(number)
                    if model.may_enter(number):
                        model.owner[len(model.owner) + 1] = model.person[number]
                case "vote":
                    answer = vote(square, number, entry, key=f"s{step}")
                    assert hasattr(answer, "won") is model.may_vote(number, entry)
                    if model.may_vote(number, entry):
                        model.votes.append((model.person[number], entry))
                        sent.append((number, entry, f"s{step}"))
                case "decide" if entry in model.owner:
                    to = rng.choice((EntryState.SHOWN, EntryState.SHOWN, EntryState.HIDDEN))
                    decide(square, entry, to=to, reason="" if to is EntryState.SHOWN else "why")
                    (model.shown.add if to is EntryState.SHOWN else model.shown.discard)(entry)
                case "judge" if entry in model.shown:
                    juror, points = rng.choice(("wang", "zhao")), rng.randint(1, 10)
                    judge(square, entry, points, juror)
                    model.points[juror, entry] = points
                case "again" if sent:
                    who, chosen, key = rng.choice(sent)
                    assert not vote(square, who, chosen, key=key).is_new
                case "merge" if step > 40 and model.person[number] != model.person[(number + 1) % PEOPLE]:
                    other = (number + 1) % PEOPLE
                    square.player(number), square.player(other)
                    square.merge(user(number), user(other))
                    model.merge(number, other)
            if step % 10 == 0:
                assert standing(square) == model.standing()
        square.change(Change.STOP)
        expected = model.standing()
        square.change(Change.SETTLE)
        won = [(one["entry_no"], one["prize"]) for one in square.named("contest.won")]
        assert won == list(zip((one[0] for one in expected), ("machine", "beans", "beans"), strict=False))
        given = {name: square.given()[name][0] for name in ("machine", "beans")}
        assert given == {"machine": min(1, len(won)), "beans": max(0, len(won) - 1)}
        assert broken(square) == []


def test_of_many_devices_that_change_one_mind_one_ballot_is_left(square):
    square.started(parts={"vote": {"vote": {"choices": {"a": LABEL, "b": LABEL}, "is_changeable": True}}})
    for number in range(1, 4):
        square.player(number)
    square.merge(user(1), user(2))
    square.merge(user(1), user(3))
    subjects = [square.player(number) for number in range(1, 4)]

    def cast(number):
        move = {"choices": ["ab"[number % 2]]}
        ask = Play(key=f"t{number}", campaign="spring", part="vote", subject=subjects[number % 3], move=move)
        return play(square.state, square, ask)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(cast, range(24)))
    counted = [one for one in answers if hasattr(one, "won")]
    assert counted
    scope = "play:spring/vote:tally:"
    tallies = square.state.look().used_of([scope + "a", scope + "b"])
    assert sum(tallies.values()) == 1
    assert len(acts.joined(square.database, "ballot:spring/vote:0", subjects)) == 1
    assert len(square.named("vote.cast")) == len(counted)


def test_one_photo_sent_by_many_devices_at_once_is_in_one_entry(square):
    opened(square, entries={"per_customer_max": 9})
    enter(square, 2)
    subject, photo = square.player(1), upload(square, 1).digest

    def submit(number):
        move = {"enter": {"title": f"No. {number}", "photos": [photo]}}
        ask = Play(key=f"p{number}", campaign="spring", part="barista", subject=subject, move=move)
        try:
            return play(square.state, square, ask)
        except AppError as refused:
            return refused

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(submit, range(12)))
    assert sum(hasattr(one, "won") for one in answers) == 1
    assert len(square.named("entry.submitted")) == 2
    assert [one["entry_no"] for one in square.named("entry.submitted")] == [1, 2]
