"""The log's tables. Its hot statements are by hand: SQLAlchemy Core would cost half of an insert's speed."""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, UniqueConstraint

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

INSERT_IDS = "INSERT OR IGNORE INTO log_ids (hour, high, low, position) VALUES "
FIND_ID = "SELECT position FROM log_ids WHERE hour = ? AND high = ? AND low = ?"
INSERT_FACTS = "INSERT INTO log (position, name, subject, also, occurred_at, received_at, origin, source, body) VALUES "
FIND_SUBJECT = "SELECT subject FROM subjects WHERE digest = ?"
INSERT_SUBJECTS = "INSERT INTO subjects (subject, digest, kind, identifier, position) VALUES "
INSERT_WORD = "INSERT INTO words (use, word) VALUES (?, ?)"
ALL_WORDS = "SELECT code, use, word FROM words"
FACT_NAMES = "SELECT word FROM words WHERE use = 'fact' ORDER BY word"
KINDS = "SELECT word FROM words WHERE use = 'kind' ORDER BY word"
KIND_CODES = "SELECT code FROM words WHERE use = 'kind' AND word IN ({})"
LAST_POSITION = "SELECT coalesce(max(position), 0) FROM log"
FIRST_AND_LAST_SUBJECT = "SELECT min(subject), max(subject) FROM subjects"
# A number is never used again: facts of whom was erased carry it still.
LAST_SUBJECT = (
    "SELECT max(coalesce((SELECT max(subject) FROM subjects), 0),"
    " coalesce((SELECT max(subject) FROM erased_subjects), 0))"
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
READ_AT = (
    "SELECT position, name, subject, also, occurred_at, received_at, origin, source, body"
    f" FROM log WHERE position IN (SELECT value FROM json_each(?)) AND {IS_KEPT}"
)
READ_LIVE_NAMED = (
    "SELECT position, name, subject, also, occurred_at, received_at, origin, source, body FROM log"
    " WHERE position > ? AND position <= ? AND origin = 0"
    " AND name IN (SELECT code FROM words WHERE use = 'fact' AND word IN ({names})) ORDER BY position LIMIT ?"
)
READ_LINKS = (
    "SELECT position, subject, also, origin, name FROM log"
    " WHERE position > ? AND position <= ? AND also IS NOT NULL ORDER BY position"
)
READ_SUBJECTS = "SELECT subject FROM subjects WHERE subject > ? AND position <= ? ORDER BY subject LIMIT ?"
READ_SUBJECT = "SELECT kind, identifier FROM subjects WHERE subject = ?"
READ_IDENTIFIERS = "SELECT subject, kind, identifier FROM subjects WHERE subject IN ({subjects})"
READ_HEARD = "SELECT position FROM subjects WHERE subject = ?"
READ_DIGEST = "SELECT digest FROM subjects WHERE subject = ?"
INSERT_SUBJECT = INSERT_SUBJECTS + "(?, ?, ?, ?, ?)"
RENAME_SUBJECT = "UPDATE subjects SET digest = ? WHERE subject = ?"
RENEWALS = "renewals"  # a cursor that counts; who remembers subjects looks whether it has moved
COUNT_RENEWAL = (
    "INSERT INTO cursors (name, position) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET position = position + 1"
)
READ_CURSOR = "SELECT position FROM cursors WHERE name = ?"
ERASE_SUBJECT = "INSERT INTO erased_subjects (subject, kind) SELECT subject, kind FROM subjects WHERE subject = ?"
DELETE_SUBJECT = "DELETE FROM subjects WHERE subject = ?"
ERASED_SUBJECTS = "SELECT subject FROM erased_subjects ORDER BY subject"
COUNT_BY_NAME = f"SELECT name, count(*) FROM log WHERE {IS_KEPT} GROUP BY name"

ROWS_PER_STATEMENT_MAX = 1024
DIGEST_CHARS = 32


def insert_many(raw: sqlite3.Connection, insert: str, rows: Sequence[tuple[object, ...]]) -> int:
    """Run `INSERT … VALUES ` for many rows and return how many went in.

    Many rows a statement, not `executemany`: that lets go of the interpreter's lock at every row, and beside a busy
    event loop each row then waits to get it back. Sizes are powers of two, so that few statements are prepared.
    """
    inserted = 0
    start = 0
    while start < len(rows):
        size = min(1 << (len(rows) - start).bit_length() - 1, ROWS_PER_STATEMENT_MAX)
        values = list(chain.from_iterable(rows[start : start + size]))
        inserted += raw.execute(_statement(insert, len(rows[0]), size), values).rowcount
        start += size
    return inserted


def find_subjects(raw: sqlite3.Connection, digests: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield (digest, subject) of those that are known, many a statement and one row an answer.

    One row, because every row fetched lets go of the interpreter's lock, as in `insert_many`.
    """
    start = 0
    while start < len(digests):
        size = min(1 << (len(digests) - start).bit_length() - 1, ROWS_PER_STATEMENT_MAX)
        found = raw.execute(_look_up(size), digests[start : start + size]).fetchone()[0]
        for one in found.split(",") if found else ():
            yield bytes.fromhex(one[:DIGEST_CHARS]), int(one[DIGEST_CHARS:])
        start += size


def erased_among(raw: sqlite3.Connection, subjects: Sequence[int]) -> set[int]:
    """Return which of the subjects were erased."""
    found: set[int] = set()
    for start in range(0, len(subjects), ROWS_PER_STATEMENT_MAX):
        some = subjects[start : start + ROWS_PER_STATEMENT_MAX]
        query = f"SELECT subject FROM erased_subjects WHERE subject IN ({', '.join('?' * len(some))})"
        found.update(subject for (subject,) in raw.execute(query, some))
    return found


@cache
def _look_up(digests: int) -> str:
    return f"SELECT group_concat(hex(digest) || subject) FROM subjects WHERE digest IN ({', '.join('?' * digests)})"


@cache
def _statement(insert: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return insert + ", ".join([row] * rows)
