"""The table of import runs: how far each has come, so that an interrupted one goes on where it stopped."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table, select

from interplay.collect.imports.contracts import Checkpoint
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.upsert import insert_or

import_runs = Table(
    "import_runs",
    metadata,
    Column("file", LargeBinary, primary_key=True, comment="digest of the file's content"),
    Column("mapping", LargeBinary, primary_key=True, comment="digest of what the reading depends on"),
    Column("chunks_done", Integer, nullable=False),
    Column("is_finished", Boolean, nullable=False),
    Column("noted_at", BigInteger, nullable=False, comment="microseconds UTC"),
)


def note(tx: Tx, checkpoint: Checkpoint) -> None:
    values = {
        "chunks_done": checkpoint.chunks_done,
        "is_finished": checkpoint.is_finished,
        "noted_at": tx.world.now(),
    }
    put = insert_or(tx.connection, import_runs).values(file=checkpoint.file, mapping=checkpoint.mapping, **values)
    tx.connection.execute(put.on_conflict_do_update(index_elements=["file", "mapping"], set_=values))


def find(database: Database, file: bytes, mapping: bytes) -> Checkpoint | None:
    """Return how far an import has come; None for one that never began."""
    query = select(import_runs.c.chunks_done, import_runs.c.is_finished).where(
        import_runs.c.file == file, import_runs.c.mapping == mapping
    )
    with database.read() as connection:
        found = connection.execute(query).one_or_none()
    return None if found is None else Checkpoint(file, mapping, found.chunks_done, found.is_finished)
