"""One file that holds settings and database as of one moment: what `backup` writes, and an upgrade before it begins."""

import os
import sqlite3
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

import msgspec

from interplay.bootstrap.home import Home
from interplay.bootstrap.migrating import fill, write_settings
from interplay.engine.blobs.folder import FOLDER_NAME as BLOBS
from interplay.engine.oltp.contracts import StorageError
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.sqlite import FILE_NAME as DATABASE_FILE_NAME
from interplay.engine.oltp.sqlite import SqliteDatabase
from interplay.kernel import settings as settings_file
from interplay.kernel.time import SECOND

MEMBERS = (settings_file.FILE_NAME, DATABASE_FILE_NAME)
NOT_WRITTEN = (OSError, sqlite3.OperationalError, StorageError)
"""What writing raises when there is no room, or no right to write."""
UNFINISHED = ".backup-"


def pack(home: Home, file: Path) -> None:
    """Write a `.tar.gz` for its owner alone, whole and on disk, or nothing. Never with the keys."""
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=UNFINISHED) as name:
        copy = Path(name) / DATABASE_FILE_NAME
        _copy_database(home.database, copy)
        packed = Path(name) / "packed"
        with tarfile.open(packed, "w:gz", compresslevel=1) as tar:
            tar.add(_settings(home, Path(name)), settings_file.FILE_NAME)
            tar.add(copy, DATABASE_FILE_NAME)
            _add_blobs(home, tar)
        packed.chmod(0o600)
        flush(packed)
        packed.replace(file)


def _add_blobs(home: Home, tar: tarfile.TarFile) -> None:
    """Add what the copied tables name, sealed as it is; one that was erased meanwhile is left out."""
    for blob in home.blobs.iterate():
        if (content := home.blobs.get(blob.digest)) is not None:
            member = tarfile.TarInfo(f"{BLOBS}/{blob.digest[:2]}/{blob.digest}")
            member.size, member.mtime, member.mode = len(content), blob.at // SECOND, 0o600
            tar.addfile(member, BytesIO(content))


def _copy_database(database: Database, copy: Path) -> None:
    if isinstance(database, SqliteDatabase):
        database.copy_to(copy)
        return
    target = SqliteDatabase(copy.parent)
    fill(database, target)
    target.close()
    target.empty_log()


def _settings(home: Home, folder: Path) -> Path:
    """Return the file of the settings as they are in a backup, which is SQLite wherever it comes from."""
    if not home.database.is_shared:
        return home.folder / settings_file.FILE_NAME
    own = settings_file.load(home.folder, {})
    write_settings(folder, msgspec.structs.replace(own, database=settings_file.Database()))
    return folder / settings_file.FILE_NAME


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
