"""Whatever is posted, a door answers with facts, rejects or an AppError, and what it hands on can be stored."""

import base64
import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.collect.facts.contracts import Payload
from interplay.collect.ingest import segment, sensors
from interplay.collect.ingest.body import unpack
from interplay.collect.ingest.contracts import IDENTIFIER_CHARS_MAX, Received
from interplay.kernel.errors import AppError

NOW = 1_767_607_200_000_000
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = """type event userId anonymousId previousId groupId messageId timestamp originalTimestamp sentAt name category
    properties traits context page campaign library externalIds id device url currency value total products quantity
    distinct_id original_id login_id identities time lib item_type item_id _track_id _flush_time $is_login_id
    phone email age birthday createdAt address company interests *"""
TELLING = "track identify alias track_signup profile_append item_set $pageview u1 2999-01-01 USD 13800138000"

words = st.sampled_from(WORDS.split())
telling = st.sampled_from([*TELLING.split(), "\0", "\ud800"])
stamps = st.sampled_from(["2026-01-05T10:00:00Z", "1970-01-01T00:00:00Z", NOW // 1000])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | telling | stamps
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=8), inner, max_size=8)
)
items = st.dictionaries(words, values, max_size=12)


def check(receive, *args):
    """Let a door answer, and look at what it hands on."""
    try:
        results = receive(*args)
    except AppError as error:
        return error.text("zh")
    for one in results:
        if isinstance(one, Received):
            check_received(one)
        else:
            assert one.text("en") != one.text("zh")
    return results


def check_received(one):
    msgspec.msgpack.decode(msgspec.msgpack.encode(one.payload), type=Payload)
    assert len(one.digest) == 16
    assert -(2**63) <= one.at <= NOW + 600_000_000
    assert all(0 < len(i.value) <= IDENTIFIER_CHARS_MAX for i in one.identifiers)
    assert all(type(value) is not int or -(2**63) <= value < 2**63 for value in one.payload.fields.values())
    assert one.name.strip()


@pytest.mark.parametrize("call", list(segment.Call))
@QUIET
@given(body=st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_anything_posted_to_the_segment_door(door, call, body):
    check(segment.receive, call, body, door, NOW)


@QUIET
@given(batch=st.lists(items, max_size=3), call=st.sampled_from(list(segment.Call)))
def test_things_that_look_like_segments(door, batch, call):
    check(segment.receive, segment.Call.BATCH, json.dumps({"batch": batch}).encode(), door, NOW)
    for item in batch:
        check(segment.receive, call, json.dumps(item).encode(), door, NOW)


@QUIET
@given(body=st.binary(max_size=300), query=st.binary(max_size=50))
def test_anything_posted_to_the_sensors_door(door, body, query):
    check(sensors.receive, body, query, door, NOW)
    check(sensors.receive, b"data=" + base64.b64encode(body).replace(b"+", b"%2B"), query, door, NOW)


@QUIET
@given(batch=st.lists(items, max_size=3))
def test_things_that_look_like_sensors(door, batch):
    check(sensors.receive, json.dumps(batch).encode(), b"", door, NOW)


@QUIET
@given(body=st.binary(max_size=300), encoding=st.sampled_from(["", "gzip", "deflate", "br", "\xff"]))
def test_anything_said_to_be_packed(body, encoding):
    check(lambda: [] if isinstance(unpack(body, encoding), bytes) else None)
