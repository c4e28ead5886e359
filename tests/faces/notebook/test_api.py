"""The Python API: its tables are there whether or not anything has come in."""

import pytest

from interplay.bootstrap.access import Access
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.append import Append
from interplay.faces.notebook.api import open_directory
from tests.stores import fact, new_folder, user


@pytest.fixture
def folder(tmp_path):
    return new_folder(tmp_path / "data")


def store(folder, *facts):
    with Access(folder) as access:
        access.write(access.append, Append(list(facts)))


def test_tables_are_empty_before_anything_came(folder):
    with open_directory(folder) as shop:
        assert [shop.facts.count().execute(), shop.traits.count().execute(), shop.customers.count().execute()] == [
            0
        ] * 3
        assert {"position", "name", "occurred_at", "month", "value"} <= set(shop.facts.columns)


def test_traits_are_a_table_with_the_same_columns_before_and_after_the_first(folder):
    store(folder, fact("page.viewed", user(1)))
    with open_directory(folder) as shop:
        columns = shop.traits.schema()
        assert (shop.facts.count().execute(), shop.traits.count().execute()) == (1, 0)
    store(folder, fact("customer.identified", user(1), traits=(TraitWrite("city", TraitOp.SET, "上海"),)))
    with open_directory(folder) as shop:
        assert shop.traits.schema() == columns
        assert shop.traits.count().execute() == 1
