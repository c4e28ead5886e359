"""Backups: one consistent copy of the data, never with the keys, which must be able to forget."""

import errno
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain, count
from pathlib import Path

import msgspec

from interplay.bootstrap.home import Hold, Home, open_home
from interplay.bootstrap.migrating import fill, write_settings
from interplay.bootstrap.packing import MEMBERS, NOT_WRITTEN, flush, pack
from interplay.bootstrap.registry import CUSTOMER_DATA
from interplay.bootstrap.schema import upgrade
from interplay.engine.blobs.folder import FOLDER_NAME as BLOBS
from interplay.engine.olap.contracts import FILE_NAME as WAREHOUSE_FILE_NAME
from interplay.engine.oltp.contracts import write
from interplay.engine.oltp.database import Raw
from interplay.engine.oltp.opening import check_may_be_kept, open_database
from interplay.engine.oltp.sqlite import FILE_NAME as DATABASE_FILE_NAME
from interplay.engine.oltp.sqlite import SqliteDatabase
from interplay.engine.oltp.writer import Writer
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.interact.contests import api as contests
from interplay.kernel import settings as settings_file
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.unify.erasure import api as erasure

FOREVER = 2**62
DATA_FILES = (*MEMBERS, f"{DATABASE_FILE_NAME}-wal", f"{DATABASE_FILE_NAME}-shm", WAREHOUSE_FILE_NAME, BLOBS)


def backup(home: Home, file: Path, keys: Path | None = None) -> int:
    """Write settings and database, as of one moment, into a new `.tar.gz`; return its size in bytes.

    The warehouse is not in it: it is rebuilt from the log. The key file is copied to `keys`, when given: after the
    data, so that it opens all of them. Raises AppError `backup.exists`, `backup.not_written`; then neither is there.
    """
    for target in (file, keys):
        if target is not None:
            _check_target(target)
    try:
        pack(home, file)
    except NOT_WRITTEN as error:
        raise _not_written(file, error) from None
    if keys is not None:
        try:
            _copy_keys(home, keys)
        except AppError:
            file.unlink()
            raise
    return file.stat().st_size


def restore(
    folder: Path, file: Path, keys: Path | None = None, *, is_replacing: bool = False, url: str = ""
) -> Path | None:
    """Put a backup's data into a folder, with `keys` or the key file that is there.

    A data directory that is there is replaced when `is_replacing`: it is kept beside the new one under the name that
    is returned. With a `url` the exact state goes to that database, which is empty. Raises AppError `backup.*`,
    `home.*` or `database.*`; then nothing has changed.
    """
    check_may_be_kept(url)
    if not (keys or folder / KEYS_FILE_NAME).exists():
        raise AppError("backup.no_keys", given=str(keys or folder / KEYS_FILE_NAME))
    is_there = _is_there(folder, keys)
    if is_there and not is_replacing:
        raise AppError("backup.data_there", status=409, given=str(folder))
    try:
        if is_there:
            return _replace(folder, file, keys, url)
        _put_new(folder, file, keys, url)
    except OSError as error:
        raise AppError("home.not_writable", status=503, given=str(folder), reason=error.strerror) from None
    return None


def _check_target(file: Path) -> None:
    if file.exists():
        raise AppError("backup.exists", status=409, given=str(file))
    if not file.absolute().parent.is_dir():
        raise _not_written(file, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))


def _not_written(file: Path, error: Exception) -> AppError:
    reason = getattr(error, "strerror", None) or str(error)
    return AppError("backup.not_written", status=503, given=str(file), reason=reason)


def _copy_keys(home: Home, file: Path) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AppError("backup.exists", status=409, given=str(file)) from None
    except OSError as error:
        raise _not_written(file, error) from None
    try:
        with os.fdopen(descriptor, "wb") as copy:
            copy.write((home.folder / KEYS_FILE_NAME).read_bytes())
            copy.flush()
            os.fsync(copy.fileno())
    except OSError as error:
        file.unlink()
        raise _not_written(file, error) from None


def _is_there(folder: Path, keys: Path | None) -> bool:
    """Return whether a restore would overwrite something: data, or a key file that is not the one to be used."""
    own = folder / KEYS_FILE_NAME
    return any((folder / name).exists() for name in DATA_FILES) or (keys is not None and own.exists())


def _put_new(folder: Path, file: Path, keys: Path | None, url: str) -> None:
    near = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())
    with _unpacked(folder, file, keys, near) as ready:
        _move(ready, url)
        _put(ready, folder)


def _replace(folder: Path, file: Path, keys: Path | None, url: str) -> Path:
    with closing(Hold(folder)), _unpacked(folder, file, keys, folder.absolute().parent) as ready:
        _move(ready, url)
        former = _free_name(folder)
        folder.rename(former)
        _put(ready, folder)
    return former


def _free_name(folder: Path) -> Path:
    plain = folder.absolute().with_name(f"{folder.absolute().name}.before-restore")
    numbered = (plain.with_name(f"{plain.name}-{number}") for number in count(2))
    return next(path for path in chain((plain,), numbered) if not path.exists())


@contextmanager
def _unpacked(folder: Path, file: Path, keys: Path | None, near: Path) -> Iterator[Path]:
    """Give a checked copy of what is to be put into `folder`, on the same disk."""
    used = keys or folder / KEYS_FILE_NAME
    with tempfile.TemporaryDirectory(dir=near, prefix=".restore-") as name:
        ready = Path(name)
        _unpack(file, ready)
        shutil.copyfile(used, ready / KEYS_FILE_NAME)
        (ready / KEYS_FILE_NAME).chmod(0o600)
        _check(ready, used)
        yield ready


def _move(ready: Path, url: str) -> None:
    """Put the exact state into the database at a URL, where there is one, instead of the file."""
    if url:
        with closing(SqliteDatabase(ready)) as source, closing(open_database(ready, url)) as target:
            fill(source, target)
        own = settings_file.load(ready, {})
        write_settings(ready, msgspec.structs.replace(own, database=settings_file.Database(url)))
        (ready / DATABASE_FILE_NAME).unlink()


def _put(ready: Path, folder: Path) -> None:
    """Move the files in; the settings last, for without them a folder is no data directory."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(Hold(folder)):
        members = (KEYS_FILE_NAME, DATABASE_FILE_NAME, settings_file.FILE_NAME)
        if (ready / BLOBS).exists():
            for path in (ready / BLOBS).rglob("*"):
                flush(path)
            (ready / BLOBS).replace(folder / BLOBS)
        for member in members if (ready / DATABASE_FILE_NAME).exists() else members[::2]:
            flush(ready / member)
            (ready / member).replace(folder / member)


def _check(folder: Path, keys: Path) -> None:
    """Bring an unpacked backup to this version's tables and open a body with its keys, before anything is replaced."""
    database = SqliteDatabase(folder)
    upgrade(database)
    database.close()
    try:
        home = open_home(folder)
    except AppError as error:
        if error.code != "engine.key_file":
            raise
        raise AppError("backup.other_keys", given=str(keys)) from None
    try:
        _erase_again(home)
    finally:
        home.close()


def _erase_again(home: Home) -> None:
    """Erase whom the keys say was erased since; rejects go as well, for nobody can tell which of them are hers."""
    writer = Writer(home.database, home.world)
    try:
        write(writer, erasure.erase_again(home.keys, CUSTOMER_DATA), None)
        contests.sweep_orphans(home.database, home.blobs, Micros(FOREVER))
        writer.between(_empty_log)  # only the file itself takes the place of the old one
    finally:
        writer.close()


def _empty_log(raw: Raw) -> None:
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as tar:
            for member in MEMBERS:
                tar.extract(member, folder, filter="data")
            tar.extractall(folder, [one for one in tar if one.name.startswith(f"{BLOBS}/")], filter="data")
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
