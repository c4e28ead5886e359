"""The spine that was kept says what one that is read anew says, whatever happened between."""

import random
from contextlib import closing, suppress

import numpy as np
import pytest

from interplay.bootstrap.registry import CUSTOMER_DATA, PurgeNow, erase, purge_now
from interplay.engine.log.read import LogReader
from interplay.engine.olap.spine import Keeper
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR
from interplay.unify.erasure import api as erasure
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import NOW, Store, fact, user

NAMES = ("page.viewed", "product.viewed", "thing.done", "thing.seen")
PEOPLE = 12


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        opened.apply({"kind": "retention", "facts": {"page.viewed": "30d"}})
        yield opened


def told(spine):
    """Return everybody's facts in order, by name."""
    names = {code: name for name, code in spine.codes.items()}
    customers = spine.order.label(np.arange(len(spine.starts) - 1)).tolist()
    found = {}
    for index, customer in enumerate(customers):
        rows = range(spine.starts[index], spine.starts[index + 1])
        if len(rows):
            found[customer] = [(int(spine.at[r]), int(spine.position[r]), names[int(spine.code[r])]) for r in rows]
    return found


def by_sql(session):
    found = {}
    query = """SELECT customer, occurred_at, "position", name FROM facts JOIN members USING (subject)
      WHERE is_bot IS NOT TRUE ORDER BY ALL"""
    for customer, at, position, name in session.con.execute(query).fetchall():
        found.setdefault(customer, []).append((at, position, name))
    return found


def seen(store):
    store.mind.wait()
    with store.mind.warehouse.session() as session:
        kept, anew = told(store.mind.warehouse.spine.of(session)), told(Keeper().of(session))
        assert kept == anew == by_sql(session)
        return kept


def subject_of(store, number):
    with closing(LogReader(store.database)) as reader:
        return reader.subject_of(store.keys.digest(*user(number)))


def tell(store, rng, key):
    """Some facts of anybody, of nobody, of bots, late ones too; names that were never heard of among them."""
    news = []
    for number in range(rng.randrange(1, 30)):
        who = () if rng.random() < 0.05 else (user(rng.randrange(PEOPLE)),)
        at = NOW - rng.randrange(60 * DAY // HOUR) * HOUR
        name = rng.choice((*NAMES, f"new.{key % 7}"))
        fields = {"is_bot": True} if name in NAMES[:2] and rng.random() < 0.3 else {}
        news.append(fact(name, *who, at=at, key=(key, number), fields=fields))
    store.store(*news)


def decide(store, rng):
    one, other = (subject_of(store, number) for number in rng.sample(range(PEOPLE), 2))
    if one is not None and other is not None:
        kind = rng.choice([DecisionKind.TOGETHER, DecisionKind.APART])
        ask = identity.to_decide(
            kind, one, other, actor="li", reason="", database=store.database, keys=store.keys,
            brand=store.home.settings.brand,
        )  # fmt: skip
        with suppress(AppError):  # they are one already, or apart
            store.write(identity.decide, ask)


def forget(store, rng):
    if (subject := subject_of(store, rng.randrange(PEOPLE))) is not None:
        ask = erasure.to_erase(
            subject, actor="li", reason="", database=store.database, keys=store.keys, data=CUSTOMER_DATA
        )
        store.write(erase(store.home), ask)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_it_is_as_if_it_were_read_anew(store, seed):
    rng = random.Random(seed)
    for turn in range(40):
        match rng.randrange(12):
            case 0 | 1:
                decide(store, rng)
            case 2 if turn > 10:
                forget(store, rng)
            case 3 if turn > 10:
                store.ask(purge_now, PurgeNow("li"))
            case 4:
                store.mind.warehouse.compact()
            case 5:
                store.mind.rebuild()
            case _:
                tell(store, rng, turn)
        seen(store)
    assert len(seen(store)) > 2


def test_what_came_since_is_added_and_nothing_else_is_read(store):
    tell(store, random.Random(1), 1)
    before, keeper = seen(store), store.mind.warehouse.spine
    read = keeper.facts_read
    store.store(fact("thing.done", user(1), key="late", at=NOW - 59 * DAY))
    after = seen(store)
    assert keeper.facts_read == read + 1
    assert sum(map(len, after.values())) == sum(map(len, before.values())) + 1
    seen(store)
    assert keeper.facts_read == read + 1


def test_of_too_many_facts_only_the_names_that_are_asked_for_are_read(store):
    tell(store, random.Random(2), 2)
    everything = seen(store)
    with store.mind.warehouse.session() as session:
        some = told(Keeper(facts_max=3).of(session, {"thing.done"}))
    wanted = {who: [one for one in facts if one[2] == "thing.done"] for who, facts in everything.items()}
    assert some == {who: facts for who, facts in wanted.items() if facts}
