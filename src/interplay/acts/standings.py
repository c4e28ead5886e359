"""Looking at boards: who leads, and where somebody stands. A rank is counted by blocks, so a million is no matter."""

from collections.abc import Sequence
from contextlib import closing

from interplay.acts.contracts import Standing
from interplay.acts.doing import marks
from interplay.acts.scoring import BLOCK, BOARD
from interplay.engine.oltp.database import Database, Raw
from interplay.kernel.ids import Micros, SubjectId

TOP_MAX = 10_000
TOP = (
    "SELECT subject, -down, total_at FROM scores WHERE board = ? AND down IS NOT NULL"
    " ORDER BY board, down, total_at, subject LIMIT ? OFFSET ?"
)
MINE = (
    "SELECT down, total_at, subject FROM scores WHERE board = ? AND subject IN ({}) AND down IS NOT NULL"
    " ORDER BY down, total_at, subject LIMIT 1"
)
BLOCKS_BEFORE = (
    "SELECT coalesce(sum(people), 0) FROM score_blocks"
    " WHERE board = ? AND (from_down, from_at, from_subject) < (?, ?, ?)"
)
IN_BLOCK = (
    "SELECT count(*) FROM scores WHERE board = ? AND down IS NOT NULL"
    " AND (down, total_at, subject) >= (?, ?, ?) AND (down, total_at, subject) < (?, ?, ?)"
)
PEOPLE = "SELECT coalesce(sum(people), 0) FROM score_blocks WHERE board = ?"
SCORED = "SELECT DISTINCT subject FROM scores WHERE subject"
WINDOWS = "SELECT opens_at FROM score_boards WHERE name = ? ORDER BY opens_at"


def top(database: Database, name: str, window: Micros, rows_max: int, after: int = 0) -> list[Standing]:
    """Return who leads a board, at most `TOP_MAX`, behind a rank."""
    with closing(database.connect_reader()) as raw:  # by hand: it is asked by everybody who looks
        if (board := _board(raw, name, window)) is None:
            return []
        rows = raw.execute(TOP, (board, min(rows_max, TOP_MAX), after)).fetchall()
    ranks = enumerate(rows, start=after + 1)
    return [Standing(rank, SubjectId(who), total, Micros(at)) for rank, (who, total, at) in ranks]


def standing(database: Database, name: str, window: Micros, subjects: Sequence[SubjectId]) -> Standing | None:
    """Return where a customer stands, or None when she has no score."""
    with closing(database.connect_reader()) as raw:
        if (board := _board(raw, name, window)) is None:
            return None
        found = raw.execute(MINE.format(marks(len(subjects))), (board, *subjects)).fetchone()
        if found is None:
            return None
        *start, _ = raw.execute(BLOCK, (board, *found)).fetchone()
        (before,) = raw.execute(BLOCKS_BEFORE, (board, *start)).fetchone()
        (beside,) = raw.execute(IN_BLOCK, (board, *start, *found)).fetchone()
    down, at, subject = found
    return Standing(int(before) + int(beside) + 1, SubjectId(subject), -down, Micros(at))


def people_on(database: Database, name: str, window: Micros) -> int:
    """Return how many people have a score on a board."""
    with closing(database.connect_reader()) as raw:
        board = _board(raw, name, window)
        return 0 if board is None else int(raw.execute(PEOPLE, (board,)).fetchone()[0])


def has_boards(database: Database) -> bool:
    """Return whether there is any board."""
    with closing(database.connect_reader()) as raw:
        return raw.execute("SELECT board FROM score_boards LIMIT 1").fetchone() is not None


def scored_among(database: Database, subjects: Sequence[SubjectId]) -> frozenset[SubjectId]:
    """Return those of some subjects who have a score anywhere."""
    with closing(database.connect_reader()) as raw:
        return frozenset(SubjectId(one) for (one,) in raw.select_in(SCORED, subjects))


def windows_of(database: Database, name: str) -> list[Micros]:
    """Return the windows in which a board has any score, the earliest first."""
    with closing(database.connect_reader()) as raw:
        return [Micros(at) for (at,) in raw.execute(WINDOWS, (name,)).fetchall()]


def _board(raw: Raw, name: str, window: Micros) -> int | None:
    found = raw.execute(BOARD, (name, window)).fetchone()
    return None if found is None else int(found[0])
