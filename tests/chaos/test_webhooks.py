"""A real server whose mind is killed while a receiver has a message in hand: nothing is lost, and the id stays."""

import threading

import pytest

from tests.automate.receiver import Receiver
from tests.serving import Site, wait_for

LEASE_SECONDS_MAX = 90.0
FACT = {"type": "track", "event": "Order Completed", "userId": "u-1", "properties": {"total": 12.5, "currency": "CNY"}}


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "data")


def hooked(site, url, folder):
    folder.mkdir()
    (folder / "crm.yaml").write_text(f"kind: webhook\nname: crm\nurl: {url}\nfacts: [order.completed]\n")
    site.cli("apply", str(folder))
    return site.cli_json("webhooks", "secret", "crm")["secret"]


@pytest.mark.slow
def test_who_is_killed_between_handing_over_and_noting_it_sends_again_with_the_same_id(site, tmp_path):
    release = threading.Event()
    held = lambda _: (release.wait(LEASE_SECONDS_MAX), 200, {}, b"")[1:]  # noqa: E731
    with Receiver(held) as receiver, site.server() as server:
        secret = hooked(site, receiver.url, tmp_path / "documents")
        assert server.post("/v1/track", {**FACT, "messageId": "m-1"}).status_code == 200
        wait_for(lambda: len(receiver.received) == 1, "the message to be handed over")
        server.kill("mind")
        release.set()
        server.wait_until_ready()
        assert server.post("/v1/track", {**FACT, "messageId": "m-2"}).status_code == 200
        wait_for(lambda: len(receiver.received) == 3, "both messages", seconds_max=LEASE_SECONDS_MAX)
        first, *rest = receiver.received
        assert [one.id == first.id for one in rest] == [False, True]
        assert all(one.is_signed_by(secret) for one in receiver.received)
        wait_for(
            lambda: site.cli_json("webhooks", "show", "crm")["counts"] == {"delivered": 2},
            "both to be noted as delivered",
        )
