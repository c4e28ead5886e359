"""Abuse control over HTTP: a farm is challenged and learns nothing, staff see why and decide in bulk."""

from base64 import b64encode

import msgspec
import pytest
from altcha.v1 import Challenge, solve_challenge

from interplay.acts import api as acts
from tests.faces.http.test_campaigns import PRIZES, SURE, play, run, signed_in
from tests.faces.http.test_members import LI
from tests.faces.http.test_sessions import issuer
from tests.faces.http.test_stores import till_shop

__all__ = ["till_shop"]

FARM = 4
GUARD = {"accounts_per_device_max": 2, "challenge_work_max": 1_000}


@pytest.fixture
def shop(till_shop):
    for who in ("li", *(f"farm{number}" for number in range(FARM))):
        till_shop.post(
            "/v1/identify", {"userId": who, "traits": {"phone": LI["value"]} if who == "li" else {}}, key="write"
        )
    till_shop.get("/api/facts")  # answered when the mind knows who is who
    till_shop.secret = issuer(till_shop)
    prizes = {**PRIZES, "cup": {**PRIZES["cup"], "stock": 100}}
    run(till_shop, guard=GUARD, prizes=prizes, parts={"wheel": {"draw": SURE}})
    yield till_shop
    assert acts.check(till_shop.reach.home.database) == []


def phone(shop, who, device):
    return signed_in(shop, who, jti=who) | {"X-Device-Id": device}


def solution(shop, headers):
    """Return the answer to a challenge, found by the library's own solver."""
    answer = shop.client.get("/api/customer/challenge", params={"campaign": "spring"}, headers=headers)
    one = answer.json()
    assert sorted(one) == ["algorithm", "challenge", "maxNumber", "salt", "signature"]
    found = solve_challenge(
        Challenge(one["algorithm"], one["challenge"], one["maxNumber"], one["salt"], one["signature"])
    )
    return b64encode(msgspec.json.encode({**one, "number": found.number})).decode()


def farmed(shop):
    """Play with every account of the farm; return what each was told."""
    answers = []
    for number in range(FARM):
        headers = phone(shop, f"farm{number}", "rack-1")
        answer = play(shop, headers, f"k{number}").json()
        if answer["refused"] is not None:
            assert answer["refused"]["code"] == "abuse.challenge"
            assert answer["refused"]["params"] == {}
            headers |= {"X-Challenge-Solution": solution(shop, headers)}
            answer = play(shop, headers, f"k{number}").json()
        answers.append(answer)
    return answers


def test_a_farm_is_challenged_and_what_it_wins_waits(shop):
    answers = farmed(shop)
    assert [one["won"][0]["waits"] for one in answers] == [False, False, True, True]
    assert [one["won"][0]["code"] is None for one in answers] == [False, False, True, True]
    honest = play(shop, phone(shop, "li", "phone"), "li").json()
    assert honest["won"][0]["waits"] is False
    assert "abuse" not in msgspec.json.encode(answers).decode()


def test_staff_see_why_and_decide_in_bulk(shop):
    farmed(shop)
    found = shop.get("/api/payouts?device=rack-1&suspected_for=abuse.shared_device", key="admin").json()["items"]
    assert [(one["campaign"], one["prizes"]) for one in found] == [("spring", ["cup"])] * 2
    texts = [reason["text"] for reason in found[1]["reasons"]]
    assert "4 accounts were on one of her devices; 2 are usual" in texts
    page = shop.get("/api/payouts?limit=1", key="admin").json()
    assert [one["act"] for one in page["items"]] == [found[0]["act"]]
    rest = shop.get(f"/api/payouts?limit=1&cursor={page['next']}", key="admin").json()
    assert ([one["act"] for one in rest["items"]], rest["next"]) == ([found[1]["act"]], None)
    first = {"verdict": "approve", "acts": [found[0]["act"]]}
    assert shop.post("/api/payouts/decisions", first, key="admin").json() == {"decided": 1, "refused": {}}
    others = {"verdict": "reject", "campaign": "spring", "note": "rack"}
    assert shop.post("/api/payouts/decisions", others, key="admin").json()["decided"] == 1
    assert shop.post("/api/payouts/decisions", others, key="admin").json()["decided"] == 0
    assert shop.get("/api/payouts", key="admin").json()["items"] == []
    (cup,) = (one for one in shop.get("/api/campaigns/spring/prizes", key="read").json() if one["prize"] == "cup")
    assert (cup["given"], cup["left"]) == (3, 97)
    nothing = shop.post("/api/payouts/decisions", {"verdict": "reject"}, key="admin")
    assert (nothing.status_code, nothing.json()["code"]) == (400, "campaigns.review_which")


def test_suspicion_is_explained_to_staff(shop):
    farmed(shop)
    found = shop.get("/api/campaigns/spring/suspicion/user_id/farm3", key="admin").json()
    assert (found["is_suspected"], found["is_trusted"], found["score"]) == (True, False, 3)
    assert found["signals"]["device_accounts"] == FARM
    assert [one["code"] for one in found["reasons"]] == ["abuse.is_new", "abuse.shared_device"]
    honest = shop.get("/api/campaigns/spring/suspicion/user_id/li", key="admin").json()
    assert honest["is_suspected"] is False


def test_there_is_no_challenge_where_nothing_is_guarded(shop):
    answer = shop.client.get("/api/customer/challenge?campaign=none", headers=phone(shop, "li", "phone"))
    assert (answer.status_code, answer.json()["code"]) == (404, "campaigns.unknown")
