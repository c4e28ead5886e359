"""Webhooks from a stored fact to a receiver's machine: signed, once or again, and never what must not be told."""

import socket
import threading
import time

import pytest

from interplay.automate.webhooks import api as webhooks
from interplay.automate.webhooks.contracts import WEBHOOK
from interplay.bootstrap.endpoints import redeliver
from interplay.bootstrap.people import erase_customer
from interplay.bootstrap.registry import Rebuild, rebuild_all
from interplay.bootstrap.staff import Who, state_consent
from interplay.engine.delivery import endpoints
from interplay.engine.delivery.endpoints import Resume
from interplay.engine.log.contracts import Origin
from interplay.engine.outbox import api as outbox
from interplay.engine.outbox.api import ATTEMPTS_MAX, DELIVERED_KEPT_DAYS, Claim, State
from interplay.kernel.time import DAY, HOUR, SECOND
from tests.automate.receiver import Receiver
from tests.automate.stage import Stage, eventually
from tests.stores import NOW, fact, phone, user

LABEL = {"zh": "一", "en": "one"}


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def receiver():
    with Receiver() as opened:
        yield opened


def order(number, *identifiers, value=1000, **more):
    return fact("order.completed", *(identifiers or (user(number),)), key=number, fields={"value": value}, **more)


def test_a_fact_is_told_signed_by_standard_webhooks(stage, receiver):
    secret = stage.webhook("crm", receiver.url)
    stage.start_sender()
    (stored,) = stage.store(order(1, user(1), phone(1), value=2550))
    stage.wait_for("crm", delivered=1)
    (got,) = receiver.received
    assert got.method == "POST"
    assert got.path == "/hook"
    assert got.is_signed_by(secret)
    assert not got.is_signed_by(secret[:-4] + "AAA=")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert int(got.headers["webhook-timestamp"]) == NOW // SECOND
    assert got.id == f"crm-{stored.position}-{NOW:x}"
    assert got.json == {
        "type": "order.completed",
        "timestamp": "2026-01-01T00:00:00Z",
        "data": {"customer": 1, "identifiers": {"user_id": ["u1"]}, "fields": {"value": 2550}},
    }


def test_only_live_facts_that_came_after_the_document_are_told(stage, receiver):
    stage.store(order(1))
    stage.webhook("crm", receiver.url)
    stage.store(order(2), order(3, origin=Origin.BACKFILL), fact("page.viewed", user(4)), order(5))
    stage.start_sender()
    stage.wait_for("crm", delivered=2)
    assert {one.json["data"]["identifiers"]["user_id"][0] for one in receiver.received} == {"u2", "u5"}


def test_what_came_before_is_not_told_either_when_the_mind_comes_late(stage, receiver):
    stage.mind.close()
    stage.store(order(1))
    stage.webhook("crm", receiver.url)
    stage.store(order(2))
    stage.apply({"kind": "webhook", "name": "crm", "url": receiver.url, "facts": ["order.completed"], "enabled": False})
    stage.store(order(3))
    stage.apply({"kind": "webhook", "name": "crm", "url": receiver.url, "facts": ["order.completed"]})
    stage.store(order(4))
    stage.restart_mind()
    stage.start_sender()
    stage.wait_for("crm", delivered=2)
    assert {one.json["data"]["identifiers"]["user_id"][0] for one in receiver.received} == {"u2", "u4"}


def test_a_rebuild_tells_nothing_again(stage, receiver):
    stage.webhook("crm", receiver.url)
    stage.store(order(1), order(2))
    stage.start_sender()
    stage.wait_for("crm", delivered=2)
    stage.ask(rebuild_all, Rebuild())
    stage.store(order(3))
    stage.wait_for("crm", delivered=3)
    assert len({one.id for one in receiver.received}) == len(receiver.received) == 3


def test_patterns_conditions_and_fields_choose(stage, receiver):
    stage.webhook("all-orders", receiver.url + "/orders", ["order.*"], fields=["order_id"])
    stage.webhook("big", receiver.url + "/big", where="event.value >= 5000", identifiers=["phone", "user_id"])
    stage.start_sender()
    stage.store(
        order(1, user(1), phone(1), value=4999),
        order(2, user(1), phone(1), value=5000),
        fact("order.cancelled", user(1), key=3, fields={"order_id": "A-1"}),
        fact("orders.strange", user(1), key=4),
    )
    stage.wait_for("all-orders", delivered=3)
    stage.wait_for("big", delivered=1)
    (big,) = [one.json["data"] for one in receiver.received if one.path == "/hook/big"]
    assert big["identifiers"] == {"user_id": ["u1"], "phone": ["+8613800130001"]}
    cancelled = [one.json for one in receiver.received if one.json["type"] == "order.cancelled"]
    assert [one["data"]["fields"] for one in cancelled] == [{"order_id": "A-1"}]


def test_segments_are_a_shorthand_for_who_enters_and_leaves(stage, receiver):
    segment = {"kind": "segment", "criteria": 'count("order.completed") >= 2', "label": LABEL}
    stage.apply({**segment, "name": "vip"}, {**segment, "name": "new"})
    stage.webhook("crm", receiver.url, [], segments=["vip"])
    stage.start_sender()
    for number, (name, which) in enumerate(
        [("segment.entered", "vip"), ("segment.entered", "new"), ("segment.left", "vip")]
    ):
        stage.store(fact(name, user(1), key=number, extra={"segment": which, "version": 1}))
    stage.wait_for("crm", delivered=2)
    assert sorted(one.json["type"] for one in receiver.received) == ["segment.entered", "segment.left"]


def test_personal_fields_go_along_only_by_name(stage, receiver):
    told = {"kind": "note.written", "text": "likes oat milk"}
    stage.webhook("plain", receiver.url + "/plain", ["note.written"])
    stage.webhook("named", receiver.url + "/named", ["note.written"], fields=["note_text"], identifiers=[])
    stage.start_sender()
    stage.store(fact("note.written", user(1), fields={"note_text": told["text"]}))
    stage.wait_for("plain", delivered=1)
    stage.wait_for("named", delivered=1)
    by_path = {one.path: one.json["data"] for one in receiver.received}
    assert by_path["/hook/plain"]["fields"] == {}
    assert by_path["/hook/named"]["fields"] == {"note_text": "likes oat milk"}
    assert by_path["/hook/named"]["identifiers"] == {}


# --- failures ---------------------------------------------------------------------------------------------


def test_a_failure_is_tried_again_with_the_same_id_until_it_is_delivered(stage):
    with Receiver(500, 500) as receiver:
        secret = stage.webhook("crm", receiver.url)
        stage.start_sender()
        stage.store(order(1))
        for tries in (1, 2):
            eventually(lambda tries=tries: len(receiver.received) == tries)
            stage.wait_for("crm", waiting=1)
            assert stage.view("crm").last_failure == "HTTP 500"
            stage.clock.at += HOUR
        stage.wait_for("crm", delivered=1)
        assert len({one.id for one in receiver.received}) == 1
        assert len(receiver.received) == 3
        assert len({one.headers["webhook-timestamp"] for one in receiver.received}) == 3
        assert all(one.is_signed_by(secret) for one in receiver.received)


def test_after_the_last_attempt_it_is_a_dead_letter_that_can_be_sent_again(stage):
    with Receiver(*[500] * ATTEMPTS_MAX) as receiver:
        stage.webhook("crm", receiver.url)
        stage.start_sender()
        stage.store(order(1))
        for tries in range(1, ATTEMPTS_MAX + 1):
            eventually(lambda tries=tries: len(receiver.received) >= tries)
            eventually(lambda: "handed" not in stage.counts("crm"))
            stage.clock.at += 7 * HOUR
        stage.wait_for("crm", dead=1)
        (dead,) = stage.deliveries("crm")
        assert (dead.state, dead.attempts, dead.reason) == (State.DEAD, ATTEMPTS_MAX, "HTTP 500")
        assert redeliver(stage, WEBHOOK, "crm", since=stage.clock.at + 1) == 0
        assert redeliver(stage, WEBHOOK, "crm") == 1
        stage.clock.at += HOUR
        stage.wait_for("crm", delivered=1)
        assert len({one.id for one in receiver.received}) == 1
        assert redeliver(stage, WEBHOOK, "crm", key=dead.id) == 1
        eventually(lambda: len(receiver.received) == ATTEMPTS_MAX + 2)


def test_gone_stops_the_webhook_until_it_is_resumed(stage):
    gone = lambda _: (410, {}, b"no more")  # noqa: E731
    with Receiver(gone) as receiver:
        stage.webhook("crm", receiver.url)
        stage.start_sender()
        stage.store(order(1))
        stage.wait_for("crm", dead=1)
        eventually(lambda: stage.view("crm").stopped_at is not None)
        (dead,) = stage.deliveries("crm")
        assert (dead.reason, dead.answer) == ("HTTP 410", "no more")
        stage.store(order(2))
        stage.follow()
        time.sleep(0.6)
        assert len(receiver.received) == 1
        assert stage.write(endpoints.resume, Resume("webhook", "crm"))
        stage.store(order(3))
        stage.wait_for("crm", dead=1, delivered=1)
        assert receiver.received[-1].json["data"]["identifiers"]["user_id"] == ["u3"]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_and_pauses_the_endpoint(stage, status):
    later = lambda _: (status, {"retry-after": "240"}, b"")  # noqa: E731
    with Receiver(later) as receiver:
        stage.webhook("crm", receiver.url)
        stage.start_sender()
        stage.store(order(1))
        stage.wait_for("crm", waiting=1)
        eventually(lambda: stage.deliveries("crm")[0].reason == f"HTTP {status}")
        stage.store(order(2))
        stage.clock.at += 239 * SECOND
        time.sleep(0.8)
        assert len(receiver.received) == 1
        stage.clock.at += SECOND
        stage.wait_for("crm", delivered=2)


def test_redirects_are_failures(stage):
    with Receiver() as other:
        moved = lambda _: (302, {"location": other.url}, b"")  # noqa: E731
        with Receiver(moved) as receiver:
            stage.webhook("crm", receiver.url)
            stage.start_sender()
            stage.store(order(1))
            eventually(lambda: (rows := stage.deliveries("crm")) and rows[0].reason)
            assert stage.deliveries("crm")[0].reason == "HTTP 302, and redirects are not followed"
        assert other.received == []


def test_an_answer_that_never_ends_is_not_kept(stage):
    endless = lambda _: (400, {}, b"x" * 3_000_000)  # noqa: E731
    with Receiver(endless) as receiver:
        stage.webhook("crm", receiver.url)
        stage.start_sender()
        stage.store(order(1))
        eventually(lambda: (rows := stage.deliveries("crm")) and rows[0].reason)
        assert stage.deliveries("crm")[0].answer == "x" * 500


def test_a_slow_or_dead_endpoint_holds_nobody_up(stage, receiver, monkeypatch):
    release = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead_port = closed.getsockname()[1]
    slow = Receiver(*[lambda _: (release.wait(20), 200, {}, b"")[1:]] * 30)
    stage.webhook("slow", slow.url)
    stage.webhook("dead", f"http://127.0.0.1:{dead_port}/")
    stage.webhook("quick", receiver.url)
    stage.start_sender()
    stage.store(*(order(number) for number in range(30)))
    stage.wait_for("quick", delivered=30)
    assert stage.counts("slow") == {"handed": 8, "waiting": 22}
    eventually(lambda: stage.view("dead").last_failure == "no connection: ConnectError")
    assert stage.view("dead").counts[State.WAITING] >= 22
    attempts = [one.attempts for one in stage.deliveries("dead")]
    assert sum(attempts) <= 8  # then it is left alone, and uses up no attempts
    release.set()
    stage.wait_for("slow", delivered=30)
    slow.close()


def test_no_answer_in_time_is_a_failure(stage, monkeypatch):
    from interplay.engine.delivery.contracts import Endpoint

    release = threading.Event()
    with Receiver(lambda _: (release.wait(10), 200, {}, b"")[1:]) as receiver:
        stage.webhook("crm", receiver.url)
        short = Endpoint("webhook", "crm", receiver.url, 1, (b"k" * 32,), seconds_max=0.3)
        stage.start_sender()
        stage.sender._sources["webhook"] = Fixed(stage.sender._sources["webhook"], short)
        stage.store(order(1))
        eventually(lambda: (rows := stage.deliveries("crm")) and rows[0].reason)
        assert stage.deliveries("crm")[0].reason == "no answer within 0.3 s"
        release.set()


class Fixed:
    """A source with one endpoint as a test wants it."""

    def __init__(self, source, endpoint):
        self._source, self._endpoint = source, endpoint

    def endpoints(self):
        return [self._endpoint]

    def content(self, endpoint, delivery):
        return self._source.content(endpoint, delivery)


def test_who_dies_between_claim_and_settle_leaves_a_message_that_is_sent_again_with_the_same_id(stage, receiver):
    stage.webhook("crm", receiver.url)
    stage.store(order(1))
    stage.follow()
    (claimed,) = stage.write(outbox.claim, Claim("webhook:crm", is_repeatable=True))  # … and never settled
    stage.start_sender()
    time.sleep(0.6)
    assert receiver.received == []
    stage.clock.at += 61 * SECOND
    stage.wait_for("crm", delivered=1)
    assert [one.id for one in receiver.received] == [claimed.key]


# --- people -----------------------------------------------------------------------------------------------


def test_of_who_was_erased_before_delivery_nothing_is_told(stage, receiver):
    stage.webhook("crm", receiver.url, identifiers=["user_id", "phone"])
    stage.store(order(1, user(1), phone(1)), order(2))
    stage.follow()
    erase_customer(stage, "user_id", "u1", actor="li", reason="")
    stage.start_sender()
    stage.wait_for("crm", delivered=1, withheld=1)
    assert [one.json["data"]["identifiers"] for one in receiver.received] == [{"user_id": ["u2"]}]
    (withheld,) = stage.deliveries("crm", states=[State.WITHHELD])
    assert (withheld.reason, withheld.answer) == ("erased", None)


def test_what_a_receiver_echoes_goes_with_the_customer(stage):
    echo = lambda request: (400, {}, request.body)  # noqa: E731
    with Receiver(echo) as receiver:
        stage.webhook("crm", receiver.url, identifiers=["phone"])
        stage.start_sender()
        stage.store(order(1, user(1), phone(1)))
        eventually(lambda: (rows := stage.deliveries("crm")) and rows[0].answer)
        assert "+8613800130001" in stage.deliveries("crm")[0].answer
        stage.stop_sender()
        assert b"13800130001" not in (stage.folder / "interplay.sqlite-wal").read_bytes()
        erase_customer(stage, "user_id", "u1", actor="li", reason="")
        (row,) = stage.deliveries("crm")
        assert (row.answer, row.reason) == (None, "HTTP 400")


def test_without_consent_nothing_is_told(stage, receiver):
    stage.webhook("mail", receiver.url, consent="marketing:email")
    stage.store(order(1), order(2))
    stage.follow()
    state_consent(stage, Who("user_id", "u2"), "marketing", "email", is_granted=True)
    stage.start_sender()
    stage.wait_for("mail", delivered=1, withheld=1)
    assert [one.json["data"]["identifiers"]["user_id"] for one in receiver.received] == [["u2"]]


def test_merged_identifiers_go_along_as_they_are_when_it_is_sent(stage, receiver):
    stage.webhook("crm", receiver.url, identifiers=["user_id", "phone"])
    stage.store(order(1, phone(1)))
    stage.follow()
    stage.store(fact("customer.identified", user(1), phone(1)))
    stage.follow()
    stage.start_sender()
    stage.wait_for("crm", delivered=1)
    assert receiver.received[0].json["data"]["identifiers"] == {"phone": ["+8613800130001"], "user_id": ["u1"]}


# --- secrets, tests, keeping ------------------------------------------------------------------------------


def test_two_secrets_sign_while_one_is_replaced(stage, receiver):
    first = stage.webhook("crm", receiver.url)
    with pytest.raises(Exception, match="--rotate"):
        stage.secret("crm")
    second = stage.secret("crm", is_rotating=True)
    stage.start_sender()
    stage.store(order(1))
    stage.wait_for("crm", delivered=1)
    stage.clock.at += DAY
    stage.store(order(2))
    stage.wait_for("crm", delivered=2)
    both, alone = receiver.received
    assert both.is_signed_by(first)
    assert both.is_signed_by(second)
    assert alone.is_signed_by(second)
    assert not alone.is_signed_by(first)


def test_secrets_are_in_no_file_in_clear(stage, receiver):
    import base64

    secret = stage.webhook("crm", receiver.url)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    for file in stage.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert key not in content
            assert secret.encode() not in content


def test_without_a_secret_messages_wait(stage, receiver):
    stage.apply({"kind": "webhook", "name": "crm", "url": receiver.url, "facts": ["order.completed"]})
    stage.start_sender()
    stage.store(order(1))
    stage.wait_for("crm", waiting=1)
    assert not stage.view("crm").has_secret
    stage.secret("crm")
    stage.wait_for("crm", delivered=1)


def test_a_test_message_is_about_nobody(stage, receiver):
    secret = stage.webhook("crm", receiver.url)
    stage.start_sender()
    key = stage.write(webhooks.test, "crm")
    stage.wait_for("crm", delivered=1)
    (got,) = receiver.received
    assert (got.id, got.is_signed_by(secret)) == (key, True)
    assert got.json == {"type": "webhook.tested", "timestamp": "2026-01-01T00:00:00Z", "data": {"webhook": "crm"}}


def test_old_deliveries_are_forgotten_by_a_timer(stage, receiver):
    stage.webhook("crm", receiver.url)
    stage.start_sender()
    stage.store(order(1))
    stage.wait_for("crm", delivered=1)
    stage.clock.at += (DELIVERED_KEPT_DAYS + 1) * DAY
    stage.store(fact("page.viewed", user(1)))  # the mind looks at timers when it wakes
    eventually(lambda: stage.counts("crm") == {})


def test_where_nobody_watches_the_reaction_writes_nothing(stage):
    stage.store(*(order(number) for number in range(50)))
    stage.follow()
    with stage.database.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM cursors").scalars().all()
    assert "identity" in names
    assert "webhooks" not in names
