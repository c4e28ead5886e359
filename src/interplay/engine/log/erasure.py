"""Forgetting subjects: their identifiers are found no more, and their bodies cannot be opened once the keys are gone.

The log itself is never rewritten: it keeps the numbers of the subjects, which then name nobody.
"""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from interplay.engine.log import store
from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import Position, SubjectId
from interplay.kernel.time import iso


class LogData:
    """What the log keeps: the identifiers. Its facts are exported where the catalogue can read them."""

    name = "identifiers"
    tables = frozenset({"subjects", "erased_subjects", "log"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:
        """Return the identifiers, each with the instant when it was first heard of."""
        with closing(LogReader(database)) as reader:
            return [
                {"kind": kind, "value": value, "first_heard_at": _heard_at(reader, subject)}
                for subject in whom.subjects
                for kind, value in identifiers(reader, keys, [subject])
            ]

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        """Take the subjects out of the look-up; who remembers subjects looks again."""
        each = [(subject,) for subject in whom.subjects]
        tx.raw.executemany(store.ERASE_SUBJECT, each)
        tx.raw.executemany(store.DELETE_SUBJECT, each)
        tx.raw.execute(store.COUNT_RENEWAL, (store.RENEWALS,))


def identifiers(reader: LogReader, keys: SubjectKeys, subjects: Sequence[SubjectId]) -> list[tuple[str, str]]:
    """Return (kind, value) of the subjects whose identifiers can be opened."""
    rows = [(subject, reader.identifier(subject)) for subject in subjects]
    opened = [(row[0], keys.open(subject, row[1])) for subject, row in rows if row is not None]
    return [(kind, value.decode()) for kind, value in opened if value is not None]


def identifiers_in(tx: Tx, keys: SubjectKeys, subjects: Sequence[SubjectId]) -> list[tuple[str, str]]:
    """Return (kind, value) of the subjects, inside a transaction."""
    kinds = {code: word for code, use, word in tx.raw.execute(store.ALL_WORDS) if use == "kind"}
    rows = [(subject, tx.raw.execute(store.READ_SUBJECT, (subject,)).fetchone()) for subject in subjects]
    opened = [(kinds[row[0]], keys.open(subject, row[1])) for subject, row in rows if row is not None]
    return [(kind, value.decode()) for kind, value in opened if value is not None]


def is_known(tx: Tx, subject: SubjectId) -> bool:
    """Return whether a subject is there and was not erased."""
    return tx.raw.execute(store.READ_SUBJECT, (subject,)).fetchone() is not None


def log_end(tx: Tx) -> Position:
    """Return the position of the last fact."""
    return Position(tx.raw.execute(store.LAST_POSITION).fetchone()[0])


def erased_among(tx: Tx, subjects: Sequence[SubjectId]) -> set[SubjectId]:
    """Return which of the subjects were erased."""
    return set(map(SubjectId, store.erased_among(tx.raw, subjects)))


def erased_subjects(database: Database) -> list[SubjectId]:
    """Return every subject that was erased."""
    with closing(database.connect_reader()) as raw:
        return [SubjectId(subject) for (subject,) in raw.execute(store.ERASED_SUBJECTS)]


def _heard_at(reader: LogReader, subject: SubjectId) -> str | None:
    position = reader.heard(subject)
    row = None if position is None else reader.read_one(position)
    return None if row is None else iso(row.received_at)
