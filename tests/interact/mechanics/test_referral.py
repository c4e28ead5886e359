"""Referral: who may accept, what an order comes to, and when both are rewarded; each once, whatever comes first."""

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Join, Refused
from interplay.bootstrap.door import fire_timers
from interplay.engine.timers.api import Fire
from interplay.interact.campaigns.contracts import Change
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR
from tests.interact.campaigns.square import LABEL, Square, campaign, why
from tests.interact.mechanics.inviting import NAME, PART, PRIZES, TERMS, Inviting
from tests.stores import user


@pytest.fixture
def inviting(square):
    return Inviting(square)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with Square(tmp_path_factory.mktemp("plain") / "data") as found:
        yield found


def test_both_are_rewarded_when_the_order_has_survived_its_return_window(inviting, square):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    inviting.pass_days(6.9)
    assert inviting.points(1, 2) == [0, 0]
    inviting.close()
    assert inviting.points(1, 2) == [100, 50]
    (told,) = square.named("referral.qualified")
    assert (told["order_id"], told["value"]) == ("o1", 5_000)
    assert {one["prize"] for one in square.named("prize.given")} == {"welcome", "thanks"}


def test_nothing_is_told_as_given_before_it_is_given(inviting, square):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    assert square.named("prize.given") == []
    inviting.close()
    assert len(square.named("prize.given")) == 2


def test_a_code_is_typed_as_people_type_it_and_stays_the_same(inviting):
    code = inviting.code(1)
    assert inviting.code(1) == code == inviting.shows(1)["code"]
    assert not isinstance(inviting.accept(2, code.lower().replace("-", " ").replace("0", "o")), Refused)


@pytest.mark.parametrize("code", ["", "x", "7Q2M-9XKD-03FA-TT81", "AAAA-AAAA-AAAA-AAAA"])
def test_a_code_that_we_did_not_make_is_none(inviting, code):
    if code:
        assert why(inviting.accept(2, code)) == "referral.unknown_code"
    else:
        with pytest.raises(AppError, match="a move is one of"):
            inviting.accept(2, code)


def test_a_code_of_another_campaign_is_none_here(inviting, square):
    square.started("summer", prizes=PRIZES, parts={PART: {"referral": TERMS}})
    code = square.play(1, campaign="summer", part=PART, move={"invite": "wechat"}).says["code"]
    assert why(inviting.accept(2, code)) == "referral.unknown_code"


def test_nobody_accepts_her_own_invitation_also_after_a_merge(inviting, square):
    code = inviting.code(1)
    assert why(inviting.accept(1, code)) == "referral.self"
    square.player(2)
    square.merge(user(1), user(2))
    assert why(inviting.accept(2, code)) == "referral.self"


def test_a_friend_accepts_once(inviting):
    inviting.join(2, 1)
    assert why(inviting.join(2, 3)) == "referral.accepted_before"


def test_a_repetition_gives_the_same_answer(inviting, square):
    code = inviting.code(1)
    first, again = (inviting.accept(2, code, key="once") for _ in range(2))
    assert (first.act, first.is_new, again.act, again.is_new) == (first.act, True, first.act, False)
    assert len(square.named("referral.accepted")) == 1


def test_no_circle_of_any_length(inviting):
    for number in (2, 3, 4):
        inviting.join(number, number - 1)
    assert why(inviting.join(1, 4)) == "referral.loop"
    assert why(inviting.join(1, 2)) == "referral.loop"


def test_depth_is_told(inviting, square):
    for number in (2, 3, 4):
        inviting.join(number, number - 1)
    assert [one["depth"] for one in square.named("referral.accepted")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("by", "first", "then", "refused"),
    [
        (["device"], {"device": "d1"}, {"device": "d1"}, True),
        (["device"], {"device": "d1"}, {"device": "d2"}, False),
        (["device"], {"address": "198.51.100.7"}, {"address": "198.51.100.7"}, False),
        (["address"], {"address": "198.51.100.7"}, {"address": "198.51.100.7:4711"}, True),
        (["address"], {"address": "2001:db8::1"}, {"address": "2001:db8::ffff"}, True),
        (["address"], {"address": "2001:db8::1"}, {"address": "2001:db8:0:1::1"}, False),
        ([], {"device": "d1"}, {"device": "d1"}, False),
    ],
)
def test_a_household_is_known_by_what_the_document_says(square, by, first, then, refused):
    inviting = Inviting(square, household={"by": by})
    answer = inviting.accept(2, inviting.code(1, **first), **then)
    assert (getattr(answer, "code", "") == "referral.household") is refused


def test_who_came_with_one_identifier_is_of_one_household(inviting, square):
    code = inviting.code(1)
    square.player(2)
    square.tell("page.viewed", user(1), ("anonymous_id", "tablet"))
    square.tell("page.viewed", user(2), ("anonymous_id", "tablet"))
    square.follow()
    assert why(inviting.accept(2, code)) == "referral.household"


SHIP_TO = {
    "kind": "facts",
    "fields": {"ship_to": {"type": "text", "personal": True, "label": LABEL}},
    "facts": {"order.completed": {"label": LABEL, "fields": ["ship_to"]}},
}


def test_an_order_sent_to_the_inviters_place_earns_nothing(square):
    square.apply(SHIP_TO)
    inviting = Inviting(square, household={"fields": ["ship_to"]})
    inviting.join(2, 1)
    inviting.join(3, 1)
    inviting.order(2, "o1", ship_to="Lane 5, No 3")
    inviting.order(3, "o2", ship_to="Lane 6, No 3")
    inviting.order(1, "o3", ship_to="lane 5,  no 3")
    inviting.close()
    assert inviting.points(1, 2, 3) == [100, 0, 50]
    assert {one["reason"] for one in square.named("prize.withdrawn")} == {"household"}


def test_who_is_new_is_said_by_the_document(square):
    inviting = Inviting(square, new={"days_max": 3})
    square.player(2)
    square.clock.at += 3 * DAY
    square.tell("customer.identified", user(3))
    assert why(inviting.join(2, 1)) == "referral.not_new"
    assert not isinstance(inviting.join(3, 1), Refused)


def test_who_invites_has_so_many_friends_and_no_more(square):
    inviting = Inviting(square, friends_max=3, friends_per_day_max=2)
    assert [getattr(inviting.join(number, 1), "code", "") for number in (2, 3, 4)] == [
        "", "", "referral.friends_full_today",
    ]  # fmt: skip
    square.clock.at += DAY
    assert [getattr(inviting.join(number, 1), "code", "") for number in (4, 5)] == ["", "referral.friends_full"]


@pytest.mark.parametrize(
    ("order", "fields", "counts"),
    [
        ({}, {"value": 30}, True),
        ({}, {"value": 29.99}, False),
        ({"where": 'event.affiliation == "cafe"'}, {"value": 30, "affiliation": "cafe"}, True),
        ({"where": 'event.affiliation == "cafe"'}, {"value": 30, "affiliation": "bar"}, False),
        ({"sources": ["test"]}, {"value": 30}, True),
        ({"sources": ["shop"]}, {"value": 30}, False),
    ],
)
def test_which_order_counts_is_said_by_the_document(square, order, fields, counts):
    inviting = Inviting(square, order=TERMS["order"] | order)
    inviting.join(2, 1)
    inviting.order(2, "o1", **fields)
    inviting.close()
    assert inviting.points(1, 2) == ([100, 50] if counts else [0, 0])


def test_the_first_order_counts_and_no_other(inviting):
    inviting.join(2, 1)
    inviting.order(2, "o1", 10)
    for number in range(2, 5):
        inviting.order(2, f"o{number}")
    inviting.order(2, "o2", key="told-again")
    inviting.close()
    assert inviting.points(1, 2) == [100, 50]


def test_an_order_from_before_she_accepted_does_not_count(inviting, square):
    before = square.clock()
    square.player(2)
    square.clock.at += HOUR
    inviting.join(2, 1)
    inviting.order(2, "o1", at=before)
    inviting.close()
    assert inviting.points(1, 2) == [0, 0]


@pytest.mark.parametrize(
    ("parts", "rewarded"), [([20], True), ([20.01], False), ([10, 10], True), ([10, 10, 1], False), ([None], False)]
)
@pytest.mark.parametrize("is_before", [True, False])
def test_refunds_that_leave_too_little_take_the_reward_back_whichever_comes_first(
    inviting, square, parts, rewarded, is_before
):
    inviting.join(2, 1)
    refunds = [(f"r{number}", value) for number, value in enumerate(parts)]
    if not is_before:
        inviting.order(2, "o1")
    for key, value in refunds:
        inviting.refund("o1", value, key=key)
    if is_before:
        inviting.order(2, "o1")
    inviting.close()
    assert inviting.points(1, 2) == ([100, 50] if rewarded else [0, 0])
    told = square.named("prize.withdrawn")
    assert len(told) == (0 if rewarded or is_before else 2)


def test_a_refund_after_the_window_takes_nothing_back(inviting):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    inviting.close()
    inviting.refund("o1")
    assert inviting.points(1, 2) == [100, 50]


def test_a_refund_told_in_time_is_not_too_late_when_nobody_has_looked_at_it(inviting, square):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    square.clock.at += 7 * DAY - 1
    square.refund("o1", None, user(99))
    square.clock.at += 2
    square.write(fire_timers(square.home), Fire())
    assert acts.used(square.database, f"play:{NAME}:rewarded") == 2
    square.follow()
    inviting.close()
    assert inviting.points(1, 2) == [0, 0]


@pytest.mark.parametrize("change", [Change.PAUSE, Change.STOP])
def test_a_refund_counts_whatever_became_of_the_campaign(inviting, square, change):
    inviting.join(2, 1)
    inviting.join(3, 1)
    inviting.order(2, "o1")
    inviting.order(3, "o2")
    square.change(change)
    if change is Change.STOP:
        square.change(Change.SETTLE)
    inviting.refund("o1")
    inviting.close()
    assert inviting.points(1, 2, 3) == [100, 0, 50]


def test_the_window_may_close_after_the_campaign(inviting, square):
    inviting.join(2, 1)
    inviting.join(3, 1)
    square.clock.at += 9 * DAY
    inviting.order(2, "o1")
    inviting.order(3, "o2")
    square.clock.at += 3 * DAY
    inviting.refund("o2")
    inviting.close()
    assert inviting.points(1, 2, 3) == [100, 50, 0]


def test_while_all_giving_is_paused_nothing_is_given_and_afterwards_it_is(inviting, square):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    square.write(acts.pause, True)
    inviting.close()
    square.write(acts.pause, False)
    assert inviting.points(1, 2) == [0, 0]
    square.clock.at += 2 * HOUR
    inviting.fire()
    assert inviting.points(1, 2) == [100, 50]


def test_friend_and_inviter_who_turn_out_to_be_one_get_nothing(inviting, square):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    square.merge(user(1), user(2))
    inviting.close()
    assert inviting.points(1) == [0]
    assert {one["reason"] for one in square.named("prize.withdrawn")} == {"merged"}


def test_two_friends_who_turn_out_to_be_one_earn_once(inviting, square):
    inviting.join(2, 1)
    inviting.join(3, 1)
    inviting.order(2, "o1")
    inviting.order(3, "o2")
    square.merge(user(2), user(3))
    inviting.close()
    assert inviting.points(1, 2) == [100, 50]


def test_a_merge_that_closes_a_circle_leaves_the_orders_in_it_without_reward(inviting, square):
    inviting.join(2, 1)
    inviting.join(3, 2)
    inviting.order(3, "o1")
    square.merge(user(1), user(3))
    inviting.close()
    assert inviting.points(1, 2) == [0, 0]
    assert {one["reason"] for one in square.named("prize.withdrawn")} == {"loop"}


def test_what_is_promised_is_reserved_and_free_again_when_it_is_taken_back(square):
    prizes = {"thanks": PRIZES["thanks"] | {"stock": 1}}
    inviting = Inviting(square, prizes)
    for number in (2, 3):
        inviting.join(number, 1)
        inviting.order(number, f"o{number}")
    assert square.given()["thanks"] == (1, 0)
    inviting.refund("o2")
    assert square.given()["thanks"] == (0, 1)
    inviting.close()
    assert inviting.points(1, 2, 3) == [0, 0, 50]


def test_the_level_above_has_a_share_where_the_document_says_so_and_nobody_beyond(square):
    inviting = Inviting(square, second=["more"])
    for number in (2, 3, 4):
        inviting.join(number, number - 1)
    inviting.order(4, "o1")
    inviting.close()
    assert inviting.points(1, 2, 3, 4) == [0, 10, 100, 50]


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        ({"friend": ["car"]}, "friend[0]"),
        ({"friend": [], "referrer": []}, "referrer"),
        ({"order": {"fact": "order.dreamt"}}, "order.fact"),
        ({"order": {"fact": "product.viewed"}}, "order.fact"),
        ({"order": {"where": "event.dream == 1"}}, "order.where"),
        ({"order": {"return_days": 181}}, "order.return_days"),
        ({"order": {"value_min": 0}}, "order.value_min"),
        ({"new": {"segment": "dreamers"}}, "new.segment"),
        ({"household": {"fields": ["dream"]}}, "household.fields[0]"),
        ({"link": "https://example.com/"}, "link"),
        ({"friends_max": 0}, "friends_max"),
    ],
)
def test_terms_that_mean_nothing_are_refused_where_they_stand(plain, terms, place):
    with pytest.raises(AppError) as refused:
        plain.apply(campaign(prizes=PRIZES, parts={PART: {"referral": TERMS | terms}}))
    assert f"parts.{PART}.referral.{place}: " in refused.value.text("en")


def test_a_refund_is_heard_though_a_newer_version_invites_no_more(inviting, square):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    outcomes = {"nothing": {"weight": 1}, "welcome": {"weight": 1, "prizes": ["welcome"]}}
    square.started(prizes=PRIZES, parts={"wheel": {"draw": {"outcomes": outcomes, "fallback": "nothing"}}})
    inviting.refund("o1")
    inviting.close()
    assert inviting.points(1, 2) == [0, 0]
    assert len(square.named("prize.withdrawn")) == 2


@pytest.mark.parametrize(("who", "left"), [(1, [50]), (2, [100])])
def test_of_who_is_erased_nothing_is_given_and_the_other_has_hers(inviting, square, who, left):
    inviting.join(2, 1)
    inviting.order(2, "o1")
    other = 3 - who
    square.erase(square.subject(user(who)))
    square.follow()
    inviting.close()
    assert inviting.points(other) == left
    assert len(square.named("prize.given")) == 1


def test_two_who_accept_each_other_at_one_instant_close_no_circle(inviting, square):
    """What was read before another was written is read again by the writer."""
    mine, theirs = inviting.code(1), inviting.code(2)
    first = inviting.accept(2, mine)
    assert not isinstance(first, Refused)
    join = Join(f"referral:{NAME}", str(square.player(2)), square.player(1), is_only=True, loop="referral.loop")
    late = acts.do(square.home.acts, square, Act("late", "campaigns.play", acts.body_of("late"), (join,)))
    assert why(late) == "referral.loop" == why(inviting.accept(1, theirs))
