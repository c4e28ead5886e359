"""What a document of kind `webhook` may say, and which addresses may be called: each mistake at its place."""

import asyncio

import httpx
import pytest

from interplay.engine.delivery.addresses import checked_url, chosen_address
from interplay.engine.delivery.calling import call, new_client
from interplay.engine.delivery.contracts import Content, Endpoint, Outcome
from interplay.engine.delivery.lanes import FAILURES_TO_PAUSE, PAUSE_FIRST, PAUSE_MAX, Lane
from interplay.engine.documents.contracts import MistakesError
from interplay.kernel.errors import AppError
from tests.stores import NOW, Store

WEBHOOK = {"kind": "webhook", "name": "crm", "url": "https://example.com/hook", "facts": ["order.completed"]}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("webhooks") / "data") as opened:
        yield opened


def mistakes(store, **more):
    try:
        store.apply({**WEBHOOK, **more})
    except MistakesError as told:
        return {one.params["place"]: one.text("en") for one in told.mistakes}
    except AppError as told:
        return {told.params["place"]: told.text("en")}
    return {}


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ({"url": "http://example.com/"}, "url", "not https"),
        ({"url": "https://li:secret@example.com/"}, "url", "no place for secrets"),
        ({"url": "example.com"}, "url", "not a URL"),
        ({"url": "https://example.com/#part"}, "url", "not a URL"),
        ({"url": "https://example.com:99999/"}, "url", "not a URL"),
        ({"url": "ftp://localhost/"}, "url", "not https"),
        ({"facts": []}, "facts", "1 to 50"),
        ({"facts": ["order.complete"]}, "facts[0]", "order.completed"),
        ({"facts": ["order.completed", "or*"]}, "facts[1]", "a pattern is"),
        ({"fields": ["valeu"]}, "fields[0]", "value"),
        ({"where": "event.valeu > 1"}, "where", "value"),
        ({"where": 'count("order.completed") > 1'}, "where", "make a segment of it"),
        ({"where": 'profile.city == "上海"'}, "where", "make a segment of it"),
        ({"facts": ["order.*"], "where": 'event.referral_code == "x"'}, "where", "referral_code"),
        ({"segments": ["vip"]}, "segments[0]", "no segment"),
        ({"identifiers": ["telephone"]}, "identifiers[0]", "phone"),
        ({"consent": "marketing:pigeon"}, "consent", "pigeon"),
        ({"consent": "marketing:*"}, "consent", "*"),
        ({"name": "CRM"}, "name", "small letters"),
        ({"fact": ["order.completed"]}, "fact", "facts"),
    ],
)
def test_mistakes_are_told_at_their_place(store, more, place, words):
    found = mistakes(store, **more)
    assert place in found, found
    assert words in found[place]


def test_what_is_right_is_taken(store):
    more = {"facts": ["order.*", "page.viewed"], "consent": "marketing:email", "identifiers": ["ext:erp", "phone"]}
    assert mistakes(store, name="a-b_c", **more) == {}
    assert mistakes(store, url="http://localhost:9000/hook", where="event.value >= 5000") == {}


PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"]
INNER = ["10.0.0.5", "192.168.1.1", "172.16.0.1", "fd00::1", "100.64.0.1", "::ffff:10.0.0.5", "64:ff9b::a00:5"]
NEVER = [
    "169.254.169.254", "169.254.1.1", "fe80::1", "0.0.0.0", "224.0.0.1", "100.100.100.200", "168.63.129.16",
    "fd00:ec2::254", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1", "::",
]  # fmt: skip
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address):
    assert chosen_address("example.com", [address], are_private_allowed=False) == address


@pytest.mark.parametrize("address", [*INNER, *LOOPBACK])
def test_inner_addresses_are_called_only_where_that_is_set(address):
    with pytest.raises(AppError, match="may not be called"):
        chosen_address("example.com", [address], are_private_allowed=False)
    with pytest.raises(AppError, match="may not be called"):
        chosen_address("example.com", [PUBLIC[0], address], are_private_allowed=False)
    assert chosen_address("example.com", [address], are_private_allowed=True) == address


@pytest.mark.parametrize("address", NEVER)
def test_addresses_that_hand_out_credentials_are_never_called(address):
    for allowed in (False, True):
        with pytest.raises(AppError, match="may not be called"):
            chosen_address("example.com", [address], are_private_allowed=allowed)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_called_only_by_its_own_names(address):
    assert chosen_address("localhost", [address], are_private_allowed=False) == address


def test_a_name_that_leads_inside_is_refused_when_it_is_called():
    async def ask(url):
        async with new_client() as client:
            endpoint = Endpoint("webhook", "crm", url, 1, (b"k" * 32,), seconds_max=5)
            return await call(client, endpoint, "id", Content(b"{}", "text/plain"), NOW, are_private_allowed=False)

    for url in (
        "https://10.0.0.5/",
        "https://169.254.169.254/latest",
        "https://[::ffff:a00:5]/",
        "https://0x7f000001/",
    ):
        outcome = asyncio.run(ask(url))
        assert isinstance(outcome, Outcome)
        assert outcome.failure is not None
        assert "may not be called" in outcome.failure, outcome


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert not new_client()._mounts


def test_a_url_that_is_plain_needs_the_setting():
    with pytest.raises(AppError):
        checked_url("http://10.0.0.5/", are_private_allowed=False)
    assert checked_url("http://10.0.0.5/", are_private_allowed=True).hostname == "10.0.0.5"
    with pytest.raises(AppError) as inner:
        checked_url("https://192.168.1.4/x", are_private_allowed=False)
    assert inner.value.code == "delivery.address"
    assert httpx.URL("https://example.com")


# --- lanes --------------------------------------------------------------------------------------------------


def test_an_endpoint_that_fails_again_and_again_is_left_alone_longer_and_longer():
    lane, now = Lane(), NOW
    for _ in range(FAILURES_TO_PAUSE):
        assert lane.free(8, now) == 8
        lane.note(Outcome("HTTP 500"), now)
    assert lane.free(8, now) == 0
    assert lane.free(8, now + PAUSE_FIRST) == 1  # one tries first
    for _ in range(20):
        now = lane.paused_until
        lane.note(Outcome("HTTP 500"), now)
        assert now < lane.paused_until <= now + PAUSE_MAX
    assert lane.paused_until == now + PAUSE_MAX
    lane.note(Outcome(), lane.paused_until)
    assert lane.free(8, lane.paused_until) == 8
