"""Boards: who has which score, and in which order they stand. 排行榜。

A person stands once, by all that is hers: the sum of her scores, or the best of them. More comes before less, who
reached it earlier before who reached it later, and then who was known first.

`down` is minus the total, so the order is one ascending key (down, at, subject). So that a rank among a million is not
counted one by one, the order is cut into blocks of which it is known how many people stand in each. A block that has
grown too large is cut in two, one that has shrunk goes into the one before it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from interplay.acts.contracts import Effect, Score
from interplay.acts.doing import Doing, marks
from interplay.acts.store import STEPS_PER_ACT, score_blocks, score_boards
from interplay.engine.oltp.database import Raw
from interplay.kernel.ids import Micros, SubjectId

BLOCK_MAX = 2_000
BLOCK_MIN = 100
FIRST = (-(2**62), 0, 0)
"""Where the first block begins: before everybody."""

BOARD = "SELECT board FROM score_boards WHERE name = ? AND opens_at = ?"
NEXT_BOARD = "SELECT coalesce(max(board), 0) + 1 FROM score_boards"
HERS = "SELECT subject, post, score, at, down, total_at FROM scores WHERE board = ? AND subject IN ({})"
SHOWN = HERS + " AND down IS NOT NULL"
PUT = (
    "INSERT INTO scores (board, subject, post, score, at, down, total_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (board, subject, post) DO UPDATE"
    " SET score = excluded.score, at = excluded.at, down = excluded.down, total_at = excluded.total_at"
)
REMOVE = "DELETE FROM scores WHERE board = ? AND subject = ? AND post = ?"
BLOCK = (
    "SELECT from_down, from_at, from_subject, people FROM score_blocks"
    " WHERE board = ? AND (from_down, from_at, from_subject) <= (?, ?, ?)"
    " ORDER BY from_down DESC, from_at DESC, from_subject DESC LIMIT 1"
)
ADD = (
    "UPDATE score_blocks SET people = people + ? WHERE board = ? AND from_down = ? AND from_at = ? AND from_subject = ?"
    " RETURNING people"
)
DROP = "DELETE FROM score_blocks WHERE board = ? AND from_down = ? AND from_at = ? AND from_subject = ?"
MIDDLE = (
    "SELECT down, total_at, subject FROM scores WHERE board = ? AND down IS NOT NULL"
    " AND (down, total_at, subject) >= (?, ?, ?) ORDER BY down, total_at, subject LIMIT 1 OFFSET ?"
)
BOARDS_OF = "SELECT DISTINCT board, is_sum FROM scores JOIN score_boards USING (board) WHERE subject IN ({})"

Key = tuple[int, int, int]
"""(down, at, subject): where somebody stands."""


class Row(NamedTuple):
    """A score of one subject; where `down` is, it stands for the person."""

    subject: int
    post: int
    score: int
    at: int
    down: int | None = None
    total_at: int | None = None


def score(doing: Doing, place: int, step: Score) -> Effect:
    """Add to a person's sum, or post a score of which the best counts. `used` is what she has then."""
    if doing.is_held:
        return Effect(place)
    board = _board(doing.raw, step)
    hers = _hers(doing.raw, board, doing.wallet(step.subject), HERS if step.is_sum else SHOWN)
    post = 0 if step.is_sum else doing.act * STEPS_PER_ACT + place
    before = next((row.score for row in hers if (row.subject, row.post) == (step.subject, post)), 0)
    new = Row(step.subject, post, before + step.amount, doing.now)
    rest = [row for row in hers if (row.subject, row.post) != (new.subject, new.post)]
    total = _stand(doing.raw, board, hers, [*rest, new], is_sum=step.is_sum)
    return Effect(place, step.amount, used=total)


def undo_score(doing: Doing, step: Score, effect: Effect, amount: int, of: int) -> None:
    """Take back a score of act `of`, or a part of it. What is left was reached when the last was posted."""
    board = _board(doing.raw, step)
    hers = _hers(doing.raw, board, doing.wallet(step.subject))
    post = 0 if step.is_sum else of * STEPS_PER_ACT + effect.step
    wanted = [_less(row, amount) if (row.subject, row.post) == (step.subject, post) else row for row in hers]
    _stand(doing.raw, board, hers, [row for row in wanted if row.score > 0], is_sum=step.is_sum)


def regroup(raw: Raw, wallets: Iterable[Sequence[SubjectId]]) -> None:
    """Let people stand as what they are now: two who became one, one who became two."""
    for wallet in wallets:
        for board, is_sum in raw.execute(BOARDS_OF.format(marks(len(wallet))), tuple(wallet)).fetchall():
            hers = _hers(raw, board, wallet)
            _stand(raw, board, hers, hers, is_sum=bool(is_sum))


def leave(raw: Raw, subjects: Sequence[SubjectId]) -> None:
    """Take somebody who is erased off every board."""
    for board, is_sum in raw.execute(BOARDS_OF.format(marks(len(subjects))), tuple(subjects)).fetchall():
        _stand(raw, board, _hers(raw, board, subjects), [], is_sum=bool(is_sum))


def _board(raw: Raw, step: Score) -> int:
    found = raw.execute(BOARD, (step.board, step.window)).fetchone()
    if found is not None:
        return int(found[0])
    number = int(raw.execute(NEXT_BOARD).fetchone()[0])
    raw.insert_many(score_boards, [(number, step.board, step.window, int(step.is_sum))])
    raw.insert_many(score_blocks, [(number, *FIRST, 0)])
    return number


def _hers(raw: Raw, board: int, wallet: Sequence[SubjectId], which: str = HERS) -> list[Row]:
    return [Row(*row) for row in raw.execute(which.format(marks(len(wallet))), (board, *wallet)).fetchall()]


def _stand(raw: Raw, board: int, before: Sequence[Row], after: Sequence[Row], *, is_sum: bool) -> int:
    """Write what has changed of a person's rows, and where she stands; return her total."""
    total, at, shown = _standing(after, is_sum=is_sum)
    wanted = {(row.subject, row.post): row._replace(down=None, total_at=None) for row in after}
    if shown is not None:
        wanted[shown.subject, shown.post] = shown._replace(down=-total, total_at=at)
    former = {(row.subject, row.post): row for row in before}
    for row in former.values():
        if (row.subject, row.post) not in wanted:
            raw.execute(REMOVE, (board, row.subject, row.post))
    for place, row in wanted.items():
        if former.get(place) != row:
            raw.execute(PUT, (board, *row))
    left, came = _keys(former.values()), _keys(wanted.values())
    for key in left - came:
        _leave_block(raw, board, key)
    for key in came - left:
        _enter_block(raw, board, key)
    return total


def _standing(rows: Sequence[Row], *, is_sum: bool) -> tuple[int, Micros, Row | None]:
    """Return the total, when it was reached, and the row that stands for the person."""
    if not rows:
        return 0, Micros(0), None
    if is_sum:
        return sum(row.score for row in rows), Micros(max(row.at for row in rows)), min(rows)
    best = min(rows, key=lambda row: (-row.score, row.at, row.subject, row.post))
    return best.score, Micros(best.at), best


def _keys(rows: Iterable[Row]) -> set[Key]:
    return {(row.down, row.total_at or 0, row.subject) for row in rows if row.down is not None}


def _enter_block(raw: Raw, board: int, key: Key) -> None:
    *start, _ = raw.execute(BLOCK, (board, *key)).fetchone()
    (people,) = raw.execute(ADD, (1, board, *start)).fetchone()
    if people > BLOCK_MAX:
        stay = people // 2
        middle = raw.execute(MIDDLE, (board, *start, stay)).fetchone()
        raw.execute(ADD, (stay - people, board, *start)).fetchone()
        raw.insert_many(score_blocks, [(board, *middle, people - stay)])


def _leave_block(raw: Raw, board: int, key: Key) -> None:
    *start, _ = raw.execute(BLOCK, (board, *key)).fetchone()
    (people,) = raw.execute(ADD, (-1, board, *start)).fetchone()
    if people < BLOCK_MIN and tuple(start) != FIRST:
        raw.execute(DROP, (board, *start))
        *before, _ = raw.execute(BLOCK, (board, *start)).fetchone()
        raw.execute(ADD, (people, board, *before)).fetchone()


def _less(row: Row, amount: int) -> Row:
    return row._replace(score=row.score - amount)
