"""Bringing a database to this version's tables, by Alembic; the scripts are in `engine/oltp/migrations`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from interplay.engine.oltp import migrations
from interplay.engine.oltp.database import Database, Lock
from interplay.kernel.errors import AppError

HEAD = "0017"
"""The newest script; a test compares it with the folder and the tables with those of the slices."""


def upgrade(database: Database) -> None:
    """Run the scripts that this database has not seen. Raises AppError `home.newer` for a newer version's data."""
    engine = database.engine_for_writer()
    try:
        with engine.connect() as connection:
            if _is_current(connection):
                return
            with transaction(database, connection):
                if not _is_current(connection):  # another process may have been first
                    run_scripts(connection)
    finally:
        engine.dispose()


def check_empty(database: Database) -> None:
    """Raise AppError `database.not_empty` for a database that has tables already."""
    with database.read() as connection:
        tables = inspect(connection).get_table_names()
    if tables:
        raise AppError("database.not_empty", status=409, place=database.place, count=len(tables), first=min(tables))


def _is_current(connection: Connection) -> bool:
    stands = version(connection)
    if stands is not None and stands > HEAD:
        raise AppError("home.newer", status=409, given=stands, allowed=HEAD)
    return stands == HEAD


@contextmanager
def transaction(database: Database, connection: Connection) -> Iterator[None]:
    """Change tables in one transaction, alone; nothing of it is there when it raises."""
    raw = database.raw_of(connection)
    raw.begin(Lock.ALL)
    try:
        database.hold_migrations(connection)
        yield
        raw.commit()
    except BaseException:
        if raw.in_transaction:
            raw.rollback()
        raise


def version(connection: Connection) -> str | None:
    """Return the last script that ran, or None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def run_scripts(connection: Connection) -> None:
    """Run them in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
