"""Live segments over HTTP."""

from tests.faces.http.shop import DOCUMENTS, TWICE

LIVE = {"kind": "segment", "name": "loyal", "criteria": TWICE, "label": {"zh": "忠实客户", "en": "Loyal"}}
ONCE = 'count("order.completed") >= 1'
SOME = {"kind": "segment", "name": "some", "criteria": ONCE, "label": {"zh": "买过", "en": "Bought"}}


def order(shop, who, number):
    body = {"type": "track", "event": "Order Completed", "userId": who, "messageId": f"{who}-{number}"}
    assert shop.post("/v1/track", body, key="write").status_code == 200


def test_sizes_overlap_history_and_the_segments_of_one(own_shop):
    shop = own_shop
    order(shop, "li", 1)
    order(shop, "li", 2)
    order(shop, "wang", 1)
    shop.reach.mind.wait()
    assert shop.post("/api/documents/apply", {"documents": [LIVE, SOME]}, key="admin").status_code == 200
    shop.reach.mind.settle()
    order(shop, "zhao", 1)
    order(shop, "zhao", 2)
    sizes = {one["name"]: one["customers"] for one in shop.get("/api/segments/live").json()["items"]}
    assert sizes == {"loyal": 2, "some": 3}
    overlap = shop.get("/api/segments/overlap?segment=some&segment=loyal").json()
    assert overlap == {"segments": ["some", "loyal"], "common": [[3, 2], [2, 2]]}
    history = shop.get("/api/segments/loyal/history?limit=1").json()
    assert [(one["what"], one["value"]) for one in history["items"]] == [("segment.entered", "zhao")]
    more = shop.get(f"/api/segments/loyal/history?limit=1&cursor={history['next']}").json()
    assert [(one["what"], one["customers"]) for one in more["items"]] == [("segment.computed", 1)]
    of = shop.get("/api/customers/user_id/zhao/segments").json()["items"]
    assert [(one["segment"], one["since"] is not None) for one in of] == [("loyal", True), ("some", True)]
    before = shop.get("/api/customers/user_id/li/segments").json()["items"]
    assert [(one["segment"], one["since"]) for one in before] == [("loyal", None), ("some", None)]


def test_a_segment_that_is_not_live_is_named(shop):
    name = DOCUMENTS[0]["name"]
    answer = shop.get(f"/api/segments/{name}/history")
    assert (answer.status_code, answer.json()["code"]) == (404, "segments.not_live")
    assert "不是实时分群" in shop.get("/api/segments/overlap?segment=nobody", lang="zh").json()["detail"]


def test_nobody_enters_a_segment_by_saying_so(own_shop):
    sent = own_shop.post("/v1/track", {"type": "track", "event": "segment.entered", "userId": "wang"}, key="write")
    assert sent.status_code == 400
    (reject,) = own_shop.get("/api/rejects").json()["items"]
    assert reject["code"] == "ingest.platform_only"
