"""Bringing a data directory to this version's tables, with a backup of the data as they were before.

The backups are kept for `KEPT_DAYS` and no longer than to the next erasure: what is sealed with nobody's key, and the
digests of identifiers, could otherwise be opened with the key file that lies beside them.
"""

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from interplay.bootstrap.home import Home
from interplay.bootstrap.packing import NOT_WRITTEN, UNFINISHED, flush, pack
from interplay.bootstrap.schema import HEAD, upgrade, version
from interplay.engine.oltp.sqlite import FILE_NAME as DATABASE_FILE_NAME
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, from_micros, to_micros
from interplay.unify.erasure import api as erasure

FOLDER_NAME = "backups"
KEPT_DAYS = 30
SUFFIX = ".backup"
STAMP = "%Y%m%dT%H%M%SZ"
ROOM_BYTES_MIN = 16 * 1024 * 1024
COPIES = 2  # the copy, and the file it is packed into


class Upgraded(Struct, frozen=True):
    """Which tables there were, which there are, and where the data are as they were."""

    former: str
    tables: str
    backup: Path


def upgrade_home(home: Home) -> Upgraded | None:
    """Back up and migrate older data; return what was done, None where nothing was to do. For who holds the directory.

    A database server's own backups are its administrator's; its tables change in one transaction as well.
    Raises AppError `home.newer`, `upgrade.no_room`, `upgrade.no_backup`; then nothing has changed. After
    `upgrade.failed` the data are as they were, and in the backup that it names.
    """
    with home.database.read() as connection:
        former = version(connection)
    if home.database.is_shared or former is None or former >= HEAD:
        upgrade(home.database)  # says no to data of a newer version
        return None
    file = _back_up(home, former)
    try:
        upgrade(home.database)
    except (sqlite3.Error, SQLAlchemyError, OSError) as error:
        raise AppError("upgrade.failed", status=503, given=former, wanted=HEAD, file=file, reason=error) from error
    except BaseException as bug:
        bug.add_note(f"the data are as they were (tables {former}), and in {file}")
        raise
    return Upgraded(former, HEAD, file)


def kept(home: Home) -> list[Path]:
    """Return the backups that upgrades have made, the oldest first."""
    return sorted((home.folder / FOLDER_NAME).glob(f"before-*{SUFFIX}"), key=made_at)


def made_at(file: Path) -> Micros:
    """Return when a backup was made, to the second, as its name says."""
    return to_micros(datetime.strptime(file.stem.rpartition("-")[2], STAMP).replace(tzinfo=UTC))


def drop_old(home: Home) -> None:
    """Delete backups of upgrades that are too old, or from before an erasure, and what a crash left of one."""
    oldest = max(home.world.now() - KEPT_DAYS * DAY, erasure.last_at(home.database) or 0)
    for file in kept(home):
        if made_at(file) <= oldest:
            file.unlink(missing_ok=True)
    _clear(home.folder / FOLDER_NAME)


def _back_up(home: Home, former: str) -> Path:
    folder = home.folder / FOLDER_NAME
    stamp = from_micros(home.world.now()).strftime(STAMP)
    file = folder / f"before-{former}-to-{HEAD}-{stamp}{SUFFIX}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _clear(folder)
        _check_room(home, file)
        pack(home, file)
        flush(folder)
    except NOT_WRITTEN as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AppError("upgrade.no_backup", status=503, given=str(file), reason=reason) from None
    return file


def _check_room(home: Home, file: Path) -> None:
    files = (home.folder / DATABASE_FILE_NAME, home.folder / f"{DATABASE_FILE_NAME}-wal")
    size = sum(file.stat().st_size for file in files if file.exists())
    needed, free = COPIES * size + ROOM_BYTES_MIN, shutil.disk_usage(file.parent).free
    if free < needed:
        mib = 1024 * 1024
        raise AppError("upgrade.no_room", status=507, given=str(file), needed=needed // mib + 1, free=free // mib)


def _clear(folder: Path) -> None:
    for left in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
