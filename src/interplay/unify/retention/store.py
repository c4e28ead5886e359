"""The table of purges: what was taken, until when, and how much; never of whom."""

from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Integer, Table, Text, insert, select, update

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.kernel.ids import Micros
from interplay.unify.retention.contracts import Limits, Purge

purges = Table(
    "purges",
    metadata,
    Column("purge", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("began_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("ended_at", BigInteger, comment="microseconds UTC; null: under way"),
    Column("limits", Text, nullable=False, comment="JSON: which facts, until when"),
    Column("facts_count", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
)


def newest_in(tx: Tx) -> Purge | None:
    return _purge(tx.connection.execute(select(purges).order_by(purges.c.purge.desc()).limit(1)).one_or_none())


def newest(database: Database) -> Purge | None:
    """Return the last purge, also while it is under way."""
    with database.read() as connection:
        return _purge(connection.execute(select(purges).order_by(purges.c.purge.desc()).limit(1)).one_or_none())


def all_purges(database: Database) -> list[Purge]:
    with database.read() as connection:
        found = [_purge(row) for row in connection.execute(select(purges).order_by(purges.c.purge))]
    return [one for one in found if one is not None]


def add(tx: Tx, limits: Limits, actor: str) -> int:
    row = {
        "began_at": tx.world.now(), "ended_at": None, "limits": msgspec.json.encode(limits).decode(),
        "facts_count": 0, "actor": actor,
    }  # fmt: skip
    number = tx.connection.execute(insert(purges).values(row)).inserted_primary_key
    assert number is not None
    return int(number[0])


def count(tx: Tx, number: int, facts_count: int) -> bool:
    """Add to what a purge has taken; return whether it is under way."""
    open_one = (purges.c.purge == number) & purges.c.ended_at.is_(None)
    more = purges.c.facts_count + facts_count
    return tx.connection.execute(update(purges).where(open_one).values(facts_count=more)).rowcount == 1


def end(tx: Tx, number: int) -> None:
    open_one = (purges.c.purge == number) & purges.c.ended_at.is_(None)
    tx.connection.execute(update(purges).where(open_one).values(ended_at=tx.world.now()))


def _purge(row: Any) -> Purge | None:
    if row is None:
        return None
    limits = msgspec.json.decode(row.limits, type=Limits)
    ended_at = None if row.ended_at is None else Micros(row.ended_at)
    return Purge(row.purge, Micros(row.began_at), ended_at, limits, row.facts_count, row.actor)
