"""Item codes over HTTP: made and traced by staff, verified at a till, scanned and played by customers."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from interplay.acts import api as acts
from interplay.interact.codes.contracts import Level
from tests.faces.http.test_campaigns import play, run, signed_in
from tests.faces.http.test_sessions import issuer
from tests.faces.http.test_stores import till_shop

__all__ = ["till_shop"]

BATCH = {"name": "caps", "product": "P-tea", "count": 480, "packing": {"box": 12, "case": 4}}
PARTS = {"cap": {"codes": {"batches": ["caps"], "prizes": ["points"]}}}


@pytest.fixture
def plant(till_shop):
    made = till_shop.post("/api/codes/batches", BATCH, key="admin")
    assert made.status_code == 200, made.text
    till_shop.secret = issuer(till_shop)
    yield till_shop
    assert acts.check(till_shop.reach.home.database) == []


def code(plant, item, level=Level.ITEM):
    codes = plant.reach.home.codes
    return codes.code_of(codes.batch("caps"), level, item - 1)


def put(plant, what, **ask):
    answer = plant.post(f"/api/codes/{what}", ask, key="admin")
    assert answer.status_code == 200, answer.text
    return answer.json()


def scan(plant, headers, item=1, key="s", province="", text=None):
    body = {"code": text or code(plant, item), "place": {"province": province}}
    return plant.client.post("/api/customer/scans", json=body, headers=headers | {"Idempotency-Key": key})


def trace(plant, text):
    return plant.post("/api/codes/trace", {"code": text})


def test_staff_make_send_activate_and_trace(plant):
    again = plant.post("/api/codes/batches", BATCH, key="admin").json()
    assert (again["name"], again["count"], again["active"]) == ("caps", 480, 0)
    other = plant.post("/api/codes/batches", BATCH | {"count": 12}, key="admin")
    assert (other.status_code, other.json()["code"]) == (409, "codes.batch_taken")
    assert put(plant, "send", batch="caps", provinces=["广东"]) == {"items": 480, "refused": None}
    assert put(plant, "activate", codes=[code(plant, 2, Level.BOX)])["items"] == 12
    assert put(plant, "void", batch="caps", first=13, last=13, reason="broken")["items"] == 1
    (shown,) = plant.get("/api/codes/batches").json()["items"]
    assert (shown["active"], shown["sent"], shown["void"]) == (12, 480, 1)
    assert plant.get("/api/codes/batches/caps").json() == shown
    found = trace(plant, code(plant, 13)).json()
    assert (found["batch"], found["number"], found["level"]) == ("caps", 13, "item")
    assert found["sent"][0]["destination"] == {"provinces": ["CN-GD"]}
    assert found["void"][0]["reason"] == "broken"
    assert trace(plant, "caps/13").json() == found | {"code": ""}
    assert trace(plant, found["within"]["case"]).json()["last"] == 48


@pytest.mark.parametrize(
    ("what", "ask", "status", "code"),
    [("activate", {}, 400, "codes.which"), ("activate", {"batch": "x"}, 404, "codes.batch"),
     ("activate", {"batch": "caps", "last": 481}, 400, "codes.items"),
     ("send", {"batch": "caps"}, 400, "codes.destination")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(plant, what, ask, status, code):
    answer = plant.post(f"/api/codes/{what}", ask, key="admin")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_code_of_nobodys_changes_nothing_and_is_on_nothing(plant):
    assert put(plant, "activate", codes=["HELLO"])["refused"]["code"] == "code.form"
    answer = trace(plant, "HELLO")
    assert (answer.status_code, answer.json()["code"]) == (404, "codes.no_such")
    verified = plant.post("/api/codes/verify", {"code": "HELLO"}).json()
    assert (verified["batch"], verified["refused"]["code"]) == (None, "code.form")


def test_a_till_verifies_and_a_customer_scans(plant):
    headers = signed_in(plant, lang="zh")
    early = scan(plant, headers).json()
    assert early["refused"] == {"code": "code.not_active", "text": "此物码尚未激活", "params": {}}
    put(plant, "activate", batch="caps")
    first = scan(plant, headers, province="广东")
    assert first.status_code == 200, first.text
    assert (first.json()["product"], first.json()["item"], first.json()["is_first"]) == ("P-tea", 1, True)
    assert scan(plant, headers, province="广东").json() == first.json()
    assert scan(plant, headers, 2, province="广东").json()["code"] == "acts.key_reused"
    assert scan(plant, headers, key="t", text=f"https://i.example.cn/c/{code(plant, 1)}").json()["scan_no"] == 2
    asked = plant.post("/api/till/codes/verify", {"code": code(plant, 1)}, key="till").json()
    assert (asked["is_active"], asked["scan_count"], asked["refused"]) == (True, 2, None)


def test_two_who_scan_at_one_moment_are_told_who_was_first(plant):
    put(plant, "activate", batch="caps")
    people = [signed_in(plant, who=f"u{n}", jti=f"j{n}") for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda headers: scan(plant, headers, 7).json(), people))
    assert sorted(one["scan_no"] for one in found) == [1, 2, 3, 4, 5, 6]
    assert sum(one["is_first"] for one in found) == 1


def test_one_code_gives_one_reward_over_http_and_alarms_are_for_staff(plant):
    put(plant, "activate", batch="caps")
    put(plant, "send", batch="caps", provinces=["广东"])
    run(plant, parts=PARTS)
    people = [signed_in(plant, who=f"u{n}", jti=f"j{n}") for n in range(6)]
    move = {"code": code(plant, 9), "place": {"province": "北京"}}
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda headers: play(plant, headers, move=move, part="cap").json(), people))
    assert sum(bool(one["won"]) for one in found) == 1
    assert [one["says"]["why"] for one in found if not one["won"]] == ["code.rewarded"] * 5
    again = [play(plant, headers, move=move, part="cap").json() for headers in people]
    assert [one["won"] for one in again] == [one["won"] for one in found], "a retry has the same answer"
    assert "alarm" not in str(found)
    deadline = time.monotonic() + 20
    while len((shown := trace(plant, "caps/9").json())["alarms"]) < 2 and time.monotonic() < deadline:
        plant.get("/api/facts")  # answers once every reaction has seen every fact
    assert [one["alarm"] for one in shown["alarms"]] == ["diverted", "people"]
    assert (shown["scan_count"], shown["is_rewarded"], len(shown["scans"])) == (6, True, 6)


def test_who_may_read_only_learns_no_codes_by_counting(plant):
    assert trace(plant, code(plant, 7)).json()["code"].replace("-", "") == code(plant, 7).replace("-", "")
    by_number = trace(plant, "caps/7").json()
    assert (by_number["number"], by_number["code"]) == (7, "")
    assert code(plant, 7) not in str(by_number)
