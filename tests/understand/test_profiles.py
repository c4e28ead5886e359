"""One customer: found by any identifier, as of any instant; and the facts that came in last."""

import pytest

from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.append import Append
from interplay.engine.secrets.subject_keys import HEADER_BYTES, KEY_BYTES, SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListFacts, ShowCustomer
from tests.stores import NOW, Store, fact, phone, user


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        opened.store(
            fact("page.viewed", ("anonymous_id", "cookie"), at=NOW - 9 * DAY, extra={"theme": "dark"}),
            fact("order.completed", user(1), at=NOW - 2 * DAY, fields={"value": 5, "order_id": "o"}),
            fact("customer.identified", user(1), phone(1), at=NOW - 3 * DAY, traits=(city("上海"), name("李"))),
            fact("customer.identified", user(1), ("anonymous_id", "cookie"), at=NOW - DAY, traits=(city("杭州"),)),
            fact("page.viewed", user(2), at=NOW - DAY),
            fact("page.viewed", at=NOW - DAY),
            fact("page.viewed", user(1), at=NOW + HOUR),
        )  # fmt: skip
        yield opened


def city(value):
    return TraitWrite("city", TraitOp.SET, value)


def name(value):
    return TraitWrite("name", TraitOp.SET, value)


def show(store, identifier, at=None, facts_max=20):
    return store.ask(profiles.show, ShowCustomer(*identifier, at, facts_max))


@pytest.mark.parametrize("by", [user(1), phone(1), ("phone", "138 0013 0001"), ("anonymous_id", "cookie")])
def test_a_customer_is_found_by_any_identifier(store, by):
    view = show(store, by)
    assert view.customer == 1
    assert set(view.identifiers) == {user(1), phone(1), ("anonymous_id", "cookie")}
    assert view.traits == {"city": "杭州", "name": "李"}
    assert (view.facts_count, view.first_at, view.last_at) == (4, NOW - 9 * DAY, NOW - DAY)
    assert [one.name for one in view.timeline] == [
        "customer.identified", "order.completed", "customer.identified", "page.viewed",
    ]  # fmt: skip
    assert view.timeline[1].fields == {"value": 5, "order_id": "o"}
    assert view.timeline[3].extra == {"theme": "dark"}


def test_a_customer_is_shown_as_of_then(store):
    view = show(store, user(1), NOW - 2 * DAY)
    assert view.traits == {"city": "上海", "name": "李"}
    assert [one.at for one in view.timeline] == [NOW - 2 * DAY, NOW - 3 * DAY, NOW - 9 * DAY]
    assert view.identifiers == (("anonymous_id", "cookie"), user(1), phone(1))


def test_identifiers_first_heard_later_are_not_shown(store):
    assert show(store, user(1), NOW - 5 * DAY).identifiers == (("anonymous_id", "cookie"),)
    assert show(store, user(1), NOW - 10 * DAY).identifiers == ()
    nothing = show(store, user(1), NOW - 10 * DAY)
    assert (nothing.facts_count, nothing.first_at, nothing.timeline, nothing.traits) == (0, None, (), {})
    later = show(store, user(1), NOW + HOUR)
    assert later.facts_count == 5


def test_as_many_facts_as_asked(store):
    view = show(store, user(1), facts_max=1)
    assert (len(view.timeline), view.facts_count) == (1, 4)
    assert show(store, user(1), facts_max=0).timeline == ()


@pytest.mark.parametrize(
    ("by", "code", "status"),
    [
        (("phone", "12"), "customers.identifier", 400),
        (user(9), "customers.unknown", 404),
        (("x", "y"), "facts.identifier.kind", 400),
        (("mobile", "13800138000"), "facts.identifier.kind_meant", 400),
        (("ext:x", "y"), "customers.unknown", 404),
    ],
)
def test_nobody_is_said_in_the_callers_words(store, by, code, status):
    with pytest.raises(AppError) as refused:
        show(store, by)
    assert (refused.value.code, refused.value.status) == (code, status)
    assert repr(by[0] if code.startswith("facts.") else by[1]) in str(refused.value)


def tail(store, *ask):
    return [one.position for one in store.ask(profiles.list_facts, ListFacts(*ask))]


def test_the_newest_facts_come_last_and_pages_go_on(store):
    assert tail(store, 3) == [5, 6, 7]
    assert tail(store, 100) == [1, 2, 3, 4, 5, 6, 7]
    assert tail(store, 3, 2) == [3, 4, 5]
    assert tail(store, 3, 7) == []
    nobody = store.ask(profiles.list_facts, ListFacts(1, 5))[0]
    assert (nobody.name, nobody.identifiers) == ("page.viewed", ())


def test_repeats_do_not_shorten_the_tail(store):
    for _ in range(3):
        store.store(*(fact("page.viewed", user(n), key=n) for n in range(10)))
    store.store(fact("page.viewed", user(1), key="last"))
    assert len(tail(store, 5)) == 5


def test_an_erased_customer_has_facts_without_content(tmp_path):
    with Store(tmp_path / "data") as store:
        store.store(fact("order.completed", user(1), fields={"value": 5}, traits=(city("上海"),)))
    with (tmp_path / "data/subjects.keys").open("r+b") as file:
        file.seek(HEADER_BYTES + KEY_BYTES)
        file.write(bytes(KEY_BYTES))
    (tmp_path / "data/warehouse.duckdb").unlink()
    with Store(tmp_path / "data") as store:
        assert isinstance(store.keys, SubjectKeys)
        view = show(store, user(1))
        assert (view.identifiers, view.traits) == ((), {})
        (erased,) = store.ask(profiles.list_facts, ListFacts())
        assert (erased.is_erased, erased.fields) == (True, {})
        assert store.query("SELECT name, value FROM facts") == [("order.completed", None)]
        erased_again = store.submit(store.append, Append([fact("order.completed", user(1), key=2)]))
        assert erased_again.exception(30) is not None  # nothing can be sealed for them; nobody else suffers
        assert store.store(fact("order.completed", user(2)))[0].is_new
