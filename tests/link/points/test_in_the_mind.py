"""Points as a running store gives them: by the mind, to members of live segments, after a rebuild not again."""

import pytest

from interplay.bootstrap import loyalty
from interplay.bootstrap.registry import Rebuild, rebuild_all
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.understand.memberships.api import list_live
from interplay.understand.memberships.contracts import ListLive
from tests.link.points.shop import RULE, UNIT
from tests.stores import Store, fact, user

SEGMENT = {
    "kind": "segment", "name": "locals", "label": {"zh": "本地", "en": "Locals"},
    "criteria": 'profile.city == "Hangzhou"',
}  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as made:
        yield made


def available(store, number):
    store.mind.wait()
    (held,) = loyalty.wallet(store, *user(number)).balances
    return held.available


def order(number, value):
    return fact("order.completed", user(number), key=(number, value), fields={"order_id": f"{number}", "value": value})


def test_orders_give_points_once_also_after_a_rebuild(store):
    store.apply(UNIT, RULE)
    store.store(order(1, 10_000), order(2, 5_000))
    assert (available(store, 1), available(store, 2)) == (100, 50)
    before = len(store.rows())
    store.ask(rebuild_all, Rebuild())
    assert (available(store, 1), available(store, 2)) == (100, 50)
    assert len(store.rows()) == before


def test_a_rule_is_for_members_of_its_segments_only(store):
    more = {**RULE, "name": "more", "points": 2, "not_segments": ["locals"]}
    store.apply(UNIT, SEGMENT, {**RULE, "segments": ["locals"]}, more)
    here = (TraitWrite("city", TraitOp.SET, "Hangzhou"),)
    store.store(fact("customer.identified", user(1), traits=here), fact("customer.identified", user(2)))
    assert store.ask(list_live, ListLive())[0].customers == 1
    store.store(order(1, 1_000), order(2, 1_000))
    assert (available(store, 1), available(store, 2)) == (10, 20)
