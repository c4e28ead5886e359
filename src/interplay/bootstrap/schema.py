"""Bringing a database to this version's tables, by Alembic; the scripts are in `engine/oltp/migrations`."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from interplay.engine.oltp import migrations
from interplay.engine.oltp.database import Database
from interplay.kernel.errors import AppError

HEAD = "0007"
"""The newest script; a test compares it with the folder and the tables with those of the slices."""


def upgrade(database: Database) -> None:
    """Run the scripts that this database has not seen. Raises AppError `home.newer` for a newer version's data."""
    engine = database.engine_for_writer()
    try:
        with engine.connect() as connection:
            stands = version(connection)
            if stands == HEAD:
                return
            if stands is not None and stands > HEAD:
                raise AppError("home.newer", status=409, given=stands, allowed=HEAD)
            _run(connection)
    finally:
        engine.dispose()


def version(connection: Connection) -> str | None:
    """Return the last script that ran, or None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        command.upgrade(config, "head")
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
