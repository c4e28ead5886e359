"""What the Segment family's own libraries write is understood whole."""

import json
from datetime import UTC, datetime

import pytest
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from interplay.collect.ingest.contracts import Received
from interplay.collect.ingest.segment import Call, receive
from interplay.kernel.time import to_micros

AT = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("client", [SegmentClient, RudderClient])
def test_every_call_of_a_real_library_becomes_a_fact(door, client):
    library = client("key", send=False)
    calls = [
        library.identify("u1", traits={"email": "li@example.com", "age": 30}, timestamp=AT),
        library.track("u1", "Order Completed", {"order_id": 7, "total": 12.5}, timestamp=AT),
        library.page("u1", "Drinks", "Menu", {"path": "/menu"}, timestamp=AT),
        library.screen(anonymous_id="a1", name="Home", timestamp=AT),
        library.group("u1", "g1", {"name": "Initech"}, timestamp=AT),
        library.alias("a1", "u1", timestamp=AT),
    ]
    body = json.dumps({"batch": [message for _, message in calls], "sentAt": AT.isoformat()}).encode()
    results = receive(Call.BATCH, body, door, to_micros(AT))
    assert all(isinstance(one, Received) for one in results), results
    assert [one.name for one in results] == [
        "customer.identified",
        "order.completed",
        "page.viewed",
        "screen.viewed",
        "group.joined",
        "identity.aliased",
    ]
    assert results[1].payload.fields == {"order_id": "7", "value": 1250}
    assert results[2].payload.fields == {"page_name": "Menu", "category": "Drinks", "path": "/menu"}
    assert {one.at for one in results} == {to_micros(AT)}
    assert len({one.digest for one in results}) == len(results)
