import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from interplay.collect.facts.contracts import Identifier, TraitWrite
from interplay.collect.ingest.contracts import BATCH_ITEMS_MAX, EVENT_BYTES_MAX, Received, Rejected
from interplay.collect.ingest.segment import Call, receive, write_key
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.time import HOUR, SECOND, parse_instant, to_micros

NOW = to_micros(datetime(2026, 1, 5, 10, tzinfo=UTC))
TEN = "2026-01-05T10:00:00Z"
TRACK = {"event": "Order Completed", "userId": "u1", "messageId": "m1", "properties": {"order_id": "o1", "total": 12.5}}


@pytest.fixture
def post(door):
    def post(call, body):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return receive(Call(call), raw, door, NOW)

    return post


@pytest.fixture
def one(post):
    def one(call, **body):
        (result,) = post(call, body)
        return result

    return one


def code(result):
    assert isinstance(result, Rejected), result
    assert result.text("en")
    assert result.text("zh")
    return result.code


def test_a_track_becomes_our_fact_with_declared_fields(one):
    got = one("track", **TRACK)
    assert isinstance(got, Received)
    assert got.name == "order.completed"
    assert got.identifiers == (Identifier("user_id", "u1"),)
    assert got.payload.fields == {"order_id": "o1", "value": 1250}
    assert got.payload.identifiers == (("user_id", "u1"),)
    assert (got.payload.message_id, got.payload.name_received) == ("m1", "Order Completed")
    assert (got.at, got.hour, len(got.digest)) == (NOW, 0, 16)


def test_an_undeclared_event_is_accepted_as_it_came(one):
    got = one("track", event=" Blind Box Opened ", userId=7, properties={"box": {"no": 1}})
    assert got.name == "Blind Box Opened"
    assert got.identifiers == (Identifier("user_id", "7"),)
    assert got.payload.extra == {"box": {"no": 1}}


def test_an_identify_writes_traits_and_names_identifiers_strongest_first(one):
    got = one(
        "identify",
        userId="u1",
        anonymousId="a1",
        traits={"email": "Li@Example.com", "phone": "13800138000", "age": 30, "card_no": 88},
        context={"device": {"id": "d1"}, "traits": {"openid": "o1", "shoe": 42}},
    )
    assert got.name == "customer.identified"
    assert [one.kind for one in got.identifiers] == [
        "user_id",
        "card_no",
        "phone",
        "email",
        "openid",
        "device",
        "anonymous_id",
    ]
    assert TraitWrite("email", TraitOp.SET, "li@example.com") in got.payload.traits
    assert TraitWrite("shoe", TraitOp.SET, 42, is_raw=True) in got.payload.traits


def test_a_phone_that_is_none_is_kept_but_is_no_identifier(one):
    got = one("identify", userId="u1", traits={"phone": "12", "email": "nobody"})
    assert got.identifiers == (Identifier("user_id", "u1"),)
    assert TraitWrite("phone", TraitOp.SET, "12") in got.payload.traits


def test_traits_in_the_context_of_a_track_identify_but_write_nothing(one):
    got = one("track", **TRACK, context={"traits": {"email": "li@example.com", "age": 3}})
    assert Identifier("email", "li@example.com") in got.identifiers
    assert got.payload.traits == ()


def test_external_ids_are_identifiers_of_their_kind(one):
    external = [
        {"id": "13800138000", "type": "phone", "collection": "users", "encoding": "none"},
        {"id": "c-7", "type": "CRM", "collection": "users", "encoding": "none"},
        {"id": "ab12", "type": "email", "encoding": "sha256"},
        {"id": None, "type": "x"},
        "nothing",
    ]
    got = one("track", **TRACK, context={"externalIds": external})
    assert set(got.identifiers) == {
        Identifier("user_id", "u1"),
        Identifier("phone", "+8613800138000"),
        Identifier("ext:crm", "c-7"),
        Identifier("ext:email_sha256", "ab12"),
    }


def test_a_till_that_knows_a_card_alone_says_enough(one):
    card = {"id": "9220078930194460", "type": "card_no", "collection": "users", "encoding": "none"}
    got = one("track", event="Order Completed", context={"externalIds": [card]})
    assert got.identifiers == (Identifier("card_no", "9220078930194460"),)


@pytest.mark.parametrize("external", [[], [{"id": "", "type": "card_no"}], [{"id": "c-7"}], "c-7", None])
def test_external_ids_that_name_nobody_are_nobody(one, external):
    assert code(one("track", event="Order Completed", context={"externalIds": external})) == "ingest.nobody"


@pytest.mark.parametrize(
    ("call", "name", "field"), [("page", "page.viewed", "page"), ("screen", "screen.viewed", "screen")]
)
def test_pages_and_screens_carry_their_name(one, call, name, field):
    got = one(call, anonymousId="a1", name="Menu", category="Coffee", properties={"path": "/menu", "query_string": "x"})
    assert got.name == name
    assert got.payload.fields == {f"{field}_name": "Menu", "category": "Coffee", "path": "/menu"}
    assert got.payload.extra == {"query_string": "x"}


def test_a_group_and_an_alias_become_facts(one):
    group = one("group", userId="u1", groupId=9, traits={"name": "Initech"})
    assert (group.name, group.payload.fields) == ("group.joined", {"group_id": "9"})
    assert group.payload.extra == {"group_traits": {"name": "Initech"}}
    alias = one("alias", userId="u1", previousId="a1")
    assert alias.name == "identity.aliased"
    assert alias.identifiers == (Identifier("user_id", "u1"), Identifier("anonymous_id", "a1"))


def test_the_context_fills_declared_fields_that_the_sender_left_out(one):
    context = {
        "page": {"url": "https://shop.example/a?b", "path": "/a", "title": "A", "referrer": "https://wx.example/x"},
        "campaign": {"name": "spring", "source": "wechat", "medium": 1},
        "library": {"name": "analytics.js"},
    }
    got = one("track", **{**TRACK, "properties": {"path": "/own"}}, context=context)
    assert got.payload.fields == {
        "path": "/own",
        "url": "https://shop.example/a?b",
        "title": "A",
        "referrer": "https://wx.example/x",
        "referrer_host": "wx.example",
        "utm_campaign": "spring",
        "utm_source": "wechat",
        "channel": "web",
    }
    assert got.payload.context == context


PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0"
TABLET = "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"


@pytest.mark.parametrize(("context", "fields"), [
    ({"userAgent": "Googlebot/2.1"}, {"is_bot": True}), ({"userAgent": PHONE}, {"device_type": "phone"}),
    ({"userAgent": TABLET}, {"device_type": "tablet"}), ({"userAgent": DESKTOP}, {"device_type": "desktop"}),
    ({"os": {"name": "iOS"}}, {"device_type": "phone"}), ({"userAgent": "Thing/1.0"}, {}), ({"userAgent": 7}, {}),
    ({"userAgent": "Mozilla/5.0 (compatible; bingbot/2.0) Mobile"}, {"is_bot": True}), ({"os": "iOS"}, {}),
])  # fmt: skip
def test_the_device_and_known_bots_are_told_by_the_user_agent(one, context, fields):
    found = one("track", **TRACK, context=context).payload.fields
    assert {name: found[name] for name in ("device_type", "is_bot") if name in found} == fields


def test_what_a_sender_says_of_the_device_stays(one):
    own = {**TRACK, "properties": {"device_type": "kiosk"}}
    assert one("track", **own, context={"userAgent": PHONE}).payload.fields["device_type"] == "kiosk"


@pytest.mark.parametrize(
    ("stamps", "at", "hour"),
    [
        ({}, NOW, 0),
        ({"timestamp": "2026-01-05T09:00:00Z"}, NOW - HOUR, NOW // HOUR - 1),
        ({"timestamp": "2026-01-05T09:00:00"}, NOW - HOUR, NOW // HOUR - 1),
        ({"timestamp": "2026-01-05T17:00:00.000+08:00"}, NOW - HOUR, NOW // HOUR - 1),
        # A clock one hour fast, sent ten seconds after it happened.
        ({"timestamp": "2026-01-05T11:00:00Z", "sentAt": "2026-01-05T11:00:10Z"}, NOW - 10 * SECOND, NOW // HOUR + 1),
        (
            {"originalTimestamp": "2026-01-05T08:00:00Z", "sentAt": "2026-01-05T08:00:10Z"},
            NOW - 10 * SECOND,
            NOW // HOUR - 2,
        ),
        # A clock that was never set is corrected like any other.
        ({"timestamp": "1970-01-01T00:00:00Z", "sentAt": "1970-01-01T00:00:10Z"}, NOW - 10 * SECOND, 0),
        ({"timestamp": "2026-01-05T09:00:00Z", "sentAt": "soon"}, NOW - HOUR, NOW // HOUR - 1),
        ({"timestamp": "2026-01-05T10:09:59Z"}, NOW + 599 * SECOND, NOW // HOUR),
    ],
)
def test_the_event_time_is_corrected_by_the_senders_clock_and_the_hour_is_not(one, stamps, at, hour):
    got = one("track", **TRACK, **stamps)
    assert (got.at, got.hour) == (at, hour)


def test_an_import_of_history_keeps_its_stamps(post):
    item = {**TRACK, "type": "track", "timestamp": "2020-01-01T00:00:00Z"}
    (got,) = post("import", {"batch": [item], "sentAt": "2026-01-05T09:00:00Z"})
    assert got.at == parse_instant("2020-01-01T00:00:00Z", ZoneInfo("UTC"))
    (got,) = post("batch", {"batch": [item], "sentAt": "2026-01-05T09:00:00Z"})
    assert got.at == parse_instant("2020-01-01T01:00:00Z", ZoneInfo("UTC"))


def test_a_fact_of_2999_happened_now_and_says_so(one):
    got = one("track", **TRACK, timestamp="2999-01-01T00:00:00Z")
    assert got.at == NOW
    assert got.payload.context["clamped_from"] == "2999-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("1970-01-01T00:00:00Z", "ingest.time.early"),
        ("1989-12-31T23:59:59Z", "ingest.time.early"),
        ("0001-01-01T00:00:00+14:00", "ingest.time.early"),
        ("yesterday", "ingest.time"),
        ("", "ingest.time"),
        (1767600000000, "ingest.time"),
        ({}, "ingest.time"),
    ],
)
def test_a_stamp_that_cannot_be_is_a_reject(one, stamp, expected):
    assert code(one("track", **TRACK, timestamp=stamp)) == expected


def test_the_same_message_has_the_same_key_and_another_source_another(one, door):
    assert one("track", **TRACK).digest == one("track", **{**TRACK, "userId": "u2"}).digest
    assert one("track", **TRACK).digest != one("track", **{**TRACK, "messageId": "m2"}).digest
    (other,) = receive(Call.TRACK, json.dumps(TRACK).encode(), replace(door, source="app"), NOW)
    assert other.digest != one("track", **TRACK).digest


def test_without_a_message_id_the_content_is_the_key(one):
    item = {name: value for name, value in TRACK.items() if name != "messageId"}
    again = dict(reversed(item.items()))
    assert one("track", **item).digest == one("track", **again, sentAt=TEN).digest
    assert one("track", **item).digest != one("track", **{**item, "userId": "u2"}).digest


def test_a_batch_answers_item_by_item_in_order(post):
    good = {**TRACK, "type": "track"}
    results = post(
        "batch", {"batch": [good, {"type": "fly"}, 7, {**good, "userId": None}, good], "context": {"ip": "x"}}
    )
    assert [type(one) for one in results] == [Received, Rejected, Rejected, Rejected, Received]
    assert [code(one) for one in results[1:4]] == ["ingest.call", "ingest.whole", "ingest.nobody"]
    assert [one.index for one in results[1:4]] == [1, 2, 3]
    assert json.loads(results[1].raw) == {"type": "fly"}
    assert results[0].payload.context == {"ip": "x"}


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (b'{"type":"track","event":"E","userId":"\\ud800"}', "ingest.surrogate"),
        (b'{"type":"track","event":"E","userId":"u","properties":{"a":NaN}}', "ingest.number"),
        (b'{"type":"track","event":"E","userId":"u","properties":{"a":-Infinity}}', "ingest.number"),
    ],
)
def test_an_item_that_is_hardly_json_does_not_cost_its_neighbours(post, bad, expected):
    good = json.dumps({**TRACK, "type": "track"}).encode()
    results = post("batch", b'{"batch":[' + good + b"," + bad + b"," + good + b"]}")
    assert [type(one) for one in results] == [Received, Rejected, Received]
    assert code(results[1]) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"userId": None}, "ingest.nobody"),
        ({"userId": ""}, "ingest.nobody"),
        ({"userId": "  "}, "ingest.nobody"),
        ({"userId": ["u"]}, "ingest.type"),
        ({"userId": True}, "ingest.type"),
        ({"userId": 1.5}, "ingest.type"),
        ({"userId": "x" * 256}, "ingest.id_length"),
        ({"messageId": "x" * 1025}, "ingest.id_length"),
        ({"messageId": {}}, "ingest.type"),
        ({"event": None}, "ingest.missing"),
        ({"event": " "}, "ingest.missing"),
        ({"event": 7}, "ingest.type"),
        ({"event": "x" * 256}, "ingest.name_length"),
        ({"properties": []}, "ingest.type"),
        ({"properties": {"total": "12"}}, "fact.field.type"),
        ({"properties": {"total": 10**30}}, "fact.field.type"),
        ({"properties": {"other": 10**30}}, "ingest.number"),
        ({"context": {"deep": 10**30}}, "ingest.number"),
        ({"properties": {"other": "a\0b"}}, "ingest.nul"),
        ({"event": "\0"}, "ingest.nul"),
        ({"properties": {"other": "x" * EVENT_BYTES_MAX}}, "ingest.event_size"),
    ],
)
def test_a_bad_item_is_rejected_with_its_reason(one, change, expected):
    assert code(one("track", **{**TRACK, **change})) == expected


def test_text_that_only_looks_like_nul_is_text(one):
    got = one("track", **{**TRACK, "properties": {"path": "C:\\u0000"}})
    assert got.payload.fields == {"path": "C:\\u0000"}


@pytest.mark.parametrize(("depth", "is_accepted"), [(32, True), (33, False), (900, False), (16_000, False)])
def test_json_nests_at_most_32_levels(post, depth, is_accepted):
    nested = b'{"a":' * (depth - 1) + b"1" + b"}" * (depth - 1)
    (got,) = post("track", b'{"event":"E","userId":"u","properties":' + nested + b"}")
    assert isinstance(got, Received) is is_accepted
    if not is_accepted:
        assert code(got) in ("ingest.depth", "ingest.event_size")


def test_many_brackets_side_by_side_are_not_deep(one):
    properties = {"other": [[] for _ in range(100)], "text": "[[[[" * 20}
    assert isinstance(one("track", **{**TRACK, "properties": properties}), Received)


@pytest.mark.parametrize(
    ("call", "body", "expected"),
    [
        ("batch", b"", "ingest.json"),
        ("batch", b"hello", "ingest.json"),
        ("batch", b"[]", "ingest.whole"),
        ("batch", b'{"batch":{}}', "ingest.type"),
        ("batch", b"{}", "ingest.missing"),
        ("batch", b'{"batch":[\xff]}', "ingest.utf8"),
        ("batch", b'{"batch":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "ingest.depth"),
        ("batch", b'{"batch":[' + b",".join([b"{}"] * (BATCH_ITEMS_MAX + 1)) + b"]}", "ingest.too_many"),
    ],
)
def test_a_request_that_is_wrong_as_a_whole_is_an_error(post, call, body, expected):
    with pytest.raises(AppError) as caught:
        post(call, body)
    assert caught.value.code == expected
    assert caught.value.text("zh")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"hello", "ingest.json"),
        (b"[1]", "ingest.whole"),
        (b'"a"', "ingest.whole"),
        (b'{"userId": 1e999}', "ingest.number"),
        (b'{"userId": ' + b"1" * 5000 + b"}", "ingest.number"),
        (b'{"userId": "u", "event": "\xff"}', "ingest.utf8"),
    ],
)
def test_a_single_call_that_is_wrong_is_one_reject(post, body, expected):
    (got,) = post("track", body)
    assert code(got) == expected
    assert got.raw == body
    assert "$" not in got.text("en") + got.text("zh")


def test_browsers_put_the_write_key_into_the_body():
    assert write_key(b'{"writeKey": "k", "batch": []}') == "k"
    assert write_key(b'{"writeKey": 1}') is None
    assert write_key(b"\xff") is None
