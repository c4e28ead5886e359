"""No table with something about somebody escapes an export or an erasure."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from interplay.bootstrap import door
from interplay.bootstrap.registry import CUSTOMER_DATA
from interplay.engine.oltp.schema import metadata

SUBJECT_LIKE = frozenset({"subject", "customer", "one", "other", "holder", "former", "also"})
"""Columns that hold the number of a subject or a customer: what stands beside it is about somebody."""


def escapes(tables):
    covered = {name for one in CUSTOMER_DATA for name in one.tables}
    return sorted(
        table.name for table in tables if SUBJECT_LIKE & set(table.columns.keys()) and table.name not in covered
    )


def test_every_table_about_somebody_has_its_customer_data():
    assert door.COMMANDS  # whatever the product has is imported by now
    assert escapes(metadata.tables.values()) == []


@pytest.mark.parametrize("column", sorted(SUBJECT_LIKE))
def test_a_table_that_nobody_speaks_for_is_told(column):
    assert escapes([Table("wallets", MetaData(), Column(column, Integer))]) == ["wallets"]


def test_customer_data_speaks_for_tables_that_are_there_each_once():
    spoken = [name for one in CUSTOMER_DATA for name in one.tables]
    assert len(spoken) == len(set(spoken))
    assert set(spoken) <= set(metadata.tables)
