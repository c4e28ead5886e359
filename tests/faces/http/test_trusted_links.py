"""What who reads a write key in a page can do to somebody's wallet: nothing, through whichever door."""

import json
import time
from base64 import b64encode

import pytest

from tests.faces.http.conftest import open_shop
from tests.faces.http.test_own_sources import MOMENT_SECONDS
from tests.faces.http.test_sessions import exchange, issuer, signed

PHONE, EMAIL, CARD = "13800130001", "li@example.com", "66880001"
POINTS = {"kind": "points", "name": "points", "label": {"zh": "积分", "en": "Points"}}
TRAITS = {"phone": PHONE, "email": EMAIL}
NAMES = [{"id": "li", "type": "user_id"}, {"id": CARD, "type": "card_no"}]


def segment(*items):
    """Return each item as a call of its own."""
    return [("/v1/" + item.pop("type"), item) for item in map(dict, items)]


def sa(**item):
    data = b64encode(json.dumps({"time": 1_790_000_000_000, **item}).encode()).decode()
    return [("/sa", {"data": data})]


EVE = {"userId": "eve"}
MIXED = [
    {"type": "identify", **EVE, "traits": TRAITS},
    {"type": "alias", **EVE, "previousId": "cookie-li"},
    {"type": "track", "event": "Order Completed", **EVE, "context": {"traits": TRAITS, "externalIds": NAMES}},
]
ATTACKS = {
    "identify": segment(MIXED[0]),
    "alias": segment(MIXED[1], {"type": "alias", **EVE, "previousId": "li"}),
    "track": segment(MIXED[2]),
    "cookie": segment(
        {"type": "identify", **EVE, "anonymousId": "c-9"},
        {"type": "identify", "anonymousId": "c-9", "traits": TRAITS},
        {"type": "page", **EVE, "anonymousId": "c-9", "context": {"device": {"id": "d-9"}}},
        {"type": "page", "userId": "li", "anonymousId": "c-9", "context": {"device": {"id": "d-9"}}},
    ),
    "her cookie": segment(*({"type": "identify", "userId": f"eve-{n}", "anonymousId": "cookie-li"} for n in range(9))),
    "many": segment(*({"type": "identify", "userId": f"eve-{n}", "traits": TRAITS} for n in range(9))),
    "batch": [("/v1/batch", {"batch": MIXED})],
    "import": [("/v1/import", {"batch": [{**one, "timestamp": "2026-01-02T03:04:05Z"} for one in MIXED]})],
    "sign-up": sa(type="track_signup", event="$SignUp", distinct_id="eve", original_id="li", properties={}),
    "bind": sa(
        type="track_id_bind", distinct_id="eve", properties={},
        identities={"$identity_login_id": "eve", "$identity_mobile": PHONE, "$identity_email": EMAIL, "card_no": CARD},
    ),
    "profile": sa(
        type="profile_set", distinct_id="li", login_id="li", properties={"phone": PHONE},
        identities={"$identity_login_id": "li", "$identity_mp_openid": "o-eve"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def robbed(tmp_path_factory):
    """Li has a thousand points; the brand's server has told her phone number, e-mail, card and cookie."""
    for shop in open_shop(tmp_path_factory.mktemp("robbed") / "data"):
        assert shop.post("/api/documents/apply", {"documents": [POINTS]}, key="admin").status_code == 200
        made = shop.post("/api/keys", {"name": "shop-server", "scopes": ["write", "link"]}, key="admin").json()
        shop.keys["server"] = made["key"]
        shop.keys["write"] = shop.post("/api/keys", {"name": "page", "scopes": ["write"]}, key="admin").json()["key"]
        assert made["key"].startswith("sk_")
        hers = {"externalIds": NAMES}
        told = {"userId": "li", "anonymousId": "cookie-li", "traits": TRAITS, "context": hers, "messageId": "m-0"}
        time.sleep(MOMENT_SECONDS)
        sent = _send(shop, "server", told)
        assert sent.status_code == 200, sent.text
        shop.get("/api/facts")  # the map has followed
        adjust = {"unit": "points", "amount": 1000, "reason": "welcome", "asker": "a", "approver": "b"}
        path = f"/api/customers/phone/{PHONE}/points/adjust"
        given = shop.post(path, adjust, key="admin", headers={"Idempotency-Key": "welcome"})
        assert given.status_code == 200, given.text
        shop.secret = issuer(shop)
        shop.sessions = {
            name: exchange(shop, signed(shop.secret, sub=name, jti=name)).json()["token"] for name in ("li", "eve")
        }
        yield shop


def _send(shop, key, body, path="/v1/identify"):
    return shop.client.post(path, json=body, headers={"Authorization": f"Bearer {shop.keys[key]}"})


def held(shop, name):
    answer = shop.client.get("/api/customer/points", headers={"Authorization": f"Bearer {shop.sessions[name]}"})
    assert answer.status_code == 200, answer.text
    return sum(one["available"] for one in answer.json()["balances"])


def whose(shop, kind, value):
    return shop.get(f"/api/identities/why?kind={kind}&value={value}").json()["customer"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_write_key_reaches_nobodys_wallet(robbed, attack):
    for path, body in ATTACKS[attack]:
        if path == "/sa":
            sent = robbed.client.post(path, params={"token": robbed.keys["write"]}, data=body)
        else:
            sent = _send(robbed, "write", body, path)
        assert sent.status_code == 200, sent.text
        assert "rejected" not in sent.text
    robbed.get("/api/facts")
    assert (held(robbed, "li"), held(robbed, "eve")) == (1000, 0)
    hers = {whose(robbed, *who) for who in (("user_id", "li"), ("phone", PHONE), ("email", EMAIL), ("card_no", CARD))}
    assert len(hers) == 1
    assert whose(robbed, "user_id", "eve") not in hers
    at_till = robbed.get(f"/api/customers/phone/{PHONE}/points").json()
    assert at_till["balances"][0]["available"] == 1000, "who says her number at the till has her points"
    refused = robbed.post(
        "/api/customers/user_id/eve/points/spend", {"unit": "points", "points": 1}, key="admin",
        headers={"Idempotency-Key": f"eve {attack}"},
    )  # fmt: skip
    assert refused.status_code == 409


def test_what_was_said_waits_for_staff(robbed):
    _send(robbed, "server", {"anonymousId": "c-8", "traits": {"phone": "13800130008"}})
    _send(robbed, "write", {"userId": "mallory", "traits": {"phone": "13800130008"}})
    robbed.get("/api/facts")
    assert whose(robbed, "user_id", "mallory") != whose(robbed, "phone", "13800130008")
    waiting = robbed.get("/api/identities/reviews").json()["items"]
    assert any("mallory" in json.dumps(one) for one in waiting)


def test_a_servers_key_joins(robbed):
    """So the tests above are of the key, not of the messages."""
    body = {"userId": "wang", "traits": {"phone": "13800130002"}}
    _send(robbed, "write", body)
    robbed.get("/api/facts")
    assert whose(robbed, "user_id", "wang") != whose(robbed, "phone", "13800130002")
    _send(robbed, "server", {**body, "messageId": "m-2"})
    robbed.get("/api/facts")
    assert whose(robbed, "user_id", "wang") == whose(robbed, "phone", "13800130002")


def test_a_cookie_that_is_named_when_signing_in_brings_nothing_along(robbed):
    """Anybody may begin a session on her cookie, and go on with it as himself."""
    visit = robbed.client.post("/api/customer/sessions/anonymous", json={"anonymous_id": "cookie-li"}).json()
    for number, more in enumerate(({"anonymous_session": visit["token"]}, {"anonymous_id": "cookie-li"})):
        opened = exchange(robbed, signed(robbed.secret, sub="eve", jti=f"again-{number}"), **more)
        assert opened.status_code == 201, opened.text
        robbed.get("/api/facts")
        assert (held(robbed, "li"), held(robbed, "eve")) == (1000, 0)
        assert whose(robbed, "user_id", "eve") != whose(robbed, "anonymous_id", "cookie-li")
