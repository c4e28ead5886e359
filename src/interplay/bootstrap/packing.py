"""One file that holds settings and database as of one moment: what `backup` writes, and an upgrade before it begins."""

import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from interplay.bootstrap.home import Home
from interplay.engine.oltp.database import FILE_NAME as DATABASE_FILE_NAME
from interplay.kernel import settings as settings_file

MEMBERS = (settings_file.FILE_NAME, DATABASE_FILE_NAME)
NOT_WRITTEN = (OSError, sqlite3.OperationalError)
"""What writing raises when there is no room, or no right to write."""
UNFINISHED = ".backup-"


def pack(home: Home, file: Path) -> None:
    """Write a `.tar.gz` for its owner alone, whole and on disk, or nothing. Never with the keys."""
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=UNFINISHED) as name:
        copy = Path(name) / DATABASE_FILE_NAME
        with closing(home.database.connect_reader()) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        packed = Path(name) / "packed"
        with tarfile.open(packed, "w:gz", compresslevel=1) as tar:
            tar.add(home.folder / settings_file.FILE_NAME, settings_file.FILE_NAME)
            tar.add(copy, DATABASE_FILE_NAME)
        packed.chmod(0o600)
        flush(packed)
        packed.replace(file)


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
