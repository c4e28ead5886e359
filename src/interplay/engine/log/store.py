"""The log's tables. Its hot statements are by hand: SQLAlchemy Core would cost half of an insert's speed."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, UniqueConstraint

from interplay.engine.oltp.database import Raw
from interplay.engine.oltp.schema import metadata

# SQLite makes INTEGER PRIMARY KEY the row's own address; PostgreSQL needs a BIGINT.
_Address = BigInteger().with_variant(Integer(), "sqlite")

words = Table(
    "words",
    metadata,
    Column("code", _Address, primary_key=True, comment="what the log writes instead of the word"),
    Column("use", Text, nullable=False, comment="fact, source or kind (of identifier)"),
    Column("word", Text, nullable=False),
    UniqueConstraint("use", "word"),
)

subjects = Table(
    "subjects",
    metadata,
    Column("subject", _Address, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="keyed digest of kind and value"),
    Column("kind", BigInteger, nullable=False, comment="words.code"),
    Column("identifier", LargeBinary, nullable=False, comment="the value, sealed with the subject's key"),
    Column("position", BigInteger, nullable=False, comment="the fact that brought it"),
)

erased_subjects = Table(
    "erased_subjects",
    metadata,
    Column("subject", _Address, primary_key=True, comment="its row in subjects is gone, and its key is zeros"),
    Column("kind", BigInteger, nullable=False, comment="words.code"),
)

log = Table(
    "log",
    metadata,
    Column("position", _Address, primary_key=True),
    Column("name", BigInteger, nullable=False, comment="words.code"),
    Column("subject", BigInteger, comment="null: nobody"),
    Column("also", LargeBinary, comment="the other subjects of the fact, 8 bytes each, little-endian"),
    Column("occurred_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("received_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("origin", BigInteger, nullable=False, comment="0 live, 1 backfill"),
    Column("source", BigInteger, nullable=False, comment="words.code"),
    Column("body", LargeBinary, nullable=False, comment="sealed with the key of the subject, or of nobody"),
)

log_ids = Table(
    "log_ids",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False, comment="of the sender's first timestamp"),
    Column("high", BigInteger, primary_key=True, autoincrement=False, comment="first half of the id's digest"),
    Column("low", BigInteger, primary_key=True, autoincrement=False, comment="second half"),
    Column("position", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True, comment="the reaction"),
    Column("position", BigInteger, nullable=False, comment="the last fact it has dealt with"),
)

IS_KEPT = "length(body) > 0"
"""What was purged has no body; if it is there at all it is for who follows positions and links."""

FIND_SUBJECT = "SELECT subject FROM subjects WHERE digest = ?"
# A word that the database spells in another way than it was sent is there already.
INSERT_WORD = (
    "INSERT INTO words (use, word) VALUES (?, ?) ON CONFLICT (use, word) DO UPDATE SET word = excluded.word"
    " RETURNING code"
)
ALL_WORDS = "SELECT code, use, word FROM words"
FACT_NAMES = "SELECT word FROM words WHERE use = 'fact'"
KINDS = "SELECT word FROM words WHERE use = 'kind'"
KIND_CODES = "SELECT code FROM words WHERE use = 'kind' AND word IN ({})"
LAST_POSITION = "SELECT coalesce(max(position), 0) FROM log"
FIRST_AND_LAST_SUBJECT = "SELECT min(subject), max(subject) FROM subjects"
# A number is never used again: facts of whom was erased carry it still.
LAST_SUBJECT = (
    "SELECT coalesce(max(subject), 0) FROM (SELECT max(subject) AS subject FROM subjects"
    " UNION ALL SELECT max(subject) FROM erased_subjects) AS both_of_them"
)
# What an appender goes by: the log's end, the last subject, how many renewals there were, the last word.
STATE = (
    "SELECT (SELECT coalesce(max(position), 0) FROM log),"
    f" ({LAST_SUBJECT}),"
    " coalesce((SELECT position FROM cursors WHERE name = 'renewals'), 0),"
    " (SELECT coalesce(max(code), 0) FROM words)"
)
READ = (
    "SELECT position, name, subject, also, occurred_at, received_at, origin, source, body"
    f" FROM log WHERE position > ? AND {IS_KEPT} ORDER BY position LIMIT ?"
)
READ_NEWEST = (
    "SELECT position, name, subject, also, occurred_at, received_at, origin, source, body"
    f" FROM log WHERE {IS_KEPT} ORDER BY position DESC LIMIT ?"
)
READ_ONE = (
    "SELECT position, name, subject, also, occurred_at, received_at, origin, source, body"
    f" FROM log WHERE position = ? AND {IS_KEPT}"
)
READ_JOINING = "SELECT name, occurred_at FROM log WHERE position = ?"
READ_RECEIVED = "SELECT received_at FROM log WHERE position = ?"
READ_AT = "SELECT position, name, subject, also, occurred_at, received_at, origin, source, body FROM log WHERE position"
READ_LIVE_NAMED = (
    "SELECT position, name, subject, also, occurred_at, received_at, origin, source, body FROM log"
    " WHERE position > ? AND position <= ? AND origin = 0"
    " AND name IN (SELECT code FROM words WHERE use = 'fact' AND word IN ({names}))"
    f" AND {IS_KEPT} ORDER BY position LIMIT ?"
)
READ_LINKS = (
    "SELECT position, subject, also, origin, name FROM log"
    " WHERE position > ? AND position <= ? AND also IS NOT NULL ORDER BY position"
)
READ_SUBJECTS = "SELECT subject FROM subjects WHERE subject > ? AND position <= ? ORDER BY subject LIMIT ?"
READ_SUBJECT = "SELECT kind, identifier FROM subjects WHERE subject = ?"
READ_IDENTIFIERS = "SELECT subject, kind, identifier FROM subjects WHERE subject"
READ_KINDS = "SELECT subject, kind FROM subjects WHERE subject"
READ_ERASED_KINDS = "SELECT subject, kind FROM erased_subjects WHERE subject"
READ_HEARD = "SELECT position FROM subjects WHERE subject = ?"
READ_DIGEST = "SELECT digest FROM subjects WHERE subject = ?"
INSERT_SUBJECT = "INSERT INTO subjects (subject, digest, kind, identifier, position) VALUES (?, ?, ?, ?, ?)"
RENAME_SUBJECT = "UPDATE subjects SET digest = ? WHERE subject = ?"
RENEWALS = "renewals"  # a cursor that counts; who remembers subjects looks whether it has moved
COUNT_RENEWAL = (
    "INSERT INTO cursors (name, position) VALUES (?, 1)"
    " ON CONFLICT (name) DO UPDATE SET position = cursors.position + 1"
)
READ_CURSOR = "SELECT position FROM cursors WHERE name = ?"
ERASE_SUBJECT = "INSERT INTO erased_subjects (subject, kind) SELECT subject, kind FROM subjects WHERE subject = ?"
DELETE_SUBJECT = "DELETE FROM subjects WHERE subject = ?"
ERASED_SUBJECTS = "SELECT subject FROM erased_subjects ORDER BY subject"
COUNT_BY_NAME = f"SELECT name, count(*) FROM log WHERE {IS_KEPT} GROUP BY name"


def erased_among(raw: Raw, subjects: Sequence[int]) -> set[int]:
    """Return which of the subjects were erased."""
    return {subject for subject, _ in raw.select_in(READ_ERASED_KINDS, subjects)}
