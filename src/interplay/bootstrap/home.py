"""A data directory: made by `init`, opened by whoever works on it, held by one at a time."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from interplay.bootstrap.schema import upgrade
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_FILE_NAME
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel import settings as settings_file
from interplay.kernel.context import World, live_world
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Home:
    """An open data directory: where its parts are and what they share."""

    folder: Path
    settings: Settings
    world: World
    database: Database
    keys: SubjectKeys


def create(folder: Path, settings: Settings) -> None:
    """Make a data directory with an empty database and new keys; nothing existing is overwritten.

    Raises AppError `home.exists` or `home.not_empty`.
    """
    if (folder / settings_file.FILE_NAME).exists():
        raise AppError("home.exists", status=409, given=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise AppError("home.not_empty", status=409, given=str(folder))
    folder.chmod(0o700)
    (folder / "run").mkdir()
    world = live_world(settings.brand)
    SubjectKeys.create(folder / KEYS_FILE_NAME, world.random_bytes)
    upgrade(Database(folder))
    (folder / settings_file.FILE_NAME).write_bytes(settings_file.dump(settings))


def open_home(folder: Path) -> Home:
    """Open a data directory. Raises AppError `settings.no_directory`, `settings.file` or `engine.key_file`."""
    settings = settings_file.load(folder)
    world = live_world(settings.brand)
    return Home(
        folder=folder,
        settings=settings,
        world=world,
        database=Database(folder),
        keys=SubjectKeys(folder / KEYS_FILE_NAME, world.random_bytes),
    )


class Hold:
    """The right to write a data directory. The system takes it back when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        path = folder / "run" / "lock"
        path.parent.mkdir(exist_ok=True)
        self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self.file)
            raise AppError("home.held", status=409, given=str(folder)) from None

    def close(self) -> None:
        os.close(self.file)
