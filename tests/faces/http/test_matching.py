"""Candidates over HTTP: found and decided by administrators, listed by readers."""

import pytest


def identify(who, **traits):
    return {"type": "identify", "anonymousId": who, "messageId": who, "traits": traits}


@pytest.fixture
def crowd(own_shop):
    batch = [
        identify("c-1", name="欧阳娜娜", birthday="1990-05-17", city="上海"),
        identify("c-2", name="欧阳娜娜", birthday="1990-05-17", city="上海市"),
        identify("c-3", name="王伟", birthday="1985-01-02", city="北京"),
    ]
    assert own_shop.post("/v1/batch", {"batch": batch}, key="write").status_code == 200
    return own_shop


def test_pairs_are_found_listed_in_both_languages_and_merged(crowd):
    found = crowd.post("/api/customers/matches", {"min_probability": 0.8}, key="admin")
    assert found.status_code == 200, found.text
    told = found.json()
    assert (told["customers_count"], told["proposed_count"], told["is_learned"]) == (3, 1, False)
    assert {"name": "birthday", "filled_count": 3} in told["columns"]
    (item,) = crowd.get("/api/customers/matches").json()["items"]
    assert {item["one"]["value"], item["other"]["value"]} == {"c-1", "c-2"}
    assert "Birthday the same (+" in item["reasons"]
    (review,) = crowd.get("/api/identities/reviews", lang="zh").json()["items"]
    assert review["probability"] == item["probability"]
    assert "生日相同（+" in review["reasons"]
    assert (review["fact"], review["position"]) == (None, None)
    merged = crowd.post("/api/identities/merge", {"one": item["one"], "other": item["other"]}, key="admin").json()
    assert merged["one"] == merged["other"]
    why = crowd.get("/api/identities/why?kind=anonymous_id&value=c-1").json()
    assert why["decisions"][0]["reason"].startswith("matched 0.9")
    assert crowd.get("/api/customers/matches").json()["items"] == []


def test_a_reject_is_an_answer_once(crowd):
    crowd.post("/api/customers/matches", {"min_probability": 0.8}, key="admin")
    (item,) = crowd.get("/api/customers/matches").json()["items"]
    pair = {"one": item["one"], "other": item["other"]}
    assert crowd.post("/api/identities/unmerge", pair, key="admin").status_code == 200
    again = crowd.post("/api/customers/matches", {"min_probability": 0.8}, key="admin").json()
    assert (again["proposed_count"], again["refused_count"]) == (0, 1)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"min_probability": 0}, 400, "matching.probability"),
        ({"limit": 10_001}, 400, "matching.limit"),
        ({"threshold": 0.9}, 400, None),
        ({"min_probability": "high"}, 400, None),
    ],
)
def test_what_cannot_be_asked_is_said(crowd, body, status, code):
    refused = crowd.post("/api/customers/matches", body, key="admin")
    assert refused.status_code == status
    assert code is None or refused.json()["code"] == code


def test_nobody_to_compare_is_a_conflict(own_shop):
    refused = own_shop.post("/api/customers/matches", {}, key="admin", lang="zh")
    assert (refused.status_code, refused.json()["code"]) == (409, "matching.too_few")
