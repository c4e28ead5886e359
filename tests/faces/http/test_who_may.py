"""Every route, every kind of caller."""

import time

import pytest

from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.app import ROUTES
from interplay.faces.http.visits import NEEDS, Caller

CALLS = {
    ("GET", "/api/segments"): "read",
    ("POST", "/api/segments/count"): "read",
    ("GET", "/api/segments/live"): "read",
    ("GET", "/api/segments/overlap"): "read",
    ("GET", "/api/segments/nobody/history"): "read",
    ("GET", "/api/customers/user_id/li/segments"): "read",
    ("POST", "/api/segments/members"): "read",
    ("POST", "/api/segments/explain"): "read",
    ("POST", "/api/criteria/check"): "read",
    ("POST", "/api/funnels"): "read",
    ("POST", "/api/cohorts"): "read",
    ("POST", "/api/stickiness"): "read",
    ("POST", "/api/lifecycle"): "read",
    ("POST", "/api/attribution"): "read",
    ("GET", "/api/alerts"): "read",
    ("GET", "/api/alerts/none"): "read",
    ("GET", "/api/realtime"): "read",
    ("GET", "/api/realtime/stream?minutes=0"): "read",
    ("POST", "/api/attribution/effects"): "read",
    ("POST", "/api/intervals"): "read",
    ("POST", "/api/distribution"): "read",
    ("POST", "/api/paths"): "read",
    ("POST", "/api/effects"): "read",
    ("POST", "/api/metrics"): "read",
    ("GET", "/api/metrics"): "read",
    ("GET", "/api/reports"): "read",
    ("GET", "/api/customers?identifier=li"): "read",
    ("GET", "/api/customers/user_id/li"): "read",
    ("GET", "/api/customers/user_id/li/consents"): "read",
    ("POST", "/api/customers/user_id/li/consents"): "admin",
    ("POST", "/api/customers/user_id/li/tags"): "admin",
    ("DELETE", "/api/customers/user_id/nobody/tags/vip"): "admin",
    ("POST", "/api/customers/user_id/li/notes"): "admin",
    ("GET", "/api/facts"): "read",
    ("GET", "/api/facts/catalogue"): "read",
    ("GET", "/api/rejects"): "read",
    ("POST", "/api/customers/export"): "admin",
    ("POST", "/api/customers/erase"): "admin",
    ("POST", "/api/identities/merge"): "admin",
    ("POST", "/api/identities/unmerge"): "admin",
    ("GET", "/api/identities/why"): "read",
    ("GET", "/api/identities/reviews"): "read",
    ("POST", "/api/customers/matches"): "admin",
    ("GET", "/api/customers/matches"): "read",
    ("GET", "/api/documents"): "read",
    ("GET", "/api/documents/schemas"): "read",
    ("POST", "/api/documents/plan"): "read",
    ("POST", "/api/documents/apply"): "admin",
    ("GET", "/api/keys"): "admin",
    ("POST", "/api/keys"): "admin",
    ("DELETE", "/api/keys/nobody"): "admin",
    ("GET", "/api/segments/regulars/members.csv"): "admin",
    ("GET", "/api/audiences"): "admin",
    ("POST", "/api/audiences/crm/secret"): "admin",
    ("POST", "/api/audiences/crm/run"): "admin",
    ("GET", "/api/customers/user_id/li/points"): "read",
    ("POST", "/api/customers/user_id/li/points/spend"): "admin",
    ("POST", "/api/customers/user_id/li/points/adjust"): "admin",
    ("GET", "/api/points/liability"): "read",
    ("GET", "/api/points/rules"): "read",
    ("GET", "/api/points/points/months/2026-01"): "read",
    ("POST", "/api/points/points/months/2026-01/close"): "admin",
    ("GET", "/api/webhooks"): "admin",
    ("GET", "/api/webhooks/crm"): "admin",
    ("GET", "/api/webhooks/crm/deliveries"): "admin",
    ("POST", "/api/webhooks/crm/secret"): "admin",
    ("POST", "/api/webhooks/crm/test"): "admin",
    ("POST", "/api/webhooks/crm/retry"): "admin",
    ("POST", "/api/webhooks/crm/resume"): "admin",
    ("GET", "/api/stores"): "read",
    ("GET", "/api/devices"): "admin",
    ("POST", "/api/devices"): "admin",
    ("DELETE", "/api/devices/nobody"): "admin",
    ("POST", "/api/members"): "admin",
    ("GET", "/api/members/user_id/li"): "read",
    ("GET", "/api/sessions/issuers"): "admin",
    ("POST", "/api/sessions/issuers"): "admin",
    ("DELETE", "/api/sessions/issuers/nobody"): "admin",
    ("POST", "/api/coupons/issue"): "admin",
    ("POST", "/api/coupons/claim"): "admin",
    ("POST", "/api/coupons/transfer"): "admin",
    ("POST", "/api/coupons/void"): "admin",
    ("GET", "/api/coupons"): "read",
    ("GET", "/api/codes/batches"): "read",
    ("GET", "/api/codes/batches/nobodys"): "read",
    ("POST", "/api/codes/batches"): "admin",
    ("POST", "/api/codes/activate"): "admin",
    ("POST", "/api/codes/void"): "admin",
    ("POST", "/api/codes/send"): "admin",
    ("POST", "/api/codes/verify"): "read",
    ("POST", "/api/codes/trace"): "read",
    ("GET", "/api/campaigns/none/parts/barista/entries"): "read",
    ("GET", "/api/campaigns/none/parts/barista/standing"): "read",
    ("GET", "/api/campaigns/none/parts/poll/answers"): "read",
    ("GET", "/api/campaigns/none/parts/poll/votes"): "read",
    ("GET", "/api/campaigns/none/parts/week/board"): "read",
    ("POST", "/api/campaigns/none/parts/barista/entries/moderate"): "admin",
    ("POST", "/api/campaigns/none/parts/barista/entries/1/points"): "admin",
    ("GET", "/api/entries/photos/none"): "read",
    ("GET", "/api/coupons/NOBODYS"): "read",
    ("GET", "/api/campaigns"): "read",
    ("GET", "/api/campaigns/none/check"): "read",
    ("POST", "/api/campaigns/none/preview"): "read",
    ("GET", "/api/campaigns/none/prizes"): "read",
    ("GET", "/api/campaigns/none/parts/friends/spread"): "read",
    ("GET", "/api/campaigns/none/winners"): "admin",
    ("POST", "/api/campaigns/none/parts/wheel/plays"): "admin",
    ("POST", "/api/campaigns/none/start"): "admin",
    ("GET", "/api/payouts"): "admin",
    ("POST", "/api/payouts/decisions"): "admin",
    ("GET", "/api/campaigns/none/suspicion/user_id/li"): "admin",
    ("GET", "/api/staff"): "admin",
    ("POST", "/api/staff/invitations"): "admin",
    ("POST", "/api/staff/resets"): "admin",
    ("POST", "/api/staff/nobody@example.com"): "admin",
    ("GET", "/api/audit"): "admin",
}
OF_OTHERS = {
    ("GET", "/api/till"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/members"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/members/find"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/members/scan"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/quote"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/hold"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/commit"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/reverse"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/orders"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/campaigns/none/parts/wheel/plays"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/till/prizes/collect"): ("stores.device_key", Caller.TILL),
    ("GET", "/api/customer/challenge?campaign=none"): ("sessions.unknown", Caller.CUSTOMER),
    ("GET", "/api/customer/campaigns"): ("sessions.unknown", Caller.CUSTOMER),
    ("GET", "/api/customer/campaigns/none"): ("sessions.unknown", Caller.CUSTOMER),
    ("POST", "/api/customer/campaigns/none/parts/wheel/plays"): ("sessions.unknown", Caller.CUSTOMER),
    ("POST", "/api/till/codes/verify"): ("stores.device_key", Caller.TILL),
    ("POST", "/api/customer/scans"): ("sessions.unknown", Caller.CUSTOMER),
    ("POST", "/api/customer/campaigns/none/parts/barista/photos"): ("sessions.unknown", Caller.CUSTOMER),
    ("GET", "/api/customer/campaigns/none/parts/barista/entries"): ("sessions.unknown", Caller.CUSTOMER),
    ("GET", "/api/customer/points"): ("sessions.unknown", Caller.CUSTOMER),
    ("GET", "/api/customer/points/points/history"): ("sessions.unknown", Caller.CUSTOMER),
    ("GET", "/api/customer/coupons"): ("sessions.unknown", Caller.CUSTOMER),
    ("POST", "/api/customer/coupons"): ("sessions.unknown", Caller.CUSTOMER),
    ("DELETE", "/api/customer/sessions"): ("sessions.unknown", Caller.VISITOR),
    ("GET", "/api/customer/member"): ("sessions.unknown", Caller.CUSTOMER),
    ("POST", "/api/customer/member"): ("sessions.unknown", Caller.CUSTOMER),
    ("POST", "/api/customer/member/code"): ("sessions.unknown", Caller.CUSTOMER),
    ("DELETE", "/api/staff/sessions"): ("staff.not_signed_in", Caller.STAFF),
    ("GET", "/api/staff/me"): ("staff.not_signed_in", Caller.STAFF),
    ("POST", "/api/staff/me/password"): ("staff.not_signed_in", Caller.STAFF),
    ("POST", "/api/staff/me/second-factor"): ("staff.not_signed_in", Caller.STAFF),
    ("POST", "/api/staff/me/second-factor/confirm"): ("staff.not_signed_in", Caller.STAFF),
    ("POST", "/api/staff/me/second-factor/drop"): ("staff.not_signed_in", Caller.STAFF),
}
"""Calls that no API key opens, each with what is said of a key, and who may."""
OF_ANYBODY = (
    "/api/customer/sessions/anonymous",
    "/api/customer/sessions/exchange",
    "/api/customer/sessions/phone/code",
    "/api/customer/sessions/phone",
    "/api/customer/sessions/wechat",
    "/api/campaigns/none/promise",
    "/api/contest/photos/none",
    "/api/staff/sessions",
    "/api/staff/join",
)
"""Calls for anybody: who is about to sign in, who wants to read what is promised."""
each_call = pytest.mark.parametrize(("method", "path", "needed"), [(*call, needed) for call, needed in CALLS.items()])


def test_every_route_is_here():
    assert len(CALLS) + len(OF_OTHERS) + len(OF_ANYBODY) == len(ROUTES)
    assert all(NEEDS in route.opt for route in ROUTES)
    others = [route.opt[NEEDS] for route in ROUTES if not isinstance(route.opt[NEEDS], Scope)]
    assert sorted(others) == sorted([who for _, who in OF_OTHERS.values()] + [Caller.ANYBODY] * len(OF_ANYBODY))


@pytest.mark.parametrize("key", ["write", "read", "admin"])
@pytest.mark.parametrize(("method", "path", "code"), [(*call, code) for call, (code, _) in OF_OTHERS.items()])
def test_what_is_for_others_no_key_opens(shop, method, path, code, key):
    answer = shop.call(method, path, key=key)
    assert (answer.status_code, answer.json()["code"]) in {(401, code), (429, "http.too_many_failures")}


@each_call
@pytest.mark.parametrize("key", ["write", "read", "admin"])
def test_a_key_opens_what_its_scope_says(shop, method, path, needed, key):
    answer = shop.call(method, path, key=key)
    if key == needed:
        assert answer.status_code in (200, 400, 404)
    else:
        assert answer.status_code == 403
        assert answer.json()["params"] == {"scope": needed, "name": key}


@each_call
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer sk_wrong"}, {"Authorization": "Basic !"}])
def test_without_a_key_nothing_opens(shop, method, path, needed, header):
    answer = shop.client.request(method, path, headers=header)
    assert answer.status_code in (401, 429)
    assert answer.headers["content-type"] == "application/problem+json"
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == 'Bearer realm="interplay"'


def test_a_key_may_come_as_the_user_of_basic_authorization(shop):
    assert shop.client.get("/api/facts", auth=(shop.keys["read"], "")).status_code == 200


def test_a_revoked_key_stops_working_within_a_second(own_shop):
    made = own_shop.post("/api/keys", {"name": "till", "scopes": ["read"]}, key="admin")
    assert made.status_code == 201
    own_shop.keys["till"] = made.json()["key"]
    time.sleep(1)
    assert own_shop.get("/api/facts", key="till").status_code == 200
    assert own_shop.call("DELETE", "/api/keys/till", key="admin").status_code == 204
    time.sleep(1)
    assert own_shop.get("/api/facts", key="till").status_code == 401
    assert own_shop.call("DELETE", "/api/keys/till", key="admin").json()["code"] == "keys.unknown"


def test_the_description_needs_no_key(shop):
    assert shop.client.get("/api/openapi.json").json()["openapi"].startswith("3.1")


def test_metrics_need_a_key_from_elsewhere(shop):
    assert shop.client.get("/metrics").status_code in (401, 429)  # the test's client is no loopback address
    assert shop.get("/metrics", key="write").status_code == 403
    assert shop.get("/metrics").status_code == 200


def test_making_a_key_again_is_refused(own_shop):
    ask = {"name": "till", "scopes": ["read", "read", "write"]}
    assert own_shop.post("/api/keys", ask, key="admin").json()["scopes"] == ["read", "write"]
    again = own_shop.post("/api/keys", ask, key="admin")
    assert (again.status_code, again.json()["code"]) == (409, "keys.name_taken")


@pytest.mark.parametrize("ask", [{"name": "", "scopes": ["read"]}, {"name": "a/b", "scopes": ["read"]},
                                 {"name": "a", "scopes": []}, {"name": "a", "scopes": ["all"]}])  # fmt: skip
def test_a_key_needs_a_name_and_scopes(shop, ask):
    assert shop.post("/api/keys", ask, key="admin").status_code == 400
