"""Who is who: linking by two identifiers in one fact, in any order, with the same customers in the end."""

from contextlib import closing, contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.bootstrap.registry import Rebuild, rebuild_all
from interplay.engine.log.reactions import catch_up, position_of
from interplay.engine.log.read import LogReader
from interplay.kernel.ids import SubjectId
from interplay.unify.identity import api as identity
from interplay.unify.identity import rules
from interplay.unify.identity import store as identity_store
from interplay.unify.identity.contracts import Rebuild as RebuildMap
from tests.stores import DoorOnly, Store, cookie, device, fact, phone, union_find, user
from tests.unify.people import People

CARD, OPENID = ("card_no", "66880001"), ("openid", "oLi")


@pytest.fixture
def people(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as store:
        yield People(store)


def test_a_lone_identifier_is_a_customer_of_its_own(people):
    people.store.store(fact("a.b", user(1)), fact("a.b", user(2)))
    people.follow()
    assert people.of(*user(1)) == (1, [1])
    assert people.of(*user(2)) == (2, [2])
    assert people.of(*user(3)) is None


def test_two_identifiers_in_one_fact_are_one_customer(people):
    people.store.store(fact("a.b", user(1), phone(1)))
    people.follow()
    assert people.of(*user(1)) == people.of(*phone(1)) == (1, [1, 2])


def test_a_chain_joins_all_and_the_one_known_longest_survives(people):
    people.store.store(fact("a.b", CARD), fact("a.b", OPENID), fact("a.b", user(1)))
    people.store.store(fact("x.y", user(1), phone(1)), fact("x.y", phone(1), CARD))
    people.follow()
    assert people.of(*OPENID) == (2, [2])
    assert people.of(*user(1)) == people.of(*CARD) == people.of(*phone(1)) == (1, [1, 3, 4])


def test_two_customers_with_many_subjects_become_one(people):
    people.store.store(*(fact("a.b", user(1), cookie(n)) for n in range(5)))
    people.store.store(*(fact("a.b", CARD, cookie(n)) for n in range(5, 10)))
    people.follow()
    assert people.of(*CARD)[0] != people.of(*user(1))[0]
    people.store.store(fact("a.b", CARD, cookie(0)))
    people.follow()
    assert people.of(*CARD) == people.of(*user(1)) == (1, list(range(1, 13)))


class Traced:
    """A SQLite database that tells which statements its readers run."""

    def __init__(self, database):
        self.database, self.statements = database, []

    @contextmanager
    def read(self):
        with self.database.read() as connection:
            raw = self.database.raw_of(connection)
            raw.set_trace_callback(self.statements.append)
            try:
                yield connection
            finally:
                raw.set_trace_callback(None)

    def raw_of(self, connection):
        return self.database.raw_of(connection)

    def plans(self):
        """Return how SQLite finds the rows of each statement."""
        with closing(self.database.connect_reader()) as raw:
            return [row[3] for one in self.statements for row in raw.execute(f"EXPLAIN QUERY PLAN {one}")]


def test_those_links_that_are_known_are_told_from_those_that_are_not(people):
    people.store.store(fact("a.b", user(1), phone(1)), fact("a.b", user(2), phone(2), cookie(2)))
    people.follow()
    known = {(1, 2), (3, 4), (3, 5)}
    asked = [(1, 2), (2, 1), (1, 3), *known, (99, 100)]
    assert identity_store.edges_known(people.store.database, asked) == dict.fromkeys(known, True)
    assert identity_store.edges_known(people.store.database, []) == {}


def test_known_links_are_looked_up_by_their_key_however_many_there_are(tmp_path):
    with DoorOnly(tmp_path / "data") as store:
        store.store(*(fact("a.b", user(n), cookie(n)) for n in range(300)))
        People(store).follow()
        traced = Traced(store.database)
        pairs = [(2 * n + 1, 2 * n + 2) for n in range(300)]
        assert identity_store.edges_known(traced, pairs) == dict.fromkeys(pairs, True)
    plans = set(traced.plans())
    assert {plan for plan in plans if "found" in plan} == {"SEARCH found USING PRIMARY KEY (one=? AND other=?)"}


def test_nobodys_facts_make_no_customer(people):
    people.store.store(fact("a.b"), fact("a.c"))
    people.follow()
    assert people.customers() == {}


def test_the_same_link_again_changes_nothing(people):
    people.store.store(fact("a.b", user(1), phone(1), key=1))
    people.follow()
    before = list(identity.changes(people.store.database, 0))
    people.store.store(fact("a.b", user(1), phone(1), key=2), fact("a.b", phone(1), user(1), key=3))
    people.follow()
    assert list(identity.changes(people.store.database, 0)) == before
    assert [(c.subject, c.customer, c.position) for c in before] == [(2, 1, 1)]


def test_known_links_cost_the_writer_nothing_and_new_ones_after_them_are_taken(people):
    store = people.store
    reaction = identity.reaction(store.keys, store.home.settings.brand)  # one, as a mind has it

    def follow(*facts):
        store.store(*facts)
        with closing(LogReader(store.database)) as reader:
            last = reader.last_position()
            assert catch_up(reaction, reader, store.database, store, last) == last
        return position_of(store.database, identity.REACTION)

    stands = follow(fact("a.b", user(1), phone(1), key=1))
    assert follow(fact("a.b", user(1), phone(1), key=2)) == stands
    assert follow(fact("a.b", user(1), phone(1), key=3), fact("a.b", user(2), key=4)) == stands
    assert follow(fact("a.b", user(1), cookie(1), key=5)) > stands
    assert people.are_one(user(1), phone(1), cookie(1))
    stands = follow(fact("a.b", user(2), key=6))
    assert follow(fact("a.b", user(1), cookie(1), key=7)) == stands
    before = people.customers()
    store.write(identity.rebuild, RebuildMap(position_of(store.database, identity.REACTION)))
    assert follow(fact("a.b", user(2), key=8)) > 0
    assert people.customers() == before


def test_more_links_than_one_step_takes_are_all_taken(people, monkeypatch):
    monkeypatch.setattr(identity, "LINKS_AT_ONCE_MAX", 3)
    monkeypatch.setattr(identity, "STRETCH_MAX", 7)
    people.store.store(
        *(fact("a.b", *((cookie(n), cookie(100 + n // 2)) if n % 3 else (cookie(n),))) for n in range(30))
    )
    people.follow()
    taken = people.customers()
    with closing(LogReader(people.store.database)) as reader:
        groups = [link.subjects for link in reader.links(0, 1000)]
    assert taken == {one: union_find(groups).get(one, one) for one in taken}


def test_a_rebuild_gives_the_same_map_and_keeps_its_history(people):
    people.store.store(*(fact("a.b", cookie(n % 4), device(n % 7)) for n in range(20)))
    people.follow()
    before, changes = people.customers(), list(identity.changes(people.store.database, 0))
    people.rebuild()
    assert people.customers() == before
    assert list(identity.changes(people.store.database, 0))[: len(changes)] == changes


def test_the_survivor_is_the_smallest():
    assert rules.survivor([SubjectId(7), SubjectId(3), SubjectId(5)]) == 3


groups = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), max_size=10)


def told(group, key):
    return fact("a.b", *(cookie(one) for one in group), key=key)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups, st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_of_the_same_links_gives_the_customers_of_union_find(tmp_path_factory, links, rng, at_once):
    """Subjects are numbered as they come; so customers are compared as sets of identifiers."""
    expected = _sets(union_find([tuple(link) for link in links]))
    for turn in range(2):
        with DoorOnly(tmp_path_factory.mktemp("people") / "data") as store:
            people = People(store)
            order = list(enumerate(links))
            if turn:
                rng.shuffle(order)
            for start in range(0, len(order), at_once):
                store.store(*(told(group, key) for key, group in order[start : start + at_once]))
                people.follow()
            assert _people(people) == expected
            numbers = people.customers()
            assert all(
                customer == min(one for one in numbers if numbers[one] == customer) for customer in numbers.values()
            )
            people.rebuild()
            assert people.customers() == numbers


def _sets(belongs):
    return {frozenset(one for one in belongs if belongs[one] == root) for root in belongs.values()}


def _people(people):
    found = {n: people.of(*cookie(n)) for n in range(10)}
    return _sets({n: one[0] for n, one in found.items() if one is not None})


def test_the_warehouse_has_the_map_of_the_database_at_every_stage(tmp_path):
    with Store(tmp_path / "data") as store:
        people = People(store)

        def agree():
            members = dict(store.query("SELECT subject, customer FROM members"))
            assert members == people.customers()
            customers = [row[0] for row in store.query("SELECT customer FROM customers ORDER BY 1")]
            assert customers == sorted(set(members.values()))

        agree()
        for n in range(0, 60, 6):
            links = [(cookie(k), device(k % 13)) if k % 2 else (cookie(k),) for k in range(n, n + 6)]
            store.store(*(fact("a.b", *link) for link in links), fact("nobody.here", key=n))
            agree()
        store.store(*(fact("a.b", device(n), device(n + 1)) for n in range(6)))
        agree()
        store.ask(rebuild_all, Rebuild())
        agree()
        store.store(fact("a.b", device(0), device(12)))
        agree()
