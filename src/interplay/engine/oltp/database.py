"""The SQLite file: how it is opened, and what every connection promises."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool, StaticPool

FILE_NAME = "interplay.sqlite"
BUSY_MS_MAX = 10_000
WRITER_CACHE_KB = 65_536
READER_CACHE_KB = 4_096
READERS_KEPT_MAX = 4
READERS_MAX = 32


class Database:
    """The files of one data directory's exact state. Any number of readers; who writes is `writer.py`'s business."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._readers = create_engine(
            "sqlite://",
            creator=self.connect_reader,
            poolclass=QueuePool,
            pool_size=READERS_KEPT_MAX,
            max_overflow=READERS_MAX - READERS_KEPT_MAX,
            isolation_level="AUTOCOMMIT",
        )

    def engine_for_writer(self) -> Engine:
        """Return an engine of one connection that begins transactions only when told to."""
        return create_engine(
            "sqlite://",
            creator=self._connect_writer,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
        )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a read-only connection that sees one moment of the database from its first query on."""
        with self._readers.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def connect_reader(self) -> sqlite3.Connection:
        """Return a plain read-only connection for the log's own statements; the caller closes it."""
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        raw = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
        raw.execute(f"PRAGMA cache_size = -{READER_CACHE_KB}")
        raw.execute("PRAGMA query_only = ON")
        return raw

    def close(self) -> None:
        """Close the connections that are kept for readers."""
        self._readers.dispose()

    def _connect_writer(self) -> sqlite3.Connection:
        raw = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=512)
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA wal_autocheckpoint = 0")  # the checkpointer does it beside the writer
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not left in a free page
        raw.execute("PRAGMA temp_store = MEMORY")
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
        raw.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KB}")
        return raw
