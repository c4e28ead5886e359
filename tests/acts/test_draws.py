"""Draws: exact odds, one number after another, and everybody can verify them."""

import json
from collections import Counter
from hashlib import sha256

import msgspec
import pytest

from interplay.acts import api as acts
from interplay.acts import chance
from interplay.acts.contracts import Count, Credit, Draw, Mint, Outcome, Refused, Take, Tell, Undo, Within
from interplay.acts.verifying import verify
from interplay.kernel.time import DAY

CAMPAIGN = "spring"


def wheel(subject, *, first=1, **more):
    outcomes = (
        Outcome("cup", first, (Take("cups"),)),
        Outcome("points", 3, (Credit("points", subject, 10),)),
        Outcome("nothing", 6),
    )
    return Draw(CAMPAIGN, subject, outcomes, "nothing", **more)


@pytest.fixture
def anna(giving):
    giving.committed = giving.door.write(acts.open_draw(giving.door.keys), CAMPAIGN)
    return giving.somebody()


def verified(giving):
    return acts.verify_draw(giving.database, giving.door.keys, CAMPAIGN)


def test_plays_are_numbered_without_a_gap_and_verify(giving, anna):
    giving.do(Mint("cups", 2))
    names = [giving.do(wheel(anna)).effects[0] for _ in range(40)]
    assert [one.used for one in names] == list(range(1, 41))
    assert verified(giving) == acts.Verified(40)
    given = Counter(one.name for one in names)
    assert giving.available(anna) == 10 * given["points"]
    assert acts.stock(giving.database, "cups")["available"] == 2 - given["cup"]


def test_where_the_prize_is_gone_the_fallback_is_given_and_the_play_says_so(giving, anna):
    giving.do(Mint("cups", 1))
    for _ in range(30):
        giving.do(wheel(anna, first=1_000))
    plays = list(acts.plays(giving.database, CAMPAIGN))
    assert sum(one.given == "cup" for one in plays) == 1
    assert sum(one.picked == "cup" for one in plays) > 20
    assert all(one.given in (one.picked, "nothing") for one in plays)
    assert verified(giving).wrong == ()


def test_a_repetition_plays_no_second_time(giving, anna):
    first = giving.do(wheel(anna), key="k")
    assert giving.do(wheel(anna), key="k").effects == first.effects
    assert verified(giving).plays == 1


def test_whoever_loses_too_often_gets_pity(giving, anna):
    for _ in range(60):
        giving.do(wheel(anna, pity_after=3, pity="points"))
    given = [one.given for one in acts.plays(giving.database, CAMPAIGN)]
    runs = "".join("n" if one == "nothing" else "x" for one in given).split("x")
    assert max(map(len, runs)) <= 3


def test_an_outcome_waits_for_its_play_and_its_day(giving, anna):
    late = Outcome("cup", 1_000_000, (), from_play=5, opens_at=giving.clock() + DAY)
    step = Draw(CAMPAIGN, anna, (late, Outcome("nothing", 1)), "nothing")
    assert {giving.do(step).effects[0].name for _ in range(6)} == {"nothing"}
    giving.clock.at += DAY
    assert giving.do(step).effects[0].name == "cup"


def test_a_preview_tells_nothing_of_the_next_play(giving, anna):
    said, done = [], []
    for _ in range(60):
        said.append(giving.do(wheel(anna, first=10), is_dry=True).effects[0].name)
        done.append(giving.do(wheel(anna, first=10)).effects[0].name)
    assert said != done
    assert verified(giving).plays == 60


def test_what_a_draw_gave_is_taken_back_and_the_play_stays(giving, anna):
    step = Draw(CAMPAIGN, anna, (Outcome("points", 1, (Credit("points", anna, 10),)),), "points")
    giving.do(step, key="k")
    giving.do(Undo("k"))
    assert giving.available(anna) == 0
    assert giving.do(Undo("k")).code == "acts.undone_already"
    assert verified(giving) == acts.Verified(1)


def test_after_the_end_the_secret_is_known_and_nobody_plays(giving, anna):
    giving.do(wheel(anna))
    assert acts.opened(giving.database, giving.door.keys, CAMPAIGN).secret is None
    giving.door.write(acts.reveal, CAMPAIGN)
    draw = acts.opened(giving.database, giving.door.keys, CAMPAIGN)
    assert giving.do(wheel(anna)) == Refused("acts.no_draw", {"campaign": CAMPAIGN})
    plays = list(acts.plays(giving.database, CAMPAIGN))
    found = verify(CAMPAIGN, bytes.fromhex(draw.secret), giving.committed, plays)
    assert found == acts.Verified(1)
    assert json.dumps([one.names for one in plays])


@pytest.mark.parametrize("field", ["picked", "given", "weights"])
def test_a_changed_play_is_found(giving, anna, field):
    for _ in range(5):
        giving.do(wheel(anna))
    plays = list(acts.plays(giving.database, CAMPAIGN))
    other = {"picked": "cup" if plays[2].picked != "cup" else "points", "given": "cup", "weights": (9, 3, 6)}
    changed = [one if one.play != 3 else _with(one, **{field: other[field]}) for one in plays]
    giving.door.write(acts.reveal, CAMPAIGN)
    secret = bytes.fromhex(acts.opened(giving.database, giving.door.keys, CAMPAIGN).secret)
    assert verify(CAMPAIGN, secret, giving.committed, changed).wrong
    assert verify(CAMPAIGN, secret, giving.committed, plays[:2] + plays[3:]).wrong
    assert verify(CAMPAIGN, bytes(32), giving.committed, plays).wrong


def test_plays_of_a_former_version_verify_and_a_changed_one_does_not(giving, anna):
    """They were chained as MessagePack, and a draw goes on over an upgrade."""
    for _ in range(4):
        giving.do(wheel(anna))
    plays, head = list(acts.plays(giving.database, CAMPAIGN)), chance.START
    for place, play in enumerate(plays):
        said = (head, play.play, play.pseudonym, play.names, play.weights, play.fallback, play.picked, play.given)
        head = sha256(msgspec.msgpack.encode(said)).digest() if place < 2 else chance.chained(head, play)
        plays[place] = _with(play, head=head)
    giving.door.write(acts.reveal, CAMPAIGN)
    secret = bytes.fromhex(acts.opened(giving.database, giving.door.keys, CAMPAIGN).secret)
    assert verify(CAMPAIGN, secret, giving.committed, plays).wrong == ()
    named = [_with(plays[0], odds="of another version"), *plays[1:]]
    assert verify(CAMPAIGN, secret, giving.committed, named).wrong == ((1, "the chain is broken"),)


def _with(play, **changes):
    return msgspec.structs.replace(play, **changes)


def test_weights_are_exact():
    """A declared 1 : 3.996 : 95 of peers came out as thirds; here each of 60,000 plays falls as its share says."""
    secret = bytes(range(32))
    weights = (1, 40, 959)
    fell = Counter(
        chance.pick(weights, chance.roll(secret, "odds", f"p{play % 97}", play, 1_000)) for play in range(60_000)
    )
    for place, weight in enumerate(weights):
        expected = 60 * weight
        assert abs(fell[place] - expected) < 4 * (expected * (1 - weight / 1_000)) ** 0.5


def test_what_an_outcome_counted_before_it_gave_way_is_not_counted(giving, anna):
    giving.do(Mint("cups", 1))
    outcomes = (Outcome("cup", 10**6, (Count("cups given"), Take("cups"))), Outcome("nothing", 1))
    for _ in range(5):
        giving.do(Draw(CAMPAIGN, anna, outcomes, "nothing"))
    assert acts.used(giving.database, "cups given") == 1


def test_an_outcome_tells_what_it_gave_and_which_play_it_was(giving, anna):
    tells = (Tell("prize.given", anna, {"prize": "ten"}, {"play_no": (-1, "used"), "amount": (0, "amount")}),)
    outcomes = (Outcome("points", 1, (Credit("points", anna, 10),), tells=tells), Outcome("nothing", 0))
    giving.do(Draw(CAMPAIGN, anna, outcomes, "nothing"))
    assert giving.told("prize.given") == [{"prize": "ten", "play_no": 1, "amount": 10}]


def test_outside_its_time_an_act_is_refused_by_the_moment_it_is_written(giving, anna):
    now = giving.clock()
    inside = Within(now, now + DAY)
    giving.do(inside, Credit("points", anna, 1))
    giving.clock.at += DAY
    assert giving.do(inside, Credit("points", anna, 1)) == Refused("acts.late", {"closes_at": now + DAY})
    giving.clock.at -= 2 * DAY
    assert giving.do(inside, Credit("points", anna, 1)) == Refused("acts.early", {"opens_at": now})
