"""The rows that an act leaves, written by hand: the limit beside which acts are measured."""

import sqlite3
import struct
import time
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree

from interplay.acts import ledger, pooling
from interplay.bootstrap.home import create
from interplay.engine.oltp.sqlite import FILE_NAME
from interplay.kernel.settings import Brand, Settings

GROUP = 32
CUSTOMERS = 200_000
STOCK = 10**9
BODY_DIGESTS = 12  # about as many bytes as a fact's body and an act's receipt have
TAKE = (
    "INSERT INTO counters (scope, opens_at, subject, used) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (scope, opens_at, subject) DO UPDATE SET used = counters.used + excluded.used"
    " WHERE counters.used + excluded.used <= ? RETURNING used"
)


def by_hand(folder: Path, count: int) -> float:
    """Write the rows that an act leaves into the same tables, by the same statements, and do nothing else."""
    raw = prepared(folder)
    began = time.perf_counter()
    for start in range(0, count, GROUP):
        raw.execute("BEGIN IMMEDIATE")
        for number in range(start, min(start + GROUP, count)):
            one_by_hand(raw, number, 1 + number * 7919 % (CUSTOMERS - 1))
        raw.execute("COMMIT")
    seconds = time.perf_counter() - began
    raw.close()
    rmtree(folder)
    return count / seconds


def one_by_hand(raw: sqlite3.Connection, number: int, subject: int) -> None:
    digest = blake2b(number.to_bytes(8, "little"), digest_size=16).digest()
    high, low = struct.unpack("<qq", digest)
    raw.execute("SELECT act FROM acts WHERE digest = ?", (digest,)).fetchone()
    raw.execute("SAVEPOINT part")
    raw.execute(TAKE, ("draws", 0, subject, 1, 1_000)).fetchone()
    lots = raw.execute(ledger.OPEN_LOTS.format("?"), ("points", subject)).fetchall()
    raw.execute(ledger.CHANGE, (-1, lots[0][0]))
    raw.execute(pooling.TAKE, (1, "gifts", 1))
    raw.execute(TAKE, ("budget", 0, 0, 5, 10**9)).fetchone()
    raw.execute("RELEASE part")
    entry = "INSERT INTO ledger_entries VALUES (?, ?, 0, 'points', ?, ?, ?)"
    raw.execute(entry, (2 * number + 1, number, "customers", lots[0][0], -1))
    raw.execute(entry, (2 * number + 2, number, "spent", None, 1))
    raw.execute("INSERT INTO log_ids VALUES (?, ?, ?, ?)", (number // 10_000, high, low, number + 1))
    body = digest * BODY_DIGESTS
    raw.execute("INSERT INTO log VALUES (?, 1, ?, NULL, 0, 0, 0, 2, ?)", (number + 1, subject, body))
    raw.execute(
        "INSERT INTO acts VALUES (?, ?, 'play', 'done', 0, NULL, ?, ?, ?, ?, '')",
        (number + 1, digest, subject, digest, number + 1, body),
    )


def prepared(folder: Path) -> sqlite3.Connection:
    """Return a connection to new tables with stock and a lot for every customer."""
    rmtree(folder, ignore_errors=True)
    create(folder, Settings(Brand("By hand")))
    raw = sqlite3.connect(folder / FILE_NAME, isolation_level=None, cached_statements=512, check_same_thread=False)
    raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0")
    raw.execute("BEGIN")
    raw.execute("INSERT INTO pools VALUES (1, 'gifts', ?, ?)", (STOCK, STOCK))
    lots = ((number, "points", number, 1, 1_000, 1_000, 0, None) for number in range(1, CUSTOMERS))
    raw.executemany("INSERT INTO ledger_lots VALUES (?, ?, ?, ?, ?, ?, ?, ?)", lots)
    raw.execute("COMMIT")
    return raw
