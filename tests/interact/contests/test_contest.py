"""The barista challenge: entered, looked at, voted for, judged, won; once each, by the rules as published."""

import pytest

from interplay.acts import api as acts
from interplay.bootstrap import contests as contesting
from interplay.interact.campaigns.api import odds_of
from interplay.interact.campaigns.contracts import Change
from interplay.interact.contests import api as contests
from interplay.interact.contests.contracts import EntryState, Judge
from interplay.interact.mechanics.contest import score_of
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import Between, why
from tests.interact.contests.gallery import (
    NAME,
    decide,
    enter,
    entries,
    judge,
    opened,
    standing,
    upload,
    vote,
)
from tests.interact.contests.pictures import jpeg
from tests.stores import user


def code(call, *args, **more):
    with pytest.raises(AppError) as refused:
        call(*args, **more)
    return refused.value.code


def shown(square, number):
    return square.seen(number).parts[0].shows


def winners(square):
    return [(one["place"], one["entry_no"], one["prize"]) for one in square.named("contest.won")]


def ended(square):
    square.change(Change.STOP)
    square.change(Change.SETTLE)


def test_an_entry_waits_until_it_is_shown(square):
    opened(square)
    assert enter(square, 1, text="Milk and art").says == {"state": "waiting"}
    (one,) = entries(square)
    assert (one.entry, one.state, one.title, one.text) == (1, EntryState.WAITING, "My latte", "Milk and art")
    assert contesting.gallery(square, "spring", "barista", square.player(2), 0, 9) == []
    assert code(contesting.picture, square, one.photos[0].digest) == "contests.no_photo"
    assert why(vote(square, 2, 1)) == "vote.unknown"
    assert decide(square, 1) == (1,)
    assert decide(square, 1) == ()
    (seen,) = contesting.gallery(square, "spring", "barista", square.player(2), 0, 9)
    assert (seen.view.entry, seen.votes) == (1, None)
    assert contesting.picture(square, one.photos[0].digest)[:3] == b"\xff\xd8\xff"
    assert vote(square, 2, 1).is_new
    assert [one["entry_no"] for one in square.named("entry.shown")] == [1]


def test_what_is_rejected_is_seen_by_nobody_and_she_reads_why(square):
    opened(square)
    enter(square, 1)
    assert code(decide, square, 1, to=EntryState.REJECTED) == "contests.reason"
    decide(square, 1, to=EntryState.REJECTED, reason="not coffee")
    assert shown(square, 1)["mine"] == [{"entry": 1, "state": "rejected", "reason": "not coffee"}]
    assert code(contesting.picture, square, entries(square)[0].photos[0].digest) == "contests.no_photo"
    assert contesting.picture(square, entries(square)[0].photos[0].thumb, is_staff=True)
    (told,) = square.named("entry.rejected")
    assert (told["reason"], told["entry_no"]) == ("not coffee", 1)


def test_one_customer_enters_once_and_a_repetition_is_no_second_entry(square):
    opened(square)
    photo = upload(square, 1)
    first = enter(square, 1, "k", photos=[photo.digest])
    again = enter(square, 1, "k", photos=[photo.digest])
    assert (first.act, again.is_new) == (again.act, False)
    assert why(enter(square, 1, photos=[upload(square, 1, jpeg(70, 50)).digest])) == "contest.entered"
    square.player(2)
    square.merge(user(1), user(2))
    assert why(enter(square, 2)) == "contest.entered"
    assert len(entries(square)) == 1


def test_a_photo_is_hers_and_enters_once(square):
    opened(square, entries={"per_customer_max": 3, "photos_max": 2})
    mine = upload(square, 1)
    assert upload(square, 1) == mine
    assert why(enter(square, 2, photos=[mine.digest])) == "contest.photo_unknown"
    assert why(enter(square, 1, photos=["0" * 64])) == "contest.photo_unknown"
    assert why(enter(square, 1, photos=[mine.digest, mine.digest])) == "contest.photo_unknown"
    assert enter(square, 1, photos=[mine.digest]).is_new
    assert why(enter(square, 1, photos=[mine.digest])) == "contest.photo_unknown"


@pytest.mark.parametrize(
    ("given", "refused"),
    [({"title": "  "}, "contest.title"), ({"title": "x" * 61}, "contest.title"), ({"photos": []}, "contest.photos"),
     ({"text": "x" * 1001}, "contest.text")],
)  # fmt: skip
def test_an_entry_that_is_none_is_refused(square, given, refused):
    opened(square)
    assert why(enter(square, 1, **given)) == refused
    assert entries(square) == []


def test_what_is_uploaded_is_bounded(square):
    opened(square, entries={"photo_megabytes_max": 1})
    assert code(upload, square, 1, b"\xff" * (1024 * 1024 + 1)) == "contests.photo_large"
    assert code(upload, square, 1, b"<svg/>") == "contests.photo_type"
    assert code(upload, square, 1, part="wheel") == "campaigns.part"
    for side in range(20):
        upload(square, 1, jpeg(20 + side, 20))
    assert code(upload, square, 1, jpeg(90, 20)) == "contests.photos_waiting"
    square.change(Change.PAUSE)
    assert code(upload, square, 2) == "contests.not_on"


def test_entries_and_votes_have_their_times(square):
    opened(square, entries={"until": "2026-01-03"}, votes_from="2026-01-04")
    enter(square, 1)
    decide(square, 1)
    assert why(vote(square, 2, 1)) == "contest.votes_later"
    square.clock.at += 2 * DAY
    assert why(enter(square, 3)) == "contest.entries_closed"
    square.clock.at += DAY
    assert vote(square, 2, 1).is_new


def test_nobody_votes_for_her_own_entry_on_whatever_device(square):
    opened(square)
    enter(square, 1)
    decide(square, 1)
    assert why(vote(square, 1, 1)) == "contest.own"
    square.player(2)
    square.merge(user(1), user(2))
    assert why(vote(square, 2, 1)) == "contest.own"


def test_tallies_are_seen_when_the_rules_say_so_and_after_the_end(square):
    opened(square)
    enter(square, 1)
    decide(square, 1)
    vote(square, 2, 1)
    assert contesting.gallery(square, "spring", "barista", square.player(2), 0, 9)[0].votes is None
    square.change(Change.STOP)
    assert contesting.gallery(square, "spring", "barista", square.player(2), 0, 9)[0].votes == 1


@pytest.mark.parametrize(
    ("percent", "votes", "most", "points", "jurors", "score"),
    [(40, 3, 3, 20, 2, 100_000_000), (40, 0, 0, 0, 0, 0), (40, 1, 3, 7, 1, 48_000_000), (0, 1, 3, 9, 1, 33_333_333),
     (100, 5, 5, 0, 0, 0), (50, 2, 3, 5, 3, 41_666_666)],
)  # fmt: skip
def test_the_score_is_the_published_formula(percent, votes, most, points, jurors, score):
    assert score_of(percent, votes, most, points, jurors) == score


def test_public_and_jury_rank_the_winners_and_of_equals_the_earlier_is_first(square):
    opened(square)
    for number in range(1, 6):
        enter(square, number)
    decide(square, 1, 2, 3, 4, 5)
    for number in (11, 12):
        vote(square, number, 2)
    vote(square, 13, 3)
    judge(square, 1, 10)
    judge(square, 3, 5)
    assert [(one, score) for one, *_, score in standing(square)] == [
        (2, 60_000_000), (3, 50_000_000), (1, 40_000_000), (4, 0), (5, 0)
    ]  # fmt: skip
    ended(square)
    assert winners(square) == [(1, 2, "machine"), (2, 3, "beans"), (3, 1, "beans")]
    assert {one.pool: one.owner for one in acts.units_of(square.database, [square.player(2)])} == {
        "goods:spring:machine": square.player(2)
    }


def test_a_juror_gives_points_once_and_may_think_again(square):
    opened(square)
    enter(square, 1)
    assert code(judge, square, 1, 5) == "contests.unknown"
    decide(square, 1)
    for points in (4, 4, 9, 4, 6):
        judge(square, 1, points)
    judge(square, 1, 10, juror="zhao")
    assert [(one, points) for one, _, points, _ in standing(square)] == [(1, 16)]
    assert [one["score"] for one in square.named("entry.judged")] == [4, 9, 4, 6, 10]
    for points in (0, 11):
        assert code(judge, square, 1, points) == "contests.points"


def test_disqualified_entries_and_those_below_the_minimum_win_nothing(square):
    opened(square, votes_min=1)
    for number in range(1, 5):
        enter(square, number)
    decide(square, 1, 2, 3, 4)
    for number, entry in ((11, 1), (12, 1), (13, 2), (14, 3)):
        vote(square, number, entry)
    decide(square, 1, to=EntryState.HIDDEN, reason="not her own photo")
    ended(square)
    assert winners(square) == [(1, 2, "machine"), (2, 3, "beans")]
    assert code(decide, square, 2, to=EntryState.HIDDEN, reason="late") == "contests.over"


def test_who_is_drawn_is_drawn_once_and_the_draw_can_be_verified(square):
    opened(square, by="draw", votes=None, jury=None, winners=[{"prize": "beans", "winners": 4}])
    for number in range(1, 8):
        enter(square, number)
    decide(square, *range(1, 7))
    ended(square)
    drawn = [entry for _, entry, _ in winners(square)]
    assert len(set(drawn)) == 4
    assert 7 not in drawn
    odds = odds_of(square.state, "spring/barista")
    assert acts.verify_draw(square.database, square.keys, "spring/barista", odds) == acts.Verified(4)
    assert square.given()["beans"] == (4, 6)


def test_drawn_by_votes_nobody_without_a_vote_is_drawn(square):
    opened(square, by="draw_by_votes", jury=None, winners=[{"prize": "beans", "winners": 4}])
    for number in range(1, 6):
        enter(square, number)
    decide(square, *range(1, 6))
    for number, entry in ((11, 2), (12, 2), (13, 4)):
        vote(square, number, entry)
    ended(square)
    assert sorted(entry for _, entry, _ in winners(square)) == [2, 4]


@pytest.mark.parametrize(("by", "steps"), [("score", 1), ("draw", 1), ("draw", 2), ("draw", 3)])
def test_a_settling_that_was_interrupted_goes_on_where_it_was(square, by, steps):
    opened(square, by=by)
    for number in range(1, 6):
        enter(square, number)
    decide(square, *range(1, 6))
    for number, entry in ((11, 3), (12, 3), (13, 5)):
        vote(square, number, entry)
    square.change(Change.STOP)
    stop_after(square, steps)
    with pytest.raises(KeyboardInterrupt):
        square.change(Change.SETTLE)
    del square.submit
    half = winners(square)
    decide(square, 3, to=EntryState.HIDDEN, reason="too late: the standing is written down")
    square.change(Change.SETTLE)
    found = winners(square)
    assert found[: len(half)] == half
    assert [place for place, *_ in found] == [1, 2, 3]
    assert len({entry for _, entry, _ in found}) == 3
    if by == "score":
        assert [entry for _, entry, _ in found] == [3, 5, 1]


def stop_after(square, count):
    submit, done = square.submit, []

    def submitting(command, ask, *more):
        if command.name.startswith("acts."):
            done.append(command)
            if len(done) > count:
                raise KeyboardInterrupt
        return submit(command, ask, *more)

    square.submit = submitting


@pytest.mark.parametrize(
    ("settings", "place"),
    [({"winners": []}, "winners"), ({"winners": [{"prize": "moon"}]}, "winners.0..prize"),
     ({"votes": None, "jury": None}, "votes"), ({"votes": {"votes": 0}}, "votes.votes"),
     ({"jury": {"percent": 101}}, "jury.percent"), ({"entries": {"photos_min": 2}}, "entries.photos_min"),
     ({"entries": {"until": "2027-01-01"}}, "entries.until"), ({"votes_from": "soon"}, "votes_from")],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused_with_their_place(square, settings, place):
    with pytest.raises(AppError, match=place):
        opened(square, **settings)


def test_a_juror_who_gives_points_twice_at_a_moment_has_given_the_later(square):
    opened(square)
    enter(square, 1)
    decide(square, 1)
    first = Between(square, lambda: judge(square, 1, 3))
    contests.judge(square.home.acts, square.database, first, Judge(NAME, 1, "wang", 8))
    vote(square, 2, 1)
    (one,) = contesting.standing(square, "spring", "barista", 9)
    assert (one.points, one.jurors) == (8, 1)
