"""Leaderboards: a million people on one board; scores posted as acts, the top hundred and a rank looked up.

Beside it by hand: the same score in a table with an index in the order of scores, and a rank counted row by row.
"""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from bench.acts import ask_all
from bench.figures import Figure, Limit, Settings, percentile
from bench.store import copied, people_store
from interplay.acts import api as acts
from interplay.acts import scoring, store
from interplay.acts.contracts import Act, Do, Score, Tell
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import Home, open_home
from interplay.engine.oltp.contracts import Command, Tx, write
from interplay.kernel.ids import Micros, SubjectId

TARGET = 2_000
LOOK_MS_MAX = 10.0
PEOPLE = 1_000_000
CUSTOMERS = 200_000  # of them are real; the others only stand on the board
POSTS = 20_000
LOOKS = 500
GROUP = 32
SCORE_MAX = 50_000  # so that many are equal
BLOCK = 1_500
BOARD = "bench"
Key = tuple[int, int, int]


def measure(settings: Settings) -> list[Figure]:
    """Post to a full board, and look at it; once more with a score that everybody has."""
    people = 100_000 if settings.is_quick else PEOPLE
    posts = 2_000 if settings.is_quick else POSTS
    with copied(people_store(settings, CUSTOMERS), settings.folder / "run") as copy:
        home = open_home(copy.folder)
        door = Door(home)
        try:
            settings.say(f"boards: {people:,} people stand …")
            keys = standing(people)
            write(door.writer, Command("bench.seed", int, None, lambda tx, _: _seed(tx, keys)), 0)
            per_second = _posts(door, posts)
            looks = _looks(home, people)
            if broken := acts.check(home.database):
                raise RuntimeError(f"the board is broken: {broken}")
        finally:
            door.close()
            home.close()
    settings.say("boards: by hand …")
    by_hand, counted = _by_hand(settings.folder / "boards-by-hand.sqlite", keys, posts)
    slowest = max(looks.values())
    return [
        Figure(
            row="leaderboard, scores posted",
            what=f"{people:,} people on the board; key, score, rank's blocks, fact and receipt, each durable",
            value=per_second, unit="posts/s", limit=Limit(f"the score alone by hand, {GROUP} a commit", by_hand),
            target=f"≥ {TARGET:,}/s", is_met=per_second >= TARGET,
        ),
        Figure(
            row="leaderboard, looked at",
            what="the slowest p99 of: the top hundred, a rank anywhere",
            value=slowest, unit="ms", limit=Limit("a rank by count(*), median", counted),
            target=f"< {LOOK_MS_MAX:.0f} ms", is_met=slowest < LOOK_MS_MAX, details=looks,
        ),
    ]  # fmt: skip


def standing(people: int) -> list[Key]:
    """Return who stands where: scores of a game, most of them small, many equal."""
    rng = random.Random(3)
    made = ((-1 - int(SCORE_MAX * rng.random() ** 3), number, number) for number in range(1, people + 1))
    return sorted(made)


def _seed(tx: Tx, keys: Sequence[Key]) -> None:
    raw = tx.raw
    raw.insert_many(store.score_boards, [(1, BOARD, 0, 1)])
    rows = [(1, subject, 0, -down, at, down, at) for down, at, subject in keys]
    for some in range(0, len(rows), 10_000):
        raw.insert_many(store.scores, rows[some : some + 10_000])
    starts = range(0, len(keys), BLOCK)
    blocks = [(1, *(keys[at] if at else scoring.FIRST), min(BLOCK, len(keys) - at)) for at in starts]
    raw.insert_many(store.score_blocks, blocks)


def _posts(door: Door, count: int) -> float:
    rng = random.Random(4)
    asks = [
        Do(_act(number, SubjectId(1 + rng.randrange(CUSTOMERS)), 1 + rng.randrange(500))) for number in range(count)
    ]
    began = time.perf_counter()
    ask_all(door, asks)
    return count / (time.perf_counter() - began)


def _act(number: int, subject: SubjectId, amount: int) -> Act:
    told = Tell("score.posted", subject, {"score": amount, "campaign_id": "bench"}, {"score_total": (0, "used")})
    return Act(f"post:{number}", "post", acts.body_of([number]), (Score(BOARD, subject, amount),), (told,), subject)


def _looks(home: Home, people: int) -> dict[str, float]:
    rng = random.Random(5)
    whom = [SubjectId(1 + rng.randrange(people)) for _ in range(LOOKS)]
    return {
        "top 100, p99 ms": _p99(lambda _: acts.top(home.database, BOARD, Micros(0), 100), whom),
        "my rank, p99 ms": _p99(lambda one: acts.standing(home.database, BOARD, Micros(0), [one]), whom),
    }


def _p99(look: Callable[[SubjectId], object], whom: Sequence[SubjectId]) -> float:
    return percentile(sorted(_times(look, whom)), 0.99) * 1_000


def _times(look: Callable[[SubjectId], object], whom: Sequence[SubjectId]) -> Iterator[float]:
    for one in whom:
        began = time.perf_counter()
        assert look(one)
        yield time.perf_counter() - began


def _by_hand(path: Path, keys: Sequence[Key], posts: int) -> tuple[float, float]:
    """Return posts a second, and the median of a rank counted row by row, in milliseconds."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("CREATE TABLE best (subject INTEGER PRIMARY KEY, down INTEGER, at INTEGER)")
        raw.execute("BEGIN")
        raw.executemany("INSERT INTO best VALUES (?, ?, ?)", [(subject, down, at) for down, at, subject in keys])
        raw.execute("CREATE INDEX by_score ON best (down, at, subject)")
        raw.execute("COMMIT")
        rng = random.Random(4)
        began = time.perf_counter()
        for start in range(0, posts, GROUP):
            raw.execute("BEGIN IMMEDIATE")
            for number in range(start, start + GROUP):
                row = (1 + rng.randrange(500), 10**9 + number, 1 + rng.randrange(CUSTOMERS))
                raw.execute("UPDATE best SET down = down - ?, at = ? WHERE subject = ?", row)
            raw.execute("COMMIT")
        per_second = posts / (time.perf_counter() - began)
        taken = []
        for _ in range(30):
            began = time.perf_counter()
            mine = raw.execute(
                "SELECT down, at FROM best WHERE subject = ?", (1 + rng.randrange(len(keys)),)
            ).fetchone()
            raw.execute("SELECT count(*) FROM best WHERE (down, at) < (?, ?)", mine).fetchone()
            taken.append(time.perf_counter() - began)
    path.unlink()
    return per_second, sorted(taken)[len(taken) // 2] * 1_000
