"""A guarded play: caps by device and prefix, a challenge for suspects, and the same odds for everybody."""

from base64 import b64decode, b64encode

import msgspec
import pytest
from altcha.v1 import Challenge as Theirs
from altcha.v1 import solve_challenge

from interplay.bootstrap.door import fire_timers
from interplay.engine.timers.api import Fire
from interplay.interact.abuse.api import judge
from interplay.interact.abuse.contracts import Guard
from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Played
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, MINUTE
from tests.interact.campaigns.square import WHEEL, why
from tests.stores import user

LINE = "36.112.7.9"


def guarded(square, parts=None, **guard):
    more = {} if parts is None else {"parts": parts}
    return square.started(guard={"challenge_work_max": 1_000, **guard}, **more)


def solution(square, number, campaign="spring"):
    """Return what a widget sends for a challenge of a player's, solved by the library's own solver."""
    one = api.challenge(square.state, campaign, square.player(number))
    found = solve_challenge(Theirs(one.algorithm, one.challenge, one.max_number, one.salt, one.signature))
    payload = {**msgspec.to_builtins(one), "number": found.number, "took": 12}
    return b64encode(msgspec.json.encode(payload)).decode()


def refusals(square):
    return [one["reason"] for one in square.named("act.refused")]


def test_a_campaign_without_a_guard_looks_at_nothing(square):
    square.started()
    for number in range(10):
        assert isinstance(square.play(number, device="d", address=LINE), Played)
    with pytest.raises(AppError, match="asks for no challenge"):
        api.challenge(square.state, "spring", square.player(1))


def test_plays_of_a_device_are_capped_by_day_and_the_player_learns_nothing(square):
    guarded(square, per_device_day_max=3, accounts_per_device_max=100, challenge="off", review="off")
    for number in range(3):
        assert isinstance(square.play(number, device="tablet"), Played)
    no = square.play(3, device="tablet")
    assert (no.code, no.arguments) == ("abuse.later", {})
    assert refusals(square)[-1] == "abuse.device"
    assert isinstance(square.play(3, device="phone"), Played)
    square.clock.at += DAY
    assert isinstance(square.play(4, device="tablet"), Played)


def test_plays_of_a_prefix_are_capped_by_hour_whatever_the_address_in_it(square):
    guarded(square, per_prefix_hour_max=3, challenge="off", review="off")
    for number in range(3):
        assert isinstance(square.play(number, address=f"36.112.7.{number}"), Played)
    assert why(square.play(3, address="36.112.7.200")) == "abuse.later"
    assert isinstance(square.play(3, address="36.112.8.1"), Played)
    assert isinstance(square.play(4, address="10.0.0.1"), Played)


def test_nobody_plays_faster_than_a_person(square):
    guarded(square, per_minute_max=2, challenge="off", review="off")
    assert [isinstance(square.play(1), Played) for _ in range(3)] == [True, True, False]
    square.clock.at += MINUTE
    assert isinstance(square.play(1), Played)


def test_an_account_has_to_be_old_enough(square):
    guarded(square, account_age_hours_min=24)
    assert why(square.play(1)) == "abuse.later"
    square.clock.at += DAY
    assert isinstance(square.play(1), Played)


def test_a_refused_play_counts_for_nothing_and_its_key_stays_free(square):
    guarded(square, per_device_day_max=1, challenge="off", review="off")
    square.play(1, device="d")
    assert why(square.play(2, "again", device="d")) == "abuse.later"
    square.clock.at += DAY
    assert square.play(2, "again", device="d").is_new


def test_a_device_of_a_store_is_everybodys(square):
    guarded(square, per_device_day_max=2)
    for number in range(8):
        assert isinstance(square.play(number, device="counter-1", store="s1", channel="store"), Played)


def test_whom_a_till_or_the_brand_lets_play_is_not_challenged_but_what_she_wins_waits(square):
    sure = {"outcomes": {"points": {"weight": 1, "prizes": ["points"]}, "nothing": {"weight": 0}}}
    guarded(square, challenge="all", parts={"wheel": {"draw": {**sure, "fallback": "nothing"}}})
    assert why(square.play(1, by="customer")) == "abuse.challenge"
    assert isinstance(square.play(1, by="till 1", store="s1"), Played)
    assert isinstance(square.play(1, by="backend"), Played)
    for number in range(5):
        square.play(number, device="d", solution=solution(square, number))
    square.clock.at += MINUTE
    won = [one.waits for _ in range(10) for one in square.play(4, by="backend").won]
    assert all(won)
    assert won


def test_who_is_suspected_is_asked_to_solve_a_challenge(square):
    guarded(square)
    for number in range(4):
        assert isinstance(square.play(number, device="d"), Played)
    assert why(square.play(4, "k", device="d")) == "abuse.challenge"
    text = solution(square, 4)
    assert square.play(4, "k", device="d", solution=text).is_new
    assert not square.play(4, "k", device="d").is_new  # a repetition needs no other one
    assert why(square.play(4, device="d", solution=text)) == "abuse.later"  # used
    assert refusals(square)[-1] == "abuse.solved_before"


def test_a_solution_is_for_one_customer_one_campaign_and_ten_minutes(square):
    guarded(square, challenge="all")
    square.started("summer", guard={"challenge": "all", "challenge_work_max": 1_000}, parts={"wheel": {"draw": WHEEL}})
    text = solution(square, 1)
    assert why(square.play(2, solution=text)) == "abuse.challenge"
    assert why(square.play(1, campaign="summer", solution=text)) == "abuse.challenge"
    assert square.play(1, solution=text).is_new
    late = solution(square, 1)
    square.clock.at += 10 * MINUTE
    assert why(square.play(1, solution=late)) == "abuse.challenge"


@pytest.mark.parametrize("how", ["number", "salt", "signature", "nonsense", "not_base64"])
def test_a_solution_that_was_made_up_is_none(square, how):
    guarded(square, challenge="all")
    payload = msgspec.json.decode(b64decode(solution(square, 1)))
    payload["number"] += how == "number"
    if how == "salt":  # a later expiry, spliced in
        payload["salt"] = payload["salt"].replace("expires=1", "expires=9")
    if how == "signature":
        payload["signature"] = "0" * 64
    text = b64encode(msgspec.json.encode([payload] if how == "nonsense" else payload)).decode()
    assert why(square.play(1, solution="%%%" if how == "not_base64" else text)) == "abuse.challenge"


def test_who_is_trusted_is_not_suspected(square):
    guarded(square)
    for number in range(5):
        square.play(number, device="d")
    wallet = [square.player(4)]
    for segments, is_suspected in ((["new"], True), (["new", "regulars"], False)):
        found = judge(square.state.watch, Guard(trusted=("regulars",)), "spring", wallet, segments)
        assert found.is_suspected is is_suspected


def test_new_accounts_that_crowd_one_line_are_suspected_and_old_ones_are_not(square):
    guarded(square, new_accounts_per_line_max=3)
    for number in range(100, 103):
        heard(square, number)
    square.clock.at += 8 * DAY
    for number in range(4):
        heard(square, number)
    for number in range(3):
        assert isinstance(square.play(number, device=f"d{number}", address=LINE), Played)
    assert why(square.play(3, device="d3", address=LINE)) == "abuse.challenge"
    for number in range(100, 103):
        assert isinstance(square.play(number, device=f"d{number}", address=LINE), Played)


def heard(square, number):
    """Let an account be heard of now."""
    square.tell("customer.identified", user(number))
    square.follow()


def test_accounts_that_hang_together_by_devices_are_suspected(square):
    guarded(square, connected_accounts_max=5, accounts_per_device_max=4)
    answers = []
    for number in range(8):  # each device has two accounts, and all hang together
        square.play(number, device=f"d{number}", solution="")
        answers.append(square.play(number, device=f"d{number + 1}"))
    assert [isinstance(one, Played) for one in answers][:3] == [True] * 3
    assert why(answers[-1]) == "abuse.challenge"


def test_after_a_merge_two_accounts_are_one_person(square):
    guarded(square, accounts_per_device_max=1, per_minute_max=1, per_device_day_max=100)
    square.play(1, device="d")
    square.merge(user(1), user(2))
    assert why(square.play(2)) == "abuse.later"  # both count as hers
    square.clock.at += MINUTE
    assert isinstance(square.play(2, device="d"), Played)  # and only one is on the device


def test_devices_and_addresses_are_forgotten_after_a_month(square):
    guarded(square, accounts_per_device_max=1, challenge="off")
    square.play(1, device="d", address="8.8.8.8")
    square.clock.at += 3 * DAY
    square.play(1, device="d", address="8.8.8.8")
    assert kept(square) == (4, 10)
    square.clock.at += 29 * DAY
    square.write(fire_timers(square.home), Fire())
    assert kept(square) == (2, 5)
    square.clock.at += 3 * DAY
    square.write(fire_timers(square.home), Fire())
    assert kept(square) == (0, 0)


def kept(square):
    """Return how many sightings there are, and how many counts of guards."""
    with square.database.read() as connection:
        asked = ("sightings", "counters WHERE scope LIKE 'guard:%%'")
        return tuple(connection.exec_driver_sql(f"SELECT count(*) FROM {one}").scalar() for one in asked)
