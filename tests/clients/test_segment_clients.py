"""The libraries of Segment and RudderStack, unchanged: each call is stored once, whatever happens to the server."""

import pytest

from tests.clients import visits
from tests.clients.kills import send_while_killing
from tests.clients.senders import SEGMENT_SENDERS
from tests.stored import check_folds, facts

pytestmark = pytest.mark.slow

DAYS_UNDER_KILLS = 6
KILLS_MIN = 2


@pytest.fixture(params=SEGMENT_SENDERS, ids=str)
def send(request):
    return SEGMENT_SENDERS[request.param]


def test_each_call_is_stored_once_also_when_it_is_sent_twice(server, send):
    calls = visits.calls()
    send(server.site, calls)
    visits.check(facts(server.site.data), calls)
    send(server.site, calls)
    visits.check(facts(server.site.data), calls)
    assert server.count('count("order.completed") == 1').count == visits.VISITORS
    assert server.count('profile.city == "上海" and profile.age >= 30').count == visits.VISITORS - 10
    assert server.stop() == 0
    visits.check(check_folds(server.site.data), calls)


def test_each_call_is_stored_once_while_door_mind_and_keeper_are_killed(server, send):
    calls = visits.calls(DAYS_UNDER_KILLS)
    kills = send_while_killing(server, lambda: send(server.site, calls), len(calls))
    assert kills >= KILLS_MIN, "the kills came too late to mean anything"
    assert server.stop() == 0
    visits.check(check_folds(server.site.data), calls)
