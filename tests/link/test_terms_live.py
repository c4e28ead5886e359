"""Segments that ask for points and tiers: live, by a count of everybody, and by the ledger, while time goes on."""

import pytest

from interplay.bootstrap import loyalty
from interplay.bootstrap.registry import Rebuild, rebuild_all
from interplay.kernel.time import DAY
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships.contracts import ListLive, SegmentsOf
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment
from tests.link.points.shop import RULE, UNIT
from tests.postgresql import database_url
from tests.stores import Store, fact, user

__all__ = ["database_url"]

LADDER = {
    "kind": "tier", "name": "club", "label": {"zh": "会员", "en": "Club"}, "unit": "points",
    "tiers": [
        {"name": "silver", "label": {"zh": "银卡", "en": "Silver"}, "at": 50},
        {"name": "gold", "label": {"zh": "金卡", "en": "Gold"}, "at": 200},
    ],
    "window": {"days": 20}, "keeps": {"days": 30},
}  # fmt: skip
RICH, GOLD = 'points("points") >= 50', 'tier == "gold"'


def segment(name, criteria):
    return {"kind": "segment", "name": name, "label": {"zh": name, "en": name}, "criteria": criteria}


@pytest.fixture
def store(tmp_path, database_url):
    with Store(tmp_path / "data", url=database_url) as made:
        made.apply({**UNIT, "pending_days": 1, "expires": {"days": 10}}, RULE, LADDER)
        made.apply(segment("rich", RICH), segment("gold", GOLD))
        yield made


def order(store, number, who, value):
    store.store(
        fact(
            "order.completed", user(who), key=number, at=store.clock(), fields={"order_id": f"{number}", "value": value}
        )
    )


def follow(store):
    """Let reactions follow everything, also what the others tell."""
    for _ in range(3):
        store.mind.wait()


def stands(store):
    """Return who is in which segment, when what is kept, what is counted and what the ledger says are the same."""
    follow(store)
    live = {one.name: one.customers for one in store.ask(memberships.list_live, ListLive())}
    counted = {name: store.ask(segments.count, CountSegment(text)) for name, text in (("rich", RICH), ("gold", GOLD))}
    assert live == {name: answer.count for name, answer in counted.items()}
    wallets = {who: loyalty.wallet(store, *user(who)) for who in (1, 2)}
    found = {}
    for who, wallet in wallets.items():
        names = {one.segment for one in store.ask(memberships.segments_of, SegmentsOf(*user(who)))}
        assert ("rich" in names) is (wallet.balances[0].available >= 50)
        assert ("gold" in names) is (wallet.tiers[0].tier == "gold")
        found[who] = names
    return found


def test_segments_of_points_and_tiers_are_true_from_instant_to_instant(store):
    order(store, 1, 1, 6_000)
    order(store, 2, 2, 25_000)
    assert stands(store) == {1: set(), 2: {"gold"}}, "points are pending for a day, status is not"
    store.clock.at += DAY
    assert stands(store) == {1: {"rich"}, 2: {"rich", "gold"}}, "time alone made them active"
    assert loyalty.spend(store, loyalty.Asked(*user(1), "k"), "points", 11).is_new
    assert stands(store) == {1: set(), 2: {"rich", "gold"}}
    store.clock.at += 9 * DAY
    assert stands(store) == {1: set(), 2: {"gold"}}, "time alone ended them"
    loyalty.expire(store)
    assert stands(store) == {1: set(), 2: {"gold"}}, "writing off makes no difference"
    store.clock.at += 21 * DAY
    loyalty.expire(store)
    assert stands(store) == {1: set(), 2: set()}
    store.ask(rebuild_all, Rebuild())
    assert stands(store) == {1: set(), 2: set()}


def test_what_was_is_asked_as_of_then(store):
    start = store.clock()
    order(store, 1, 1, 25_000)
    follow(store)
    store.clock.at += 40 * DAY
    loyalty.expire(store)
    follow(store)
    sizes = {
        days: [store.ask(segments.count, CountSegment(text, start + days * DAY)).count for text in (RICH, GOLD)]
        for days in (0, 1, 9, 10, 29, 40)
    }
    assert sizes == {0: [0, 1], 1: [1, 1], 9: [1, 1], 10: [0, 1], 29: [0, 1], 40: [0, 0]}
