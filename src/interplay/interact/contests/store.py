"""The tables of contests: entries, and photos. Bytes of photos are blobs; words are sealed with the customer's key."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.upsert import insert_or
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.interact.contests.contracts import (
    ENTRY_MAX,
    Entered,
    EntryState,
    EntryView,
    KeepPhoto,
    Moderate,
    Photo,
    Words,
)
from interplay.kernel.ids import Micros, SubjectId

SUBJECTS_AT_ONCE_MAX = 400

contest_entries = Table(
    "contest_entries",
    metadata,
    Column("name", Text, primary_key=True, comment="campaign/part"),
    Column("entry", BigInteger, primary_key=True, autoincrement=False, comment="its number in the part"),
    Column("subject", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False, comment="waiting, shown, hidden, rejected"),
    Column("changes", Integer, nullable=False, comment="how often its state was decided"),
    Column("reason", Text, nullable=False, comment="of the last decision, for her"),
    Column("decided_by", Text, nullable=False),
    Column("submitted_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("words", LargeBinary, nullable=False, comment="title and text, sealed with her key"),
)

contest_photos = Table(
    "contest_photos",
    metadata,
    Column("digest", Text, primary_key=True, comment="of the blob, which is sealed with her key"),
    Column("thumb", Text, nullable=False, index=True, comment="of the blob of the small one"),
    Column("name", Text, nullable=False, comment="campaign/part"),
    Column("subject", BigInteger, nullable=False, index=True),
    Column("source", LargeBinary, nullable=False, unique=True, comment="keyed digest of what was uploaded, and where"),
    Column("width", Integer, nullable=False, comment="pixels"),
    Column("height", Integer, nullable=False, comment="pixels"),
    Column("uploaded_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("entry", BigInteger, nullable=False, comment="its number in the part; 0: in none yet"),
    Column("place", Integer, nullable=False, comment="within the entry"),
    Index("ix_contest_photos_name", "name", "entry"),
)

entries, photos = contest_entries.c, contest_photos.c


def add_entry(
    tx: Tx, keys: SubjectKeys, name: str, entry: int, subject: SubjectId, words: Words, state: EntryState
) -> None:
    sealed = keys.seal(subject, msgspec.msgpack.encode(words))
    tx.connection.execute(insert(contest_entries).values(
        name=name, entry=entry, subject=subject, state=state.value, changes=0, reason="", decided_by="",
        submitted_at=tx.world.now(), words=sealed,
    ))  # fmt: skip


def take_photo(tx: Tx, name: str, entry: int, place: int, digest: str, wallet: Sequence[SubjectId]) -> bool:
    """Put a photo into an entry; return whether it was hers, of this contest, and in no other."""
    is_free = (photos.digest == digest, photos.name == name, photos.entry == 0, photos.subject.in_(wallet))
    done = tx.connection.execute(update(contest_photos).where(*is_free).values(entry=entry, place=place))
    return done.rowcount == 1


def add_photo(tx: Tx, ask: KeepPhoto) -> Photo:
    """Make a photo known, or return the one that the same upload made before."""
    photo = ask.photo
    new = insert_or(tx.connection, contest_photos).values(
        digest=photo.digest, thumb=photo.thumb, name=ask.name, subject=ask.subject, source=ask.source,
        width=photo.width, height=photo.height, uploaded_at=tx.world.now(), entry=0, place=0,
    )  # fmt: skip
    tx.connection.execute(new.on_conflict_do_nothing())
    return _photo(tx.connection.execute(_by_source(ask.source)).one())


def waiting_photos_in(tx: Tx, wallet: Sequence[SubjectId]) -> int:
    """Return how many photos of somebody are in no entry yet, inside a transaction."""
    return _waiting(tx.connection, wallet)


def waiting_photos(database: Database, wallet: Sequence[SubjectId]) -> int:
    """Return how many photos of somebody are in no entry yet."""
    with database.read() as connection:
        return _waiting(connection, wallet)


def decide(tx: Tx, ask: Moderate, entry: int) -> tuple[SubjectId, int] | None:
    """Set the state of an entry; return whose it is and how often it was decided, None where nothing changes."""
    if not 0 < entry <= ENTRY_MAX:
        return None
    here = (entries.name == ask.name, entries.entry == entry)
    found = tx.connection.execute(select(entries.subject, entries.state, entries.changes).where(*here)).first()
    if found is None or found.state == ask.to.value:
        return None
    values = {"state": ask.to.value, "changes": found.changes + 1, "reason": ask.reason, "decided_by": ask.by}
    done = tx.connection.execute(update(contest_entries).where(*here, entries.changes == found.changes).values(values))
    return (SubjectId(found.subject), found.changes + 1) if done.rowcount == 1 else None


def drop_unused(tx: Tx, before: Micros) -> list[str]:
    """Forget photos that were uploaded before an instant and entered nothing; return their blobs."""
    is_left = (photos.entry == 0, photos.uploaded_at < before)
    rows = tx.connection.execute(select(photos.digest, photos.thumb).where(*is_left)).all()
    tx.connection.execute(delete(contest_photos).where(*is_left))
    return [digest for row in rows for digest in row]


def by_source(database: Database, source: bytes) -> Photo | None:
    """Return the photo that an upload made."""
    with database.read() as connection:
        found = connection.execute(_by_source(source)).first()
    return None if found is None else _photo(found)


def free_photos(database: Database, name: str, digests: Sequence[str], wallet: Sequence[SubjectId]) -> int:
    """Return how many of some photos are hers, of this contest, and in no entry."""
    is_free = (photos.digest.in_(digests), photos.name == name, photos.entry == 0, photos.subject.in_(wallet))
    with database.read() as connection:
        return int(connection.execute(select(func.count()).where(*is_free)).scalar_one())


def entered(
    database: Database, name: str, only: Sequence[int] | None, whose: Sequence[SubjectId] | None
) -> list[Entered]:
    """Return entries without their words, by number: all, or some, or somebody's."""
    query = select(entries.entry, entries.subject, entries.state, entries.submitted_at, entries.reason)
    query = query.where(entries.name == name).order_by(entries.entry)
    if only is not None:
        query = query.where(entries.entry.in_([one for one in only if 0 < one <= ENTRY_MAX]))
    if whose is not None:
        query = query.where(entries.subject.in_(whose))
    with database.read() as connection:
        return [
            Entered(row.entry, SubjectId(row.subject), EntryState(row.state), Micros(row.submitted_at), row.reason)
            for row in connection.execute(query)
        ]


def page(
    database: Database, keys: SubjectKeys, name: str, states: Sequence[EntryState], after: int, rows_max: int
) -> list[EntryView]:
    """Return entries by number, some that follow `after`."""
    query = select(contest_entries).where(
        entries.name == name, entries.entry > after, entries.state.in_([one.value for one in states])
    )
    with database.read() as connection:
        return _views(connection, keys, query.order_by(entries.entry).limit(rows_max))


def of(database: Database, keys: SubjectKeys, subjects: Sequence[SubjectId]) -> list[EntryView]:
    """Return every entry of somebody."""
    query = select(contest_entries).where(entries.subject.in_(subjects)).order_by(entries.name, entries.entry)
    with database.read() as connection:
        return _views(connection, keys, query)


def picture_of(database: Database, digest: str) -> tuple[SubjectId, EntryState | None] | None:
    """Return whose a photo is, by the digest of either size, and how its entry stands; None as state: in none yet."""
    query = (
        select(photos.subject, entries.state)
        .outerjoin(contest_entries, (entries.name == photos.name) & (entries.entry == photos.entry))
        .where(or_(photos.digest == digest, photos.thumb == digest))
    )
    with database.read() as connection:
        found = connection.execute(query).first()
    if found is None:
        return None
    return SubjectId(found.subject), None if found.state is None else EntryState(found.state)


def blobs_of(database: Database, subjects: Sequence[SubjectId] | None = None) -> list[str]:
    """Return the digests of all blobs, or somebody's."""
    query = select(photos.digest, photos.thumb)
    with database.read() as connection:
        found: list[str] = []
        for some in [None] if subjects is None else _some(subjects):
            rows = connection.execute(query if some is None else query.where(photos.subject.in_(some)))
            found += [digest for row in rows for digest in row]
    return found


def erase(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    for some in _some(subjects):
        tx.connection.execute(delete(contest_entries).where(entries.subject.in_(some)))
        tx.connection.execute(delete(contest_photos).where(photos.subject.in_(some)))


def _some(subjects: Sequence[SubjectId]) -> Iterator[Sequence[SubjectId]]:
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        yield subjects[start : start + SUBJECTS_AT_ONCE_MAX]


def _waiting(connection: Connection, wallet: Sequence[SubjectId]) -> int:
    query = select(func.count()).where(photos.subject.in_(wallet), photos.entry == 0)
    return int(connection.execute(query).scalar_one())


def _by_source(source: bytes) -> Select[Any]:
    return select(contest_photos).where(photos.source == source)


def _views(connection: Connection, keys: SubjectKeys, query: Select[Any]) -> list[EntryView]:
    rows = connection.execute(query).all()
    theirs: dict[tuple[str, int], list[Photo]] = {}
    for name in sorted({row.name for row in rows}):
        numbers = [row.entry for row in rows if row.name == name]
        some = select(contest_photos).where(photos.name == name, photos.entry.in_(numbers)).order_by(photos.place)
        for row in connection.execute(some):
            theirs.setdefault((name, row.entry), []).append(_photo(row))
    return [_view(keys, row, tuple(theirs.get((row.name, row.entry), ()))) for row in rows]


def _view(keys: SubjectKeys, row: Any, of_it: tuple[Photo, ...]) -> EntryView:
    opened = keys.open(row.subject, row.words)
    words = Words("", "") if opened is None else msgspec.msgpack.decode(opened, type=Words)
    return EntryView(
        row.name, row.entry, SubjectId(row.subject), EntryState(row.state), Micros(row.submitted_at), row.reason,
        row.decided_by, words.title, words.text, of_it,
    )  # fmt: skip


def _photo(row: Any) -> Photo:
    return Photo(row.digest, row.thumb, row.width, row.height)
