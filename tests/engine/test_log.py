"""The log: each fact once, positions that grow, subjects, and what the appender remembers."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.acts.store import counters
from interplay.engine.log import store as log_store
from interplay.engine.log.contracts import Linked, Origin
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command
from interplay.kernel.errors import AppError
from tests.stores import NOW, DoorOnly, fact, phone, user


@pytest.fixture
def store(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as opened:
        yield opened


def spoiled(store, *facts):
    """Append in a group that the disk then refuses."""

    def fail(tx, _):
        store.append.run(tx, [type_of_ask(store)(list(facts))])
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(AppError, match="disk I/O error"):
        store.write(Command("fail", str, None, fail), "")


def type_of_ask(store):
    return store.append.ask


def test_a_fact_is_stored_as_it_was_handed_over(store):
    one = fact(
        "order.completed", user(1), phone(1), at=NOW + 5, origin=Origin.BACKFILL, source="till", fields={"value": 5}
    )
    assert [(at.position, at.is_new) for at in store.store(one)] == [(1, True)]
    (row,) = store.rows()
    assert (row.name, row.occurred_at, row.origin, row.source) == ("order.completed", NOW + 5, Origin.BACKFILL, "till")
    assert store.keys.open(row.subject, row.body) == one.body
    assert (row.subject, row.also) == (1, (2,))
    with closing(LogReader(store.database)) as reader:
        assert reader.read_one(1) == row
        assert reader.read_one(2) is None
        kind, sealed = reader.identifier(2)
        assert (kind, store.keys.open(2, sealed)) == ("phone", b"+8613800130001")
        assert reader.identifier(3) is None
        assert reader.counts() == {"order.completed": 1}
        assert reader.fact_names() == ["order.completed"]


@pytest.mark.parametrize(
    ("identifiers", "subjects"),
    [((), None), ((user(1),), (1,)), ((user(1), phone(1), user(2)), (1, 2, 3)), ((user(1), user(1)), (1,))],
)
def test_subjects_of_facts_with_no_one_and_many_identifiers(store, identifiers, subjects):
    store.store(fact("a.b", *identifiers))
    (row,) = store.rows()
    assert (row.subject, row.also) == ((None, ()) if subjects is None else (subjects[0], subjects[1:]))
    with closing(LogReader(store.database)) as reader:
        links = list(reader.links(0, 10))
    assert links == ([Linked(1, subjects, Origin.LIVE, "a.b", True)] if subjects and len(subjects) > 1 else [])


def test_kinds_are_apart_and_equal_identifiers_are_one_subject(store):
    store.store(fact("a.b", ("user_id", "7")), fact("a.b", ("card_no", "7")), fact("a.c", ("user_id", "7")))
    assert [row.subject for row in store.rows()] == [1, 2, 1]


def test_the_same_batch_twice_is_stored_once(store):
    batch = [fact("a.b", user(n)) for n in range(5)]
    first, again = store.store(*batch), store.store(*batch)
    assert [at.is_new for at in first] == [True] * 5
    assert [(at.position, at.is_new) for at in again] == [(at.position, False) for at in first]
    assert len(store.rows()) == 5


def test_a_repeat_inside_a_batch_points_at_the_first(store):
    one, two = fact("a.b", key=1), fact("a.b", key=2)
    stored = store.store(one, two, one, one)
    assert [(at.position, at.is_new) for at in stored] == [(1, True), (2, True), (1, False), (1, False)]
    assert [row.position for row in store.rows()] == [1, 2]


def test_the_same_batch_by_two_senders_in_one_group_is_stored_once(store):
    batch = [fact("a.b", user(n)) for n in range(5)]
    asks = [type_of_ask(store)(batch)] * 3
    answers = [future.result(30) for future in [store.submit(store.append, ask) for ask in asks]]
    assert sorted(at.is_new for answer in answers for at in answer) == [False] * 10 + [True] * 5
    assert len({at.position for answer in answers for at in answer}) == 5
    assert len(store.rows()) == 5


def test_the_id_is_kept_apart_by_source_and_hour(store):
    stored = store.store(
        fact("a.b", key=1), fact("a.b", key=1, source="other"), fact("a.b", key=1, at=NOW + 3_600_000_000)
    )
    assert [at.is_new for at in stored] == [True, True, True]


def test_idempotency_survives_a_restart_and_positions_go_on(tmp_path):
    batch = [fact("a.b", user(n)) for n in range(3)]
    with DoorOnly(tmp_path / "data") as store:
        first = store.store(*batch)
    with DoorOnly(tmp_path / "data") as store:
        again = store.store(*batch, fact("a.b", user(0), key="new"))
        assert [(at.position, at.is_new) for at in again[:3]] == [(at.position, False) for at in first]
        assert again[3].is_new
        assert again[3].position > first[-1].position
        assert store.rows()[-1].subject == 1


def test_a_lost_group_leaves_no_word_subject_or_position_behind(store):
    store.store(fact("known", user(1)))
    spoiled(store, fact("unheard", user(2), ("openid", "x")), fact("known", user(1), key=5))
    stored = store.store(fact("other", ("card_no", "y"), user(2)), fact("unheard", user(1), key=6))
    assert all(at.is_new for at in stored)
    rows = store.rows()
    assert [row.name for row in rows] == ["known", "other", "unheard"]
    assert [(row.subject, row.also) for row in rows] == [(1, ()), (2, (3,)), (1, ())]
    with closing(LogReader(store.database)) as reader:
        values = [(kind, store.keys.open(n, sealed)) for n in (2, 3) for kind, sealed in [reader.identifier(n)]]
        assert reader.identifier(4) is None
    assert values == [("card_no", b"y"), ("user_id", b"u2")]
    assert all(store.keys.open(row.subject, row.body) for row in rows)


def test_what_was_lost_can_be_sent_again(store):
    spoiled(store, fact("a.b", user(1), key=1))
    (at,) = store.store(fact("a.b", user(1), key=1))
    assert at.is_new
    assert len(store.rows()) == 1


def test_a_fact_that_the_log_cannot_take_harms_no_other_sender(store):
    broken = fact("a.b", user(9), at=2**63)
    futures = [
        store.submit(store.append, type_of_ask(store)([one]))
        for one in (fact("a.b", user(1)), broken, fact("a.b", user(2)))
    ]
    assert futures[0].result(30)[0].is_new
    assert futures[1].exception(30) is not None
    assert futures[2].result(30)[0].is_new
    assert len(store.rows()) == 2
    assert store.store(fact("a.b", user(3)))[0].is_new


def test_rows_are_found_by_their_keys_in_order_and_none_where_there_is_no_row(store):
    store.store(*(fact("a.b", key=n) for n in range(3)))
    with closing(store.database.connect_reader()) as raw:
        query = "SELECT hour, high, low FROM log_ids ORDER BY position"
        first, second, third = (tuple(row) for row in raw.execute(query).fetchall())
        (hour, high, low), nobody = first, (0, 0, 0)
        wanted = [nobody, third, (hour + 1, high, low), first, (hour, low, high), third, nobody, second]
        assert raw.find_each(log_store.log_ids, "position", wanted) == [None, 3, None, 1, None, 3, None, 2]
        assert raw.find_each(log_store.log_ids, "position", [nobody]) == [None]
        assert raw.find_each(log_store.log_ids, "position", []) == []
        many = [first, nobody, second] * 1_000
        assert raw.find_each(log_store.log_ids, "position", many) == [1, None, 2] * 1_000


def test_facts_of_nobody_open_with_the_key_of_nobody(store):
    store.store(fact("a.b", fields={"x": 1}))
    (row,) = store.rows()
    assert store.keys.open(0, row.body) == fact("a.b", fields={"x": 1}).body


def test_reading_goes_on_after_a_position_and_no_further_than_asked(store):
    store.store(*(fact("a.b", user(n)) for n in range(10)))
    with closing(LogReader(store.database)) as reader:
        assert [row.position for row in reader.read(3, 4)] == [4, 5, 6, 7]
        assert reader.read(10, 4) == []
        assert reader.last_position() == 10
        assert reader.subjects(3, 6, 100) == [4, 5, 6]
        assert reader.subjects(3, 6, 2) == [4, 5]


def test_the_newest_facts_are_the_newest_also_after_repeats(store):
    batch = [fact("a.b", user(n)) for n in range(10)]
    store.store(*batch)
    for _ in range(5):
        store.store(*batch)
    store.store(fact("a.b", user("last")))
    with closing(LogReader(store.database)) as reader:
        assert [row.position for row in reader.newest(3)] == [9, 10, store.rows()[-1].position]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=8), st.integers(0, 2))
def test_each_key_is_stored_once_at_growing_positions_whatever_comes(tmp_path_factory, batches, reopened):
    folder = tmp_path_factory.mktemp("log") / "data"
    known: dict[int, int] = {}
    for n, batch in enumerate(batches):
        with DoorOnly(folder) as store:
            stored = store.store(*(fact("a.b", user(one % 5), key=one) for one in batch))
            for one, at in zip(batch, stored, strict=True):
                assert at.is_new == (one not in known)
                assert known.setdefault(one, at.position) == at.position
            if n % 3 == reopened:
                spoiled(store, *(fact("lost", user("lost"), key=f"lost {one}") for one in range(4)))
            positions = [row.position for row in store.rows()]
            assert positions == sorted(known.values())
            assert positions == sorted(set(positions))


def test_rows_are_put_in_the_place_of_those_with_their_keys(store):
    def put(tx, rows):
        tx.raw.put_many(counters, rows)

    def rows(some, used):
        return [(f"s{n}", n % 3, n % 2, used + n) for n in some]

    command = Command("test.put", list, None, put)
    for written in (rows(range(1_500), 0), rows(range(1_000, 2_500), 7), []):
        store.write(command, written)
    with closing(store.database.connect_reader()) as raw:
        keys = [row[:3] for row in rows(range(2_500), 0)]
        expected = [n if n < 1_000 else 7 + n for n in range(2_500)]
        assert raw.find_each(counters, "used", keys) == expected
