"""A customer looks at her own points and tiers: what waits, what ends soon, what happened."""

import time
from datetime import UTC, datetime

import pytest

from tests.faces.http.test_sessions import exchange, issuer, signed

DAYS = 86_400
POINTS = {
    "kind": "points", "name": "points", "label": {"zh": "积分", "en": "Points"}, "worth": {"points": 100, "money": 100},
    "pending_days": 7, "expires": {"days": 30}, "notice_days": 25, "adjust_alone_max": 1000,
}  # fmt: skip
GROWTH = {"kind": "points", "name": "growth", "label": {"zh": "成长值", "en": "Growth"}}
RULES = [
    {"kind": "earning", "name": "purchases", "unit": "points", "fact": "order.completed", "points": 1, "per": 100},
    {"kind": "earning", "name": "growth", "unit": "growth", "fact": "order.completed", "points": 1, "per": 100},
]
CLUB = {
    "kind": "tier", "name": "club", "label": {"zh": "俱乐部", "en": "Club"}, "unit": "growth",
    "tiers": [
        {"name": "silver", "label": {"zh": "银卡", "en": "Silver"}, "at": 100,
         "benefits": [{"zh": "免运费", "en": "Free shipping"}]},
        {"name": "gold", "label": {"zh": "金卡", "en": "Gold"}, "at": 500},
    ],
}  # fmt: skip


@pytest.fixture
def club(own_shop):
    documents = [POINTS, GROWTH, *RULES, CLUB]
    assert own_shop.post("/api/documents/apply", {"documents": documents}, key="admin").status_code == 200
    own_shop.token = exchange(own_shop, signed(issuer(own_shop))).json()["token"]
    return own_shop


def order(shop, user, number, days_ago, total):
    at = datetime.fromtimestamp(time.time() - days_ago * DAYS, UTC).isoformat()
    body = {
        "type": "track", "event": "Order Completed", "userId": user, "messageId": f"{user}-{number}", "timestamp": at,
        "originalTimestamp": at, "properties": {"order_id": f"{user}-{number}", "total": total, "currency": "CNY"},
    }  # fmt: skip
    assert shop.post("/v1/track", body, key="write").status_code == 200


def mine(shop, path="", lang="en", **params):
    headers = {"Authorization": f"Bearer {shop.token}", "Accept-Language": lang}
    return shop.client.get(f"/api/customer/points{path}", headers=headers, params=params)


def spend(shop, points, key):
    headers = {"Authorization": f"Bearer {shop.keys['admin']}", "Idempotency-Key": key}
    body = {"unit": "points", "points": points}
    done = shop.client.post("/api/customers/user_id/li/points/spend", json=body, headers=headers)
    assert done.status_code == 200, done.text


def shop_about(shop):
    """Let her buy old things and new ones, and somebody else, too; and spend."""
    order(shop, "li", 1, 20, 150)
    order(shop, "li", 2, 10, 50)
    order(shop, "li", 3, 1, 30)
    order(shop, "wang", 4, 20, 999)
    shop.get("/api/facts")  # answers once everything is dealt with
    spend(shop, 40, "s")


def test_she_sees_what_she_has_what_waits_and_what_ends_soon(club):
    shop_about(club)
    found = mine(club, lang="zh").json()
    growth, points = found["balances"]
    assert (growth["name"], growth["available"], growth["money"]) == ("成长值", 230, None)
    assert (points["name"], points["available"], points["money"], points["pending_total"]) == ("积分", 160, 160, 30)
    assert [one["amount"] for one in points["pending"]] == [30]
    assert [one["amount"] for one in points["ending"]] == [110, 50]
    assert points["ending"][0]["at"] < points["ending"][1]["at"]
    assert found["tiers"] == [
        {
            "ladder": "club", "tier": "silver", "name": "银卡", "benefits": ["免运费"], "amount": 230, "next": "gold",
            "next_name": "金卡", "next_at": 500, "missing": 270, "until": None, "is_member_day": False,
        }
    ]  # fmt: skip
    assert mine(club).json()["tiers"][0]["benefits"] == ["Free shipping"]


def test_she_reads_what_happened_page_by_page(club):
    shop_about(club)
    whole = mine(club, "/points/history", lang="zh").json()
    assert [(one["amount"], one["event"], one["text"]) for one in whole["items"]] == [
        (-40, "spent", "使用"), (30, "earned", "获得"), (50, "earned", "获得"), (150, "earned", "获得"),
    ]  # fmt: skip
    assert whole["next"] is None
    first = mine(club, "/points/history", limit=3).json()
    rest = mine(club, "/points/history", limit=3, cursor=first["next"]).json()
    assert [one["amount"] for one in (*first["items"], *rest["items"])] == [-40, 30, 50, 150]
    assert (rest["next"], first["items"][0]["text"]) == (None, "spent")


def test_she_who_has_nothing_sees_nothing(club):
    found = mine(club).json()
    assert [(one["available"], one["pending"], one["ending"]) for one in found["balances"]] == [(0, [], [])] * 2
    assert (found["tiers"][0]["tier"], found["tiers"][0]["missing"]) == (None, 100)
    assert mine(club, "/points/history").json() == {"items": [], "next": None}


def test_an_unknown_unit_and_a_made_up_cursor_are_refused(club):
    assert mine(club, "/beans/history").json()["code"] == "points.unit"
    assert mine(club, "/points/history", cursor="x").json()["code"] == "http.cursor"


def test_who_is_not_signed_in_sees_nobodys(club):
    anonymous = club.client.post("/api/customer/sessions/anonymous", json={}).json()["token"]
    for path in ("", "/points/history"):
        assert club.client.get(f"/api/customer/points{path}").status_code == 401
        headers = {"Authorization": f"Bearer {anonymous}"}
        assert club.client.get(f"/api/customer/points{path}", headers=headers).status_code == 403
