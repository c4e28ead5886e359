"""Moving the write-ahead log into the database file, beside the writer, so that no commit waits for it.

The bulk of it happens on a connection of its own; only when the log has grown long does the writer itself,
between two groups, finish the last pages and start the log from its beginning; at least once a minute, too, for
what was deleted must not stay in it.
"""

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
        done_bytes, self._emptied_at = 0, time.monotonic()
        while not self._stop.wait(SECONDS_BETWEEN):
            length = self._length()
            if length and time.monotonic() - self._emptied_at > LOG_SECONDS_MAX:
                self._writer.between(self._empty)
            if length < LOG_BYTES_MIN or length == done_bytes:
                continue
            try:
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                if length > LOG_BYTES_LONG:
                    self._writer.between(self._empty)
            except sqlite3.Error as error:  # a full disk: the log keeps everything until there is room
                log.error("checkpoint failed", reason=str(error))
            done_bytes = self._length()
        raw.close()

    def _length(self) -> int:
        try:
            return self._log.stat().st_size
        except FileNotFoundError:
            return 0

    def _empty(self, raw: Raw) -> None:
        """Finish the log's last pages and cut it to nothing; when a reader holds it, another time will do."""
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            is_busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            raw.execute(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
        if not is_busy:
            self._emptied_at = time.monotonic()
