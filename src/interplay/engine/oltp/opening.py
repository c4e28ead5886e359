"""Which database a data directory's settings name."""

from pathlib import Path

from interplay.engine.oltp.database import Database
from interplay.engine.oltp.sqlite import SqliteDatabase


def open_database(folder: Path, url: str = "") -> Database:
    """Return the database at a `postgresql://` URL, or, without one, the file in the folder.

    Nothing is connected before the first use. Raises AppError `database.url`.
    """
    if not url:
        return SqliteDatabase(folder)
    from interplay.engine.oltp.postgres import PostgresDatabase  # a lazy seam: the driver costs a sixth of a second

    return PostgresDatabase(url)
