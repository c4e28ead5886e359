"""The table of dead letters: what came in and became no fact, with its reason. Nothing is silently dropped."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, delete, func, insert, select

from interplay.collect.ingest.contracts import SealedReject
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata

rejects = Table(
    "rejects",
    metadata,
    Column("reject", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("received_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("door", Text, nullable=False, comment="segment, sensors or import"),
    Column("source", Text, nullable=False, comment="the key's name, or the mapping's source"),
    Column("code", Text, nullable=False, comment="errors.<code>"),
    Column("body", LargeBinary, nullable=False, comment="place, parameters and what was sent; sealed"),
)


def keep(tx: Tx, kept: Sequence[SealedReject]) -> None:
    if kept:
        rows = [{name: getattr(one, name) for name in one.__struct_fields__ if name != "reject"} for one in kept]
        tx.connection.execute(insert(rejects), rows)


def newest(database: Database, rows_max: int, before: int | None) -> list[SealedReject]:
    """Return rejects, the newest first, that are older than reject number `before`."""
    query = select(rejects).order_by(rejects.c.reject.desc()).limit(rows_max)
    if before is not None:
        query = query.where(rejects.c.reject < before)
    with database.read() as connection:
        return [SealedReject(**row._mapping) for row in connection.execute(query)]


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(rejects)).scalar_one()


def after(database: Database, reject: int, rows_max: int) -> list[SealedReject]:
    """Return rejects that follow a number, in order."""
    query = select(rejects).where(rejects.c.reject > reject).order_by(rejects.c.reject).limit(rows_max)
    with database.read() as connection:
        return [SealedReject(**row._mapping) for row in connection.execute(query)]


def after_in(tx: Tx, reject: int) -> list[SealedReject]:
    """Return rejects that follow a number, inside a transaction."""
    query = select(rejects).where(rejects.c.reject > reject).order_by(rejects.c.reject)
    return [SealedReject(**row._mapping) for row in tx.connection.execute(query)]


def remove(tx: Tx, numbers: Sequence[int]) -> None:
    tx.raw.executemany("DELETE FROM rejects WHERE reject = ?", [(number,) for number in numbers])


def remove_all(tx: Tx) -> None:
    tx.connection.execute(delete(rejects))


def purge(tx: Tx, received_before: int) -> int:
    return tx.connection.execute(delete(rejects).where(rejects.c.received_at < received_before)).rowcount
