"""The journal of a running server: an erasure does not reach it, so nothing about anybody ever gets into it."""

import json
import resource
import socket
import subprocess
import sys
from urllib.parse import quote

import httpx
import pytest
from structlog.testing import capture_logs

from interplay.engine.oltp.contracts import Command
from interplay.engine.timers.api import Fire, Timer, firing, schedule
from interplay.kernel.errors import AppError, in_journal
from tests.automate.receiver import Receiver
from tests.automate.stage import Stage
from tests.serving import Site, wait_for
from tests.stores import NOW, DoorOnly, fact, user

PHONE, EMAIL, NAME = "13912345678", "planted@secret.example", "欧阳娜娜"
PLANTED = (PHONE, EMAIL, NAME)
SPELLINGS = (*PLANTED, quote(EMAIL), quote(NAME), json.dumps(NAME)[1:-1])
WHO = {"userId": "li", "traits": {"phone": PHONE, "email": EMAIL, "name": NAME}}
ALL = " ".join(PLANTED)
WRITTEN = {  # what must be there at least, or the test has proved nothing
    "request", "write group lost", "an endpoint is gone: nothing more is sent to it",
    "process ended; starting it again", "Invalid HTTP request received.",
}  # fmt: skip
ROOM_BYTES = 200_000  # how long files may be where the disk is said to be full
FILLING = "x" * 20_000
POSTS_MAX = 200
LABEL = {"zh": "测", "en": "test"}
OWN = {
    "kind": "facts", "name": "own", "fields": {"note": {"type": "text", "label": LABEL}},
    "facts": {"own.thing": {"label": LABEL, "fields": ["note"]}},
}  # fmt: skip
WITHOUT_NOTE = {**OWN, "fields": {}, "facts": {"own.thing": {"label": LABEL, "fields": []}}}
SEGMENT = {
    "kind": "segment", "name": "hers", "label": LABEL,
    "criteria": f'profile.city == "{NAME}" or count("own.thing", where=event.note == "{PHONE}") >= 1',
}  # fmt: skip
OWN_THING = {"event": "own.thing", "userId": "li"}
MAPPING = """
kind: mapping
source: tills
timezone: Asia/Shanghai
at: time
identifiers: {user_id: card, phone: phone, email: email}
facts:
  - fact: order.completed
    fields: {order_id: receipt, value: price}
"""


@pytest.fixture
def site(tmp_path):
    found = Site(tmp_path / "data")
    found.log = found.data / "run" / "serve.log"
    found.log.parent.mkdir(exist_ok=True)
    return found


class Caller:
    """Somebody with the secret key."""

    def __init__(self, site):
        self._client = httpx.Client(
            base_url=site.url, headers={"Authorization": f"Bearer {site.secret_key}", "Referer": f"http://x/{EMAIL}"},
            timeout=60,
        )  # fmt: skip

    def __call__(self, method, path, **more):
        return self._client.request(method, path, **more)

    def apply(self, *documents):
        answer = self("POST", "/api/documents/apply", json={"documents": documents})
        assert answer.status_code == 200, answer.text


def erase_her(call):
    who = {"identifier": {"kind": "user_id", "value": "li"}}
    return call("POST", "/api/customers/erase", json=who).status_code


def send_what_is_wrong(server, call):
    """Every kind of mistake that doors and routes know, each with her in it."""
    broken = f'{{"userId": "li", "traits": {{"name": "{NAME}", "phone": {PHONE}, "email": "{EMAIL}"'.encode()
    basic = {"Authorization": server.site.basic()}
    seen = [
        call("POST", path, content=content, headers=headers).status_code
        for path in ("/v1/track", "/v1/identify", "/v1/batch", "/v1/nothing", "/sa", "/api/segments/count")
        for content in (broken, b"[" * 100_000, json.dumps([ALL]).encode(), ALL.encode("utf-16"))
        for headers in (basic, {}, {"Authorization": f"Basic {EMAIL}"}, {**basic, "Content-Encoding": EMAIL})
    ]
    for one in (
        {"event": ALL, "userId": "li"},
        {"event": "Order Completed", "userId": [PHONE, NAME]},
        {"event": "Order Completed", "userId": "li", "timestamp": ALL, "properties": {"total": EMAIL, NAME: PHONE}},
        {"event": "x" * 70_000, "userId": EMAIL},
    ):
        seen.append(server.post("/v1/track", one).status_code)
        seen.append(server.post("/v1/batch", {"batch": [{"type": PHONE, **one}]}).status_code)
    name = quote(NAME)
    for method, path in (
        ("GET", f"/api/customers/phone/{PHONE}?at={EMAIL}"),
        ("GET", f"/api/customers?find={name}&limit={PHONE}"),
        ("GET", f"/api/{name}/{EMAIL}"),
        ("DELETE", f"/api/customers/email/{EMAIL}/tags/{name}"),
        ("PATCH", f"/api/customers/email/{EMAIL}"),
        ("GET", f"/api/segments/{name}/history"),
    ):
        seen.append(call(method, path).status_code)
    for path, body in (
        ("/api/segments/count", {"criteria": f'profile.{EMAIL} == "{NAME}" and count("{PHONE}") > {PHONE}'}),
        ("/api/identities/merge", {"one": {"kind": "phone", "value": PHONE}, "other": {"kind": NAME, "value": EMAIL}}),
        ("/api/identities/unmerge", {"one": {"kind": "user_id", "value": "li"}, "other": WHO, "reason": ALL}),
        ("/api/customers/erase", {"identifier": {"kind": "email", "value": NAME}, "reason": ALL * 9}),
        ("/api/documents/apply", {"documents": [{"kind": "segment", "name": NAME, "criteria": ALL}]}),
        ("/api/keys", {"name": NAME, "scopes": [EMAIL]}),
    ):
        seen.append(call("POST", path, json=body).status_code)
    assert 500 not in seen


def send_garbage(server):
    """Say something that is not HTTP."""
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(f"{EMAIL} {PHONE} {NAME}\r\n\r\n".encode())
        raw.recv(1000)


def import_what_is_wrong(site, folder):
    (folder / "tills.yaml").write_text(MAPPING, encoding="utf-8")
    rows = [f"r{n},li,{PHONE},{EMAIL},{ALL},{NAME}" for n in range(30)]
    (folder / "tills.csv").write_text("\n".join(["receipt,card,phone,email,time,price", *rows]), encoding="utf-8")
    words = site.command("import", str(folder / "tills.csv"), "--mapping", str(folder / "tills.yaml"))
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert "30" in done.stdout + done.stderr, done


def may_grow_to(pid, bytes_max):
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_max, resource.RLIM_INFINITY))


def be_full(server, call):
    """Let the door's files grow no more, send until it says so, and go on asking; then let it recover.

    The journal is shorter than any limit here, so its lines do get written.
    """
    door = server.pids()["door"]
    (log,) = server.site.data.glob("*.sqlite-wal")
    may_grow_to(door, log.stat().st_size + 2 * ROOM_BYTES)
    try:
        fact = {"event": "Page Viewed", "userId": "li", "properties": {"note": ALL, "long": FILLING}}
        answers = (server.post("/v1/track", {**fact, "messageId": f"f{n}"}).status_code for n in range(POSTS_MAX))
        assert 503 in answers
        may_grow_to(door, ROOM_BYTES)
        pair = {"one": {"kind": "user_id", "value": "li"}, "other": {"kind": "phone", "value": PHONE}}
        for path, body in (
            ("/api/identities/unmerge", {**pair, "reason": ALL}),
            (f"/api/customers/phone/{PHONE}/notes", {"text": ALL}),
            (f"/api/customers/phone/{PHONE}/tags", {"tag": NAME}),
        ):
            assert call("POST", path, json=body).status_code == 503, path
    finally:
        may_grow_to(door, resource.RLIM_INFINITY)
    wait_for(lambda: server.health() == httpx.codes.OK, "all to be well again")


def tell_receivers(server, call):
    """Send what webhooks are for, to one that answers no with what it was given and one that is gone for good."""
    echo, gone = (lambda request: (500, {}, request.body)), (lambda request: (410, {}, request.body))
    with Receiver(*[echo] * 9) as deaf, Receiver(gone) as closed:
        more = {"facts": ["order.completed"], "identifiers": ["phone", "email"]}
        for name, receiver in (("deaf", deaf), ("closed", closed)):
            call.apply({"kind": "webhook", "name": name, "url": receiver.url, **more})
            assert call("POST", f"/api/webhooks/{name}/secret", json={}).json()["secret"]
        order = {"event": "Order Completed", "userId": "li", "properties": {"order_id": PHONE, "total": 1}}
        assert server.post("/v1/track", order).status_code == 200
        wait_for(lambda: deaf.received and closed.received, "both webhooks to be told")
        assert PHONE.encode() in deaf.received[0].body
        wait_for(lambda: call("GET", "/api/webhooks/closed").json()["stopped_at"], "what is gone to be stopped")


@pytest.mark.slow
def test_nothing_about_anybody_is_in_the_journal(site, tmp_path):
    with site.server() as server:
        call = Caller(site)
        call.apply(OWN, SEGMENT)
        assert server.post("/v1/identify", WHO).status_code == 200
        assert server.post("/v1/track", {**OWN_THING, "properties": {"note": PHONE}}).status_code == 200
        tell_receivers(server, call)
        send_what_is_wrong(server, call)
        send_garbage(server)
        import_what_is_wrong(site, tmp_path)
        be_full(server, call)
        server.kill("mind")
        call("POST", "/api/segments/count", json={"criteria": f'profile.city == "{EMAIL}"'})
        wait_for(lambda: server.health() == httpx.codes.OK, "the mind to be back")
        assert erase_her(call) == 200
    told = site.log.read_text("utf-8")
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines} >= WRITTEN
    assert [one for one in SPELLINGS if one in told] == []
    run = [path for path in site.log.parent.rglob("*") if path.is_file()]
    assert site.log in run
    assert [(path, one) for path in run for one in SPELLINGS if one.encode() in path.read_bytes()] == []


def test_a_condition_that_cannot_be_read_any_more_is_not_quoted(tmp_path):
    """The mind comes late, to facts from before the field was given up."""
    with Stage(tmp_path / "data") as stage:
        stage.mind.close()
        hook = {"kind": "webhook", "name": "crm", "url": "http://localhost:9/", "facts": ["own.thing"]}
        stage.apply(OWN, {**hook, "where": f'event.note == "{EMAIL}"'})
        stage.store(fact("own.thing", user(1), fields={"note": EMAIL}))
        stage.apply(WITHOUT_NOTE, hook)
        with capture_logs() as lines:
            stage.restart_mind()
            stage.follow()
    (line,) = (line for line in lines if line["event"] == "a webhook's where cannot be read")
    assert line == {**line, "webhook": "crm", "fact": "own.thing", "reason": "criteria.unknown_field"}
    assert EMAIL not in str(lines)


def test_a_timer_that_fails_does_not_say_of_what(tmp_path):
    def ring(tx, timer):
        raise ValueError(f"cannot ring {timer.message.decode()}")

    with DoorOnly(tmp_path / "data") as store:
        store.write(
            Command("schedule", str, None, lambda tx, _: schedule(tx, Timer("bell", "", NOW, PHONE.encode()))), ""
        )
        with capture_logs() as lines:
            store.write(firing({"bell": ring}), Fire(NOW))
    assert [(line["event"], line["reason"]) for line in lines] == [("timer failed", "ValueError")]


def test_what_the_database_refuses_is_told_without_what_it_was_given(tmp_path):
    def run(tx, _):
        tx.connection.exec_driver_sql("INSERT INTO nowhere VALUES (?)", (PHONE,))

    with (
        DoorOnly(tmp_path / "data") as store,
        capture_logs() as lines,
        pytest.raises(AppError, match="nowhere") as lost,
    ):
        store.write(Command("insert", str, object, run), "")
    assert [line["event"] for line in lines] == ["write group lost"]
    assert "no such table" in lines[0]["reason"]
    assert PHONE not in str(lines) + str(lost.value)


STORY = """
import logging, sys, threading
import structlog
from interplay.bootstrap.journal import keep_journal
keep_journal("mind")
value = sys.argv[1]

def fail():
    try:
        int(value)
    except ValueError as error:
        raise LookupError(value) from error

try:
    fail()
except LookupError:
    structlog.get_logger().exception("mind failed")
    logging.getLogger("library").exception("of %s\\n%s", value, value)
logging.getLogger("library").info("%s", value)
try:
    open("/nowhere/at/all")
except OSError:
    structlog.get_logger().exception("no file")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
"""


def test_an_exception_is_told_by_what_it_is_and_where_never_by_its_message():
    done = subprocess.run([sys.executable, "-c", STORY, EMAIL], capture_output=True, text=True, check=True)
    assert EMAIL not in done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["mind failed", "of %s", "no file", "thread ended"]
    failed, library, no_file, ended = (line["exception"] for line in lines)
    assert failed == library
    assert failed.index("builtins.ValueError") < failed.index("builtins.LookupError")
    assert "in fail" in failed
    assert no_file.endswith("builtins.FileNotFoundError: No such file or directory")
    assert ended.endswith("builtins.LookupError")


def test_of_an_error_that_quotes_the_journal_is_told_what_it_is():
    assert in_journal(ValueError(PHONE)) == "ValueError"
    assert in_journal(AppError("http.invalid", place="x", reason=EMAIL, given=PHONE)) == "http.invalid"
