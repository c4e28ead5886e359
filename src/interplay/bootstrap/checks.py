"""What `interplay doctor` looks at: whether the parts of a data directory are whole and agree."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from sqlalchemy.exc import DatabaseError

from interplay.bootstrap import upgrading
from interplay.bootstrap.access import Access
from interplay.bootstrap.schema import HEAD, version
from interplay.collect.ingest import api as ingest
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.opening import open_database
from interplay.engine.secrets.subject_keys import NOBODY
from interplay.interact.contests import api as contests
from interplay.kernel.errors import AppError
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts, CountWithoutRate
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment

FREE_BYTES_MIN = 1024**3
EVERYBODY = 'count("page.viewed") >= 0'

At = TypeVar("At")

Found = tuple[bool, str, str]
"""Is it well, what was found, and what to do: about what is ill, or worth knowing."""

UNOPENED = frozenset({"engine.key_file", "home.database"})
"""Why a directory may not open and can be looked at all the same."""

_RESTORE = "stop the server and restore the newest backup: interplay --data DIR restore FILE --replace"
_TO_DO = {
    "engine.key_file": "put the copy of subjects.keys back that was made with the newest backup (backup --keys)",
    "home.database": _RESTORE,
}


class Finding(Struct, frozen=True):
    """One thing looked at. `to_do` is empty where there is nothing to do."""

    what: str
    is_well: bool
    found: str
    to_do: str = ""


def examine(access: Access) -> list[Finding]:
    """Look at everything; a thing that cannot be looked at is a finding, not an end."""
    folder, database = access.home.folder, access.home.database
    return [
        _look("database", _tables, database),
        _look("upgrade", _upgrade, access),
        _look("keys", _keys, access),
        _look("warehouse", _warehouse, access),
        _look("amounts", _amounts, access),
        _look("rejects", _rejects, database),
        _look("photos", _photos, access),
        _look("disk", _disk, folder),
    ]


def examine_folder(folder: Path) -> list[Finding]:
    """Look at a directory, also when it does not open for a reason of `UNOPENED`. Raises AppError for the others."""
    try:
        with Access(folder) as access:
            return examine(access)
    except AppError as error:
        if error.code not in UNOPENED:
            raise
        return _examine_unopened(folder, error)


def _examine_unopened(folder: Path, refused: AppError) -> list[Finding]:
    database = open_database(folder)
    try:
        return [
            Finding("directory", False, str(refused), _TO_DO[refused.code]),
            _look("database", _tables, database),
            _look("disk", _disk, folder),
        ]
    finally:
        database.close()


def _look(what: str, look: Callable[[At], Found], at: At) -> Finding:
    try:
        return Finding(what, *look(at))
    except AppError as error:
        return Finding(what, False, str(error), _TO_DO.get(error.code, ""))
    except (sqlite3.Error, DatabaseError) as broken:
        return Finding(what, False, str(broken), _RESTORE)


def _tables(database: Database) -> Found:
    with database.read() as connection:
        stands = version(connection)
        whole = database.check(connection)
    is_well = stands == HEAD and whole == "ok"
    return (
        is_well,
        f"{database.name}, tables {stands} (this version: {HEAD}); file: {whole}",
        "" if is_well else _RESTORE,
    )


def _upgrade(access: Access) -> Found:
    """Name the last upgrade's backup: who upgraded may want to go back, and it takes room."""
    if not (files := upgrading.kept(access.home)):
        return True, "no backup of an upgrade is kept", ""
    last, size = files[-1], files[-1].stat().st_size
    found = f"before the last upgrade: {upgrading.FOLDER_NAME}/{last.name} ({size / 1024**2:.1f} MiB)"
    return True, f"{found}; kept {upgrading.KEPT_DAYS} days, and not beyond an erasure", ""


def _keys(access: Access) -> Found:
    """Open the first and the last body: a key file of another directory opens neither."""
    with closing(LogReader(access.home.database)) as reader:
        last = reader.last_position()
        rows = [*reader.read(0, 1), *([reader.read_one(last)] if last else [])]  # type: ignore[arg-type]
    opened = 0
    for row in rows:
        if row is not None:
            access.home.keys.open(NOBODY if row.subject is None else row.subject, row.body)
            opened += 1
    return True, f"opens what it sealed ({opened} bodies tried)", ""


def _warehouse(access: Access) -> Found:
    """Count on both sides; facts that come in meanwhile are between the two counts of the log."""
    with closing(LogReader(access.home.database)) as reader:
        before = sum(reader.counts().values())
        loaded = sum(access.ask(profiles.count_facts, CountFacts()).values())
        after = sum(reader.counts().values())
    answer = access.ask(segments.count, CountSegment(EVERYBODY))
    found = f"{loaded:,} facts of {answer.population:,} customers; the log has {after:,}"
    is_well = before <= loaded <= after
    return is_well, found, "" if is_well else "make it anew from the log: interplay --data DIR rebuild"


def _amounts(access: Access) -> Found:
    """Name currencies without a rate: it cannot be mended afterwards, so it is no illness, but must be known."""
    currency = access.home.settings.brand.currency
    counted = sorted(access.ask(profiles.count_without_rate, CountWithoutRate()).items())
    if not counted:
        return True, f"in {currency}, or converted to it", ""
    found = ", ".join(f"{count:,} facts in {other}" for other, count in counted)
    to_do = (
        "name the rate under [brand.rates] in interplay.toml and start the server again; what came before stays out of"
        " sums, its amount is in value_original"
    )
    return True, f"{found} came without a rate and have no amounts in {currency}", to_do


def _rejects(database: Database) -> Found:
    return True, f"{ingest.rejects_count(database):,} kept", ""


def _photos(access: Access) -> Found:
    """Compare what tables name with what is in the folder. What nobody names is swept when a server starts."""
    there = {blob.digest: blob.size for blob in access.home.blobs.iterate()}
    known = contests.blobs_of(access.home.database)
    missing = [digest for digest in known if digest not in there]
    size, nobodys = sum(there.values()) / 1024**2, len(there.keys() - set(known))
    found = f"{len(there):,} files ({size:.1f} MiB); {len(missing):,} missing, {nobodys:,} of nobody"
    return not missing, found, "" if not missing else "copy the missing files of the folder blobs from a backup"


def _disk(folder: Path) -> Found:
    free = shutil.disk_usage(folder).free
    is_well = free >= FREE_BYTES_MIN
    return is_well, f"{free / 1024**3:.1f} GiB free; 1 GiB should be", "" if is_well else "make room, or move the data"
