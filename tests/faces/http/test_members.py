"""Members over HTTP: joined by the brand's systems and at a till, found at a till."""

from tests.faces.http.test_sessions import exchange, issuer, signed
from tests.faces.http.test_stores import till_shop

__all__ = ["till_shop"]

LI = {"kind": "phone", "value": "13800130001"}


def test_a_till_lets_somebody_join_once(till_shop):
    joined = till_shop.post("/api/till/members", {"identifiers": [LI]}, key="till")
    assert joined.status_code == 201
    again = till_shop.post("/api/till/members", {"identifiers": [LI]}, key="till", headers={"Idempotency-Key": "a"})
    assert again.json() == {**joined.json(), "is_new": False}
    online = till_shop.post("/api/members", {"identifiers": [LI], "channel": "app"}, key="admin")
    assert online.json()["card_no"] == joined.json()["card_no"]
    shown = till_shop.get("/api/members/phone/13800130001").json()
    assert [(one["store"], one["device"], one["channel"]) for one in shown["cards"]] == [
        ("nanjing-road", "till-1", "store")
    ]
    assert shown["identifiers"] == ["card_no", "phone"]


def test_a_till_finds_her_by_her_card_or_her_phone_and_learns_no_more(till_shop):
    joined = till_shop.post("/api/till/members", {"identifiers": [LI]}, key="till").json()
    number = joined["card_no"]
    spaced = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    for ask in ({"card_no": spaced}, {"phone": "138 0013 0001"}):
        found = till_shop.post("/api/till/members/find", ask, key="till")
        assert found.json() == {"card_no": number, "joined_at": joined["joined_at"]}


def test_what_a_till_cannot_find_is_told_apart(till_shop):
    till_shop.post("/v1/identify", {"userId": "wang", "traits": {"phone": "13800130002"}}, key="write")
    for ask, status, code in (
        ({"card_no": "9000000000000002"}, 400, "members.card_no"),
        ({"card_no": "9000000000000001"}, 404, "customers.unknown"),
        ({"phone": "13800130002"}, 404, "members.not_a_member"),
        ({}, 400, "members.one_of"),
        ({"phone": "1", "card_no": "9"}, 400, "members.one_of"),
    ):
        answer = till_shop.post("/api/till/members/find", ask, key="till")
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_members_are_refused_in_both_languages(till_shop):
    ask = {"identifiers": [{"kind": "anonymous_id", "value": "c"}]}
    for lang, begins in (("en", "nobody can be a member"), ("zh", "仅凭这些标识")):
        answer = till_shop.post("/api/till/members", ask, key="till", lang=lang)
        assert answer.json()["code"] == "members.nobody"
        assert answer.json()["detail"].startswith(begins)


def session_of(shop, token):
    def call(method, path, **more):
        return shop.client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **more)

    return call


def test_a_member_shows_her_code_and_a_till_knows_her(till_shop):
    customer = session_of(till_shop, exchange(till_shop, signed(issuer(till_shop))).json()["token"])
    assert customer("POST", "/api/customer/member/code").json()["code"] == "members.not_a_member"
    joined = customer("POST", "/api/customer/member", json={"channel": "app"})
    assert joined.status_code == 201
    assert customer("POST", "/api/customer/member", json={}).json()["card_no"] == joined.json()["card_no"]
    assert customer("GET", "/api/customer/member").json()["cards"][0]["channel"] == "app"
    code = customer("POST", "/api/customer/member/code").json()["code"]

    for key, status in (("a", 200), ("a", 200), ("b", 409)):
        scan = till_shop.post("/api/till/members/scan", {"code": code}, key="till", headers={"Idempotency-Key": key})
        assert scan.status_code == status
    assert scan.json()["code"] == "members.code_replayed"
    other = code[:9] + ("A" if code[9] != "A" else "B") + code[10:]
    forged = till_shop.post("/api/till/members/scan", {"code": other}, key="till", lang="zh")
    assert (forged.status_code, forged.json()["detail"]) == (403, "该会员码不是本系统生成的")


def test_an_anonymous_session_opens_nothing_of_a_person(till_shop):
    """Anybody may name any cookie, also one that is known to be somebody's."""
    till_shop.post("/v1/identify", {"userId": "li", "anonymousId": "c-1"}, key="write")
    ask = {"identifiers": [{"kind": "user_id", "value": "li"}], "channel": "web"}
    till_shop.post("/api/members", ask, key="admin")
    till_shop.get("/api/facts")  # the map has followed
    visit = till_shop.client.post("/api/customer/sessions/anonymous", json={"anonymous_id": "c-1"}).json()
    customer = session_of(till_shop, visit["token"])
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/code")):
        refused = customer(method, f"/api/customer/member{path}", **({"json": {}} if method == "POST" else {}))
        assert (refused.status_code, refused.json()["code"]) == (403, "sessions.not_signed_in")


def test_nobody_is_in_a_store_by_saying_so(own_shop):
    sent = own_shop.post("/v1/track", {"event": "member.scanned", "userId": "li"}, key="write")
    assert sent.status_code == 400
