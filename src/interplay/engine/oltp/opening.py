"""Which database a data directory's settings name."""

from pathlib import Path

from interplay.engine.oltp.database import Database
from interplay.engine.oltp.sqlite import SqliteDatabase
from interplay.kernel.errors import AppError


def open_database(folder: Path, url: str = "") -> Database:
    """Return the database at a `postgresql://` URL, or, without one, the file in the folder.

    Nothing is connected before the first use. Raises AppError `database.url`.
    """
    if not url:
        return SqliteDatabase(folder)
    from interplay.engine.oltp.postgres import PostgresDatabase  # a lazy seam: the driver costs a sixth of a second

    return PostgresDatabase(url)


def check_may_be_kept(url: str) -> None:
    """Raise AppError `database.password_kept` for a URL with a password: settings go into backups and are shown."""
    if url:
        from interplay.engine.oltp.postgres import has_password

        if has_password(url):
            raise AppError("database.password_kept")
