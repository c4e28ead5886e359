"""The tables of campaigns: how each stands, and what each version promised."""

from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, select

from interplay.engine.log.reactions import position_in, position_of, set_position
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.upsert import insert_or
from interplay.interact.campaigns.contracts import Running, Snapshot, State
from interplay.kernel.ids import Micros

campaigns = Table(
    "campaigns",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False, comment="of its document: the one that is in force"),
    Column("state", Text, nullable=False, comment="live, paused, ended, settled; live is scheduled before it begins"),
    Column("changed_at", BigInteger, nullable=False, comment="microseconds UTC"),
)

campaign_versions = Table(
    "campaign_versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("started_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("snapshot", LargeBinary, nullable=False, comment="what was promised; msgpack"),
)

REVISION = "campaigns.revision"  # a cursor that counts changes of state
STANDING = "SELECT name, version, state, changed_at FROM campaigns WHERE name = ?"


def changes_scope(campaign: str) -> str:
    """Return where it is counted how often a campaign's state or version has changed."""
    return f"campaign:{campaign}:changes"


def put(tx: Tx, name: str, version: int, state: State) -> None:
    """Write how a campaign stands."""
    now = tx.world.now()
    new = insert_or(tx.connection, campaigns).values(name=name, version=version, state=state.value, changed_at=now)
    changed = {"version": version, "state": state.value, "changed_at": now}
    tx.connection.execute(new.on_conflict_do_update(index_elements=[campaigns.c.name], set_=changed))
    set_position(tx, REVISION, position_in(tx, REVISION) + 1)


def keep(tx: Tx, snapshot: Snapshot) -> None:
    """Keep what a version promises, once."""
    new = insert_or(tx.connection, campaign_versions).values(
        name=snapshot.name, version=snapshot.version, started_at=tx.world.now(),
        snapshot=msgspec.msgpack.encode(snapshot),
    )  # fmt: skip
    tx.connection.execute(new.on_conflict_do_nothing())


def standing_in(tx: Tx, name: str) -> tuple[int, State] | None:
    """Return the version in force and the state of a campaign, inside a transaction."""
    found = tx.raw.execute(STANDING, (name,)).fetchone()
    return None if found is None else (int(found[1]), State(found[2]))


def all_running(database: Database) -> list[Running]:
    """Return every campaign that was ever started, by name."""
    query = (
        select(campaigns, campaign_versions.c.snapshot)
        .join(
            campaign_versions,
            (campaign_versions.c.name == campaigns.c.name) & (campaign_versions.c.version == campaigns.c.version),
        )
        .order_by(campaigns.c.name)
    )
    with database.read() as connection:
        return [_running(row) for row in connection.execute(query)]


def versions(database: Database, name: str) -> list[Snapshot]:
    """Return what each version of a campaign promised, the first first."""
    query = select(campaign_versions.c.snapshot).where(campaign_versions.c.name == name)
    with database.read() as connection:
        rows = connection.execute(query.order_by(campaign_versions.c.version))
        return [msgspec.msgpack.decode(row.snapshot, type=Snapshot) for row in rows]


def revision(database: Database) -> int:
    """Return a number that grows whenever a campaign changes its state."""
    return position_of(database, REVISION)


def _running(row: Any) -> Running:
    snapshot = msgspec.msgpack.decode(row.snapshot, type=Snapshot)
    return Running(snapshot, State(row.state), Micros(row.changed_at))
