"""The till's doors and coupons over HTTP: mistakes are problems, an expected no is an answer."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from interplay.acts import api as acts
from interplay.bootstrap import coupons as couponing
from interplay.faces.http.visits import GUESSES_BURST_MAX
from tests.faces.http.test_members import LI
from tests.faces.http.test_sessions import exchange, issuer, signed
from tests.faces.http.test_stores import MOMENT_SECONDS, till_shop
from tests.link.coupons.shop import OFF_20, template
from tests.link.stores.test_stores import NANJING

__all__ = ["till_shop"]

BASKET = {
    "currency": "CNY",
    "lines": [
        {"line": "1", "product": "tea", "quantity": 1, "unit_price": 20000},
        {"line": "2", "product": "cup", "quantity": 1, "unit_price": 15000},
    ],
}
OFF_50 = {"benefit": {"amount": {"off_amount": 5000}}, "spend_min": 20000}


@pytest.fixture
def till(till_shop):
    till_shop.post("/v1/identify", {"userId": "li", "traits": {"phone": LI["value"]}}, key="write")
    till_shop.get("/api/facts")  # answered when the mind knows who is who
    applied = till_shop.post(
        "/api/documents/apply",
        {"documents": [template("off50", terms=OFF_50, campaign="may", transferable=True),
                       template("far", terms=OFF_20 | {"stores": {"only": ["far"]}})]},
        key="admin",
    )  # fmt: skip
    assert applied.status_code == 200, applied.text
    yield till_shop
    assert acts.check(till_shop.reach.home.database) == []


def issue(shop, name="off50", key="i", who=LI):
    ask = {"template": name, "customers": [who]}
    answer = shop.post("/api/coupons/issue", ask, key="admin", headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    return answer.json()[0]["coupon"]


def ask(shop, door, body, key="k1", lang="en"):
    return shop.post(f"/api/till/{door}", body, key="till", lang=lang, headers={"Idempotency-Key": key})


def quoted(shop, *codes, **more):
    return ask(shop, "quote", {"basket": BASKET, "coupons": codes, **more}).json()


def order(shop, *codes, **more):
    found = quoted(shop, *codes)
    return {"basket": BASKET, "coupons": codes, "fingerprint": found["fingerprint"], **more}


def test_a_coupon_is_quoted_held_committed_and_taken_back_by_line(till):
    code = issue(till)["code"]
    found = quoted(till, code)
    assert [(line["discounts"], line["payable"]) for line in found["lines"]] == [
        ({"coupon:1": 2857}, 17143), ({"coupon:1": 2143}, 12857),
    ]  # fmt: skip
    assert (found["applied"][0]["code"], found["payable"], found["coupons"]) == (code, 30000, [code])
    held = ask(till, "hold", order(till, code, order="O1", seconds=60)).json()
    assert (held["state"], held["refused"]) == ("held", None)
    done = ask(till, "commit", {"redemption": held["redemption"]}, key="k2").json()
    assert (done["state"], done["redemption"], done["quote"]["payable"]) == ("done", held["redemption"], 30000)
    assert till.get(f"/api/coupons/{code}").json()["state"] == "used"
    back = ask(till, "reverse", {"redemption": done["redemption"], "lines": {"1": 1}}, key="k3").json()
    assert (back["money"], back["coupons_back"], back["is_whole"]) == (17143, 0, False)
    again = ask(till, "reverse", {"redemption": done["redemption"], "lines": {"1": 1}}, key="k3").json()
    assert again == back | {"is_new": False}
    rest = ask(till, "reverse", {"redemption": done["redemption"]}, key="k4").json()
    assert (rest["money"], rest["coupons_back"], rest["is_whole"]) == (12857, 1, True)
    sheet = till.get("/api/coupons").json()
    assert [(one["template"], one["owned"], one["used"]) for one in sheet["lines"]] == [("off50", 1, 0)]
    assert [one["cost"] for one in sheet["spent"]] == [0, 0]


def test_the_same_key_gives_the_same_answer_and_another_body_is_a_mistake(till):
    asked = order(till, issue(till)["code"])
    first = ask(till, "commit", {"order": asked})
    again = ask(till, "commit", {"order": asked})
    assert again.json() == first.json() | {"is_new": False}
    other = ask(till, "commit", {"order": asked | {"order": "another"}})
    assert (other.status_code, other.json()["code"]) == (409, "acts.key_reused")
    assert other.headers["content-type"] == "application/problem+json"
    held = ask(till, "hold", asked, key="k1")
    assert (held.status_code, held.json()["code"]) == (409, "acts.key_reused")


def test_a_key_that_made_a_hold_final_stands_for_nothing_else(till):
    one, other = (
        ask(till, "hold", order(till, issue(till)["code"], order=f"O{n}", seconds=60), key=f"h{n}").json()["redemption"]
        for n in range(2)
    )
    done = ask(till, "commit", {"redemption": one}, key="c").json()
    assert done["state"] == "done"
    for body in ({"redemption": other}, {"order": order(till, issue(till)["code"])}):
        reused = ask(till, "commit", body, key="c")
        assert (reused.status_code, reused.json()["code"]) == (409, "acts.key_reused")
    assert ask(till, "reverse", {"redemption": one}, key="c").json()["code"] == "acts.key_reused"
    again, under_another, as_held = (
        ask(till, "commit", {"redemption": one}, key=key).json() for key in ("c", "d", "h0")
    )
    assert again == under_another == as_held == done | {"is_new": False}
    gone = ask(till, "reverse", {"redemption": other}, key="g").json()
    assert gone["is_whole"]
    assert ask(till, "reverse", {"redemption": other}, key="g").json() == gone | {"is_new": False}
    assert ask(till, "commit", {"redemption": one}, key="g").json()["code"] == "acts.key_reused"


def test_a_key_is_required(till):
    body = {"order": order(till)}
    for door in ("hold", "commit", "reverse"):
        answer = till.post(f"/api/till/{door}", body, key="till")
        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.json()["detail"]
    missing = till.post("/api/coupons/issue", {"template": "off50", "customers": [LI]}, key="admin")
    assert missing.status_code == 400


def test_an_expected_no_is_an_answer_in_her_language(till):
    code = issue(till)["code"]
    forged = ("0" if code[0] != "0" else "1") + code[1:]
    found = ask(till, "quote", {"basket": BASKET, "coupons": [forged, "NOTHING"]}, lang="zh").json()
    assert [(one["code"], one["reason"]["code"], one["reason"]["text"]) for one in found["not_applied"]] == [
        (forged, "coupon.forged", "券码是伪造的"), ("NOTHING", "coupon.unknown", "没有这个券码"),
    ]  # fmt: skip
    stale = ask(till, "commit", {"order": order(till, code) | {"fingerprint": "0" * 32}})
    assert stale.status_code == 200
    assert stale.json()["refused"]["code"] == "quotes.stale"
    gone = ask(till, "reverse", {"redemption": "till:till-1/none"}, key="x").json()
    assert gone["refused"]["code"] == "coupon.unknown_order"


def test_a_coupon_of_other_stores_says_so(till):
    code = issue(till, "far")["code"]
    (no,) = quoted(till, code)["not_applied"]
    assert (no["code"], no["reason"]["code"], no["reason"]["params"]) == (
        code, "quotes.store", {"store": "nanjing-road"},
    )  # fmt: skip


def test_somebody_elses_coupon_is_refused_when_she_says_who_she_is(till):
    code = issue(till)["code"]
    till.post("/v1/identify", {"userId": "wang"}, key="write")
    wang = {"kind": "user_id", "value": "wang"}
    (no,) = quoted(till, code, customer=wang)["not_applied"]
    assert no["reason"]["code"] == "coupon.others"
    moved = till.post(
        "/api/coupons/transfer", {"code": code, "customer": LI, "to": wang}, key="admin",
        headers={"Idempotency-Key": "t"},
    )  # fmt: skip
    assert moved.json()["code"] == code
    assert quoted(till, code, customer=wang)["payable"] == 30000
    unknown = ask(till, "quote", {"basket": BASKET, "customer": {"kind": "user_id", "value": "nobody"}})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customers.unknown")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit_price": -1}, "quotes.line_price"),
        ({"unit_price": 10**13}, "quotes.line_price"),
        ({"unit_price": 0.5}, "http.invalid"),
        ({"quantity": 0}, "quotes.line_quantity"),
        ({"quantity": 1.5}, "http.invalid"),
        ({"discount": 5}, "http.invalid"),
    ],
)
def test_amounts_that_cannot_be_are_mistakes(till, change, code):
    basket = BASKET | {"lines": [BASKET["lines"][0] | change]}
    answer = ask(till, "quote", {"basket": basket})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_revoked_device_redeems_nothing(till):
    asked = order(till, issue(till)["code"])
    assert till.call("DELETE", "/api/devices/till-1", key="admin").status_code == 204
    time.sleep(MOMENT_SECONDS)
    refused = ask(till, "commit", {"order": asked})
    assert (refused.status_code, refused.json()["code"]) == (401, "stores.device_revoked")


def test_a_till_of_another_store_does_not_take_the_order_back(till):
    other_store = NANJING | {"name": "bund"}
    assert till.post("/api/documents/apply", {"documents": [other_store]}, key="admin").status_code == 200
    made = till.post("/api/devices", {"store": "bund", "name": "till-2"}, key="admin").json()
    held = ask(till, "hold", order(till, issue(till)["code"])).json()["redemption"]
    till.keys["other"] = made["key"]
    time.sleep(MOMENT_SECONDS)
    for door in ("commit", "reverse"):
        answer = till.post(f"/api/till/{door}", {"redemption": held}, key="other", headers={"Idempotency-Key": "o"})
        assert answer.json()["refused"]["code"] == "coupon.other_store", answer.text


def test_staff_issue_to_a_list_void_and_look(till):
    till.post("/v1/identify", {"userId": "wang"}, key="write")
    people = [LI, {"kind": "user_id", "value": "wang"}, {"kind": "user_id", "value": "nobody"}]
    body = {"template": "off50", "customers": people}
    found = till.post("/api/coupons/issue", body, key="admin", headers={"Idempotency-Key": "l"}).json()
    assert [one["coupon"]["is_new"] for one in found] == [True, True, False]
    assert found[2]["coupon"]["refused"]["code"] == "customers.unknown"
    code = found[0]["coupon"]["code"]
    void = {"code": code, "reason": "wrong list"}
    assert till.post("/api/coupons/void", void, key="admin", headers={"Idempotency-Key": "v"}).json()["is_void"]
    assert till.get(f"/api/coupons/{code}").json()["state"] == "void"
    no = till.post("/api/coupons/void", void, key="admin", headers={"Idempotency-Key": "w"}).json()
    assert (no["is_void"], no["refused"]["code"]) == (False, "acts.void")
    assert till.get("/api/coupons/NOTHING").status_code == 404


def test_a_customer_claims_and_sees_her_own(till):
    documents = [template("open", claimable=True, per_customer_max=1)]
    assert till.post("/api/documents/apply", {"documents": documents}, key="admin").status_code == 200
    token = exchange(till, signed(issuer(till))).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "c"}
    claimed = till.client.post("/api/customer/coupons", json={"template": "open"}, headers=headers).json()
    mine = till.client.get("/api/customer/coupons", headers=headers).json()["items"]
    assert [(one["code"], one["state"]) for one in mine] == [(claimed["code"], "owned")]
    again = till.client.post(
        "/api/customer/coupons", json={"template": "open"}, headers=headers | {"Idempotency-Key": "d"}
    )
    assert again.json()["refused"]["code"] == "coupon.customer_full"


def test_who_guesses_codes_waits_also_with_a_right_one_and_by_another_session(till):
    documents = [template("open", codes="shared", code="HELLO", claimable=True)]
    assert till.post("/api/documents/apply", {"documents": documents}, key="admin").status_code == 200
    backend = issuer(till)

    def claim(n, token, **what):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"g{n}"}
        return till.client.post("/api/customer/coupons", json=what, headers=headers)

    token = exchange(till, signed(backend)).json()["token"]
    for n in range(GUESSES_BURST_MAX):
        assert claim(n, token, code=f"{n:06}").json()["refused"]["code"] == "coupon.unknown"
    again = exchange(till, signed(backend, jti="again")).json()["token"]
    refused = claim("right", again, code="HELLO")
    assert (refused.status_code, refused.json()["code"]) == (429, "http.too_many_codes")
    assert int(refused.headers["retry-after"]) in range(1, 61)
    assert claim("open", again, template="open").json()["template"] == "open"


def test_doors_take_no_fact_that_is_the_platforms_own(till):
    sent = {"event": "coupon.reversed", "userId": "li", "properties": {"cost": 100}}
    assert till.post("/v1/track", sent, key="write").status_code == 400
    for event in ("Coupon Issued", "Coupon Redeemed", "Coupon Applied", "Coupon Denied"):
        assert till.post("/v1/track", {"event": event, "userId": "li"}, key="write").status_code == 200


def test_eight_at_once_use_one_coupon_once_and_a_capped_code_as_often_as_it_says(served, tmp_path):
    with httpx.Client(base_url=served.address) as client:

        def staff(path, body, key="s"):
            headers = {"Authorization": f"Bearer {served.keys['all']}", "Idempotency-Key": key}
            answer = client.post(path, json=body, headers=headers)
            assert answer.status_code < 300, answer.text
            return answer.json()

        documents = [NANJING, template("one", terms=OFF_50),
                     template("capped", terms=OFF_20, codes="shared", code="CAPPED", total_max=13)]  # fmt: skip
        staff("/api/documents/apply", {"documents": documents})
        staff("/v1/identify", {"userId": "li"})
        device = staff("/api/devices", {"store": "nanjing-road", "name": "till-9"})["key"]
        who = {"kind": "user_id", "value": "li"}
        code = staff("/api/coupons/issue", {"template": "one", "customers": [who]})[0]["coupon"]["code"]
        time.sleep(MOMENT_SECONDS)
        headers = {"Authorization": f"Bearer {device}"}

        def commit(number, code):
            with httpx.Client(base_url=served.address, headers=headers) as own:
                asked = {"basket": BASKET, "coupons": [code], "fingerprint": prints[code]}
                keyed = {"Idempotency-Key": f"{code}-{number}"}
                answers = [own.post("/api/till/commit", json={"order": asked}, headers=keyed).json() for _ in "12"]
                assert answers[0]["redemption"] == answers[1]["redemption"], "a retry has the same answer"
                return answers[0]

        found = {one: client.post("/api/till/quote", json={"basket": BASKET, "coupons": [one]}, headers=headers).json()
                 for one in (code, "CAPPED")}  # fmt: skip
        prints = {one: quote["fingerprint"] for one, quote in found.items()}
        with ThreadPoolExecutor(8) as threads:
            ones = list(threads.map(lambda n: commit(n, code), range(8)))
            capped = list(threads.map(lambda n: commit(n, "CAPPED"), range(40)))
    assert sum(one["refused"] is None for one in ones) == 1
    assert {one["refused"]["code"] for one in ones if one["refused"]} <= {"coupon.used", "acts.used"}
    assert sum(one["refused"] is None for one in capped) == 13
    assert {one["refused"]["code"] for one in capped if one["refused"]} == {"coupon.handed_out"}


def test_the_longest_names_and_keys_that_there_may_be_make_no_key_that_is_too_long(till):
    made = till.post("/api/devices", {"store": "nanjing-road", "name": "t" * 100}, key="admin").json()
    headers = {"Authorization": f"Bearer {made['key']}", "Idempotency-Key": "k" * 100}
    quote = till.client.post("/api/till/quote", json={"basket": BASKET}, headers=headers)
    for _ in range(100):  # until the new key is read
        if quote.status_code == 200:
            break
        time.sleep(MOMENT_SECONDS)
        quote = till.client.post("/api/till/quote", json={"basket": BASKET}, headers=headers)
    bought = {"order": {"basket": BASKET, "fingerprint": quote.json()["fingerprint"]}}
    done = till.client.post("/api/till/commit", json=bought, headers=headers).json()
    assert done["refused"] is None
    assert couponing.reverse(till.reach, done["redemption"], "mistake", "li").is_whole
