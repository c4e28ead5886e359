"""A till that only exports sends its file over HTTP."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.link.orders.store import HEADER, MAPPING, STORES, back, sale

MOMENT_SECONDS = 0.7  # until keys are read again


@pytest.fixture
def till_shop(own_shop):
    assert own_shop.post("/api/documents/apply", {"documents": list(STORES)}, key="admin").status_code == 200
    made = own_shop.post("/api/devices", {"store": "the-bund", "name": "till-7"}, key="admin")
    own_shop.keys["till"] = made.json()["key"]
    time.sleep(MOMENT_SECONDS)
    return own_shop


def send(shop, *rows, mapping=MAPPING, name="今天.csv", lang="en", **more):
    content = (HEADER + "".join(f"{row}\n" for row in rows)).encode()
    files = {"file": (name, content), "mapping": ("tills.yaml", mapping.encode())}
    return shop.call("POST", "/api/till/orders", key="till", files=files, lang=lang, **more)


def yesterday():
    return (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")


def test_a_file_is_kept_once_and_says_what_is_to_be_looked_at(till_shop):
    rows = sale(1, "C1", at=yesterday()), sale(2, code="NOSUCHCODE", at=yesterday()), sale(3, paid="?"), back(1)
    answer = send(till_shop, *rows, lang="zh")
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert [done[name] for name in ("rows", "stored", "rejected", "redeemed", "returned")] == [4, 3, 1, 0, 0]
    assert [(one["line"], one["order"], one["code"], one["text"]) for one in done["questions"]] == [
        (2, "the-bund/1", "orders.card_unknown", "此前无人持有该会员卡；订单已保存，待持卡人入会后归其所有"),
        (3, "the-bund/2", "coupon.unknown", "没有这个券码"),
    ]
    (reject,) = done["rejects"]
    assert (reject["line"], reject["field"]) == (4, "value")
    assert "?" in reject["reason"]
    again = send(till_shop, *rows).json()
    assert [again[name] for name in ("stored", "duplicates", "questions")] == [0, 3, []]
    asked = till_shop.get("/api/facts?name=order.questioned&newest=true").json()["items"]
    assert [(one["fields"]["line_no"], one["fields"]["till_device"], one["fields"]["file_name"]) for one in asked] == [
        (3, "till-7", "今天.csv"), (2, "till-7", "今天.csv"),
    ]  # fmt: skip
    assert asked[0]["fields"]["said_en"] == "there is no coupon with this code"
    paged = till_shop.get("/api/facts?name=order.questioned&limit=1").json()
    assert len(paged["items"]) == 1
    assert len(till_shop.get(f"/api/facts?name=order.questioned&cursor={paged['next']}").json()["items"]) == 1
    assert list((till_shop.reach.home.folder / "run").glob("orders-*")) == []


def test_a_file_may_say_that_its_numbers_are_the_brands(till_shop):
    assert send(till_shop, sale("A-7", at=yesterday()), params={"numbers": "brand"}).status_code == 200
    (order,) = till_shop.get("/api/facts?name=order.completed").json()["items"]
    assert (order["fields"]["order_id"], order["fields"]["store_id"]) == ("A-7", "the-bund")


@pytest.mark.parametrize(
    ("mapping", "name", "code"),
    [
        (MAPPING.replace("order.refunded", "points.earned"), "a.csv", "orders.fact"),
        ("facts: []", "a.csv", "import.mapping.invalid"),
        (MAPPING, "a.docx", "import.file.format"),
        (MAPPING.replace("qty}", "quantiti}"), "a.csv", "import.mapping.column"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(till_shop, mapping, name, code):
    refused = send(till_shop, sale(1), mapping=mapping, name=name)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_a_request_without_its_parts_is_a_mistake(till_shop):
    alone = till_shop.call("POST", "/api/till/orders", key="till", files={"file": ("a.csv", b"x")})
    assert alone.status_code == 400
    as_json = till_shop.post("/api/till/orders", {}, key="till")
    assert as_json.status_code in (400, 415)


def test_a_file_that_is_too_large_is_refused(till_shop, monkeypatch):
    refused = send(till_shop, "x" * (9 * 1024 * 1024))
    assert refused.status_code == 413
