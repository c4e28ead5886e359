"""Campaigns over HTTP: played by who is signed in, at a till and for somebody; run by staff; promised to anybody."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from interplay.acts import api as acts
from interplay.rehearse.campaigns.api import preview as rehearse
from interplay.rehearse.campaigns.contracts import Preview, PreviewAsk
from tests.faces.http.test_members import LI
from tests.faces.http.test_sessions import exchange, issuer, signed
from tests.faces.http.test_stores import till_shop
from tests.interact.campaigns.square import LABEL, PRIZES, SURE, WHEEL, campaign
from tests.link.points.shop import UNIT

__all__ = ["till_shop"]


def day(days):
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@pytest.fixture
def square(till_shop):
    till_shop.post("/v1/identify", {"userId": "li", "traits": {"phone": LI["value"]}}, key="write")
    till_shop.get("/api/facts")  # answered when the mind knows who is who
    till_shop.secret = issuer(till_shop)
    run(till_shop)
    yield till_shop
    assert acts.check(till_shop.reach.home.database) == []


def run(shop, **more):
    """Apply a campaign of this week and start it."""
    content = {"starts": day(-2), "ends": day(5), "parts": {"wheel": {"draw": WHEEL}}, **more}
    applied = shop.post("/api/documents/apply", {"documents": [UNIT, campaign(**content)]}, key="admin")
    assert applied.status_code == 200, applied.text
    started = shop.post("/api/campaigns/spring/start", {}, key="admin")
    assert started.status_code == 200, started.text
    return started.json()


def signed_in(shop, who="li", lang="en", jti="1"):
    token = exchange(shop, signed(shop.secret, sub=who, jti=jti)).json()["token"]
    return {"Authorization": f"Bearer {token}", "Accept-Language": lang}


def items(shop, path):
    return shop.get(path).json()["items"]


def play(shop, headers, key="k", move=None, campaign="spring", part="wheel"):
    url = f"/api/customer/campaigns/{campaign}/parts/{part}/plays"
    return shop.client.post(url, json={"move": move or {}}, headers=headers | {"Idempotency-Key": key})


def test_who_is_signed_in_sees_and_plays_once_for_each_key(square):
    headers = signed_in(square, lang="zh")
    (seen,) = square.client.get("/api/customer/campaigns", headers=headers).json()["items"]
    assert (seen["campaign"], seen["title"]) == ("spring", "春")
    assert [(one["part"], one["mechanic"], one["refused"]) for one in seen["parts"]] == [("wheel", "draw", None)]
    first = play(square, headers)
    assert first.status_code == 200, first.text
    assert play(square, headers).json() == first.json() | {"is_new": False}
    other = play(square, headers, "other", move={"bet": 1})
    assert (other.status_code, other.json()["code"]) == (400, "campaigns.move")
    missing = square.client.post("/api/customer/campaigns/spring/parts/wheel/plays", json={}, headers=headers)
    assert missing.status_code == 400


def test_goods_are_collected_once_at_a_till(square):
    run(square, parts={"wheel": {"draw": SURE}})
    (won,) = play(square, signed_in(square)).json()["won"]
    ask = {"code": won["code"]}
    first = square.post("/api/till/prizes/collect", ask, key="till", headers={"Idempotency-Key": "c"}).json()
    assert (first["prize"], first["goods"], first["is_new"]) == ("cup", "P-cup", True)
    again = square.post("/api/till/prizes/collect", ask, key="till", headers={"Idempotency-Key": "c"}).json()
    assert again == first | {"is_new": False}
    twice = square.post("/api/till/prizes/collect", ask, key="till", headers={"Idempotency-Key": "d"}).json()
    assert twice["refused"]["code"] == "acts.used"
    none = square.post("/api/till/prizes/collect", {"code": "X"}, key="till", headers={"Idempotency-Key": "e"}).json()
    assert none["refused"]["code"] == "campaign.no_prize"


def test_staff_see_what_a_new_version_would_change_before_it_is_in_force(square):
    applied = campaign(starts=day(-2), ends=day(5), prizes=PRIZES | {"cup": PRIZES["cup"] | {"stock": 7}})
    square.post("/api/documents/apply", {"documents": [applied]}, key="admin")
    found = square.get("/api/campaigns/spring/check").json()
    assert (found["version"], found["document"]) == (1, 2)
    assert "prizes.cup.stock: 2 → 7" in found["changes"]
    assert square.post("/api/campaigns/spring/pause", {}, key="admin").json()["state"] == "paused"
    assert play(square, signed_in(square)).json()["refused"]["code"] == "campaign.paused"
    assert square.post("/api/campaigns/spring/resume", {}, key="admin").json()["state"] == "live"
    early = square.post("/api/campaigns/spring/settle", {}, key="admin")
    assert (early.status_code, early.json()["code"]) == (409, "campaigns.state")
    assert square.post("/api/campaigns/spring/close", {}, key="admin").status_code == 400


def test_staff_rehearse_a_campaign_one_at_a_time_while_customers_play(square):
    ask = {"plays": 300, "runs": 2, "seed": 7}
    headers = signed_in(square)
    with ThreadPoolExecutor(1) as other:
        rehearsing = other.submit(square.post, "/api/campaigns/spring/preview", ask)
        while not multiprocessing.active_children():
            time.sleep(0.01)
        second = square.post("/api/campaigns/spring/preview", {"plays": 1, "runs": 1})
        assert (second.status_code, second.json()["code"]) == (503, "rehearse.busy")
        assert play(square, headers).json()["is_new"]
        assert not rehearsing.done(), "who plays waits for no rehearsal"
        answer = rehearsing.result()
    assert answer.status_code == 200, answer.text
    found = msgspec.convert(answer.json(), Preview)
    here = rehearse(square.reach, PreviewAsk(campaign="spring", **ask))
    assert (found.parts, found.prizes, found.days) == (here.parts, here.prizes, here.days)
    many = square.post("/api/campaigns/spring/preview", {"plays": 10_000, "runs": 3})
    assert (many.status_code, many.json()["code"]) == (400, "rehearse.too_many")
    for wrong in ({"plays": 0}, {"segments": {"vip": 101}}, {"players": 0}, {"speed": 1}):
        assert square.post("/api/campaigns/spring/preview", wrong).status_code == 400


def test_anybody_reads_the_odds_and_what_they_are_committed_to(square):
    found = square.client.get("/api/campaigns/spring/promise").json()
    (odds,) = found["odds"]
    assert [(one["outcome"], one["weight"], one["of"]) for one in odds["outcomes"]] == [
        ("cup", 1, 10), ("points", 3, 10), ("nothing", 6, 10),
    ]  # fmt: skip
    assert len(odds["commitment"]) == 64
    page = acts.read_page(square.client.get("/api/campaigns/spring/promise").content)
    assert [one.draw for one in page] == ["spring/wheel"], "it is a page by which the draw is verified"
    assert play(square, signed_in(square)).json()["play_no"] == page[0].plays + 1
    assert square.client.get("/api/campaigns/none/promise").status_code == 404


def test_a_till_and_the_brands_own_pages_play_for_a_customer(square):
    ask, headers = {"customer": LI}, {"Idempotency-Key": "p"}
    at_till = square.post("/api/till/campaigns/spring/parts/wheel/plays", ask, key="till", headers=headers)
    for_her = square.post("/api/campaigns/spring/parts/wheel/plays", ask, key="admin", headers=headers)
    assert [one.json()["is_new"] for one in (at_till, for_her)] == [True, True]


def test_winners_are_listed_in_pages(square):
    run(square, parts={"wheel": {"draw": SURE}})
    headers = signed_in(square)
    for number in range(3):
        play(square, headers, key=f"k{number}")
    first = square.get("/api/campaigns/spring/winners?limit=1", key="admin").json()
    second = square.get(f"/api/campaigns/spring/winners?limit=1&cursor={first['next']}", key="admin").json()
    assert [one["prize"] for one in (*first["items"], *second["items"])] == ["cup", "cup"]
    assert second["next"] is None


def test_many_phones_of_one_customer_cannot_pass_a_limit(square):
    run(square, limits={"per_customer_max": 3})
    headers = signed_in(square)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: play(square, headers, key=f"k{n}").json(), range(24)))
    assert sum(one["refused"] is None for one in answers) == 3
    assert {one["refused"]["code"] for one in answers if one["refused"]} == {"campaign.played_out"}


@pytest.mark.parametrize("channel", ["store", "api", "x" * 41])
def test_nobody_says_of_herself_that_she_is_at_a_till(square, channel):
    run(square, channels=["store"])
    headers = signed_in(square) | {"Idempotency-Key": "k"}
    url = f"/api/customer/campaigns/spring/parts/wheel/plays?channel={channel}"
    answers = [
        square.client.post(url, json={"move": {}}, headers=headers),
        square.client.get(f"/api/customer/campaigns?channel={channel}", headers=headers),
        square.client.get(f"/api/customer/campaigns/spring?channel={channel}", headers=headers),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(400, "campaigns.channel")] * 3
    assert play(square, signed_in(square, jti="2")).json()["refused"]["code"] == "campaign.not_here"


def test_staff_see_how_a_survey_and_a_vote_stand(square):
    asked = {"name": "nps", "type": "nps", "label": LABEL}
    choices = dict.fromkeys(("red", "blue"), LABEL)
    run(square, prizes={}, parts={
        "poll": {"survey": {"pages": [{"questions": [asked]}]}}, "best": {"vote": {"choices": choices}},
    })  # fmt: skip
    headers = signed_in(square)
    assert play(square, headers, "a", {"answers": {"nps": 9}, "complete": True}, part="poll").status_code == 200
    assert play(square, headers, "b", {"choices": ["blue"]}, part="best").status_code == 200
    stands = square.get("/api/campaigns/spring/parts/poll/answers").json()
    (one,) = stands.pop("questions")
    assert stands == {"survey": "spring/poll", "people": 1, "completed": 1, "quotas": {}}
    assert one["nps"] == {"promoters": 1, "passives": 0, "detractors": 0, "score": 100.0}
    assert (one["answered"], one["answers"], one["csat"]) == (1, {"9": 1}, None)
    shown = square.get("/api/campaigns/spring/parts/best/votes").json()
    assert [(one["choice"], one["votes"], one["place"]) for one in shown] == [("blue", 1, 1), ("red", 0, 2)]
    assert square.get("/api/campaigns/spring/parts/best/answers").json()["code"] == "surveys.none"


def test_staff_page_a_leaderboard_as_it_was_when_they_began(square):
    run(square, prizes={}, parts={"days": {"leaderboard": {"per": "day"}}})
    square.post("/v1/identify", {"userId": "wang"}, key="write")
    for who, score in ((LI, 5), ({"kind": "user_id", "value": "wang"}, 9)):
        ask = {"customer": who, "move": {"score": score}}
        headers = {"Idempotency-Key": f"p{score}"}
        square.post("/api/campaigns/spring/parts/days/plays", ask, key="admin", headers=headers)
    first = square.get("/api/campaigns/spring/parts/days/board?limit=1").json()
    second = square.get(f"/api/campaigns/spring/parts/days/board?limit=1&cursor={first['next']}").json()
    items = (*first["items"], *second["items"])
    assert [(one["rank"], one["score"], one["identifier"]) for one in items] == [
        (1, 9, "user_id:wang"), (2, 5, f"phone:+86{LI['value']}"),
    ]  # fmt: skip
    assert (first["people"], second["next"], second["starts_at"]) == (2, None, first["starts_at"])
    assert square.get("/api/campaigns/spring/parts/none/board").status_code == 404


def test_a_campaign_says_what_it_is_measured_by_and_its_effect_is_inconclusive_at_first(square):
    run(square, promise="invited", holdout={"percent": 20})
    play(square, signed_in(square))
    found = square.post("/api/effects", {"campaign": "spring", "lang": "zh"})
    assert found.status_code == 200, found.text
    told = found.json()
    assert (sum(one["immature"] for one in told["arms"]), told["metrics"]) == (1, [])
    assert told["inconclusive"]["reason"] in ("no_holdout", "nobody_offered")
    assert told["conclusion"].startswith("无法得出结论")
    started = [one for one in items(square, "/api/facts?limit=100") if one["name"] == "campaign.launched"]
    goal = {"metric": "order.completed", "metric_field": "value", "metric_days": 30}
    assert [one["fields"] | goal for one in started] == [one["fields"] for one in started] != []


def test_what_all_campaigns_brought_is_asked_by_a_period_and_by_nothing_else(square):
    assert square.post("/api/effects", {"period": "2026-Q1"}).status_code == 404
    both = square.post("/api/effects", {"period": "2026-Q1", "campaign": "spring"})
    assert both.status_code in (400, 422)
    assert "either a campaign, or the period" in both.text
