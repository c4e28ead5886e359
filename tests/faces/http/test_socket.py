"""The same application behind a real server: what only a socket shows."""

import gzip
import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faces.http.shop import FACTS


@pytest.fixture
def client(served):
    with httpx.Client(base_url=served.address, headers={"Authorization": f"Bearer {served.keys['read']}"}) as client:
        yield client


def test_facts_in_answers_out(served, client):
    body = gzip.compress(json.dumps({"batch": FACTS}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    sent = client.post("/v1/batch", content=body, headers=headers, auth=(served.keys["write"], ""))
    assert [one["status"] for one in sent.json()["results"]] == ["stored"] * len(FACTS)
    counted = client.post("/api/segments/count", json={"criteria": 'count("order.completed") >= 2'})
    answer = counted.json()
    assert (answer["count"], answer["unknown"]) == (1, 0)  # the population: others of these tests send facts here too


def test_headers_of_an_answer(client):
    headers = client.get("/api/facts").headers
    assert "server" not in headers
    assert int(headers["ratelimit-remaining"]) > 0
    assert headers["x-content-type-options"] == "nosniff"


def test_metrics_need_no_key_from_this_machine(served):
    assert httpx.get(f"{served.address}/metrics").status_code == 200
    forwarded = httpx.get(f"{served.address}/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert forwarded.status_code == 401


def test_a_path_is_decoded_once(client):
    assert client.get("/api/customers/user_id/%E6%9D%8E%252F").json()["params"]["given"] == "李%2F"


@pytest.mark.parametrize(
    "request_line",
    [b"GET /api/facts?\xff=1 HTTP/1.1", b"GET /api/customers/user_id/%ff HTTP/1.1", b"GET //api//facts HTTP/1.1"],
)
def test_a_strange_request_line_is_no_failure_of_ours(served, request_line):
    where = urlsplit(served.address)
    with socket.create_connection((where.hostname, where.port), 5) as connection:
        key = served.keys["read"].encode()
        connection.sendall(
            request_line + b"\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer " + key + b"\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split()[1] in (b"200", b"400", b"404")


def test_a_body_without_a_length_has_the_same_limit(client):
    def endless():
        for _ in range(40):
            yield b" " * 65536

    assert client.post("/api/segments/count", content=endless()).status_code == 413


def test_pages_of_other_sites_may_send_facts_and_read_the_answer(served):
    address = f"{served.address}/v1/track"
    asked = httpx.options(address, headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "authorization" in asked.headers["access-control-allow-headers"]
    for key, status in ((served.keys["write"], 200), ("wk_wrong", 401)):
        fact = {"userId": "u", "event": "Cross Origin", "messageId": key}
        sent = httpx.post(address, json=fact, headers={"Origin": "https://shop.example"}, auth=(key, ""))
        assert (sent.status_code, sent.headers["access-control-allow-origin"]) == (status, "*")
    assert "access-control-allow-origin" not in httpx.post(address, json=fact).headers
