"""The warehouse is loaded in steps of any length, and says at the end who is who as the map does."""

from contextlib import closing

import pytest

from interplay.bootstrap.loading import Loader
from interplay.collect.facts.api import Declarations
from interplay.engine.log.read import LogReader
from interplay.engine.olap.warehouse import Warehouse
from tests.stores import DoorOnly, cookie, phone, user
from tests.unify.people import People


@pytest.fixture
def people(tmp_path):
    with DoorOnly(tmp_path / "data") as door:
        yield People(door)


def load(store, steps):
    """Load up to each of the steps, and return what the warehouse says every subject belongs to."""
    home = store.home
    with (
        closing(Warehouse(home.folder, memory_mb_max=256, threads=1)) as warehouse,
        closing(LogReader(home.database)) as reader,
    ):
        loader = Loader(home.database, reader, warehouse, Declarations(home.database, home.settings.brand, home.keys))
        for until in steps:
            while loader.load(until) < until:
                pass
        with warehouse.session() as session:
            return dict(session.con.execute("SELECT subject, customer FROM members").fetchall())


@pytest.mark.parametrize("length", [1, 2, 3, 100])
def test_a_subject_in_new_hands_belongs_to_its_owner_however_the_log_is_cut(people, length):
    people.tell("customer.identified", user(1), phone(5))
    # Its new owner signs in, and much happens before the map follows: the number's new subject comes at the log's end.
    people.tell_all([("customer.identified", user(2), phone(5)), *(("page.viewed", cookie(n)) for n in range(3))])
    people.tell("order.completed", phone(5))
    assert people.are_one(user(2), phone(5))
    with closing(LogReader(people.database)) as reader:
        last = reader.last_position()
    assert load(people.store, [*range(length, last, length), last]) == people.customers()
