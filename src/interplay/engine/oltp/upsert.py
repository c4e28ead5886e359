"""`INSERT … ON CONFLICT`, which both databases have and SQLAlchemy writes in a way of its own for each."""

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_or(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert for this connection's database, to be given `on_conflict_do_update` or `…_nothing`."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # a lazy seam: who has SQLite only never loads it

    return postgresql.insert(table)


@cache
def replacing(table: Table) -> str:
    """Return the end of an INSERT of whole rows that take the place of those with the same primary key."""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    others = ", ".join(f'"{one.name}" = excluded."{one.name}"' for one in table.columns if not one.primary_key)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {others}"
