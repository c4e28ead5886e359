"""Who is erased was never seen anywhere, and nothing waits for her any more."""

from interplay.engine.log.customer_data import Whom
from interplay.interact.abuse.api import AbuseData
from interplay.interact.campaigns import api
from interplay.interact.campaigns.api import Which
from tests.interact.campaigns.square import PRIZES, SURE

PRIZE = {"cup": {**PRIZES["cup"], "stock": 10}}


def test_an_export_says_on_which_days_she_was_seen_and_an_erasure_forgets_it(square):
    square.started(guard={"accounts_per_device_max": 1, "challenge": "off"}, prizes=PRIZE, parts={
        "wheel": {"draw": SURE},
    })  # fmt: skip
    for number in range(3):
        square.play(number, device="d", address="36.112.7.9")
    assert len(list(api.waiting(square.state, Which()))) == 2
    data, her = AbuseData(), Whom((square.player(1),), None)
    seen = [{"on": "2026-01-01", "by": "device"}, {"on": "2026-01-01", "by": "address"}]
    assert data.export(square.database, square.keys, her) == seen
    square.erase(square.player(1))
    assert data.export(square.database, square.keys, her) == []
    assert [one.subject for one in api.waiting(square.state, Which())] == [square.player(2)]
