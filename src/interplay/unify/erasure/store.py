"""The table of erasures: that somebody was erased, never who."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text, func, insert, select

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.kernel.ids import Micros, Position

erasures = Table(
    "erasures",
    metadata,
    Column("erasure", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("identifiers_count", Integer, nullable=False),
    Column("position", BigInteger, nullable=False, comment="the log's end at that moment"),
    Column("erased_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="never anything personal"),
)


def add(tx: Tx, identifiers_count: int, position: Position, actor: str, reason: str) -> int:
    """Note an erasure and return its number."""
    row = {
        "identifiers_count": identifiers_count,
        "position": position,
        "erased_at": tx.world.now(),
        "actor": actor,
        "reason": reason,
    }
    number = tx.connection.execute(insert(erasures).values(row)).inserted_primary_key
    assert number is not None
    return int(number[0])


def last_at(database: Database) -> Micros | None:
    with database.read() as connection:
        return connection.execute(select(func.max(erasures.c.erased_at))).scalar()
