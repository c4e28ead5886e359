"""Share: visits count once for each visitor, never one's own, and so many of them are a reward, once."""

import pytest

from interplay.acts.contracts import Refused
from interplay.interact.campaigns import referrals
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import LABEL, Square, campaign, why
from tests.stores import user

PART = "link"
PRIZES = {
    "small": {"label": LABEL, "points": {"unit": "points", "amount": 5}},
    "big": {"label": LABEL, "points": {"unit": "points", "amount": 20}, "stock": 1},
}
TERMS = {
    "rewards": [{"visitors": 2, "prizes": ["small"]}, {"visitors": 4, "prizes": ["big"]}],
    "link": "https://tea.example/spring?s={code}",
}


class Sharing:
    def __init__(self, square, limits=None, **terms):
        self.square = square
        parts = {PART: {"share": TERMS | terms, "limits": limits or {}}}
        square.started(prizes=PRIZES, parts=parts, limits=limits or {})

    def do(self, number, **more):
        where = {word: more.pop(word) for word in ("device", "address", "key") if word in more}
        return self.square.play(number, part=PART, move=more, **where)

    def code(self, number=1, **more):
        return self.do(number, share="wechat", **more).says["code"]

    def visits(self, code, *numbers):
        return [getattr(self.do(number, code=code), "code", "") for number in numbers]

    def shows(self, number=1):
        (part,) = self.square.seen(number).parts
        return part.shows


@pytest.fixture
def sharing(square):
    return Sharing(square)


def test_a_visitor_counts_once_and_for_one_who_shared(sharing, square):
    mine, theirs = sharing.code(1), sharing.code(2)
    assert sharing.visits(mine, 3, 3, 4) == ["", "share.visited_before", ""]
    assert sharing.visits(theirs, 3, 5) == ["share.visited_before", ""]
    assert (sharing.shows(1)["visitors"], sharing.shows(2)["visitors"]) == (2, 1)
    assert len(square.named("share.visited")) == 3
    assert [one["share_via"] for one in square.named("content.shared")] == ["wechat", "wechat"]


def test_a_reward_is_taken_once_when_enough_have_come(sharing, square):
    code = sharing.code()
    assert why(sharing.do(1, claim=2)) == "share.too_few"
    sharing.visits(code, 2, 3)
    first = sharing.do(1, claim=2, key="c")
    assert [one.prize for one in first.won] == ["small"]
    assert not sharing.do(1, claim=2, key="c").is_new
    assert why(sharing.do(1, claim=2)) == "share.taken"
    assert why(sharing.do(1, claim=3)) == "share.no_reward"
    assert square.available(user(1)) == 5
    assert [one["is_taken"] for one in sharing.shows()["rewards"]] == [True, False]


def test_her_own_visits_do_not_count_by_whichever_device_of_hers(sharing, square):
    code = sharing.code(1, device="d1")
    assert sharing.visits(code, 1) == ["share.own"]
    assert why(sharing.do(2, code=code, device="d1")) == "share.own"
    assert sharing.visits(code, 3) == [""]
    square.merge(user(1), user(3))
    assert sharing.shows()["visitors"] == 0


@pytest.mark.parametrize("page", [1, 2, 500])
def test_visitors_who_turn_out_to_be_one_are_one_for_the_first_who_shared(sharing, square, monkeypatch, page):
    monkeypatch.setattr(referrals, "FRIENDS_AT_ONCE", page)
    mine, theirs = sharing.code(1), sharing.code(2)
    sharing.visits(mine, 3, 4)
    sharing.visits(theirs, 5, 6)
    square.merge(user(3), user(4))
    assert sharing.shows(1)["visitors"] == 1
    assert why(sharing.do(1, claim=2)) == "share.too_few"
    square.merge(user(4), user(5))
    assert (sharing.shows(1)["visitors"], sharing.shows(2)["visitors"]) == (1, 1)
    square.unmerge(user(3), user(4))
    square.unmerge(user(4), user(5))
    assert (sharing.shows(1)["visitors"], sharing.shows(2)["visitors"]) == (2, 2)
    assert not isinstance(sharing.do(1, claim=2), Refused)


def test_after_a_merge_visitors_add_up_and_a_reward_is_not_taken_twice(sharing, square):
    sharing.visits(sharing.code(1), 3, 4)
    sharing.visits(sharing.code(2), 5, 6)
    assert not isinstance(sharing.do(1, claim=2), Refused)
    square.merge(user(1), user(2))
    assert sharing.shows()["visitors"] == 4
    assert why(sharing.do(2, claim=2)) == "share.taken"
    assert not isinstance(sharing.do(2, claim=4), Refused)


def test_limits_count_what_is_shared_and_visited_and_no_claims(square):
    sharing = Sharing(square, limits={"per_customer_max": 1, "total_max": 5})
    code = sharing.code()
    assert sharing.visits(code, 2, 3, 4, 5, 6) == ["", "", "", "", "campaign.full"]
    assert why(sharing.do(1, share="wechat")) == "campaign.full"
    for visitors in (2, 4):
        assert not isinstance(sharing.do(1, claim=visitors), Refused)
        assert why(sharing.do(1, claim=visitors)) == "share.taken"
    assert square.available(user(1)) == 25


def test_so_many_visitors_count_and_no_more(square):
    sharing = Sharing(square, visitors_max=3, visitors_per_day_max=2)
    code = sharing.code()
    assert sharing.visits(code, 2, 3, 4) == ["", "", "share.visitors_full"]
    square.clock.at += DAY
    assert sharing.visits(code, 4, 5) == ["", "share.visitors_full"]
    assert sharing.shows()["visitors"] == 3


def test_a_prize_that_is_gone_is_not_taken_and_can_be_asked_for_again(sharing):
    for sharer in (1, 2):
        sharing.visits(sharing.code(sharer), *range(10 * sharer, 10 * sharer + 4))
    assert not isinstance(sharing.do(1, claim=4), Refused)
    assert why(sharing.do(2, claim=4)) == "acts.sold_out"
    assert not sharing.shows(2)["rewards"][1]["is_taken"]


def test_the_link_is_signed_for_this_part(sharing):
    code = sharing.code()
    assert sharing.shows()["link"] == f"https://tea.example/spring?s={code}"
    assert why(sharing.do(2, code=code[:-1] + ("0" if code[-1] != "0" else "1"))) == "share.unknown_code"


@pytest.mark.parametrize("move", [{}, {"share": "a", "code": "b"}, {"claim": -1}, {"share": "x" * 41}])
def test_a_move_is_one_thing(sharing, move):
    with pytest.raises(AppError, match="a move is one of"):
        sharing.do(1, **move)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with Square(tmp_path_factory.mktemp("plain") / "data") as found:
        yield found


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        ({"rewards": []}, "rewards"),
        ({"rewards": [{"visitors": 0, "prizes": ["small"]}]}, "rewards[0].visitors"),
        ({"rewards": [*TERMS["rewards"], TERMS["rewards"][0]]}, "rewards[2].visitors"),
        ({"rewards": [{"visitors": 1, "prizes": []}]}, "rewards[0].prizes"),
        ({"rewards": [{"visitors": 1, "prizes": ["car"]}]}, "rewards[0].prizes[0]"),
        ({"visitors_max": 0}, "visitors_max"),
        ({"household": {"fields": ["affiliation"]}}, "household.fields"),
        ({"link": "https://tea.example"}, "link"),
    ],
)
def test_terms_that_mean_nothing_are_refused_where_they_stand(plain, terms, place):
    with pytest.raises(AppError) as refused:
        plain.apply(campaign(prizes=PRIZES, parts={PART: {"share": TERMS | terms}}))
    assert f"parts.{PART}.share.{place}: " in refused.value.text("en")
