"""The short way answers as Litestar's own, to the byte; only the time it takes is another."""

import json
import re
from copy import copy
from dataclasses import dataclass

import pytest
from litestar import Litestar, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ImproperlyConfiguredException, NotAuthorizedException
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.testing import TestClient
from msgspec import Struct
from structlog.testing import capture_logs

from interplay.faces.http import mistakes
from interplay.faces.http.app import BODY_BYTES_MAX, ROUTES, make_app
from interplay.faces.http.express import Way, express
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.orders import Key
from interplay.faces.http.visits import Front
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Serve, Settings
from tests.faces.http.test_coupons import BASKET, issue, order, till
from tests.faces.http.test_sessions import exchange, issuer, signed
from tests.faces.http.test_stores import till_shop

__all__ = ["till", "till_shop"]

PLAIN = [copy(route) for route in ROUTES]
for _route in PLAIN:
    _route.middleware = []
ZH = (("Accept-Language", "zh-CN,en;q=0.5"),)


@dataclass(frozen=True)
class Sent:
    """One request, and under which key; each way has keys of its own."""

    path: str
    body: object = b""
    key: str | None = "k"
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    token: str = "till"

    def on(self, client, keys, name):
        headers = [("Authorization", f"Bearer {keys.get(self.token, self.token)}")] if self.token else []
        headers += [("Idempotency-Key", f"{name}-{self.key}")] if self.key is not None else []
        headers = [(header.encode(), value.encode()) for header, value in (*headers, *self.headers)]
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).replace("KEY", name).encode()
        with capture_logs() as logs:
            answer = client.request(self.method, self.path, content=content, headers=headers)
        said = [{key: value for key, value in one.items() if key != "ms"} for one in logs if one["event"] == "request"]
        body = re.sub(rb'"held_until":"[^"]+"', b"", answer.content.replace(name.encode(), b"KEY"))
        return answer.status_code, answer.headers.raw, body, said


def both_ways(shop, requests, serve=None):
    """Send the same to an application with the short way and to one without; each counts what is sent to it alone."""
    settings = shop.reach.home.settings if serve is None else Settings(shop.reach.home.settings.brand, serve=serve)
    answers = []
    for name, routes in (("short", ROUTES), ("plain", PLAIN)):
        app = make_app(shop.reach, settings, lambda: 1000.0, routes=routes)
        with TestClient(app) as client:
            answers.append([one.on(client, shop.keys, name) for one in requests])
        app.close()
    return answers


def commit(asked, **more):
    return Sent("/api/till/commit", {"order": asked}, **more)


def deep(depth):
    return b'{"basket":' + b"[" * depth + b"]" * depth + b"}"


def orders(asked, code):
    """Return what tills do with orders, well and badly, in their order."""
    line = BASKET["lines"][0]
    return [
        Sent("/api/till/quote", {"basket": BASKET, "coupons": [code, "NOTHING"]}, key=None),
        Sent("/api/till/quote", {"basket": BASKET, "coupons": [code]}, headers=ZH),
        Sent("/api/till/quote", {"basket": BASKET, "coupons": ["NOTHING"], "best": True}),
        Sent("/api/till/quote", {"basket": BASKET | {"lines": [line | {"quantity": "2"}]}}),
        Sent("/api/till/quote", {"basket": BASKET | {"lines": [line | {"quantity": 2.0}]}}),
        Sent("/api/till/quote", {"basket": BASKET | {"lines": [line | {"quantity": 2.5}]}}),
        Sent("/api/till/quote", {"basket": BASKET | {"lines": [line | {"unit_price": 10**30}]}}),
        Sent("/api/till/quote", {"basket": BASKET | {"currency": "USD"}}),
        Sent("/api/till/quote", {"basket": BASKET, "points": -1}),
        Sent("/api/till/quote", {"basket": BASKET, "coupons": ["A"] * 500}),
        Sent("/api/till/quote", {"basket": BASKET, "customer": {"kind": "user_id", "value": "nobody"}}),
        Sent("/api/till/quote", {"basket": BASKET, "best": "true"}),
        Sent("/api/till/quote", {"basket": BASKET, "more": 1}, headers=ZH),
        commit(asked), commit(asked), commit(asked | {"order": "another"}), commit(asked | {"fingerprint": ""}),
        commit(asked | {"fingerprint": "0" * 32}, key="stale"),
        Sent("/api/till/hold", asked | {"seconds": 60}, key="held"),
        Sent("/api/till/hold", asked | {"seconds": 10**30}, key="long"),
        Sent("/api/till/hold", asked | {"seconds": 0}, key="none"),
        Sent("/api/till/commit", {"redemption": "till:till-1/KEY-held"}, key="c"),
        Sent("/api/till/commit", {"redemption": "till:till-1/KEY-held"}, key="k"),
        Sent("/api/till/commit", {"redemption": "none"}, key="u"),
        Sent("/api/till/commit", {}, key="n"),
        Sent("/api/till/reverse", {"redemption": "till:till-1/KEY-k", "lines": {"1": 1}}, key="r"),
        Sent("/api/till/reverse", {"redemption": "till:till-1/KEY-k", "lines": {"1": 1}}, key="r"),
        Sent("/api/till/reverse", {"redemption": "till:till-1/KEY-k", "lines": {"1": "many"}}, key="r"),
        Sent("/api/till/reverse", {"redemption": "till:till-1/KEY-k", "lines": {"9": 1}}, key="r2"),
        Sent("/api/till/reverse", {"redemption": "till:till-1/KEY-k"}, key="r3"),
        Sent("/api/till/reverse", {"redemption": "none"}, key="r4"),
    ]  # fmt: skip


def mistaken(asked):
    """Return requests that are none, or are not what they should be."""
    good = {"order": asked}
    bodies = (
        b"", b"null", b"[]", b"1", b'"x"', b"{", b'{"order":', b"\xff", b'{"order":"\xed\xa0\x80"}', b"{} {}", b"NaN",
        b"\xef\xbb\xbf{}", deep(50), deep(100_000), b'{"order":null,"order":{"x":1}}',
        b'{"redemption":"a","redemption":"b"}',
    )  # fmt: skip
    return [
        *(Sent("/api/till/commit", body, key=f"b{place}") for place, body in enumerate(bodies)),
        *(Sent("/api/till/quote", body, key=None) for body in bodies),
        commit(asked, key=None), commit(asked, key="x" * 200), Sent("/api/till/commit", b"{", key=None),
        commit(asked, key=None, headers=(("idempotency-key", ""),)),
        Sent("/api/till/commit", {"redemption": "none"}, key=None, headers=(("idempotency-key", "é"),)),
        commit(asked, key="one", headers=(("idempotency-key", "two"),)),
        commit(asked, key="q", headers=(("Content-Type", "text/plain"),)),
        commit(asked, key="w", headers=(("Content-Type", "application/x-www-form-urlencoded"),)),
        Sent("/api/till/commit?x=1", good, key="p"), Sent("/api/till/commit/", good, key="s"),
        *(Sent("/api/till/commit", good, method=how) for how in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")),
        Sent("/api/till/commit", b" " * (BODY_BYTES_MAX + 1)), Sent("/api/till/nothing", good),
        commit(asked, token=""), commit(asked, token="dk_unknown"), commit(asked, token="read"),
        Sent("/api/till/commit", b"{", token=""), commit(asked, key=None, token=""),
        commit(asked, token="", headers=(("Authorization", "Basic eDp5"),)),
        commit(asked, token="", headers=(("Authorization", "Bearer"), ("Accept-Language", "zh"))),
    ]  # fmt: skip


def test_orders_are_answered_to_the_byte(till):
    asked = order(till, issue(till)["code"])
    used = issue(till, key="other")["code"]
    short, plain = both_ways(till, orders(order(till), used))
    assert short == plain
    assert {answer[0] for answer in short} == {200, 400, 404, 409}
    assert asked["coupons"]


def test_mistakes_are_answered_to_the_byte(till):
    requests = mistaken(order(till))
    short, plain = both_ways(till, requests)
    for one, ours, theirs in zip(requests, short, plain, strict=True):
        assert ours == theirs, one
    assert {answer[0] for answer in short} >= {200, 204, 400, 401, 404, 405, 413}


def test_limits_are_answered_to_the_byte_and_count_each_request_once(till):
    asked = order(till)
    few = Serve(requests_per_second_max=1, requests_burst_max=5)
    requests = [
        commit(asked, key=None),
        *(commit(asked, key=f"l{n}") for n in range(6)),
        Sent("/api/till/commit", b"{"),
    ]
    short, plain = both_ways(till, requests, few)
    assert short == plain
    left = [dict(headers)[b"ratelimit-remaining"] for _, headers, _, _ in short]
    assert (left, short[-1][0]) == ([b"4", b"3", b"2", b"1", b"0", b"0", b"0", b"0"], 429)
    strangers = [commit(asked, token="dk_unknown")] * 22
    short, plain = both_ways(till, strangers)
    assert (short, short[-1][0]) == (plain, 429)


def test_customers_are_answered_to_the_byte(till):
    token = exchange(till, signed(issuer(till))).json()["token"]
    visitor = till.client.post("/api/customer/sessions/anonymous", json={"channel": "web"}).json()["token"]
    claim, nobody = "/api/customer/coupons", {"template": "off50"}
    requests = [
        *(Sent(claim, {"code": f"NO{n}"}, token=token, key=f"c{n}") for n in range(22)),
        Sent(claim, nobody, token=token), Sent(claim, nobody, token=token), Sent(claim, {"template": "x"}, token=token),
        Sent(claim, {}, token=token, key="e"), Sent(claim, nobody, token=visitor), Sent(claim, nobody, token=""),
        Sent(claim, nobody, token="till"), Sent(claim, nobody, token=token, key=None), Sent(claim, b"", token=token),
    ]  # fmt: skip
    short, plain = both_ways(till, requests)
    assert short == plain
    assert {answer[0] for answer in short} >= {200, 400, 401, 403, 404, 429}


class Asked(Struct):
    what: str
    amount: int = 1


class Said(Struct):
    what: str
    amount: int
    more: str


def _shouted(request: AnyRequest) -> str:
    return request.headers.get("x-loud", "")


class _OddError(Exception):
    pass


@post("/say/{name:str}", status_code=202)
async def say(
    name: FromPath[str], data: JSONBody[Asked], loud: NamedDependency[str], quiet: NamedDependency[str],
    request: AnyRequest, times: FromQuery[int] = 2,
) -> Said:  # fmt: skip
    match data.what:
        case "bug":
            raise _OddError("names somebody")
        case "no":
            raise AppError("http.at", status=409, given="x", earliest="y", latest="z")
        case "nobody":
            raise NotAuthorizedException("who?")
    return Said(f"{name} {data.what}{loud}{quiet}", data.amount * times, request.method)


@get("/look/{name:str}")
async def look(name: FromPath[str], quiet: NamedDependency[str], times: FromQuery[int] = 2) -> list[str]:
    return [name + quiet] * times


@post("/count")
async def count(idempotency_key: Key, times: FromQuery[int] = 1) -> dict[str, int]:
    return {idempotency_key: times}


def toy(*, is_short):
    routes = [copy(one) for one in (say, look, count)]
    for one in routes:
        one.middleware = [express] if is_short else []
    provided = {"loud": Provide(_shouted, sync_to_thread=False), "quiet": Provide(lambda: "…", sync_to_thread=False)}
    return Front(
        Litestar(
            routes, dependencies=provided, exception_handlers=mistakes.handlers(), request_class=mistakes.ApiRequest,
            openapi_config=None, logging_config=None,
        ),
        lambda _: None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "request_",
    [
        Sent("/say/li", {"what": "hi"}), Sent("/say/li?times=3", {"what": "hi"}),
        Sent("/say/li?times=x", {"what": "hi"}),
        Sent("/say/%E6%9D%8E%2Fx", {"what": "hi", "amount": "7"}, headers=(("x-loud", "!"),)),
        Sent("/say/li", {"what": "bug"}), Sent("/say/li", {"what": "no"}), Sent("/say/li", {"what": "nobody"}),
        Sent("/say/li", {"amount": 1}), Sent("/say/li"), Sent("/say/li", method="GET"),
        Sent("/look/li", method="GET"), Sent("/look/li?times=0", method="GET"), Sent("/look/li", method="HEAD"),
        Sent("/look/li?times=", method="GET"), Sent("/look/li", method="OPTIONS"),
        Sent("/count"), Sent("/count", key=None), Sent("/count?times=4"), Sent("/count", b"ignored"),
    ],
    ids=lambda sent: f"{sent.method} {sent.path} {sent.body!r}",
)  # fmt: skip
def test_every_kind_of_handler_is_answered_to_the_byte(request_):
    short, plain = (
        request_.on(TestClient(toy(is_short=is_short), raise_server_exceptions=False), {}, "either")
        for is_short in (True, False)
    )
    assert short == plain


def test_every_route_that_is_marked_takes_the_short_way(till):
    app = make_app(till.reach, till.reach.home.settings)
    marked = [
        handler
        for route in app.api.routes
        for handler in getattr(route, "route_handlers", ())
        if express in handler.resolve_middleware()
    ]
    assert {handler.operation_id for handler in marked} == {
        "quoteAtTill", "holdAtTill", "commitAtTill", "reverseAtTill", "claimMyCoupon", "playMyself", "playAtTill",
    }  # fmt: skip
    assert all(Way(handler).status == 200 for handler in marked)
    app.close()


def test_a_handler_that_needs_something_else_is_refused():
    async def wait() -> str:
        return "late"

    @post("/late", middleware=[express])
    async def late(quiet: NamedDependency[str]) -> str:
        return quiet

    app = Litestar([late], dependencies={"quiet": Provide(wait)}, openapi_config=None)
    with TestClient(app) as client:
        assert client.post("/late").status_code == 500
    handler = app.routes[0].route_handlers[0]
    with pytest.raises(ImproperlyConfiguredException, match="does not wait"):
        Way(handler)
