"""The spine that was kept says what one that is read anew says, whatever happened between."""

import random

import numpy as np
import pytest

from interplay.bootstrap.registry import PurgeNow, purge_now
from interplay.engine.olap.keeper import Keeper
from interplay.engine.olap.spine import Rows
from interplay.kernel.time import DAY, HOUR
from tests.happenings import decide, forget
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


@pytest.mark.parametrize("is_writeable", [True, False])
def test_rows_are_put_in_another_order_where_they_are(is_writeable):
    rng = np.random.default_rng(1)
    rows = Rows(*(rng.integers(0, 10**12, 50) for _ in range(3)), rng.integers(0, 9, 50).astype(np.int32))
    places = rng.permutation(50)
    expected = [column[places] for column in rows]
    rows.at.flags.writeable = is_writeable  # a column of one chunk is still that of the file
    found = rows.put(places, np.zeros(50, dtype=np.int64))
    assert all((one == other).all() for one, other in zip(found, expected, strict=True))
    assert np.shares_memory(found.position, rows.at) == is_writeable


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


def nobodys(spine):
    return set(spine.position[: spine.starts[0]].tolist())


def check_changes(store, known):
    """What is known of earlier generations and what has changed since is what there is."""
    keeper = store.mind.warehouse.spine
    with store.mind.warehouse.session() as session:
        state = keeper.told(session)
    spine = state.settled().base.spine
    now, count = told(spine), 0
    for generation, (then, of_nobody) in known.items():
        if (change := keeper.since(state, generation)) is None:
            continue
        labels = set(change.labels.tolist())
        assert told(change.before) == {who: facts for who, facts in then.items() if who in labels}
        assert told(change.after) == {who: facts for who, facts in now.items() if who in labels}
        assert {who: facts for who, facts in then.items() if who not in labels} == {
            who: facts for who, facts in now.items() if who not in labels
        }
        assert of_nobody - nobodys(change.before) | nobodys(change.after) == nobodys(spine)
        count += 1
    known[state.generation] = now, nobodys(spine)
    return count


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_it_is_as_if_it_were_read_anew(store, seed):
    rng = random.Random(seed)
    known, checked = {}, 0
    for turn in range(40):
        match rng.randrange(12):
            case 0 | 1:
                decide(store, rng, PEOPLE)
            case 2 if turn > 10:
                forget(store, rng, PEOPLE)
            case 3 if turn > 10:
                store.ask(purge_now, PurgeNow("li"))
            case 4:
                store.mind.warehouse.compact()
            case 5:
                store.mind.rebuild()
            case _:
                tell(store, rng, turn)
        if rng.random() < 0.4:  # in between nothing is put in order
            seen(store)
        store.mind.wait()
        checked += check_changes(store, known)
    assert len(seen(store)) > 2
    assert checked > 40


def test_customers_with_a_fact_at_some_time_are_among_what_changed(store):
    tell(store, random.Random(5), 5)
    seen(store)
    keeper = store.mind.warehouse.spine
    with store.mind.warehouse.session() as session:
        before = keeper.told(session).generation
    store.store(fact("thing.done", user(1), key="late", at=NOW - 59 * DAY), fact("thing.done", key="nobody", at=NOW))
    store.mind.wait()
    with store.mind.warehouse.session() as session:
        state = keeper.told(session)
    now = told(state.settled().base.spine)
    windows = [(NOW - 30 * DAY, NOW - 20 * DAY), (NOW - 5 * DAY, NOW)]
    change = state.beside(keeper.since(state, before), windows)
    expected = {who for who, facts in now.items() if any(a <= at <= b for at, _, _ in facts for a, b in windows)}
    (hers,) = (who for who, facts in now.items() if any(at == NOW - 59 * DAY for at, _, _ in facts))
    assert set(change.labels.tolist()) == expected | {hers}
    assert told(change.after) == {who: facts for who, facts in now.items() if who in expected | {hers}}
    assert told(change.before) == {
        who: [one for one in facts if one[0] != NOW - 59 * DAY or who != hers]
        for who, facts in told(change.after).items()
    }
    assert len(nobodys(change.after) - nobodys(change.before)) == 1


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
