import base64
import gzip
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from sensorsanalytics.sdk import SensorsAnalytics, SensorsAnalyticsIdentity

from interplay.collect.facts.contracts import TraitWrite
from interplay.collect.ingest.contracts import EVENT_BYTES_MAX, Received, Rejected
from interplay.collect.ingest.sensors import receive
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.time import HOUR, to_micros

NOW = to_micros(datetime(2026, 1, 5, 10, tzinfo=UTC))
NOW_MS = NOW // 1000
TRACK = {
    "type": "track",
    "event": "PayOrder",
    "distinct_id": "d1",
    "time": NOW_MS - 3_600_000,
    "properties": {"order_id": 7},
}


def form(value, field="data", packed=True, **more):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    data = base64.b64encode(gzip.compress(raw, mtime=0) if packed else raw)
    return urlencode({field: data, "gzip": int(packed), "crc": 1, **more}).encode()


@pytest.fixture
def post(door):
    return lambda body=b"", query=b"": receive(body, query, door, NOW)


@pytest.fixture
def one(post):
    def one(**item):
        (result,) = post(form(item))
        return result

    return one


def identifiers(got):
    assert isinstance(got, Received), got
    return [(one.kind, one.value) for one in got.identifiers]


def code(result):
    assert isinstance(result, Rejected), result
    assert result.text("en")
    assert result.text("zh")
    return result.code


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (form(TRACK), b""),
        (form(TRACK, packed=False), b""),
        (form([TRACK], "data_list"), b""),
        (form([TRACK], packed=False), b""),
        (b"", form(TRACK)),
        (b"", form(TRACK, packed=False).decode()),
        (json.dumps(TRACK).encode(), b""),
        (json.dumps([TRACK]).encode(), b""),
        (form(TRACK, packed=False).replace(b"%2B", b"+"), b""),
    ],
)
def test_every_wrapping_gives_the_same_fact(post, body, query):
    (got,) = post(body, query)
    assert got.name == "order.completed"
    assert got.payload.fields == {"order_id": "7"}
    assert got.payload.name_received == "PayOrder"
    assert identifiers(got) == [("anonymous_id", "d1")]
    assert (got.at, got.hour) == (NOW - HOUR, NOW // HOUR - 1)
    assert got.digest == post(form(TRACK))[0].digest


def test_a_list_answers_item_by_item(post):
    results = post(form([TRACK, {"type": "fly"}, 7, TRACK], "data_list"))
    assert [type(one) for one in results] == [Received, Rejected, Rejected, Received]
    assert [code(one) for one in results[1:3]] == ["ingest.call", "ingest.whole"]
    bad = b'{"type":"track","event":"\\udc00"}'
    results = post(form(b"[" + json.dumps(TRACK).encode() + b"," + bad + b"]", "data_list"))
    assert isinstance(results[0], Received)
    assert code(results[1]) == "ingest.surrogate"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"properties": {"$is_login_id": True}}, [("user_id", "d1")]),
        ({"distinct_id": 7}, [("anonymous_id", "7")]),
        ({"login_id": "d1", "anonymous_id": "a1"}, [("user_id", "d1"), ("anonymous_id", "a1")]),
        ({"login_id": "$identity_mobile+13800138000"}, [("phone", "+8613800138000"), ("anonymous_id", "d1")]),
        ({"distinct_id": "$identity_mp_openid+o1"}, [("openid", "o1")]),
        (
            {"identities": {"$identity_login_id": "u1", "$identity_mp_unionid": "n1", "$identity_idfa": "i1"}},
            [("user_id", "u1"), ("unionid", "n1"), ("ext:idfa", "i1"), ("anonymous_id", "d1")],
        ),
        (
            {"distinct_id": "o1", "identities": {"$identity_mp_openid": "o1", "$identity_email": "A@b.com"}},
            [("email", "a@b.com"), ("openid", "o1")],
        ),
        (
            {"type": "track_signup", "event": "$SignUp", "distinct_id": "u1", "original_id": "a1"},
            [("user_id", "u1"), ("anonymous_id", "u1"), ("anonymous_id", "a1")],
        ),
        (
            {
                "type": "track_id_bind",
                "event": "$BindID",
                "distinct_id": "u1",
                "identities": {"$identity_login_id": "u1", "$identity_mobile": "13800138000"},
            },
            [("user_id", "u1"), ("phone", "+8613800138000")],
        ),
        (
            {
                "type": "track_id_unbind",
                "event": "$UnbindID",
                "distinct_id": "x",
                "identities": {"$identity_login_id": "u1", "$identity_mobile": "13800138000"},
            },
            [("user_id", "u1")],
        ),
    ],
)
def test_who_it_is_about(one, item, expected):
    assert identifiers(one(**{**TRACK, **item})) == expected


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("track_signup", "identity.aliased"),
        ("track_id_bind", "identity.linked"),
        ("track_id_unbind", "identity.unlinked"),
        ("profile_set", "customer.identified"),
        ("profile_delete", "customer.identified"),
    ],
)
def test_operations_are_facts_of_ours(one, kind, name):
    assert one(type=kind, distinct_id="d1", original_id="a1", properties={}).name == name


@pytest.mark.parametrize(
    ("kind", "properties", "writes"),
    [
        (
            "profile_set",
            {"$city": "上海", "vip": 1},
            (TraitWrite("city", TraitOp.SET, "上海"), TraitWrite("vip", TraitOp.SET, 1, True)),
        ),
        (
            "profile_set_once",
            {"$first_visit_time": "2026-01-05 18:00:00.000"},
            (TraitWrite("first_visit_at", TraitOp.SET_ONCE, NOW),),
        ),
        ("profile_increment", {"visits": 2}, (TraitWrite("visits", TraitOp.INCREMENT, 2, True),)),
        ("profile_append", {"interests": ["茶"]}, (TraitWrite("interests", TraitOp.APPEND, ["茶"]),)),
        ("profile_unset", {"age": True, "$is_login_id": True}, (TraitWrite("age", TraitOp.UNSET),)),
        ("profile_delete", {}, (TraitWrite("*", TraitOp.UNSET),)),
    ],
)
def test_profile_operations_change_traits(one, kind, properties, writes):
    got = one(type=kind, distinct_id="d1", time=NOW_MS, properties=properties)
    assert got.payload.traits == writes
    assert got.payload.fields == {}


def test_items_are_facts_of_nobody(one):
    got = one(type="item_set", item_type="book", item_id=7, time=NOW_MS, properties={"title": "X", "$price": 1})
    assert (got.name, got.identifiers) == ("item.updated", ())
    assert got.payload.fields == {"item_type": "book", "item_id": "7", "title": "X"}
    assert one(type="item_delete", item_type="book", item_id="7").name == "item.deleted"
    assert code(one(type="item_set", item_type="book")) == "ingest.missing"


def test_the_library_tells_the_channel(one):
    properties = {"$lib": "MiniProgram", "$url_path": "pages/menu", "$scene": "wx-1001"}
    got = one(**{**TRACK, "event": "$MPViewScreen", "properties": properties})
    assert got.payload.fields == {"channel": "mini_program", "path": "pages/menu", "scene": "wx-1001"}


def test_the_key_is_the_items_number_or_its_content_and_never_the_time_of_sending(one):
    assert one(**TRACK, _flush_time=NOW_MS).digest == one(**TRACK, _flush_time=NOW_MS + 1).digest
    assert one(**TRACK).digest != one(**{**TRACK, "time": NOW_MS}).digest
    assert one(**TRACK).digest != one(**{**TRACK, "properties": {"order_id": 8}}).digest
    assert one(**TRACK, _track_id=1).digest != one(**TRACK, _track_id=2).digest
    assert one(**TRACK, _track_id=1).digest == one(**TRACK, _track_id=1, lib={"$lib": "js"}).digest


@pytest.mark.parametrize(
    ("stamps", "at"),
    [
        ({"time": None}, NOW),
        ({"time": NOW_MS // 1000}, NOW),
        ({"time": float(NOW_MS)}, NOW),
        ({"time": NOW_MS + 3_600_000, "_flush_time": NOW_MS + 3_610_000}, NOW - 10_000_000),
        ({"time": NOW_MS - 3_600_000, "_flush_time": NOW_MS - 10, "time_free": True}, NOW - HOUR),
        ({"time": 32_472_144_000_000}, NOW),
    ],
)
def test_the_event_time(one, stamps, at):
    assert one(**{**TRACK, **stamps}).at == at


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": None}, "ingest.missing"),
        ({"distinct_id": None}, "ingest.missing"),
        ({"distinct_id": ""}, "ingest.missing"),
        ({"distinct_id": []}, "ingest.type"),
        ({"distinct_id": "x" * 256}, "ingest.id_length"),
        ({"event": None}, "ingest.missing"),
        ({"time": 1}, "ingest.time.early"),
        ({"time": -1}, "ingest.time.early"),
        ({"time": 10**30}, "ingest.time"),
        ({"time": "now"}, "ingest.time"),
        ({"time": True}, "ingest.time"),
        ({"properties": []}, "ingest.type"),
        ({"properties": {"value": "12"}}, "fact.field.type"),
        ({"properties": {"x": 10**30}}, "ingest.number"),
        ({"properties": {"x": "\0"}}, "ingest.nul"),
        ({"properties": {"x": "y" * EVENT_BYTES_MAX}}, "ingest.event_size"),
        ({"type": "track_signup", "original_id": None}, "ingest.missing"),
        ({"type": "profile_increment", "properties": {"age": "1"}}, "fact.trait.type"),
    ],
)
def test_a_bad_item_is_rejected_with_its_reason(one, change, expected):
    assert code(one(**{**TRACK, **change})) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "ingest.form"),
        (b"hello", "ingest.form"),
        (b"\xff", "ingest.form"),
        (b"&".join([b"a=1"] * 30), "ingest.form"),
        (b"data=***", "ingest.base64"),
        (b"data=%E4%BD%A0", "ingest.base64"),
        (urlencode({"data": base64.b64encode(gzip.compress(b"{}", mtime=0)[:-3])}).encode(), "ingest.gzip"),
        (form(b" " * 600_000), "ingest.too_large"),
        (form(b"[" * 50_000 + b"]" * 50_000), "ingest.depth"),
        (form(b"[1"), "ingest.json"),
    ],
)
def test_a_request_that_is_wrong_as_a_whole_is_an_error(post, body, expected):
    with pytest.raises(AppError) as caught:
        post(body)
    assert caught.value.code == expected
    assert caught.value.text("zh")


class Recorder:
    """A consumer of the real SDK that keeps what it would have sent."""

    def __init__(self):
        self.sent = []

    def send(self, message):
        self.sent.append(json.loads(message))

    def flush(self): ...
    def close(self): ...


def test_what_the_real_sdk_sends_is_understood(post):
    recorder = Recorder()
    sdk = SensorsAnalytics(recorder)
    login, mobile = (
        SensorsAnalyticsIdentity("$identity_login_id", "u1"),
        SensorsAnalyticsIdentity("$identity_mobile", "13800138000"),
    )
    sdk.track("a1", "PayOrder", {"order_id": "o1", "$time": NOW_MS})
    sdk.track("u1", "PayOrder", {"order_id": "o2"}, is_login_id=True)
    sdk.track_signup("u1", "a1")
    sdk.profile_set("u1", {"$city": "上海"}, is_login_id=True)
    sdk.profile_set_once("u1", {"age": 3})
    sdk.profile_increment("u1", {"visits": 1})
    sdk.profile_append("u1", {"interests": ["茶"]})
    sdk.profile_unset("u1", ["age"])
    sdk.profile_delete("u1")
    sdk.item_set("book", "7", {"title": "X"})
    sdk.item_delete("book", "7")
    sdk.bind(login, mobile)
    sdk.unbind(mobile)
    sdk.track_by_id("BuyTea", {"cups": 2}, login, mobile)
    sdk.profile_set_by_id({"tea": "green"}, login)
    results = post(form(recorder.sent, "data_list"))
    assert all(isinstance(one, Received) for one in results), results
    assert [one.name for one in results] == [
        *["order.completed"] * 2,
        "identity.aliased",
        *["customer.identified"] * 6,
        "item.updated",
        "item.deleted",
        "identity.linked",
        "identity.unlinked",
        "BuyTea",
        "customer.identified",
    ]
    assert results[3].payload.traits == (TraitWrite("city", TraitOp.SET, "上海"),)
    assert len({one.digest for one in results}) == len(results)
