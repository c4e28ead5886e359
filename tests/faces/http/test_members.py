"""Members over HTTP: joined by the brand's systems and at a till, found at a till."""

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
