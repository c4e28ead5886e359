"""`python -m bench.bare_door FILE PORT`: the least that a door can do. The limit beside which ours is measured.

ASGI under the same uvicorn, msgspec into typed structs, one SQLite writer with `synchronous = FULL` and group commit,
the same index of ids, a 2xx after the flush. No key check, no catalogue, no identifiers, nothing sealed, nobody reads.
"""

import asyncio
import sqlite3
import sys
import threading
from collections import deque
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from msgspec import Raw, Struct

_TABLES = """
CREATE TABLE IF NOT EXISTS log_ids (hour INTEGER, high INTEGER, low INTEGER, position INTEGER NOT NULL,
                                    PRIMARY KEY (hour, high, low)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (position INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""
GROUP_MAX = 512
HOUR_SECONDS = 3600


class Item(Struct, rename="camel"):
    """What every call has, typed."""

    message_id: str
    timestamp: datetime
    type: str
    event: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    properties: dict[str, Any] = {}
    context: dict[str, Any] = {}


class Batch(Struct):
    batch: list[Raw]


ITEM = msgspec.json.Decoder(Item)
BATCH = msgspec.json.Decoder(Batch)
Row = tuple[int, int, int, bytes]


def prepare(file: Path, store: Path) -> None:
    """Make the bare door's database with the ids of a store, so that both indexes are equally large."""
    file.unlink(missing_ok=True)
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.executescript(_TABLES)
    raw.execute("ATTACH ? AS store", (str(store),))
    raw.execute("INSERT INTO log_ids SELECT hour, high, low, position FROM store.log_ids ORDER BY hour, high, low")
    raw.execute("INSERT INTO log SELECT max(position), x'00' FROM store.log_ids")
    raw.close()


class BareDoor:
    """The ASGI application and its writer."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._position = raw.execute("SELECT coalesce(max(position), 0) FROM log").fetchone()[0]
        self._waiting: deque[tuple[list[Any], asyncio.Future[None]]] = deque()
        self._condition = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        threading.Thread(target=self._write, daemon=True).start()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self._loop = self._loop or asyncio.get_running_loop()
        if scope["method"] == "POST":
            message = await receive()
            body = message["body"]
            while message.get("more_body"):
                message = await receive()
                body += message["body"]
            rows = self.rows_of(scope["path"], body)
            done: asyncio.Future[None] = self._loop.create_future()
            with self._condition:
                self._waiting.append((rows, done))
                self._condition.notify()
            await done
        headers = [(b"content-type", b"application/json"), (b"content-length", b"16")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"success":true}'})

    def _write(self) -> None:
        while True:
            with self._condition:
                while not self._waiting:
                    self._condition.wait()
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_MAX))]
            self.store([row for rows, _ in group for row in rows])
            assert self._loop is not None
            self._loop.call_soon_threadsafe(_settle, [done for _, done in group])

    def rows_of(self, path: str, body: bytes) -> list[Any]:
        """Return what a request asks to be written."""
        return [_row(bytes(item)) for item in (BATCH.decode(body).batch if path == "/v1/batch" else [body])]

    def store(self, rows: list[Any]) -> None:
        """Write a group, and be done when it is on disk."""
        first = self._position + 1
        self._raw.execute("BEGIN IMMEDIATE")
        ids = [(hour, high, low, first + i) for i, (hour, high, low, _) in enumerate(rows)]
        self._raw.executemany("INSERT OR IGNORE INTO log_ids VALUES (?, ?, ?, ?)", ids)
        self._raw.executemany("INSERT INTO log VALUES (?, ?)", [(first + i, row[3]) for i, row in enumerate(rows)])
        self._raw.execute("COMMIT")
        self._position += len(rows)


def _row(body: bytes) -> Row:
    item = ITEM.decode(body)
    digest = blake2b(item.message_id.encode(), digest_size=16).digest()
    high, low = (int.from_bytes(half, "little", signed=True) for half in (digest[:8], digest[8:]))
    return int(item.timestamp.timestamp()) // HOUR_SECONDS, high, low, body


def _settle(waiting: list["asyncio.Future[None]"]) -> None:
    for one in waiting:
        if not one.done():
            one.set_result(None)


def opened(file: str) -> sqlite3.Connection:
    raw = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    raw.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; {_TABLES}")
    return raw


def serve(door: BareDoor, port: int) -> None:
    """Answer until told to stop."""
    sys.setswitchinterval(0.001)
    uvicorn.run(
        door,
        port=port,
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    serve(BareDoor(opened(sys.argv[1])), int(sys.argv[2]))
