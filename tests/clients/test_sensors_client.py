"""The Sensors Analytics (神策) SDK for Python, unchanged: every operation, sent once or again, also across crashes."""

import time
from collections import Counter
from http.client import HTTPException

import pytest
from sensorsanalytics import (
    AsyncBatchConsumer,
    BatchConsumer,
    DefaultConsumer,
    SensorsAnalytics,
    SensorsAnalyticsIdentity,
    SensorsAnalyticsNetworkException,
)

from tests.clients.kills import send_while_killing
from tests.stored import check_folds, facts, names, people

pytestmark = pytest.mark.slow

AT_MS = 1_772_000_000_000
PEOPLE = 5
ORDERS_UNDER_KILLS = 600
RETRY_SECONDS = 0.1
ATTEMPTS_MAX = 400


def consumer(kind, site):
    url = f"{site.url}/sa?project=default&token={site.write_key}"
    match kind:
        case "one by one":
            return DefaultConsumer(url)
        case "in batches":
            return BatchConsumer(url, max_size=7)
        case "in the background":
            return AsyncBatchConsumer(url, flush_max_time=0.05, flush_size=7)


def every_operation(sa):
    """Use each operation of the SDK once per person. The times are given: a fact here has no other identity."""
    for person in range(PEOPLE):
        login, device, at = f"login {person}", f"device {person}", AT_MS + person
        sa.track(device, "$pageview", {"$time": at, "$url": "https://shop.example/", "$title": "首页"})
        sa.track(device, "ViewProduct", {"$time": at, "SKU": "P1"})
        sa.track_signup(login, device, {"$time": at})
        sa.track(login, "PayOrder", {"$time": at, "order_id": f"o{person}", "value": 9.9}, is_login_id=True)
        sa.profile_set(login, {"$time": at, "city": "杭州", "age": 30}, is_login_id=True)
        sa.profile_set_once(login, {"$time": at, "age": 99}, is_login_id=True)
        sa.profile_increment(login, {"$time": at, "visits": 2}, is_login_id=True)
        sa.profile_append(login, {"likes": ["拿铁"]}, is_login_id=True)  # the SDK takes no time here
        sa.profile_unset(login, {"$time": at, "visits": True}, is_login_id=True)
        sa.bind(
            SensorsAnalyticsIdentity(SensorsAnalyticsIdentity.LOGIN_ID, login),
            SensorsAnalyticsIdentity(SensorsAnalyticsIdentity.MOBILE, f"1380013800{person}"),
        )
        sa.item_set("drink", f"d{person}", {"price": 25})
        sa.item_delete("drink", f"d{person}")
    sa.flush()
    sa.close()


EVERY_OPERATION = Counter(
    {
        "page.viewed": PEOPLE,
        "product.viewed": PEOPLE,
        "identity.aliased": PEOPLE,
        "order.completed": PEOPLE,
        "customer.identified": 5 * PEOPLE,
        "identity.linked": PEOPLE,
        "item.updated": PEOPLE,
        "item.deleted": PEOPLE,
    }
)


class Twice:
    """A consumer of the SDK that remembers what it sent, to send the very same again: what a retry is."""

    def __init__(self, inner):
        self.inner = inner
        self.messages = []

    def send(self, message):
        self.messages.append(message)
        self.inner.send(message)

    def flush(self):
        self.inner.flush()

    def close(self):
        self.inner.close()

    def again(self, inner):
        for message in self.messages:
            inner.send(message)
        inner.close()


@pytest.mark.parametrize("kind", ["one by one", "in batches", "in the background"])
def test_every_operation_is_stored_once_also_when_it_is_sent_twice(server, kind):
    twice = Twice(consumer(kind, server.site))
    every_operation(SensorsAnalytics(twice))
    check_operations(facts(server.site.data))
    twice.again(consumer(kind, server.site))
    check_operations(facts(server.site.data))
    assert server.count('profile.city == "杭州" and profile.age == 30').count == PEOPLE
    assert server.stop() == 0
    check_operations(check_folds(server.site.data))


def check_operations(stored):
    assert names(stored) == EVERY_OPERATION
    known = [group for group in people(stored) if len(group) > 1]
    assert known == sorted(map(identifiers, range(PEOPLE)), key=sorted)


def identifiers(person):
    login, device = f"login {person}", f"device {person}"
    phone = ("phone", f"+861380013800{person}")
    return frozenset({("user_id", login), ("anonymous_id", login), ("anonymous_id", device), phone})


def test_batches_are_stored_once_while_door_mind_and_keeper_are_killed(server):
    def send():
        sa = SensorsAnalytics(consumer("in batches", server.site))
        for number in range(ORDERS_UNDER_KILLS):
            until_it_works(lambda number=number: pay(sa, number), lambda: sa.flush())
        until_it_works(sa.flush, sa.flush)

    send_while_killing(server, send, ORDERS_UNDER_KILLS)
    assert server.stop() == 0
    stored = check_folds(server.site.data)
    assert names(stored) == {"order.completed": ORDERS_UNDER_KILLS}
    assert sum(fact.fields["value"] for fact in stored) == 990 * ORDERS_UNDER_KILLS
    assert Counter(fact.identifiers for fact in stored) == {
        (("user_id", f"login {person}"),): ORDERS_UNDER_KILLS // PEOPLE for person in range(PEOPLE)
    }


def pay(sa, number):
    order = {"$time": AT_MS + number, "order_id": f"o{number}", "value": 9.9}
    sa.track(f"login {number % PEOPLE}", "PayOrder", order, is_login_id=True)


def until_it_works(work, again):
    """Do it; when nobody answers, do what the SDK keeps for this: its batch stays, and `flush` sends it again."""
    for _ in range(ATTEMPTS_MAX):
        try:
            return work()
        except (OSError, HTTPException, SensorsAnalyticsNetworkException):
            work = again
            time.sleep(RETRY_SECONDS)
    raise AssertionError("nobody answered any more")
