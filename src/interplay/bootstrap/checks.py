"""What `interplay doctor` looks at: whether the parts of a data directory are whole and agree."""

import shutil
from collections.abc import Callable
from contextlib import closing

from msgspec import Struct

from interplay.bootstrap.access import Access
from interplay.bootstrap.schema import HEAD, version
from interplay.collect.ingest import api as ingest
from interplay.engine.log.read import LogReader
from interplay.engine.secrets.subject_keys import NOBODY
from interplay.kernel.errors import AppError
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment

FREE_BYTES_MIN = 1024**3
EVERYBODY = 'count("page.viewed") >= 0'


Look = Callable[[Access], tuple[bool, str]]


class Finding(Struct, frozen=True):
    """One thing looked at."""

    what: str
    is_well: bool
    found: str


def examine(access: Access) -> list[Finding]:
    """Look at everything; a thing that cannot be looked at is a finding, not an end."""
    return [_look(what, look, access) for what, look in _LOOKS.items()]


def _look(what: str, look: Look, access: Access) -> Finding:
    try:
        is_well, found = look(access)
    except AppError as error:
        return Finding(what, False, str(error))
    return Finding(what, is_well, found)


def _tables(access: Access) -> tuple[bool, str]:
    with access.home.database.read() as connection:
        stands = version(connection)
        whole = connection.exec_driver_sql("PRAGMA quick_check(3)").scalars().all()
    return stands == HEAD and whole == ["ok"], f"tables {stands} (this version: {HEAD}); file: {'; '.join(whole)}"


def _keys(access: Access) -> tuple[bool, str]:
    """Open the first and the last body: a key file of another directory opens neither."""
    with closing(LogReader(access.home.database)) as reader:
        last = reader.last_position()
        rows = [*reader.read(0, 1), *([reader.read_one(last)] if last else [])]  # type: ignore[arg-type]
    opened = 0
    for row in rows:
        if row is not None:
            access.home.keys.open(NOBODY if row.subject is None else row.subject, row.body)
            opened += 1
    return True, f"opens what it sealed ({opened} bodies tried)"


def _warehouse(access: Access) -> tuple[bool, str]:
    """Count on both sides; facts that come in meanwhile are between the two counts of the log."""
    with closing(LogReader(access.home.database)) as reader:
        before = sum(reader.counts().values())
        loaded = sum(access.ask(profiles.count_facts, CountFacts()).values())
        after = sum(reader.counts().values())
    answer = access.ask(segments.count, CountSegment(EVERYBODY))
    found = f"{loaded:,} facts of {answer.population:,} customers; the log has {after:,}"
    return before <= loaded <= after, found


def _rejects(access: Access) -> tuple[bool, str]:
    return True, f"{ingest.rejects_count(access.home.database):,} kept"


def _disk(access: Access) -> tuple[bool, str]:
    free = shutil.disk_usage(access.home.folder).free
    return free >= FREE_BYTES_MIN, f"{free / 1024**3:.1f} GiB free; 1 GiB should be"


_LOOKS: dict[str, Look] = {
    "database": _tables,
    "keys": _keys,
    "warehouse": _warehouse,
    "rejects": _rejects,
    "disk": _disk,
}
