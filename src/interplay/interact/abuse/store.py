"""Who was seen where: keyed digests of devices and lines by day, kept for a month. None of it can be read back."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, delete, select

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database, Raw
from interplay.engine.oltp.schema import metadata
from interplay.interact.abuse.contracts import Sight
from interplay.kernel.ids import Micros, SubjectId

DEVICE, LINE = 1, 2
ACCOUNTS_MAX = 600
"""How many accounts of one device or line are looked at: above every threshold."""

sightings = Table(
    "sightings",
    metadata,
    Column("kind", Integer, primary_key=True, autoincrement=False, comment="1 a device, 2 a line"),
    Column("digest", LargeBinary, primary_key=True, comment="keyed digest of it"),
    Column("day", Integer, primary_key=True, autoincrement=False, comment="days since 1970-01-01, UTC"),
    Column("subject", BigInteger, primary_key=True, autoincrement=False, comment="the first of the customer's then"),
    Column("since", BigInteger, comment="when the customer was first heard of, microseconds UTC; null: not known"),
    Index("sightings_subject", "subject", "kind"),
    Index("sightings_day", "day"),
    sqlite_with_rowid=False,
)

IS_SEEN = "SELECT kind, digest FROM sightings WHERE subject = ? AND day = ?"
PLACES = "SELECT kind, digest, day FROM sightings WHERE subject"
AT = "SELECT DISTINCT subject FROM sightings WHERE kind = ? AND digest = ? AND day >= ? LIMIT ?"
NEW_AT = (
    "SELECT count(*) FROM (SELECT DISTINCT subject FROM sightings"
    " WHERE kind = 2 AND digest = ? AND day = ? AND since >= ? LIMIT ?) AS seen"
)


class Place(NamedTuple):
    """Where somebody was seen on a day."""

    kind: int
    digest: bytes
    day: int


class Sightings:
    """Reads who was seen where since a day. By hand: it is asked for every guarded play."""

    def __init__(self, raw: Raw, since_day: int) -> None:
        self._raw = raw
        self._since_day = since_day

    def places(self, subjects: Sequence[SubjectId]) -> list[Place]:
        """Return where somebody was seen, the newest first."""
        rows = [Place(int(kind), bytes(digest), day) for kind, digest, day in self._raw.select_in(PLACES, subjects)]
        return sorted({one for one in rows if one.day >= self._since_day}, key=lambda one: (-one.day, one))

    def accounts(self, kind: int, digest: bytes) -> set[SubjectId]:
        """Return who was seen there; some of them, where they are very many."""
        rows = self._raw.execute(AT, (kind, digest, self._since_day, ACCOUNTS_MAX)).fetchall()
        return {SubjectId(subject) for (subject,) in rows}

    def new_accounts(self, line: bytes, day: int, since: Micros) -> int:
        """Return how many accounts that were first heard of since an instant were seen on a line on a day."""
        return int(self._raw.execute(NEW_AT, (line, day, since, ACCOUNTS_MAX)).fetchone()[0])


def is_seen(database: Database, subject: SubjectId, day: int, places: Iterable[tuple[int, bytes]]) -> bool:
    """Return whether somebody was seen at all of these places on a day."""
    with closing(database.connect_reader()) as raw:
        known = {(int(kind), bytes(digest)) for kind, digest in raw.execute(IS_SEEN, (subject, day)).fetchall()}
    return known.issuperset(places)


def add(tx: Tx, one: Sight) -> None:
    """Note where somebody was seen, once a day."""
    places = ((DEVICE, one.device), (LINE, one.line))
    rows = [(kind, digest, one.day, one.subject, one.since) for kind, digest in places if digest is not None]
    tx.raw.insert_many(sightings, rows, skips_known=True)


def purge(tx: Tx, day: int, rows_max: int) -> bool:
    """Forget some sightings of a day and of those before it; return whether there may be more."""
    one = sightings.c
    some = tx.connection.execute(
        select(one.kind, one.digest, one.day, one.subject).where(one.day <= day).limit(rows_max)
    ).all()
    for row in some:
        tx.connection.execute(
            delete(sightings).where(
                one.kind == row.kind, one.digest == row.digest, one.day == row.day, one.subject == row.subject
            )
        )
    return len(some) == rows_max


def of(database: Database, subjects: Sequence[SubjectId]) -> list[tuple[int, int]]:
    """Return (day, kind) of every sighting of a customer, in order."""
    one = sightings.c
    query = select(one.day, one.kind).where(one.subject.in_(subjects)).order_by(one.day, one.kind, one.digest)
    with database.read() as connection:
        return [(row.day, row.kind) for row in connection.execute(query)]


def erase(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    tx.connection.execute(delete(sightings).where(sightings.c.subject.in_(subjects)))
