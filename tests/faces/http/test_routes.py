from urllib.parse import quote

import pytest

from interplay.bootstrap.kinds import KIND_NAMES
from tests.faces.http.shop import DOCUMENTS, FACTS, TWICE

REGULARS = DOCUMENTS[0]

ONCE = 'count("order.completed") >= 1'


def items(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_segments_are_listed_with_their_sizes(shop):
    found = {one["name"]: one for one in items(shop.get("/api/segments"))}
    assert found["regulars"]["answer"] == {"count": 1, "unknown": 0, "population": 2}
    assert found["others"]["label"] == {"zh": "其他", "en": "Others"}
    assert all(one["answer"] is None for one in items(shop.get("/api/segments?counted=false")))


def test_count_as_of_a_time(shop):
    assert shop.post("/api/segments/count", {"criteria": TWICE}).json()["count"] == 1
    before = {"criteria": TWICE, "at": "2026-01-02T23:00:00Z"}
    assert shop.post("/api/segments/count", before).json() == {"count": 0, "unknown": 0, "population": 1}
    assert shop.post("/api/segments/count", {"criteria": "regulars"}).json()["count"] == 1


@pytest.mark.parametrize(
    ("at", "code"), [("soon", "time.instant"), ("1900-01-01", "http.at"), ("9999-12-31", "http.at")]
)
def test_a_time_must_be_one(shop, at, code):
    answer = shop.post("/api/segments/count", {"criteria": TWICE, "at": at})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_members_come_in_pages_of_one_moment(shop):
    first = shop.post("/api/segments/members?limit=1", {"criteria": ONCE})
    assert [one["value"] for one in items(first)] == ["li"]
    second = shop.post("/api/segments/members", {"criteria": ONCE}, params={"limit": 1, "cursor": first.json()["next"]})
    assert [one["value"] for one in items(second)] == ["wang"]
    assert second.json()["next"] is None


@pytest.mark.parametrize(
    ("asked", "header", "word"), [(None, "zh", "符合"), (None, "en", "Matches"), ("en", "zh", "Matches")]
)
def test_explain_speaks_the_language_asked_for(shop, asked, header, word):
    ask = {"criteria": TWICE, "customer": {"kind": "user_id", "value": "li"}, "lang": asked}
    answer = shop.post("/api/segments/explain", ask, lang=header).json()
    assert answer["answer"] is True
    assert word in answer["sentences"][0]


def test_explain_knows_nobody(shop):
    ask = {"criteria": TWICE, "customer": {"kind": "user_id", "value": "zhao"}}
    assert shop.post("/api/segments/explain", ask).status_code == 404


def test_check_gives_text_and_tree_and_takes_the_tree_back(shop):
    checked = shop.post("/api/criteria/check", {"criteria": f"  ({TWICE})"}).json()
    assert (checked["ok"], checked["text"], checked["problem"]) == (True, TWICE, None)
    again = shop.post("/api/criteria/check", {"tree": checked["tree"]}).json()
    assert again == checked


def test_check_points_at_the_mistake(shop):
    problem = shop.post("/api/criteria/check", {"criteria": 'cuont("order.completed") > 1'}, lang="zh").json()[
        "problem"
    ]
    assert problem == {
        "code": "criteria.unknown_function",
        "detail": "没有函数 cuont；您是不是想写 count？",
        "line": 1,
        "column": 1,
        "end": 6,
        "path": None,
        "hint": "count",
    }
    tree = {"root": {"node": "segment", "name": "regulasr"}}
    problem = shop.post("/api/criteria/check", {"tree": tree}).json()["problem"]
    assert (problem["path"], problem["hint"], problem["line"]) == ("$.root", "regulars", None)


@pytest.mark.parametrize("ask", [{}, {"criteria": TWICE, "tree": {}}])
def test_check_takes_one_of_both(shop, ask):
    assert shop.post("/api/criteria/check", ask).json()["code"] == "http.criteria_or_tree"


def test_a_mistake_in_criteria_is_a_problem_with_its_place(shop):
    answer = shop.post("/api/segments/count", {"criteria": "count("})
    assert answer.status_code == 400
    assert {"line", "column", "end"} <= answer.json()["params"].keys()


@pytest.mark.parametrize("who", ["user_id/li", "phone/13800138000", "phone/+8613800138000"])
def test_a_customer_is_shown_by_any_identifier(shop, who):
    shown = shop.get(f"/api/customers/{who}?facts=1").json()
    assert shown["identifiers"] == [
        {"kind": "user_id", "value": "li"},
        {"kind": "phone", "value": "+8613800138000"},
    ]
    assert shown["traits"] == {"phone": "+8613800138000", "city": "上海"}
    assert (shown["facts_count"], len(shown["timeline"])) == (3, 1)
    assert shown["timeline"][0]["fields"]["value"] == 3000
    assert shown["last_at"] == "2026-01-03T08:00:00Z"


def test_a_customer_as_of_a_time(shop):
    assert shop.get("/api/customers/user_id/li?at=2026-01-02T09:00:00Z").json()["facts_count"] == 2


@pytest.mark.parametrize(
    ("who", "status"), [("user_id/zhao", 404), ("phone/12", 400), ("user_id/a/b", 404), ("ext:crm/1", 404)]
)
def test_nobody_is_shown_for_an_identifier_that_is_nobodys(shop, who, status):
    assert shop.get(f"/api/customers/{who}").status_code == status


def test_an_identifier_may_hold_any_character(own_shop):
    fact = {**FACTS[1], "userId": "门店/12 ?#%", "messageId": "x"}
    assert own_shop.post("/v1/track", fact, key="write").status_code == 200
    shown = own_shop.get(f"/api/customers/user_id/{quote(fact['userId'], safe='')}")
    assert shown.status_code == 200, shown.text


def test_facts_are_listed_by_position(shop):
    first = shop.get("/api/facts?limit=3").json()
    assert [fact["position"] for fact in first["items"]] == [1, 2, 3]
    rest = shop.get("/api/facts", params={"limit": 3, "cursor": first["next"]}).json()
    assert [fact["position"] for fact in rest["items"]] == [4, 5]
    assert rest["next"] is None
    assert [fact["name"] for fact in items(shop.get("/api/facts?newest=true&limit=1"))] == ["Bean Tasted"]


def test_the_catalogue_has_declared_and_other_facts(shop):
    found = {one["name"]: one for one in items(shop.get("/api/facts/catalogue"))}
    order = found["order.completed"]
    assert (order["is_declared"], order["count"]) == (True, 3)
    assert {"name": "value", "type": "money"}.items() <= next(
        f for f in order["fields"] if f["name"] == "value"
    ).items()
    assert (found["Bean Tasted"]["is_declared"], found["Bean Tasted"]["count"]) == (False, 1)


def test_rejects_say_why(shop):
    (reject,) = items(shop.get("/api/rejects", lang="zh"))
    assert (reject["code"], reject["reason"]) == ("ingest.nobody", "缺少 userId 或 anonymousId")
    assert reject["raw"] == '{"event":"Order Completed"}'


def test_rejects_come_in_pages(own_shop):
    for n in range(3):
        own_shop.post("/v1/track", {"event": f"e{n}"}, key="write")
    first = own_shop.get("/api/rejects?limit=2").json()
    assert [one["reject"] for one in first["items"]] == [3, 2]
    rest = own_shop.get("/api/rejects", params={"cursor": first["next"]}).json()
    assert ([one["reject"] for one in rest["items"]], rest["next"]) == ([1], None)


def test_documents_are_planned_applied_and_the_same_again(own_shop):
    ask = {"documents": DOCUMENTS[:1]}
    (planned,) = items(own_shop.post("/api/documents/plan", ask))
    assert (planned["change"], planned["effects"]) == ("add", ["0 of 0 customers now"])
    assert items(own_shop.get("/api/documents")) == []
    assert items(own_shop.post("/api/documents/apply", ask, key="admin"))[0]["version"] == 1
    assert items(own_shop.post("/api/documents/apply", ask, key="admin"))[0]["change"] == "same"
    (standing,) = items(own_shop.get("/api/documents"))
    assert standing["content"] == {key: REGULARS[key] for key in ("criteria", "label", "live")}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "http.document_kind"),
        ({"kind": ["segment"]}, "http.document_kind"),
        ({"kind": "journey", "name": "a"}, "http.document_kind"),
        ({"kind": "segment"}, "http.document_name"),
        ({"kind": "segment", "name": " "}, "http.document_name"),
        ({**DOCUMENTS[0], "criteria": "cuont()"}, "documents.field"),
        ({**DOCUMENTS[0], "more": 1}, "documents.field"),
        ({**DOCUMENTS[0], "note": 10**30}, "http.document_content"),
        ({"kind": "facts", "name": "own", "fields": {"a": 5}}, "documents.field"),
    ],
)
def test_a_wrong_document_is_named(shop, document, code):
    answer = shop.post("/api/documents/apply", {"documents": [DOCUMENTS[1], document]}, key="admin")
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text


def test_a_document_twice_is_refused(shop):
    answer = shop.post("/api/documents/plan", {"documents": [DOCUMENTS[0], DOCUMENTS[0]]})
    assert answer.json()["params"] == {"index": 1, "kind": "segment", "name": "regulars", "first": 0}


def test_there_is_a_schema_for_every_kind(shop):
    schemas = shop.get("/api/documents/schemas").json()
    assert schemas.keys() == set(KIND_NAMES)
    assert all("$defs" in schema for schema in schemas.values())


def test_a_funnel_by_text_or_step_by_step(shop):
    period = {"since": "2026-01-01", "until": "2026-01-10", "at": "2026-02-01"}
    by_text = shop.post("/api/funnels", {"steps": "customer.identified > order.completed", **period})
    steps = [{"facts": ["customer.identified"]}, {"facts": ["order.completed"], "where": "event.value > 0"}]
    step_by_step = shop.post("/api/funnels", {"steps": steps, **period})
    for answer in (by_text, step_by_step):
        assert answer.status_code == 200, answer.text
        assert [one["customers"] for one in answer.json()["steps"]] == [1, 1]
    assert "Wilson" in by_text.json()["definition"]


@pytest.mark.parametrize(("more", "code"), [
    ({"steps": "order.completed"}, "funnels.steps"),
    ({"within": "a while"}, "time.duration"),
    ({"since": "1900-01-01"}, "http.at"),
    ({"by": "colour"}, "funnels.field"),
])  # fmt: skip
def test_what_a_funnel_cannot_be_is_said(shop, more, code):
    answer = shop.post("/api/funnels", {"steps": "customer.identified > order.completed", **more})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_metrics_by_day_and_by_channel(shop):
    period = {"since": "2026-01-01", "until": "2026-01-10", "at": "2026-02-01"}
    ask = {"names": ["orders"], "by": "day", "dimensions": ["source"], "targets": {"orders": 10}, **period}
    (orders,) = shop.post("/api/metrics", ask).json()
    assert (len(orders["points"]), orders["of_target"]) == (9, orders["figure"]["value"] / 10)
    assert sum(one["figure"]["value"] for one in orders["groups"]) == orders["figure"]["value"] >= 1
    listed = shop.get("/api/metrics?group=sales").json()
    assert {one["group"] for one in listed} == {"sales"}


@pytest.mark.parametrize(("more", "status", "code"), [
    ({"names": ["order"]}, 404, "metrics.unknown"),
    ({"dimensions": ["colour"]}, 400, "metrics.dimension"),
    ({"by": "fortnight"}, 400, "http.invalid"),
])  # fmt: skip
def test_what_a_metric_cannot_be_is_said(shop, more, status, code):
    answer = shop.post("/api/metrics", {"names": ["orders"], **more})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(("metrics", "status", "code"), [
    (["share(order.completed)"], 404, "effects.unknown"), (["orders of today"], 400, "effects.metric"),
])  # fmt: skip
def test_what_effects_cannot_be_told_of_is_said(shop, metrics, status, code):
    answer = shop.post("/api/effects", {"campaign": "autumn", "metrics": metrics, "within": "7d"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_attribution_credits_what_came_before_an_order(shop):
    order, touch = {"facts": ["order.completed"]}, {"facts": ["customer.identified"]}
    ask = {"conversion": order, "touches": [touch], "by": "source"}
    period = {"since": "2026-01-01", "until": "2026-01-10", "at": "2026-02-01"}
    found = shop.post("/api/attribution", {**ask, **period}).json()
    credited = sum(one["credits"]["markov"]["conversions"] for one in found["channels"])
    assert 1 <= credited == found["conversions"] - found["unattributed"]["conversions"]
    beside = shop.post("/api/attribution/effects", {**ask, **period, "by": "campaign_id"}).json()
    assert (beside["attribution"]["conversions"], beside["campaigns"]) == (found["conversions"], [])
    assert shop.post("/api/attribution/effects", {**ask, **period}).json()["code"] == "effects.beside"
    wrong = shop.post("/api/attribution", {**ask, "by": "colour"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "attribution.field")


def test_cohorts_stickiness_and_lifecycle(shop):
    period = {"since": "2026-01-01", "until": "2026-02-01", "at": "2026-03-01"}
    parts = {"facts": ["order.completed"], "where": "event.value > 0"}
    for start in ("order.completed(event.value > 0)", parts):
        answer = shop.post("/api/cohorts", {"start": start, "per": "month", **period})
        assert answer.status_code == 200, answer.text
        assert [one["customers"] for one in answer.json()["cohorts"]] == [2]
    sticky = shop.post("/api/stickiness", {"fact": "order.completed", **period}).json()
    assert [one["customers"] for one in sticky["periods"]] == [2]
    lives = shop.post("/api/lifecycle", {"fact": "order.completed", "per": "month", **period}).json()
    assert [(one["new"], one["dormant"]) for one in lives["periods"]] == [(2, 0)]


@pytest.mark.parametrize(("path", "body", "code"), [
    ("cohorts", {"start": "order.completed > order.completed"}, "cohorts.one"),
    ("cohorts", {"start": "order.completed", "periods": 500}, "cohorts.periods"),
    ("stickiness", {"fact": "order.completed", "of": "month"}, "cohorts.lengths"),
    ("lifecycle", {"fact": "order.completed", "since": "1900-01-01"}, "http.at"),
])  # fmt: skip
def test_what_cohorts_cannot_be_is_said(shop, path, body, code):
    answer = shop.post(f"/api/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_intervals_and_a_distribution(shop):
    period = {"since": "2026-01-01", "until": "2026-02-01", "at": "2026-03-01"}
    steps = {"first": {"facts": ["customer.identified"]}, "then": {"facts": ["order.completed"]}}
    found = shop.post("/api/intervals", {**steps, **period}).json()
    assert found["spread"]["count"] + found["open"] >= 1
    spread = shop.post("/api/distribution", {"fact": {"facts": ["order.completed"]}, "all": True, **period}).json()
    assert sum(one["customers"]["count"] for one in spread["bins"]) == spread["customers"] >= 1
    wrong = shop.post("/api/distribution", {"fact": {"facts": ["order.completed"]}, "bins": [2, 1]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "distribution.bins")


def test_a_report_is_a_page(shop):
    found = shop.get("/api/reports?since=2026-01-01&until=2026-02-01&lang=zh")
    assert found.headers["content-type"].startswith("text/html")
    assert "数据一览" in found.text
    assert shop.get("/api/reports?campaign=autumn").json()["code"] == "reports.campaign"


def test_paths_and_what_they_cannot_be(shop):
    found = shop.post("/api/paths", {"steps": [{"facts": ["order.completed"]}], "since": "2026-01-01"}).json()
    assert sum(one["stretches"] for one in found["nodes"] if one["depth"] == 0) == found["stretches"] >= 1
    wrong = shop.post("/api/paths", {"depth": 0})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "paths.size")
