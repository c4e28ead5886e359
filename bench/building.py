"""How fast the store itself was built: the log's append and the mind's load, beside plain SQLite and plain DuckDB."""

import sqlite3
import time
from pathlib import Path

import duckdb
import pyarrow as pa

from bench import shop
from bench.facts import visits
from bench.figures import Figure, Limit, Settings
from bench.processes import MIB
from bench.store import Store, shop_store
from interplay.engine.log.contracts import NewFact
from interplay.engine.olap.contracts import FILE_NAME as WAREHOUSE_NAME
from interplay.engine.oltp.sqlite import FILE_NAME
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS_NAME

ROWS_AT_ONCE = 1_000
WAREHOUSE_ROWS_AT_ONCE = 20_000


def measure(settings: Settings) -> list[Figure]:
    """Report what the build of the store took, whenever that was; the limits are measured now."""
    store = shop_store(settings)
    facts = list(visits(0, settings.facts, settings.customers, settings.seed))
    notes = store.notes
    return [
        Figure(
            row="building the store",
            what=f"append to the log, groups of {ROWS_AT_ONCE:,}, sealed, fsync each",
            value=notes.appended / notes.append_seconds,
            unit="facts/s",
            limit=Limit("plain SQLite, same ids and bodies", _plain_sqlite(settings.folder / "plain.sqlite", facts)),
            details={"log bytes a fact": store.size_bytes(FILE_NAME) / settings.facts},
        ),
        Figure(
            row="building the store",
            what="the mind loads: identity, bodies opened, columns",
            value=notes.loaded / notes.load_seconds,
            unit="facts/s",
            limit=Limit("plain DuckDB, whole tables", _plain_duckdb(settings.folder / "plain.duckdb", facts)),
            details=_sizes(store),
        ),
        Figure(
            row="building the store",
            what="sorting the warehouse",
            value=notes.loaded / notes.compact_seconds,
            unit="facts/s",
        ),
    ]


def _sizes(store: Store) -> dict[str, float]:
    return {name: store.size_bytes(name) / MIB for name in (FILE_NAME, WAREHOUSE_NAME, KEYS_NAME)}


def _plain_sqlite(file: Path, facts: list[NewFact]) -> float:
    """Return rows a second of the same ids and bodies in groups, flushed, with the same index."""
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE ids (hour, high, low, position, PRIMARY KEY (hour, high, low)) WITHOUT ROWID")
    raw.execute("CREATE TABLE log (position INTEGER PRIMARY KEY, at INTEGER, body BLOB)")
    began = time.perf_counter()
    for start in range(0, len(facts), ROWS_AT_ONCE):
        group = list(enumerate(facts[start : start + ROWS_AT_ONCE], start + 1))
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(
            "INSERT OR IGNORE INTO ids VALUES (?, ?, ?, ?)", [(f.hour, f.key[:8], f.key[8:], n) for n, f in group]
        )
        raw.executemany("INSERT INTO log VALUES (?, ?, ?)", [(n, fact.occurred_at, fact.body) for n, fact in group])
        raw.execute("COMMIT")
    seconds = time.perf_counter() - began
    raw.close()
    for stale in file.parent.glob(f"{file.name}*"):
        stale.unlink()
    return len(facts) / seconds


def _plain_duckdb(file: Path, facts: list[NewFact]) -> float:
    """Return rows a second of ready-made columns, as wide as what the mind loads is in use."""
    happenings = list(shop.chunk(0, shop.CHUNK_FACTS, shop.CHUNK_FACTS // 20, 1))[: len(facts)]
    table = pa.table(
        {
            "position": range(len(happenings)),
            "subject": [one.customer for one in happenings],
            "name": [one.name for one in happenings],
            "occurred_at": [one.at for one in happenings],
            "value": [one.price for one in happenings],
            "channel": ["web"] * len(happenings),
            "category": [f"{one.product % 40}" for one in happenings],
        }
    )
    raw = duckdb.connect(str(file))
    raw.register("ready", table.slice(0, 0))
    raw.execute("CREATE TABLE facts AS FROM ready")
    began = time.perf_counter()
    for start in range(0, table.num_rows, WAREHOUSE_ROWS_AT_ONCE):
        raw.register("ready", table.slice(start, WAREHOUSE_ROWS_AT_ONCE))
        raw.execute("INSERT INTO facts FROM ready")
    seconds = time.perf_counter() - began
    raw.close()
    for stale in file.parent.glob(f"{file.name}*"):
        stale.unlink()
    return len(happenings) / seconds
