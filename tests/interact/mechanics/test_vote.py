"""Votes: each counted once, changed as the rules say, seen by whom they say; a person is one voter, also merged."""

import random

import pytest

from interplay.interact.campaigns.contracts import Change
from interplay.interact.mechanics.vote import places_of
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import LABEL, Square, why
from tests.stores import user

CHOICES = {"latte": LABEL, "mocha": LABEL, "flat": LABEL}
SCOPE = "play:spring/vote:tally:"


def opened(square, **rules):
    square.started(parts={"vote": {"vote": {"choices": CHOICES, **rules}}})


def cast(square, number, *choices, key=None):
    return square.play(number, key, part="vote", move={"choices": list(choices)})


def tallies(square):
    found = square.state.look().used_of([SCOPE + one for one in CHOICES])
    return {one: found.get(SCOPE + one, 0) for one in CHOICES}


def shown(square, number=1):
    return square.seen(number).parts[0].shows


def test_a_vote_counts_once_however_often_it_is_sent(square):
    opened(square)
    first, again = cast(square, 1, "latte", key="k"), cast(square, 1, "latte", key="k")
    assert (first.act, first.says, again.is_new) == (again.act, again.says, False)
    assert tallies(square) == {"latte": 1, "mocha": 0, "flat": 0}
    assert why(cast(square, 1, "mocha")) == "vote.voted"
    assert [one["choice"] for one in square.named("vote.cast")] == ["latte"]


@pytest.mark.parametrize(
    ("choices", "code"), [((), "vote.too_many"), (("latte", "mocha", "flat"), "vote.too_many"),
                          (("latte", "latte"), "vote.twice"), (("tea",), "vote.unknown")],
)  # fmt: skip
def test_a_ballot_that_is_none_counts_nothing(square, choices, code):
    opened(square, votes=2, at_once=2)
    assert why(cast(square, 1, *choices)) == code
    assert sum(tallies(square).values()) == 0


def test_votes_of_a_day_come_back_the_next_day(square):
    opened(square, votes=2, per="day")
    cast(square, 1, "latte")
    assert why(cast(square, 1, "latte")) == "vote.same"
    cast(square, 1, "mocha")
    assert why(cast(square, 1, "flat")) == "vote.voted_today"
    square.clock.at += DAY
    cast(square, 1, "latte")
    assert tallies(square) == {"latte": 2, "mocha": 1, "flat": 0}


def test_who_changes_her_mind_moves_her_vote(square):
    opened(square, is_changeable=True)
    for choice in ("latte", "mocha", "latte", "flat"):
        assert cast(square, 1, choice).is_new
        assert tallies(square) == {one: int(one == choice) for one in CHOICES}
        assert shown(square)["mine"] == [choice]
    assert [one["is_changed"] for one in square.named("vote.cast")] == [False, True, True, True]


def test_after_a_merge_a_changed_mind_takes_the_place_of_both_ballots(square):
    opened(square, is_changeable=True)
    cast(square, 1, "latte")
    cast(square, 2, "mocha")
    square.merge(user(1), user(2))
    assert tallies(square) == {"latte": 1, "mocha": 1, "flat": 0}
    cast(square, 2, "flat")
    assert tallies(square) == {"latte": 0, "mocha": 0, "flat": 1}


def test_after_a_merge_nobody_has_more_votes_than_one_person(square):
    opened(square)
    cast(square, 1, "latte")
    square.player(2)
    square.merge(user(1), user(2))
    assert why(cast(square, 2, "mocha")) == "vote.voted"


@pytest.mark.parametrize(("tallied", "before", "after"), [("hidden", False, False), ("voted", False, True),
                                                          ("open", True, True)])  # fmt: skip
def test_tallies_are_seen_by_whom_the_rules_say(square, tallied, before, after):
    opened(square, tallies=tallied)
    assert ("tallies" in shown(square)) is before
    cast(square, 1, "latte")
    assert ("tallies" in shown(square)) is after


def test_a_segment_counts_by_its_published_weight(square):
    square.apply({"kind": "segment", "name": "regulars", "label": LABEL, "criteria": 'count("order.completed") >= 1'})
    opened(square, segments={"regulars": 3}, tallies="open")
    assert square.state.running("spring").snapshot.segments.keys() == {"regulars"}
    cast(square, 1, "latte")
    assert shown(square)["weights"] == {"regulars": 3}
    square.state.segments_of = lambda _: frozenset({"regulars"})
    assert cast(square, 2, "latte").says["weight"] == 3
    assert tallies(square)["latte"] == 4


def test_taking_part_is_thanked_once(square):
    thanks = {"points": {"label": LABEL, "points": {"unit": "points", "amount": 5}}}
    square.started(prizes=thanks, parts={"vote": {"vote": {"choices": CHOICES, "votes": 2, "prizes": ["points"]}}})
    assert [one.prize for one in cast(square, 1, "latte").won] == ["points"]
    assert cast(square, 1, "mocha").won == ()
    assert square.available() == 5


def test_the_result_is_told_at_the_end_and_ties_share_a_place(square):
    opened(square)
    for number, choice in enumerate(("latte", "mocha", "latte", "mocha", "flat")):
        cast(square, number, choice)
    square.change(Change.STOP)
    assert why(cast(square, 9, "flat")) == "campaign.over"
    square.change(Change.SETTLE)
    told = {one["choice"]: (one["votes"], one["place"]) for one in square.named("vote.closed")}
    assert told == {"latte": (2, 1), "mocha": (2, 1), "flat": (1, 3)}


def test_places_leave_out_what_a_tie_takes():
    assert places_of({"a": 5, "b": 5, "c": 1, "d": 0}) == {"a": 1, "b": 1, "c": 3, "d": 4}


@pytest.mark.parametrize(
    ("rules", "place"),
    [({"votes": 0}, "votes"), ({"votes": 1, "at_once": 2}, "at_once"), ({"segments": {"nobody": 2}}, "segments"),
     ({"votes": 2, "is_changeable": True}, "is_changeable"), ({"prizes": ["moon"]}, "prizes"),
     ({"choices": {"only": LABEL}}, "choices")],
)  # fmt: skip
def test_rules_that_mean_nothing_are_refused_with_their_place(square, rules, place):
    with pytest.raises(AppError, match=place):
        opened(square, **rules)


@pytest.mark.parametrize("seed", range(3))
def test_any_story_leaves_what_a_small_model_says(tmp_path, seed):
    """Votes, repetitions, changes of mind, merges and days, at random, against a list of ballots."""
    rng = random.Random(seed)
    rules = {"votes": 2, "at_once": 2, "per": "day", "is_changeable": bool(seed % 2)}
    with Square(tmp_path / "data") as square:
        opened(square, **rules)
        ballots: list[tuple[int, int, list[str]]] = []  # person, day, choices
        person = {number: number for number in range(6)}
        sent: list[tuple[int, str, list[str]]] = []
        day = 0
        for _ in range(70):
            match rng.choices(("vote", "again", "merge", "day"), (12, 4, 1, 1))[0]:
                case "vote":
                    number, chosen = rng.randrange(6), rng.sample(sorted(CHOICES), rng.choice((1, 2)))
                    mine = [one for one in ballots if one[:2] == (person[number], day)]
                    had = [choice for one in mine for choice in one[2]]
                    key = f"s{len(sent)}"
                    answer = cast(square, number, *chosen, key=key)
                    is_fine = rules["is_changeable"] or (len(had) + len(chosen) <= 2 and not set(had) & set(chosen))
                    assert hasattr(answer, "won") is is_fine
                    if is_fine:
                        sent.append((number, key, chosen))
                        ballots = [one for one in ballots if one not in mine] if rules["is_changeable"] else ballots
                        ballots.append((person[number], day, chosen))
                case "again" if sent:
                    number, key, chosen = rng.choice(sent)
                    assert not cast(square, number, *chosen, key=key).is_new
                case "merge" if day and len(set(person.values())) > 2:
                    one, other = rng.sample(range(6), 2)
                    if person[one] == person[other]:
                        continue
                    square.player(one), square.player(other)
                    square.merge(user(one), user(other))
                    old, new = person[other], person[one]
                    person = {number: new if of == old else of for number, of in person.items()}
                    ballots = [(new if of == old else of, on, chosen) for of, on, chosen in ballots]
                case "day" if day < 8:
                    day, square.clock.at = day + 1, square.clock.at + DAY
            assert tallies(square) == {one: sum(one in chosen for _, _, chosen in ballots) for one in CHOICES}
