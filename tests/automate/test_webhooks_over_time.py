"""Webhooks, and what happens to facts and endpoints afterwards: purges, stops, restarts."""

import pytest

from interplay.automate.webhooks import api as webhooks
from interplay.automate.webhooks.contracts import WEBHOOK
from interplay.bootstrap.registry import PurgeNow, purge_now
from interplay.engine.delivery import endpoints
from interplay.engine.delivery.endpoints import Resume, Stop
from interplay.engine.outbox import api as outbox
from interplay.kernel.time import DAY
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts
from tests.automate.receiver import Receiver
from tests.automate.stage import Stage
from tests.stores import NOW, fact, phone, user

PERIODS = {"kind": "retention", "name": "retention", "facts": {"order.completed": "30d"}}
OLD = NOW - 60 * DAY


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def receiver():
    with Receiver() as opened:
        yield opened


def test_a_purged_fact_that_joined_two_does_not_stop_the_mind(stage):
    stage.webhook("big", "http://127.0.0.1:1/", where="event.value >= 5000")
    stage.store(fact("order.completed", user(1), phone(1), key=1, at=OLD, fields={"value": 1}))
    stage.store(fact("page.viewed", user(2), key=2))
    stage.mind.wait()
    stage.apply(PERIODS)
    assert stage.ask(purge_now, PurgeNow("test")).facts_count == 1
    stage.mind.close()
    stage.restart_mind()
    stage.store(fact("page.viewed", user(3), key=3))
    assert stage.ask(profiles.count_facts, CountFacts())["page.viewed"] == 2
    assert not stage.mind.has_failed()


def test_deliveries_are_listed_when_their_facts_are_purged(stage, receiver):
    stage.webhook("crm", receiver.url)
    stage.start_sender()
    stage.store(fact("order.completed", user(1), key=1, at=OLD), fact("page.viewed", user(2), key=2))
    stage.wait_for("crm", delivered=1)
    stage.apply(PERIODS)
    assert stage.ask(purge_now, PurgeNow("test")).facts_count == 1
    (told,) = webhooks.deliveries(stage.database, stage.keys, "crm")
    assert (told.state, told.answer) == ("delivered", None)


def test_what_came_while_a_webhook_was_stopped_is_not_told_by_a_restart(stage, receiver):
    stage.webhook("crm", receiver.url)
    stage.mind.wait()
    stage.write(endpoints.stop, Stop(WEBHOOK, "crm", 1))
    stage.store(fact("order.completed", user(1), key=1))
    stage.mind.wait()
    stage.write(endpoints.resume, Resume(WEBHOOK, "crm"))
    stage.mind.close()
    stage.restart_mind()
    stage.store(fact("order.completed", user(2), key=2))
    stage.start_sender()
    stage.wait_for("crm", delivered=1)
    assert [one.json["data"]["identifiers"]["user_id"] for one in receiver.received] == [["u2"]]
    assert sum(outbox.counts(stage.database).values()) == 1
