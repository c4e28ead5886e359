"""Whatever is sent, the answer is a problem that says what was wrong; never a traceback."""

import json

import pytest
from structlog.testing import capture_logs

COUNT = "/api/segments/count"


def send(shop, content, path=COUNT, **more):
    return shop.call("POST", path, content=content, headers={"Content-Type": "application/json"}, **more)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "http.invalid"),
        (b"nope", "http.json"),
        (b'{"criteria":"\\ud800"}', "http.json"),
        (b'"\xff"', "http.json"),
        (b"[" * 5000, "http.depth"),
        (b'{"criteria": NaN}', "http.json"),
        (b"[]", "http.invalid"),
        (b'{"criteria": "\\u0000"}', "criteria.unreadable"),
    ],
)
def test_a_broken_body(shop, body, code):
    answer = send(shop, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    if not code.startswith("criteria."):
        assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("body", "english", "chinese"),
    [
        ({"criteria": 5}, "criteria: must be str, not int; 5 was given", "criteria：应为 str，不能是 int；收到的是 5"),
        ({}, "body: field criteria is missing; {} was given", "body：缺少字段 criteria；收到的是 {}"),
        ({"criteria": "a", "x": 1}, "field x is not known here", "不认识字段 x"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_given(shop, body, english, chinese):
    assert english in send(shop, json.dumps(body).encode()).json()["detail"]
    assert chinese in send(shop, json.dumps(body).encode(), lang="zh").json()["detail"]


def test_a_wrong_field_inside_is_named_by_its_path(shop):
    body = {"criteria": "x", "customer": {"kind": "phone", "value": 5}}
    answer = shop.post("/api/segments/explain", body).json()
    assert answer["params"] == {"place": "customer.value", "reason": "must be str, not int", "given": "5"}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=", "cursor=%F0%9F%8D%B5", "newest=perhaps"]
)
def test_a_wrong_parameter(shop, query):
    answer = shop.get(f"/api/facts?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("http.invalid", "http.cursor")


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/api", "/api/nothing", "/api/facts/nothing", "/v1/nothing", "/favicon.ico"]
)
def test_an_address_that_leads_nowhere(shop, path):
    answer = shop.get(path, lang="zh")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "该地址没有任何内容"


def test_a_method_that_is_not_there(shop):
    answer = shop.call("PATCH", "/api/keys", key="admin")
    assert (answer.status_code, answer.headers["allow"]) == (405, answer.json()["params"]["allowed"])
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST", "OPTIONS"}


def test_a_body_has_a_limit(shop):
    answer = send(shop, b'{"criteria": "' + b"x" * 1024 * 1024 + b'"}')
    assert (answer.status_code, answer.json()["params"]) == (413, {"allowed": 1024 * 1024})
    documents = b'{"documents": [' + b" " * 2 * 1024 * 1024 + b"]}"
    assert send(shop, documents, "/api/documents/plan").status_code == 200


def test_a_bug_is_logged_and_not_told(own_shop):
    def broken(*_):
        raise RuntimeError("the secret of 13800138000")

    own_shop.reach.ask = broken
    with capture_logs() as lines:
        answer = own_shop.get("/api/segments", lang="zh")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "about:blank",
        "title": "服务器内部错误",
        "status": 500,
        "detail": "服务器出现内部错误，已记录",
        "code": "http.bug",
        "params": {},
    }
    assert [line["event"] for line in lines] == ["request failed", "request"]
    assert (lines[0]["error"], lines[0]["frames"][-1].split()[0]) == ("RuntimeError", "broken")
    assert "13800138000" not in str(lines)


def test_the_log_has_no_personal_data(shop):
    with capture_logs() as lines:
        shop.get("/api/customers/phone/13800138000?at=2026-01-01")
        send(shop, b'{"criteria": "13800138000"}')
    assert [line["route"] for line in lines] == ["/api/customers/{kind}/{value}", COUNT]
    assert "13800138000" not in str(lines)
    assert all(line["status"] and line["key"] == "read" for line in lines)


def test_every_answer_has_the_security_headers(shop):
    for path in ("/api/facts", "/api/nothing", "/health", "/api/openapi.json"):
        headers = shop.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
