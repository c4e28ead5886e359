"""Export and erase over HTTP: by administrators only, and no identifier in an address."""

import pytest


@pytest.fixture
def li(own_shop):
    batch = [
        {"type": "identify", "userId": "li", "messageId": "1", "traits": {"email": "li@shop.example", "name": "Li"}},
        {"type": "track", "event": "Order Completed", "userId": "li", "messageId": "2", "properties": {"total": 9}},
        {"type": "track", "event": "Order Completed", "userId": "wang", "messageId": "3", "properties": {"total": 8}},
    ]
    sent = own_shop.post("/v1/batch", {"batch": batch}, key="write")
    assert [one["status"] for one in sent.json()["results"]] == ["stored"] * 3
    return own_shop


LI = {"identifier": {"kind": "email", "value": "LI@shop.example"}}


def test_an_export_is_for_administrators(li):
    assert li.post("/api/customers/export", LI, key="read").status_code == 403
    found = li.post("/api/customers/export", LI, key="admin")
    assert found.status_code == 200, found.text
    told = found.json()
    assert [one["kind"] for one in told["identifiers"]] == ["user_id", "email"]
    assert [one["name"] for one in told["facts"]] == ["customer.identified", "order.completed"]
    assert told["facts"][1]["fields"]["value"] == 900
    assert told["traits"]["name"] == "Li"
    assert li.post("/api/customers/export", LI, key="admin").json() == told


def test_an_erasure_is_for_administrators_and_done_once(li):
    for key in ("read", "write"):
        assert li.post("/api/customers/erase", LI, key=key).status_code == 403
    done = li.post("/api/customers/erase", LI | {"reason": "request 7"}, key="admin")
    assert (done.status_code, done.json()) == (200, {"erasure": 1, "identifiers_count": 2})
    again = li.post("/api/customers/erase", LI, key="admin", lang="zh")
    assert (again.status_code, again.json()["code"]) == (404, "customers.unknown")
    assert li.post("/api/customers/export", LI, key="admin").status_code == 404
    assert li.get("/api/customers/user_id/li").status_code == 404
    assert li.get("/api/customers/user_id/wang").json()["facts_count"] == 1
    counted = li.post("/api/segments/count", {"criteria": 'count("order.completed") >= 1'})
    assert (counted.json()["count"], counted.json()["population"]) == (1, 1)
    li.post("/v1/track", {"event": "Order Completed", "userId": "li", "messageId": "4"}, key="write")
    assert li.get("/api/customers/user_id/li").json()["facts_count"] == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"identifier": {"kind": "phone"}}, LI | {"reason": "x" * 101}, LI | {"kind": "phone"}],
)
def test_what_is_no_request_is_said(li, body):
    assert li.post("/api/customers/erase", body, key="admin").status_code == 400
    assert li.get("/api/customers/user_id/li").status_code == 200
