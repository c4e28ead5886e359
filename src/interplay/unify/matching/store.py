"""The table of candidates. It names subjects, columns and numbers; no value of anybody."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Float, Table, Text, delete, func, or_, select, text

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.kernel.ids import Micros, SubjectId
from interplay.unify.matching.contracts import Candidate, Proposal, Reason

SUBJECTS_AT_ONCE_MAX = 500

candidates = Table(
    "match_candidates",
    metadata,
    Column("one", BigInteger, primary_key=True, autoincrement=False, comment="a subject that stands for its customer"),
    Column("other", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("probability", Float, nullable=False),
    Column("reasons", Text, nullable=False, comment="JSON: column, agreement, weight in bits"),
    Column("found_at", BigInteger, nullable=False, comment="microseconds UTC"),
    sqlite_with_rowid=False,
)

PUT = text(
    "INSERT INTO match_candidates (one, other, probability, reasons, found_at)"
    " VALUES (:one, :other, :probability, :reasons, :found_at)"
    " ON CONFLICT (one, other) DO UPDATE SET probability = excluded.probability, reasons = excluded.reasons,"
    " found_at = excluded.found_at"
)


def put(tx: Tx, proposals: Sequence[Proposal], found_at: Micros) -> None:
    """Keep candidates; what is known of a pair already is replaced."""
    rows = [
        {
            "one": one.one,
            "other": one.other,
            "probability": one.probability,
            "reasons": msgspec.json.encode(one.reasons).decode(),
            "found_at": found_at,
        }
        for one in proposals
    ]
    if rows:
        tx.connection.execute(PUT, rows)


def remove_before(tx: Tx, found_at: Micros) -> int:
    """Forget what an earlier run found; return how many."""
    return tx.connection.execute(delete(candidates).where(candidates.c.found_at < found_at)).rowcount


def erase(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        tx.connection.execute(delete(candidates).where(candidates.c.one.in_(some)))
        tx.connection.execute(delete(candidates).where(candidates.c.other.in_(some)))


def most_probable(database: Database, after: int, rows_max: int) -> list[Candidate]:
    """Return candidates, the most probable first, leaving out the first `after`."""
    order = (candidates.c.probability.desc(), candidates.c.one, candidates.c.other)
    query = select(candidates).order_by(*order).limit(rows_max).offset(after)
    with database.read() as connection:
        return [_candidate(row) for row in connection.execute(query)]


def of(database: Database, subjects: Sequence[SubjectId]) -> list[Candidate]:
    """Return the candidates that name one of the subjects."""
    found: dict[tuple[int, int], Candidate] = {}
    with database.read() as connection:
        for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
            some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
            query = select(candidates).where(or_(candidates.c.one.in_(some), candidates.c.other.in_(some)))
            found.update({(row.one, row.other): _candidate(row) for row in connection.execute(query)})
    return [found[pair] for pair in sorted(found)]


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(candidates)).scalar_one()


def _candidate(row: Any) -> Candidate:
    reasons = msgspec.json.decode(row.reasons, type=tuple[Reason, ...])
    return Candidate(SubjectId(row.one), SubjectId(row.other), row.probability, reasons, Micros(row.found_at))
