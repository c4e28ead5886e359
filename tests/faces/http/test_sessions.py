"""Customer sessions over HTTP: exchange, sign out, limits, and what a customer may not."""

import re
import time

import jwt
import pytest
from structlog.testing import capture_logs

from interplay.faces.http.visits import STRANGERS_BURST_MAX
from interplay.kernel.settings import Serve
from tests.faces.http.conftest import open_shop

ANYBODY = {"Accept-Language": "en"}


def signed(secret, **more):
    now = int(time.time())
    said = {"iss": "backend", "aud": "interplay", "sub": "li", "iat": now, "exp": now + 60, "jti": "1"} | more
    return jwt.encode(said, secret, "HS256")


def issuer(shop):
    made = shop.post("/api/sessions/issuers", {"name": "backend"}, key="admin")
    assert made.status_code == 201
    return made.json()["secret"]


def exchange(shop, token, lang="en", **more):
    return shop.client.post(
        "/api/customer/sessions/exchange", json={"token": token} | more, headers={"Accept-Language": lang}
    )


def sign_out(shop, token):
    return shop.client.delete("/api/customer/sessions", headers={"Authorization": f"Bearer {token}"})


def test_a_customer_signs_in_and_out(own_shop):
    secret = issuer(own_shop)
    made = exchange(own_shop, signed(secret), channel="web")
    assert made.status_code == 201
    assert made.json()["method"] == "exchange"
    assert made.headers["cache-control"] == "no-store"
    assert "ratelimit-remaining" in made.headers
    token = made.json()["token"]
    assert sign_out(own_shop, token).status_code == 204
    again = sign_out(own_shop, token)
    assert (again.status_code, again.json()["code"]) == (401, "sessions.ended")


def test_a_replay_is_refused_in_both_languages(own_shop):
    token = signed(issuer(own_shop))
    assert exchange(own_shop, token).status_code == 201
    for lang, detail in (("en", "this was used before; have a new one made"), ("zh", "该凭证已被使用过；请获取新的")):
        refused = exchange(own_shop, token, lang)
        assert (refused.status_code, refused.json()["code"]) == (409, "sessions.replayed")
        assert refused.json()["detail"] == detail


def test_an_anonymous_visit_goes_on_as_hers(own_shop):
    secret = issuer(own_shop)
    visit = own_shop.client.post("/api/customer/sessions/anonymous", json={"channel": "web"}).json()
    assert visit["method"] == "anonymous"
    assert exchange(own_shop, signed(secret), anonymous_session=visit["token"]).status_code == 201
    assert sign_out(own_shop, visit["token"]).json()["code"] == "sessions.ended"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "sessions.missing"),
        ({"Authorization": "Basic eDo="}, "sessions.missing"),
        ({"Authorization": "Bearer cs_x"}, "sessions.unknown"),
    ],
)
def test_who_is_not_signed_in_is_told(own_shop, headers, code):
    refused = own_shop.client.delete("/api/customer/sessions", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, code)


def test_a_session_opens_nothing_that_a_key_does(own_shop):
    visit = own_shop.client.post("/api/customer/sessions/anonymous", json={}).json()
    for path in ("/api/facts", "/api/till"):
        assert own_shop.client.get(path, headers={"Authorization": f"Bearer {visit['token']}"}).status_code == 401


class Still:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def limited(tmp_path):
    yield from open_shop(tmp_path / "data", Serve(proxies=1), seconds=Still())


def from_address(shop, *hops):
    headers = [("X-Forwarded-For", hop) for hop in hops]
    return shop.client.post("/api/customer/sessions/exchange", json={"token": "x"}, headers=headers)


def test_who_tries_too_often_from_one_address_waits_and_others_do_not(limited):
    for _ in range(STRANGERS_BURST_MAX):
        assert from_address(limited, "198.51.100.7").status_code == 401
    refused = from_address(limited, "198.51.100.7")
    assert (refused.status_code, refused.json()["code"]) == (429, "http.too_often")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-remaining"] == "0"
    assert from_address(limited, "198.51.100.8").status_code == 401


def test_what_a_caller_writes_into_the_header_himself_does_not_count(limited):
    for number in range(STRANGERS_BURST_MAX):
        from_address(limited, f"10.0.0.{number}, 198.51.100.7")
    assert from_address(limited, "10.0.0.200", "198.51.100.7").status_code == 429


@pytest.mark.parametrize("again", ["198.51.100.7:50{:03}", "[::ffff:198.51.100.7]:50{:03}"])
def test_the_port_that_a_proxy_writes_behind_an_address_makes_nobody_another(limited, again):
    for number in range(STRANGERS_BURST_MAX):
        from_address(limited, again.format(number))
    assert from_address(limited, "198.51.100.7").status_code == 429


def test_a_whole_line_of_addresses_is_counted_as_one(limited):
    for number in range(STRANGERS_BURST_MAX):
        from_address(limited, f"2001:db8:1:2::{number:x}")
    assert from_address(limited, "2001:db8:1:2:3:4:5:6").status_code == 429
    assert from_address(limited, "2001:db8:1:3::1").status_code == 401


PHONE = {"phone": "13800130001"}


def code_of(shop, **headers):
    with capture_logs() as logs:
        sent = shop.client.post("/api/customer/sessions/phone/code", json=PHONE, headers=headers)
    assert sent.status_code == 202, sent.text
    (text,) = [one["text"] for one in logs if one["event"].startswith("phone code")]
    return re.search(r"\d{6}", text)[0]


def test_a_customer_signs_in_by_her_phone(own_shop):
    off = own_shop.client.post("/api/customer/sessions/phone/code", json=PHONE)
    assert (off.status_code, off.json()["code"]) == (409, "sessions.phone_off")
    document = {"kind": "sessions", "name": "sessions", "phone": {"channel": "console"}}
    assert own_shop.post("/api/documents/apply", {"documents": [document]}, key="admin").status_code == 200
    code = code_of(own_shop)
    again = own_shop.client.post("/api/customer/sessions/phone/code", json=PHONE)
    assert (again.status_code, again.json()["code"]) == (429, "sessions.code_often")
    assert (again.headers["ratelimit-limit"], again.headers["ratelimit-remaining"]) == ("1", "0")
    assert 1 <= int(again.headers["retry-after"]) <= 60
    wrong = own_shop.client.post("/api/customer/sessions/phone", json=PHONE | {"code": f"{(int(code) + 1) % 10**6:06}"},
                                 headers={"Accept-Language": "zh"})  # fmt: skip
    assert (wrong.status_code, wrong.json()["detail"]) == (403, "验证码不正确；还可尝试 4 次")
    made = own_shop.client.post("/api/customer/sessions/phone", json=PHONE | {"code": code})
    assert (made.status_code, made.json()["method"]) == (201, "phone")
    assert sign_out(own_shop, made.json()["token"]).status_code == 204
