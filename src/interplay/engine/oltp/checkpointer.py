"""Moving the write-ahead log into the database file, beside the writer, so that no commit waits for it.

The bulk of it happens on a connection of its own; only when the log has grown long does the writer itself,
between two groups, finish the last pages and start the log from its beginning. It is cut to nothing once a minute,
for what was deleted must not stay in it, and no more often: to give blocks back and ask for them again costs every
commit in between.
"""

import os
import sqlite3
import threading
import time
from pathlib import Path

import structlog

from interplay.engine.oltp.database import Database, Raw
from interplay.engine.oltp.sqlite import BUSY_MS_MAX, SqliteDatabase
from interplay.engine.oltp.writer import Writer

SECONDS_BETWEEN = 0.5
LOG_BYTES_MIN = 4 * 1024 * 1024
LOG_BYTES_LONG = 64 * 1024 * 1024
LOG_SECONDS_MAX = 60.0

log = structlog.get_logger()


def keep_short(database: Database, writer: Writer) -> "Checkpointer | None":
    """Return what keeps the log short, where there is one; a server of databases sees to its own."""
    return Checkpointer(database, writer) if isinstance(database, SqliteDatabase) else None


class Checkpointer:
    """A thread that keeps the write-ahead log short."""

    def __init__(self, database: SqliteDatabase, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._log = Path(f"{database.path}-wal")
        self._stop = threading.Event()
        self._emptied_at = 0.0
        self._thread = threading.Thread(target=self._run, name="checkpointer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and leave no write-ahead log behind."""
        self._stop.set()
        self._thread.join()
        self._writer.between(self._empty)

    def _run(self) -> None:
        raw = sqlite3.connect(self._database.path, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA synchronous = FULL")
        page_bytes = raw.execute("PRAGMA page_size").fetchone()[0]
        seen, self._emptied_at = None, time.monotonic()
        while not self._stop.wait(SECONDS_BETWEEN):
            state = self._state()
            if state is None:
                continue
            if time.monotonic() - self._emptied_at > LOG_SECONDS_MAX:
                self._writer.between(self._empty)
            if state.st_size < LOG_BYTES_MIN or state.st_mtime_ns == seen:
                continue
            seen = state.st_mtime_ns
            try:
                if _move(raw) * page_bytes > LOG_BYTES_LONG:
                    _move(raw)  # what came meanwhile, so that little is left for the writer
                    self._writer.between(self._restart)
            except sqlite3.Error as error:  # a full disk: the log keeps everything until there is room
                log.error("checkpoint failed", reason=str(error))
        raw.close()

    def _state(self) -> os.stat_result | None:
        """Return the log's size and when it was last written to, or None when it is empty."""
        try:
            state = self._log.stat()
        except FileNotFoundError:
            return None
        return state if state.st_size else None

    def _restart(self, raw: Raw) -> None:
        """Finish the log's last pages and write it from its beginning again, over blocks that are its own already."""
        self._finish(raw, "RESTART")

    def _empty(self, raw: Raw) -> None:
        """Finish the log's last pages and cut it to nothing: what was deleted must not stay in it."""
        if not self._finish(raw, "TRUNCATE"):
            self._emptied_at = time.monotonic()

    @staticmethod
    def _finish(raw: Raw, how: str) -> bool:
        """Return whether a reader holds the log; then another time will do."""
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            return bool(raw.execute(f"PRAGMA wal_checkpoint({how})").fetchone()[0])
        finally:
            raw.execute(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")


def _move(raw: sqlite3.Connection) -> int:
    """Move what no reader holds back into the database file, beside the writer; return the log's length in pages."""
    _, pages, _ = raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)
