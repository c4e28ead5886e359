"""Finding customers, and what staff states about them, over HTTP."""

from urllib.parse import quote

import pytest

from tests.faces.http.shop import FACTS

LI = "/api/customers/user_id/li"


@pytest.fixture
def shop(own_shop):
    """A shop that a test may change, with the customers Li and Wang."""
    own_shop.post("/v1/batch", {"batch": FACTS}, key="write")
    return own_shop


def state(shop, path, body, **more):
    answer = shop.post(path, body, key="admin", **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def standing(shop, term, who=LI):
    view = shop.get(f"{who}/consents").json()
    return {f"{one['purpose']}:{one['channel']}": one for one in view["current"]}[term]


@pytest.mark.parametrize("sent", ["li", "13800138000", "138 0013 8000", "+8613800138000", "user_id:li"])
def test_customers_are_found_without_naming_the_kind(shop, sent):
    answer = shop.get("/api/customers", params={"identifier": sent})
    (found,) = answer.json()["items"]
    assert {"kind": "user_id", "value": "li"} in found["identifiers"]
    assert len(found["matched"]) == 1


def test_nobody_is_an_empty_list(shop):
    assert shop.get("/api/customers?identifier=zhao").json() == {"items": [], "next": None}
    assert shop.get("/api/customers").status_code == 400
    assert shop.get("/api/customers", params={"identifier": "x" * 401}).status_code == 400


def test_a_tag_is_given_shown_asked_for_and_taken(shop):
    assert state(shop, f"{LI}/tags", {"tag": "VIP 客户/金"})["is_new"]
    assert [one["tag"] for one in shop.get(LI).json()["tags"]] == ["VIP 客户/金"]
    assert shop.post("/api/segments/count", {"criteria": 'tag("VIP 客户/金")'}).json()["count"] == 1
    gone = shop.call("DELETE", f"{LI}/tags/{quote('VIP 客户/金', safe='')}", key="admin")
    assert (gone.status_code, gone.content) == (204, b"")
    assert shop.get(LI).json()["tags"] == []
    assert shop.get(LI).json()["timeline"][0]["fields"] == {"tag": "VIP 客户/金", "author": "admin"}


def test_a_note_is_written_once_under_one_key(shop):
    once = {"headers": {"Idempotency-Key": "7"}}
    first = state(shop, f"{LI}/notes", {"text": "calls on Mondays"}, **once)
    again = state(shop, f"{LI}/notes", {"text": "calls on Mondays"}, **once)
    other = state(shop, f"{LI}/notes", {"text": "prefers tea", "author": "Zhao"}, **once)
    assert (first["is_new"], again) == (True, {**first, "is_new": False})
    assert other["is_new"]
    notes = shop.get(LI).json()["notes"]
    assert [(one["text"], one["author"]) for one in notes] == [("prefers tea", "Zhao"), ("calls on Mondays", "admin")]


def test_consent_is_stated_and_shown_with_its_history(shop):
    assert standing(shop, "marketing:sms")["statement"] is None
    granted = {"purpose": "marketing", "channel": "sms", "state": "granted", "text_version": "3", "evidence": "form"}
    state(shop, f"{LI}/consents", granted)
    found = standing(shop, "marketing:sms", "/api/customers/phone/13800138000")
    assert found["is_granted"]
    assert found["label"] == {"zh": "营销·短信", "en": "Marketing · SMS"}
    assert (found["statement"]["source"], found["statement"]["evidence"]) == ("staff", "form")
    state(shop, f"{LI}/consents", {"purpose": "marketing", "channel": "*", "state": "withdrawn"})
    assert not standing(shop, "marketing:sms")["is_granted"]
    assert [one["is_granted"] for one in shop.get(f"{LI}/consents").json()["history"]] == [False, True]
    assert {one["is_granted"] for one in shop.get(LI).json()["consents"]} == {False}


def test_a_web_form_states_consent_through_the_segment_door(shop):
    told = {"purpose": "marketing", "message_channel": "email", "evidence": "newsletter form"}
    form = {"event": "Consent Granted", "userId": "li", "messageId": "c-1",
            "context": {"library": {"name": "analytics.js"}}, "properties": told}  # fmt: skip
    assert shop.post("/v1/track", form, key="write").status_code == 200
    assert standing(shop, "marketing:email")["is_granted"]
    no_channel = {**form, "event": "Consent Withdrawn", "messageId": "c-2", "properties": {"purpose": "marketing"}}
    assert shop.post("/v1/track", no_channel, key="write").status_code == 200
    assert not standing(shop, "marketing:email")["is_granted"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("user_id/zhao/tags", {"tag": "vip"}, 404, "customers.unknown"),
        ("user_id/zhao/notes", {"text": "x"}, 404, "customers.unknown"),
        ("user_id/zhao/consents", {"purpose": "marketing", "channel": "sms", "state": "granted"}, 404,
         "customers.unknown"),
        ("phone/12/tags", {"tag": "vip"}, 400, "customers.identifier"),
        ("user_id/li/tags", {"tag": " "}, 400, "customers.text"),
        ("user_id/li/tags", {"tag": "a\u0000b"}, 400, "customers.line"),
        ("user_id/li/tags", {"tags": "vip"}, 400, "http.invalid"),
        ("user_id/li/notes", {"text": ""}, 400, "customers.text"),
        ("user_id/li/consents", {"purpose": "x", "channel": "sms", "state": "granted"}, 400, "consent.purpose"),
        ("user_id/li/consents", {"purpose": "marketing", "channel": "fax", "state": "granted"}, 400,
         "consent.channel"),
        ("user_id/li/consents", {"purpose": "marketing", "channel": "sms", "state": "denied"}, 400, "http.invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_stated_is_a_problem_in_the_callers_language(shop, path, body, status, code):
    answer = shop.post(f"/api/customers/{path}", body, key="admin", lang="zh")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"] != shop.post(f"/api/customers/{path}", body, key="admin").json()["detail"]


def test_consents_of_nobody_and_of_a_time(shop):
    assert shop.get("/api/customers/user_id/zhao/consents").status_code == 404
    assert shop.get(f"{LI}/consents?at=soon").json()["code"] == "time.instant"
    state(shop, f"{LI}/consents", {"purpose": "marketing", "channel": "sms", "state": "granted"})
    assert shop.get(f"{LI}/consents?at=2026-01-01").json()["history"] == []


@pytest.mark.parametrize("name", ["tag.added", "tag.removed", "note.written"])
def test_nobody_tags_herself_by_the_key_of_a_page(shop, name):
    good = {"type": "track", "event": "Order Completed", "userId": "li", "properties": {"order_id": "x"}}
    bad = {"type": "track", "event": name, "userId": "li", "properties": {"tag": "vip"}}
    sent = shop.post("/v1/batch", {"batch": [good, bad]}, key="write").json()
    assert [one["status"] for one in sent["results"]] == ["stored", "rejected"]
    assert sent["results"][1]["code"] == "ingest.staff_only"
    assert shop.get(LI).json()["tags"] == []
    (reject, *_) = shop.get("/api/rejects").json()["items"]
    assert (reject["place"], reject["code"]) == (1, "ingest.staff_only")
    assert "vip" in reject["raw"]
