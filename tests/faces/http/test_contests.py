"""A contest over HTTP: uploaded, entered, decided by staff, looked at by anybody, voted for, judged, settled."""

import pytest

from interplay.acts import api as acts
from tests.faces.http.test_campaigns import run
from tests.faces.http.test_sessions import exchange, issuer, signed
from tests.faces.http.test_stores import till_shop
from tests.interact.contests.gallery import BEANS, CONTEST, GRAND
from tests.interact.contests.pictures import jpeg, opened

__all__ = ["till_shop"]

BASE = "/api/campaigns/spring/parts/barista"
MINE = "/api/customer/campaigns/spring/parts/barista"


@pytest.fixture
def stage(till_shop):
    for who in ("li", "wang", "zhao"):
        till_shop.post("/v1/identify", {"userId": who, "traits": {}}, key="write")
    till_shop.secret = issuer(till_shop)
    run(till_shop, parts={"barista": {"contest": CONTEST}}, prizes={"machine": GRAND, "beans": BEANS})
    yield till_shop
    assert acts.check(till_shop.reach.home.database) == []


def signed_in(shop, who):
    token = exchange(shop, signed(shop.secret, sub=who, jti=who)).json()["token"]
    return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}


def upload(shop, headers, content=None, name="latte.jpg"):
    files = {"photo": (name, content or jpeg(), "image/jpeg")}
    return shop.client.post(f"{MINE}/photos", files=files, headers=headers)


def play(shop, headers, key, **move):
    url = f"{MINE}/plays"
    return shop.client.post(url, json={"move": move}, headers=headers | {"Idempotency-Key": key}).json()


def enter(shop, headers, key="e", title="Swan"):
    photo = upload(shop, headers).json()
    assert play(shop, headers, key, enter={"title": title, "photos": [photo["digest"]]})["refused"] is None
    return photo


def moderate(shop, decision, *entries, reason=""):
    ask = {"entries": entries, "decision": decision, "reason": reason}
    return shop.post(f"{BASE}/entries/moderate", ask, key="admin")


def photo_of(shop, digest):
    return shop.client.get(f"/api/contest/photos/{digest}")


def test_from_the_upload_to_the_prize(stage):
    li, wang = signed_in(stage, "li"), signed_in(stage, "wang")
    photo = enter(stage, li)
    assert photo_of(stage, photo["digest"]).status_code == 404
    (waiting,) = stage.get(f"{BASE}/entries?state=waiting").json()["items"]
    assert (waiting["entry"], waiting["title"], waiting["photos"]) == (1, "Swan", [photo])
    assert stage.get(f"/api/entries/photos/{photo['digest']}").status_code == 200
    assert moderate(stage, "shown", 1).json() == {"entries": [1]}
    assert moderate(stage, "shown", 1).json() == {"entries": []}
    (seen,) = stage.client.get(f"{MINE}/entries", headers=wang).json()["items"]
    assert seen == {"entry": 1, "title": "Swan", "text": "", "photos": [photo], "votes": None}
    assert play(stage, wang, "v", vote=[1])["refused"] is None
    assert play(stage, li, "v", vote=[1])["refused"]["code"] == "contest.own"
    judged = stage.post(f"{BASE}/entries/1/points", {"points": 8}, key="admin").json()
    assert judged == {"entry": 1, "juror": "admin", "points": 8}
    assert stage.get(f"{BASE}/standing").json() == [
        {"entry": 1, "votes": 1, "points": 8, "jurors": 1, "score": 92_000_000}
    ]
    assert stage.post("/api/campaigns/spring/stop", {}, key="admin").status_code == 200
    assert stage.post("/api/campaigns/spring/settle", {}, key="admin").status_code == 200
    (won,) = stage.get("/api/campaigns/spring/winners", key="admin").json()["items"]
    assert won["prize"] == "machine"
    assert moderate(stage, "hidden", 1, reason="late").json()["code"] == "contests.over"


def test_a_shown_photo_may_be_kept_a_while_and_shown_elsewhere(stage):
    photo = enter(stage, signed_in(stage, "li"))
    moderate(stage, "shown", 1)
    answer = photo_of(stage, photo["thumb"])
    headers = answer.headers
    assert (answer.status_code, headers["content-type"], headers["x-content-type-options"]) == (
        200, "image/jpeg", "nosniff",
    )  # fmt: skip
    assert headers.get_list("cache-control") == ["public, max-age=300"]
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert max(opened(answer.content).size) == 480
    assert dict(opened(photo_of(stage, photo["digest"]).content).getexif()) == {}
    moderate(stage, "hidden", 1, reason="not her own")
    assert photo_of(stage, photo["thumb"]).status_code == 404


def test_uploads_are_refused_for_what_they_are(stage):
    li = signed_in(stage, "li")
    assert upload(stage, li, b"<svg onload=alert(1)>", "latte.jpg").json()["code"] == "contests.photo_type"
    large = upload(stage, li, b"\xff" * (10 * 1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "contests.photo_large")
    larger = upload(stage, li, b"\xff" * (21 * 1024 * 1024))
    assert (larger.status_code, larger.json()["code"]) == (413, "http.too_large")
    assert stage.client.post(f"{MINE}/photos", json={}, headers=li).status_code == 400
    none = stage.client.post(f"{MINE.replace('barista', 'none')}/photos", files={"photo": jpeg()}, headers=li)
    assert none.json()["code"] == "campaigns.part"


def test_a_contest_is_none_where_there_is_something_else(stage):
    run(stage)
    answer = stage.get("/api/campaigns/spring/parts/wheel/entries")
    assert (answer.status_code, answer.json()["code"]) == (404, "contests.none")


def test_a_page_of_pictures_is_not_too_often(stage):
    photo = enter(stage, signed_in(stage, "li"))
    moderate(stage, "shown", 1)
    assert {photo_of(stage, photo["thumb"]).status_code for _ in range(150)} == {200}


def test_who_is_erased_leaves_no_byte_of_her_photo(stage):
    photo = enter(stage, signed_in(stage, "li"))
    moderate(stage, "shown", 1)
    exported = stage.post(
        "/api/customers/export", {"identifier": {"kind": "user_id", "value": "li"}}, key="admin"
    ).json()
    assert [one["photos"] for one in exported["contests"]] == [[photo["digest"]]]
    erased = stage.post(
        "/api/customers/erase", {"identifier": {"kind": "user_id", "value": "li"}, "reason": "asked"}, key="admin"
    )
    assert erased.status_code == 200, erased.text
    assert photo_of(stage, photo["digest"]).status_code == 404
    assert list(stage.reach.home.blobs.iterate()) == []
    assert stage.get(f"{BASE}/entries").json()["items"] == []


def test_votes_over_http_are_counted_once_under_one_key(stage):
    enter(stage, signed_in(stage, "li"))
    moderate(stage, "shown", 1)
    wang = signed_in(stage, "wang")
    answers = [play(stage, wang, "v", vote=[1]) for _ in range(5)]
    assert [one["is_new"] for one in answers] == [True, False, False, False, False]
    assert [one["votes"] for one in stage.get(f"{BASE}/standing").json()] == [1]


@pytest.mark.parametrize("number", [0, -1, 2**63, 2**64, 10**30])
def test_a_number_that_no_entry_has_is_an_entry_that_there_is_not(stage, number):
    refused = play(stage, signed_in(stage, "wang"), "v", vote=[number])["refused"]
    assert refused["code"] == "vote.unknown"
    assert moderate(stage, "shown", number).json() == {"entries": []}
    assert stage.post(f"{BASE}/entries/{number}/points", {"points": 8}, key="admin").status_code == 404
