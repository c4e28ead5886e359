"""A data directory: made by `init`, opened by whoever works on it, held by one at a time."""

import fcntl
import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from interplay.acts.api import Acts
from interplay.bootstrap.schema import check_empty, upgrade
from interplay.collect.ingest import api as ingest
from interplay.engine.blobs.folder import FOLDER_NAME as BLOBS
from interplay.engine.blobs.folder import Blobs
from interplay.engine.log.append import Appender
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import StorageError
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.opening import check_may_be_kept, open_database
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.interact.campaigns.api import Campaigns
from interplay.interact.codes.api import Codes
from interplay.kernel import settings as settings_file
from interplay.kernel.context import World, live_world
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Settings
from interplay.kernel.structs import prepare
from interplay.link.coupons.api import Coupons
from interplay.unify.identity import api as identity

HOLDER_BYTES_MAX = 1024


@dataclass(frozen=True, slots=True)
class Home:
    """An open data directory: where its parts are and what they share."""

    folder: Path
    settings: Settings
    world: World
    database: Database
    keys: SubjectKeys
    appender: Appender  # one, for it remembers where the log ends
    acts: Acts
    coupons: Coupons
    codes: Codes
    campaigns: Campaigns
    blobs: Blobs

    def close(self) -> None:
        """Let go of the files."""
        self.database.close()
        self.keys.close()


def create(folder: Path, settings: Settings) -> None:
    """Make a data directory with an empty database and new keys; nothing existing is overwritten.

    Raises AppError `home.exists`, `home.not_empty`, `home.not_writable`, or `database.*`.
    """
    if (folder / settings_file.FILE_NAME).exists():
        raise AppError("home.exists", status=409, given=str(folder))
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise AppError("home.not_empty", status=409, given=str(folder))
    url = settings.database.url
    check_may_be_kept(url)
    database = open_database(folder, url)
    if url:
        check_empty(database)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise AppError("home.not_writable", status=503, given=str(folder), reason=error.strerror) from None
    (folder / "run").mkdir()
    world = live_world(settings.brand)
    SubjectKeys.create(folder / KEYS_FILE_NAME, world.random_bytes)
    upgrade(database)
    database.close()
    (folder / settings_file.FILE_NAME).write_bytes(settings_file.dump(settings))


def open_home(folder: Path) -> Home:
    """Open a data directory.

    Raises AppError `settings.no_directory`, `settings.file`, `home.not_writable`, `home.database`, `database.*` or
    `engine.key_file`.
    """
    prepare()
    settings = settings_file.load(folder)
    _check_writable(folder)
    world = live_world(settings.brand)
    keys = SubjectKeys(folder / KEYS_FILE_NAME, world.random_bytes)
    home = assemble(folder, settings, world, open_database(folder, settings.database.url), keys)
    try:
        _check_keys(home)
    except (sqlite3.Error, StorageError) as broken:
        home.close()
        reason = broken.reason if isinstance(broken, StorageError) else str(broken)
        raise AppError("home.database", status=503, path=home.database.place, reason=reason) from None
    except AppError:
        home.close()
        raise
    return home


def assemble(folder: Path, settings: Settings, world: World, database: Database, keys: SubjectKeys) -> Home:
    """Put a home together of parts that are open."""
    appender = Appender(keys)
    acts = Acts(keys, appender, identity.subjects_of, ingest.told)
    coupons = Coupons(acts, database, keys, world)
    codes = Codes(acts, database, keys, world)
    campaigns = Campaigns(acts, coupons, database, keys, world, codes)
    blobs = Blobs(folder / BLOBS)
    return Home(folder, settings, world, database, keys, appender, acts, coupons, codes, campaigns, blobs)


def _check_writable(folder: Path) -> None:
    """Raise AppError `home.not_writable` with what the system says, such as "Read-only file system"."""
    try:
        os.utime(folder)
    except OSError as error:
        raise AppError("home.not_writable", status=503, given=str(folder), reason=error.strerror) from None


def _check_keys(home: Home) -> None:
    """Open the first and the last identifier. Raises AppError `engine.key_file`.

    With the key file of another directory, or an older copy of this one's, everybody known would become somebody
    new: that must not begin.
    """
    with closing(LogReader(home.database)) as reader:
        for subject in reader.first_and_last_subject():
            if (found := reader.identifier(subject)) is not None:
                home.keys.open(subject, found[1])


class Holder(Struct, frozen=True):
    """Who holds a directory, as the lock file says; `address` is a server's."""

    pid: int = 0
    address: str = ""


class HeldError(AppError):
    """Another process holds the directory. `home.served` when it is a server, else `home.held`."""

    def __init__(self, folder: Path, holder: Holder) -> None:
        code = "home.served" if holder.address else "home.held"
        super().__init__(code, status=409, given=str(folder), pid=holder.pid or "?", address=holder.address)


class Hold:
    """The right to write a data directory. The system takes it back when the process ends, however it ends.

    `is_shared`: together with others who share it; what changes the directory itself waits for nobody and is refused.
    Raises HeldError or AppError `home.not_writable`.
    """

    def __init__(self, folder: Path, *, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        path = folder / "run" / "lock"
        try:
            path.parent.mkdir(exist_ok=True)
            self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise AppError("home.not_writable", status=503, given=str(folder), reason=error.strerror) from None
        try:
            fcntl.flock(self.file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            holder = _read_holder(self.file)
            os.close(self.file)
            raise HeldError(folder, holder) from None
        if not is_shared:
            self.note()

    def note(self, address: str = "") -> None:
        """Write who holds the directory, for whoever is refused. A disk that is full does not take the right away."""
        with suppress(OSError):
            os.truncate(self.file, 0)
            os.pwrite(self.file, msgspec.json.encode(Holder(os.getpid(), address)), 0)

    def close(self) -> None:
        os.close(self.file)


def _read_holder(file: int) -> Holder:
    try:
        return msgspec.json.decode(os.pread(file, HOLDER_BYTES_MAX, 0), type=Holder)
    except msgspec.DecodeError:  # it is about to write it
        return Holder()
