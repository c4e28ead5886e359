"""Webhooks and audiences over HTTP: secrets shown once, deliveries seen and sent again, members as a file."""

import pytest

WEBHOOK = {"kind": "webhook", "name": "crm", "url": "https://example.com/hook", "facts": ["order.completed"]}
AUDIENCE = {"kind": "audience", "name": "ads", "segment": "all", "url": "https://example.com/up", "every": "1d"}
SEGMENT = {"kind": "segment", "name": "all", "criteria": 'count("order.completed") >= 1'}
LABEL = {"label": {"zh": "全部", "en": "All"}}


@pytest.fixture
def hooked(own_shop):
    ask = {"documents": [WEBHOOK, AUDIENCE, SEGMENT | LABEL]}
    applied = own_shop.post("/api/documents/apply", ask, key="admin")
    assert applied.status_code == 200, applied.text
    return own_shop


def test_a_secret_is_shown_once_and_another_one_has_to_be_meant(hooked):
    made = hooked.post("/api/webhooks/crm/secret", {}, key="admin")
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert hooked.get("/api/webhooks/crm", key="admin").json()["has_secret"]
    again = hooked.post("/api/webhooks/crm/secret", {}, key="admin")
    assert (again.status_code, again.json()["code"]) == (409, "delivery.secret_there")
    rotated = hooked.post("/api/webhooks/crm/secret", {"rotate": True}, key="admin").json()
    assert rotated["secret"] != made.json()["secret"]
    assert hooked.get("/api/webhooks", key="admin").json()["items"][0]["former_secret_until"] is not None


def test_a_test_waits_is_listed_and_can_be_asked_for_again(hooked):
    key = hooked.post("/api/webhooks/crm/test", key="admin").json()["id"]
    (item,) = hooked.get("/api/webhooks/crm/deliveries?only=waiting", key="admin").json()["items"]
    assert (item["id"], item["state"], item["attempts"], item["position"]) == (key, "waiting", 0, None)
    assert hooked.get("/api/webhooks/crm/deliveries?only=dead", key="admin").json()["items"] == []
    assert hooked.post("/api/webhooks/crm/retry", {"id": key}, key="admin").json() == {"count": 1}
    assert hooked.post("/api/webhooks/crm/retry", {}, key="admin").json() == {"count": 0}
    unknown = hooked.post("/api/webhooks/crm/retry", {"id": "nothing"}, key="admin")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "delivery.no_message")
    vague = hooked.post("/api/webhooks/crm/retry", {"delivered": True}, key="admin")
    assert vague.json()["code"] == "delivery.since_needed"
    assert hooked.post("/api/webhooks/crm/resume", key="admin").json() == {"was_stopped": False}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/deliveries"),
        ("POST", "/secret"),
        ("POST", "/test"),
        ("POST", "/retry"),
        ("POST", "/resume"),
    ],
)
def test_an_unknown_webhook_is_not_found(hooked, method, path):
    answer = hooked.call(
        method, f"/api/webhooks/nobody{path}", key="admin", **({"json": {}} if method == "POST" else {})
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "delivery.unknown")


def test_audiences_are_listed_and_have_secrets(hooked):
    hooked.get("/api/facts")  # answers once the mind has set the timer
    assert hooked.post("/api/audiences/ads/secret", {}, key="admin").status_code == 201
    (item,) = hooked.get("/api/audiences", key="admin").json()["items"]
    assert (item["name"], item["has_secret"], item["every"]) == ("ads", True, "1d")
    unknown = hooked.post("/api/audiences/nobody/run", key="admin")
    assert unknown.json()["code"] == "delivery.unknown"


def test_members_are_a_file(shop):
    answer = shop.get("/api/segments/regulars/members.csv?columns=user_id,city", key="admin")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content == "user_id,city\r\nli,上海\r\n".encode()
    marked = shop.get("/api/segments/regulars/members.csv?excel=true", key="admin")
    assert marked.content.startswith(b"\xef\xbb\xbfcustomer,user_id\r\n")


@pytest.mark.parametrize(
    ("query", "code"),
    [("columns=user_id,phone", "audiences.consent"), ("columns=", "criteria"), ("columns=user_id,nothing", "criteria"),
     ("consent=marketing:pigeon", "criteria"), ("columns=customer,customer", "audiences.columns")],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_before_it_begins(shop, query, code):
    answer = shop.get(f"/api/segments/regulars/members.csv?{query}", key="admin")
    assert answer.status_code == 400
    assert answer.json()["code"].startswith(code)
