"""Signing in by WeChat, against the answers that its documentation gives (`wechat/`)."""

import asyncio
from pathlib import Path

import httpx
import pytest

from interplay.bootstrap import sessions as signing
from interplay.kernel.errors import AppError
from interplay.link.sessions.api import WeChat, WeChatAccount
from interplay.link.sessions.contracts import Given, WeChatApp
from tests.faces.http.conftest import GENEROUS, open_shop
from tests.stores import Store
from tests.unify.people import People

ANSWERS = Path(__file__).parent / "wechat"
APP_ID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
MINI = WeChatAccount(WeChatApp.MINI_PROGRAM, APP_ID, SECRET)
PAGE = WeChatAccount(WeChatApp.OFFICIAL_ACCOUNT, APP_ID, SECRET)
DOCUMENT = {"kind": "sessions", "name": "sessions", "wechat": {"mini_program": APP_ID}}
UNIONID = ("unionid", "o6_bmasdasdsad6_2sgVt7hMZOPfL")
OPENID = ("openid", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")


class Network:
    """Answers with a file, and remembers what was asked."""

    def __init__(self, name):
        self.name = name
        self.asked = []

    def __call__(self, request):
        self.asked.append(request.url)
        return httpx.Response(200, content=(ANSWERS / f"{self.name}.json").read_bytes(),
                              headers={"content-type": "text/plain"})  # fmt: skip


def ask(network, app=MINI, code="0a1b"):
    return asyncio.run(WeChat(httpx.MockTransport(network)).person(app, code))


def refusal(network):
    with pytest.raises(AppError) as wrong:
        ask(network)
    assert SECRET not in repr(wrong.value)
    return wrong.value.code, wrong.value.status


def test_a_mini_programs_code_is_asked_as_the_documentation_says():
    network = Network("mini_program")
    assert ask(network) == [UNIONID, OPENID]
    (url,) = network.asked
    assert (url.host, url.path) == ("api.weixin.qq.com", "/sns/jscode2session")
    assert dict(url.params) == {
        "appid": APP_ID, "secret": SECRET, "js_code": "0a1b", "grant_type": "authorization_code"
    }  # fmt: skip


def test_a_pages_code_is_asked_as_the_documentation_says():
    network = Network("official_account")
    assert ask(network, PAGE) == [UNIONID, ("openid", "oYbGRs8MmU6bESxXcX2Z0rFRivjQ")]
    (url,) = network.asked
    assert url.path == "/sns/oauth2/access_token"
    assert dict(url.params) == {"appid": APP_ID, "secret": SECRET, "code": "0a1b", "grant_type": "authorization_code"}


def test_not_every_app_has_a_unionid():
    assert ask(Network("mini_program_without_unionid")) == [OPENID]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("error_40029", ("sessions.wechat_code", 401)),
        ("error_40163", ("sessions.wechat_used", 409)),
        ("error_45011", ("sessions.wechat_often", 429)),
        ("error_40226", ("sessions.wechat_risk", 403)),
        ("error_40013", ("sessions.wechat_setup", 503)),
        ("error_40125", ("sessions.wechat_setup", 503)),
        ("error_-1", ("sessions.wechat_away", 503)),
        ("snapshot", ("sessions.wechat_snapshot", 403)),
    ],
)
def test_each_error_has_its_code(name, expected):
    assert refusal(Network(name)) == expected


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"{}", b"[]", b'{"openid":7}', b'{"openid":"' + b"x" * 20_000 + b'"}']
)
def test_what_is_no_answer_is_nobody(content):
    assert refusal(lambda _: httpx.Response(200, content=content)) == ("sessions.wechat_away", 503)


def test_a_network_that_fails_is_no_sign_in():
    def fail(request):
        raise httpx.ConnectTimeout("no route", request=request)

    assert refusal(fail) == ("sessions.wechat_away", 503)
    assert refusal(lambda _: httpx.Response(302, headers={"location": "https://elsewhere.example/"})) == (
        "sessions.wechat_away", 503,
    )  # fmt: skip


def test_whom_wechat_names_gets_a_session_and_one_code_gives_one(tmp_path):
    with Store(tmp_path / "data") as shop:
        shop.apply(DOCUMENT)
        signing.set_wechat_secret(shop, APP_ID, SECRET)
        app = signing.wechat_app(shop, WeChatApp.MINI_PROGRAM)
        assert app == MINI
        made = signing.sign_in_by_wechat(shop, app, "0a1b", [UNIONID, OPENID], Given("mini_program"))
        assert signing.find(shop, made.token).method == "wechat"
        with pytest.raises(AppError) as wrong:
            signing.sign_in_by_wechat(shop, app, "0a1b", [UNIONID, OPENID], Given())
        assert wrong.value.code == "sessions.replayed"
        people = People(shop)
        people.follow()
        assert people.are_one(UNIONID, OPENID)
        signing.set_wechat_secret(shop, APP_ID, "f" * 32)
        assert signing.wechat_app(shop, WeChatApp.MINI_PROGRAM).secret == "f" * 32


@pytest.mark.parametrize(
    ("kind", "documents", "code"),
    [
        (WeChatApp.MINI_PROGRAM, [], "sessions.wechat_off"),
        (WeChatApp.OFFICIAL_ACCOUNT, [DOCUMENT], "sessions.wechat_off"),
        (WeChatApp.MINI_PROGRAM, [DOCUMENT], "sessions.wechat_no_secret"),
    ],
)
def test_what_is_not_set_up_is_told(tmp_path, kind, documents, code):
    with Store(tmp_path / "data") as shop:
        for one in documents:
            shop.apply(one)
        with pytest.raises(AppError) as wrong:
            signing.wechat_app(shop, kind)
        assert (wrong.value.code, wrong.value.status) == (code, 409)


def test_an_app_id_and_a_secret_are_looked_at(tmp_path):
    with Store(tmp_path / "data") as shop:
        with pytest.raises(AppError) as wrong:
            shop.apply({"kind": "sessions", "wechat": {"mini_program": "gh_0123456789ab"}})
        assert wrong.value.mistake.code == "sessions.wechat_app_id"
        with pytest.raises(AppError) as wrong:
            signing.set_wechat_secret(shop, APP_ID, "a secret?")
        assert wrong.value.code == "sessions.wechat_secret"


def test_over_http_the_code_goes_in_and_only_a_session_comes_out(tmp_path):
    network = Network("mini_program")
    for shop in open_shop(tmp_path / "data", GENEROUS, wechat=WeChat(httpx.MockTransport(network))):
        assert shop.post("/api/documents/apply", {"documents": [DOCUMENT]}, key="admin").status_code == 200
        signing.set_wechat_secret(shop.reach, APP_ID, SECRET)
        body = {"app": "mini_program", "code": "0a1b", "channel": "mini_program"}
        made = shop.client.post("/api/customer/sessions/wechat", json=body)
        assert (made.status_code, made.json()["method"]) == (201, "wechat")
        assert set(made.json()) == {"token", "method", "expires_at"}
        again = shop.client.post("/api/customer/sessions/wechat", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "sessions.replayed")
        network.name = "error_45011"
        often = shop.client.post("/api/customer/sessions/wechat", json=body, headers={"Accept-Language": "zh"})
        assert (often.status_code, often.json()["detail"]) == (429, "微信提示操作过于频繁；请在 60 秒后重试")
        assert often.headers["retry-after"] == "60"
