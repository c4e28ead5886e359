"""Acts in process: key, limits, ledger, pool, fact and receipt, durable; beside the same rows written by hand."""

import sqlite3
import threading
import time
from pathlib import Path
from shutil import rmtree

from bench.figures import Figure, Limit, Settings, percentile
from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Credit, Debit, Do, Mint, Receipt, Take, Tell
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import create, open_home
from interplay.engine.oltp.contracts import Writing, write
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.settings import Brand
from interplay.kernel.settings import Settings as BrandSettings

TARGET = 3_000
SHARE_MIN = 0.5
CUSTOMERS = 200_000
ACTS = 30_000
AT_ONCE = 32
LOTS = 1_000_000
LOTS_QUICK = 50_000
EXPIRE_SECONDS_MAX = 60.0
GROUP = 32


def measure(settings: Settings) -> list[Figure]:
    """Give, spend, count and take; then let a million lots expire beside it."""
    folder = settings.folder / "acts"
    rmtree(folder, ignore_errors=True)
    create(folder, BrandSettings(Brand("Bench")))
    home = open_home(folder)
    door = Door(home)
    try:
        settings.say("acts: in process …")
        per_second = _acts(settings, door)
        settings.say("acts: the same rows by hand …")
        by_hand = _by_hand(settings.folder / "acts-by-hand.sqlite", 3_000 if settings.is_quick else ACTS)
        settings.say("acts: lots expire …")
        expiry = _expiry(settings, door)
    finally:
        door.close()
        home.close()
        rmtree(folder, ignore_errors=True)
    share = per_second / by_hand
    return [
        Figure(
            row="acts, in process",
            what="key, customer's limit, lots eaten, stock, fact and receipt, each durable",
            value=per_second,
            unit="acts/s",
            limit=Limit(f"the same rows by hand, {GROUP} a commit", by_hand),
            target=f"≥ {TARGET:,}/s and ≥ {SHARE_MIN:.0%} of it",
            is_met=per_second >= TARGET and share >= SHARE_MIN,
        ),
        expiry,
    ]


def _act(number: int, subject: SubjectId) -> Act:
    steps = (
        Count("draws", subject=subject, cap=1_000),
        Debit("points", subject, 1),
        Take("gifts"),
        Count("budget", amount=5, cap=10**9),
    )
    tells = (Tell("draw.played", subject, {"cost": 5, "funder": "brand", "campaign": "bench"}),)
    return Act(f"play:{number}", "play", acts.body_of([number]), steps, tells, subject, gives=True)


def _acts(settings: Settings, door: Door) -> float:
    count = 3_000 if settings.is_quick else ACTS
    writer, do = door.writer, door.home.acts.command
    write(writer, do, Do(Act("stock", "stock", b"s", (Mint("gifts", 10 * count),))))
    people = [SubjectId(1 + number * 7919 % CUSTOMERS) for number in range(count)]
    for subject in set(people):
        give = Act(f"give:{subject}", "give", b"g", (Credit("points", subject, 1_000),), subject=subject)
        writer.submit(do, Do(give))
    _drained(door)
    began = time.perf_counter()
    _ask_all(writer, door, people)
    seconds = time.perf_counter() - began
    if broken := acts.check(door.home.database):
        raise RuntimeError(f"the ledger is broken: {broken}")
    return count / seconds


def _ask_all(writer: Writing, door: Door, people: list[SubjectId]) -> None:
    """Ask for one act after another, always `AT_ONCE` of them at once, as so many tills would."""
    numbers = iter(range(len(people)))
    room = threading.Semaphore(AT_ONCE)
    refused: list[object] = []

    def done(future: object) -> None:
        room.release()
        if not isinstance(answer := future.result(), Receipt):  # type: ignore[attr-defined]
            refused.append(answer)

    for number in numbers:
        room.acquire()
        act = _act(number, people[number])
        writer.submit(door.home.acts.command, Do(act)).add_done_callback(done)
    for _ in range(AT_ONCE):
        room.acquire()
    if refused:
        raise RuntimeError(f"refused: {refused[0]}")


def _drained(door: Door) -> None:
    while door.writer.waiting_count():
        time.sleep(0.01)
    write(door.writer, door.home.acts.command, Do(Act("drained", "drained", b"d")))


def _by_hand(path: Path, count: int) -> float:
    """Write the rows that an act leaves, in as many statements as there are tables, and nothing else."""
    path.unlink(missing_ok=True)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE acts (act INTEGER PRIMARY KEY, digest BLOB UNIQUE, done BLOB);"
        "CREATE TABLE lots (lot INTEGER PRIMARY KEY, subject INTEGER, remaining INTEGER);"
        "CREATE INDEX lots_subject ON lots (subject);"
        "CREATE TABLE entries (entry INTEGER PRIMARY KEY, act INTEGER, lot INTEGER, amount INTEGER);"
        "CREATE TABLE counters (scope TEXT, subject INTEGER, used INTEGER, PRIMARY KEY (scope, subject)) WITHOUT ROWID;"
        "CREATE TABLE pools (pool TEXT PRIMARY KEY, available INTEGER) WITHOUT ROWID;"
        "CREATE TABLE log (position INTEGER PRIMARY KEY, subject INTEGER, body BLOB);"
        "CREATE TABLE ids (hour INTEGER, high INTEGER, low INTEGER, PRIMARY KEY (hour, high, low)) WITHOUT ROWID;"
    )
    raw.execute("INSERT INTO pools VALUES ('gifts', ?)", (10 * count,))
    raw.executemany("INSERT INTO lots VALUES (?, ?, 1000)", ((number, number) for number in range(CUSTOMERS)))
    began = time.perf_counter()
    for start in range(0, count, GROUP):
        raw.execute("BEGIN IMMEDIATE")
        for number in range(start, min(start + GROUP, count)):
            _one_by_hand(raw, number, number * 7919 % CUSTOMERS)
        raw.execute("COMMIT")
    seconds = time.perf_counter() - began
    raw.close()
    path.unlink()
    return count / seconds


def _one_by_hand(raw: sqlite3.Connection, number: int, subject: int) -> None:
    digest = number.to_bytes(16, "little")
    raw.execute("SELECT act FROM acts WHERE digest = ?", (digest,)).fetchone()
    put = (
        "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (scope, subject) DO UPDATE SET used = used + excluded.used"
        " WHERE used + excluded.used <= ?"
    )
    raw.execute(put, ("draws", subject, 1, 1_000))
    lot, _ = raw.execute("SELECT lot, remaining FROM lots WHERE subject = ? AND remaining > 0", (subject,)).fetchone()
    raw.execute("UPDATE lots SET remaining = remaining - 1 WHERE lot = ? AND remaining >= 1", (lot,))
    raw.execute("UPDATE pools SET available = available - 1 WHERE pool = 'gifts' AND available >= 1")
    raw.execute(put, ("budget", 0, 5, 10**9))
    raw.execute("INSERT INTO entries VALUES (NULL, ?, ?, -1), (NULL, ?, NULL, 1)", (number, lot, number))
    raw.execute("INSERT INTO ids VALUES (?, ?, ?)", (number // 1000, hash(digest), number))
    raw.execute("INSERT INTO log VALUES (?, ?, ?)", (number + 1, subject, digest * 12))
    raw.execute("INSERT INTO acts VALUES (?, ?, ?)", (number + 1, digest, digest * 20))


def _expiry(settings: Settings, door: Door) -> Figure:
    """Let lots expire at one instant, in slices, while somebody goes on playing."""
    lots = LOTS_QUICK if settings.is_quick else LOTS
    _give_lots(door, lots)
    expire = acts.expire(door.home.appender, door.home.acts.telling)
    latencies: list[float] = []
    stop = threading.Event()
    player = threading.Thread(target=_play, args=(door, latencies, stop))
    player.start()
    began = time.perf_counter()
    written = 0
    while slice_ := write(door.writer, expire, acts.Expire("old", "points.expired")):
        written += slice_
    seconds = time.perf_counter() - began
    stop.set()
    player.join()
    return Figure(
        row="expiry of lots",
        what=f"{written:,} lots of one instant, in slices, each told; acts go on beside it",
        value=seconds,
        unit="s",
        target=f"< {EXPIRE_SECONDS_MAX:.0f} s",
        is_met=written == lots and seconds < EXPIRE_SECONDS_MAX,
        details={"act p99 ms": percentile(sorted(latencies), 0.99) * 1000},
    )


def _give_lots(door: Door, lots: int) -> None:
    ends = Micros(door.home.world.now() + 1)
    per_act = 200
    for start in range(0, lots, per_act):
        steps = tuple(
            Credit("old", SubjectId(1 + number % CUSTOMERS), 10, expires_at=ends)
            for number in range(start, min(start + per_act, lots))
        )
        while door.writer.waiting_count() > AT_ONCE:
            time.sleep(0.001)
        door.writer.submit(door.home.acts.command, Do(Act(f"old:{start}", "give", b"o", steps)))
    _drained(door)


def _play(door: Door, latencies: list[float], stop: threading.Event) -> None:
    number = 10**9
    while not stop.is_set():
        number += 1
        began = time.perf_counter()
        write(door.writer, door.home.acts.command, Do(_act(number, SubjectId(1))))
        latencies.append(time.perf_counter() - began)
