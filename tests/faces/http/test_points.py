"""Points over HTTP: a balance, spending and adjusting once, months."""

import pytest

from tests.faces.http.shop import FACTS

POINTS = {
    "kind": "points", "name": "points", "label": {"zh": "积分", "en": "Points"}, "worth": {"points": 100, "money": 100},
    "adjust_alone_max": 50,
}  # fmt: skip
PLACE = "/api/customers/user_id/li/points"


@pytest.fixture
def bank(own_shop):
    own_shop.post("/v1/batch", {"batch": FACTS[:1]}, key="write")
    own_shop.post("/api/documents/apply", {"documents": [POINTS]}, key="admin")

    def post(path, body, key):
        return own_shop.client.post(
            f"{PLACE}/{path}", json=body,
            headers={"Authorization": f"Bearer {own_shop.keys['admin']}", "Idempotency-Key": key},
        )  # fmt: skip

    own_shop.bank = post
    return own_shop


def test_points_are_given_and_spent_once_under_a_key(bank):
    ask = {"unit": "points", "amount": 50, "reason": "sorry", "asker": "li", "approver": "li"}
    given = bank.bank("adjust", ask, "a")
    assert (given.status_code, given.json()["is_new"], given.json()["amount"]) == (200, True, 50)
    assert not bank.bank("adjust", ask, "a").json()["is_new"]
    other = bank.bank("adjust", {**ask, "amount": 20}, "a")
    assert (other.status_code, other.json()["code"]) == (409, "acts.key_reused")
    no = bank.bank("adjust", {**ask, "amount": 51}, "b")
    assert (no.status_code, no.json()["code"]) == (409, "points.approver")
    spend = {"unit": "points", "points": 30, "is_money": True}
    assert bank.bank("spend", spend, "s").json()["amount"] == 30
    short = bank.bank("spend", spend, "t")
    assert (short.status_code, short.json()["code"]) == (409, "points.balance")
    assert "20" in short.json()["detail"]
    (held,) = bank.get(PLACE).json()["balances"]
    assert (held["available"], held["money"], held["zh"]) == (20, 20, "积分")
    assert bank.get("/api/points/liability").json()["items"][0]["available"] == 20


def test_without_a_key_or_with_amounts_that_are_none_nothing_is_done(bank):
    spend = {"unit": "points", "points": 30}
    missing = bank.post(f"{PLACE}/spend", spend, key="admin")
    assert missing.status_code == 400
    assert missing.json()["detail"] == "header: field Idempotency-Key is missing; null was given"
    for amount in (0, -1, 1.5, 10**20, "ten"):
        assert bank.bank("spend", {**spend, "points": amount}, "k").status_code == 400
    assert bank.bank("spend", {**spend, "unit": "gold"}, "k").status_code == 404
    assert bank.get(PLACE).json()["balances"][0]["available"] == 0


def test_a_month_is_shown_and_closed_when_it_is_over(bank):
    month = bank.get("/api/points/points/months/2020-01").json()
    assert (month["opening"], month["closing"]) == (0, 0)
    closed = bank.post("/api/points/points/months/2020-01/close", {}, key="admin").json()
    assert (closed["month"], closed["now"], closed["is_new"]) == (month, month, True)
    early = bank.post("/api/points/points/months/9999-01/close", {}, key="admin")
    assert (early.status_code, early.json()["code"]) == (409, "points.month_open")


def test_the_keys_of_two_callers_are_apart(bank):
    adjust = {"unit": "points", "amount": 20, "reason": "sorry", "asker": "li", "approver": "li"}
    for path, body in (("adjust", adjust), ("spend", {"unit": "points", "points": 10})):
        for key in ("admin", "all"):
            done = bank.post(f"{PLACE}/{path}", body, key=key, headers={"Idempotency-Key": "1"})
            assert (done.status_code, done.json()["is_new"]) == (200, True)
    assert bank.get(PLACE).json()["balances"][0]["available"] == 20
