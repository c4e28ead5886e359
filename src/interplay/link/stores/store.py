"""The table of devices."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, select, update

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.upsert import insert_or
from interplay.kernel.ids import Micros
from interplay.link.stores.contracts import AddDevice, Device

devices = Table(
    "devices",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256; the key itself is shown once and not kept"),
    Column("name", Text, nullable=False, unique=True),
    Column("store", Text, nullable=False, comment="the name of its document"),
    Column("created_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("revoked_at", BigInteger, comment="microseconds UTC"),
)


def add(tx: Tx, ask: AddDevice) -> bool:
    """Add a device; return whether its name was free."""
    new = insert_or(tx.connection, devices).values(
        digest=ask.digest, name=ask.name, store=ask.store, created_at=tx.world.now()
    )
    return tx.connection.execute(new.on_conflict_do_nothing().returning(devices.c.name)).first() is not None


def revoke(tx: Tx, name: str) -> str | None:
    """Revoke a device's key; return its store, or None where there is no such device that has a key."""
    revoked = update(devices).where(devices.c.name == name, devices.c.revoked_at.is_(None))
    found = tx.connection.execute(revoked.values(revoked_at=tx.world.now()).returning(devices.c.store)).first()
    return None if found is None else str(found[0])


def by_digest(database: Database) -> dict[bytes, Device]:
    """Return every device by the digest of its key, revoked ones too, the oldest first."""
    with database.read() as connection:
        rows = connection.execute(select(devices).order_by(devices.c.created_at, devices.c.name)).all()
    return {
        bytes(row.digest): Device(
            row.name, row.store, Micros(row.created_at), None if row.revoked_at is None else Micros(row.revoked_at)
        )
        for row in rows
    }
