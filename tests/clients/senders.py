"""The client libraries as their users call them. Each `send` returns when everything is answered."""

import json
from collections.abc import Callable
from pathlib import Path

from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from tests.clients.visits import Call
from tests.node import installed, node
from tests.serving import Site, run_and_wait

HERE = Path(__file__).parent
SPELLINGS = {
    "userId": "user_id", "anonymousId": "anonymous_id", "previousId": "previous_id",
    "groupId": "group_id", "messageId": "message_id",
}  # fmt: skip

Send = Callable[[Site, list[Call]], None]


def by_segment_python(site: Site, calls: list[Call]) -> None:
    failures: list[object] = []
    client = SegmentClient(
        site.write_key, host=site.url, upload_size=5, upload_interval=0.05, gzip=True, max_retries=12,
        on_error=lambda error, _: failures.append(error),
    )  # fmt: skip
    _call_all(client, calls)
    assert failures == []


def by_rudder_python(site: Site, calls: list[Call]) -> None:
    failures: list[object] = []
    client = RudderClient(
        site.write_key, host=site.url, upload_size=5, upload_interval=0.05, max_retries=12,
        on_error=lambda error, _: failures.append(error),
    )  # fmt: skip
    _call_all(client, calls)
    assert failures == []


def by_segment_node(site: Site, calls: list[Call]) -> None:
    pause = 2 if len(calls) > 200 else 0
    asked = {"url": site.url, "writeKey": site.write_key, "calls": calls, "pauseMilliseconds": pause}
    run_and_wait([node(), "send.mjs"], cwd=installed(HERE, "node-client"), input=json.dumps(asked, default=str))


SEGMENT_SENDERS: dict[str, Send] = {
    "segment-analytics-python": by_segment_python,
    "rudder-sdk-python": by_rudder_python,
    "analytics-node": by_segment_node,
}


def _call_all(client: SegmentClient | RudderClient, calls: list[Call]) -> None:
    for call in calls:
        words = {SPELLINGS.get(name, name): value for name, value in call.items() if name != "type"}
        getattr(client, call["type"])(**words)
    client.flush()
    client.join()
