"""Backups: one consistent copy of the data, never with the keys, which must be able to forget."""

import os
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path

from interplay.bootstrap.home import Hold, Home, open_home
from interplay.bootstrap.schema import upgrade
from interplay.engine.olap.contracts import FILE_NAME as WAREHOUSE_FILE_NAME
from interplay.engine.oltp.database import FILE_NAME as DATABASE_FILE_NAME
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.kernel import settings as settings_file
from interplay.kernel.errors import AppError

MEMBERS = (settings_file.FILE_NAME, DATABASE_FILE_NAME)
STALE = (f"{DATABASE_FILE_NAME}-wal", f"{DATABASE_FILE_NAME}-shm", WAREHOUSE_FILE_NAME, f"{WAREHOUSE_FILE_NAME}.wal")


def backup(home: Home, file: Path) -> int:
    """Write settings and database, as of one moment, into a new `.tar.gz`; return its size in bytes.

    The warehouse is not in it: it is rebuilt from the log. Raises AppError `backup.exists`, `backup.not_written`.
    """
    if file.exists():
        raise AppError("backup.exists", status=409, given=str(file))
    try:
        _pack(home, file)
    except (OSError, sqlite3.OperationalError) as error:
        raise AppError("backup.not_written", status=503, given=str(file), reason=str(error)) from None
    return file.stat().st_size


def _pack(home: Home, file: Path) -> None:
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as name:
        copy = Path(name) / DATABASE_FILE_NAME
        _copy_database(home.database.connect_reader(), copy)
        packed = Path(name) / "packed"
        with tarfile.open(packed, "w:gz", compresslevel=1) as tar:
            tar.add(home.folder / settings_file.FILE_NAME, settings_file.FILE_NAME)
            tar.add(copy, DATABASE_FILE_NAME)
        _flush(packed)
        packed.replace(file)


def copy_keys(home: Home, file: Path) -> None:
    """Copy the key file to a new file. Raises AppError `backup.exists`, `backup.not_written`."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            copy.write((home.folder / KEYS_FILE_NAME).read_bytes())
            copy.flush()
            os.fsync(copy.fileno())
    except FileExistsError:
        raise AppError("backup.exists", status=409, given=str(file)) from None
    except OSError as error:
        raise AppError("backup.not_written", status=503, given=str(file), reason=str(error)) from None


def restore(folder: Path, file: Path, keys: Path | None) -> None:
    """Put a backup's data into a folder; its own key file stays unless `keys` is given.

    Raises AppError `backup.*`; then nothing has changed.
    """
    keys = keys or folder / KEYS_FILE_NAME
    if not keys.exists():
        raise AppError("backup.no_keys", given=str(keys))
    folder.mkdir(parents=True, exist_ok=True)
    hold = Hold(folder)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as name:
            _unpack(file, Path(name))
            shutil.copyfile(keys, Path(name) / KEYS_FILE_NAME)
            (Path(name) / KEYS_FILE_NAME).chmod(0o600)
            _check(Path(name), keys)
            for stale in STALE:
                (folder / stale).unlink(missing_ok=True)
            for member in (KEYS_FILE_NAME, *MEMBERS):
                _flush(Path(name) / member)
                (Path(name) / member).replace(folder / member)
    finally:
        hold.close()


def _check(folder: Path, keys: Path) -> None:
    """Bring an unpacked backup to this version's tables and open a body with its keys, before anything is replaced."""
    database = Database(folder)
    upgrade(database)
    database.close()
    try:
        open_home(folder).close()
    except AppError as error:
        if error.code != "engine.key_file":
            raise
        raise AppError("backup.other_keys", given=str(keys)) from None


def _copy_database(source: sqlite3.Connection, path: Path) -> None:
    copy = sqlite3.connect(path)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as tar:
            for member in MEMBERS:
                tar.extract(member, folder, filter="data")
    except (OSError, tarfile.TarError, KeyError, EOFError) as broken:
        raise AppError("backup.broken", given=str(file), reason=str(broken)) from None
    check = sqlite3.connect(folder / DATABASE_FILE_NAME)
    try:
        (found,) = check.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as broken:
        raise AppError("backup.broken", given=str(file), reason=str(broken)) from None
    finally:
        check.close()
    if found != "ok":
        raise AppError("backup.broken", given=str(file), reason=found)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
