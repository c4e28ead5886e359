"""A PostgreSQL database: how it is reached, and what every connection promises.

Several processes write to it. A transaction holds advisory locks from its begin to its end: whoever appends has the
log's, so a position is visible before the next one is given; whoever does not say how little it needs has all of them,
and runs as with SQLite's one writer.
A writer that hangs with the lock is thrown out by the server, and what it did is taken back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

import psycopg
from psycopg.abc import Buffer, Dumper
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import StrBinaryDumper
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.pool import NullPool, QueuePool

from interplay.engine.oltp.contracts import StorageError
from interplay.engine.oltp.database import Lead, Lock, Raw, Rows
from interplay.engine.oltp.postgres_raw import PostgresRaw, PsycopgConnection, failure
from interplay.kernel.errors import AppError

SCHEMES = ("postgresql://", "postgres://")
VERSION_MIN = 13
ENCODING = "UTF8"
CONNECT_SECONDS_MAX = 5
READERS_KEPT_MAX = 4
LENT_KEPT_MAX = 16  # as many as there are threads at the tills' counter
READERS_MAX = 32
WRITING, LEADING, MIGRATING = 10, 20, 30  # what an advisory lock is for; its second number tells the schemas apart

_EVERYBODY = (
    "SET jit = off; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3;"
)
# A plan made while a table was small must not scan it when it has grown: who writes looks everything up by a key.
_WRITER = (
    _EVERYBODY + "SET synchronous_commit = on; SET enable_seqscan = off;"
    " SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '15s'"
)
_READER = (
    _EVERYBODY + "SET default_transaction_read_only = on; SET default_transaction_isolation = 'repeatable read';"
    " SET idle_in_transaction_session_timeout = '10min'"
)


class _TextDumper(StrBinaryDumper):
    """PostgreSQL keeps no U+0000 in a text; what somebody sends must not fail for it, so it is shown as unreadable."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


# One width for all integers: else each mixture of small and large ones is another statement to prepare.
_DUMPERS: tuple[tuple[type, type[Dumper]], ...] = ((int, Int8BinaryDumper), (str, _TextDumper))


class PostgresDatabase:
    """The database at a URL. Raises AppError `database.*`, in the words of who set it up, when it cannot be used."""

    name = "PostgreSQL"
    is_shared = True

    def __init__(self, url: str) -> None:
        parts = _parts(url)
        self._url = url
        host = parts.get("host") or parts.get("hostaddr") or "localhost"
        self.place = f"{host}:{parts.get('port') or 5432}/{parts.get('dbname') or parts.get('user') or ''}"
        self._idle: list[PsycopgConnection] = []
        self._lock = threading.Lock()
        self._readers = self._engine(_READER, QueuePool)

    @cached_property
    def _schema(self) -> int:
        """Return a number for the schema: brands in schemas of one database have locks of their own."""
        with self._connect(_EVERYBODY) as connection:
            row = connection.execute("SELECT hashtext(current_schema()::text)").fetchone()
        assert row is not None
        if row[0] is None:
            raise AppError("database.unreachable", status=503, place=self.place, reason="search_path names no schema")
        return int(row[0])

    def engine_for_writer(self) -> Engine:
        return self._engine(_WRITER, NullPool)

    def raw_of(self, connection: Connection) -> Raw:
        below = connection.connection.driver_connection
        assert isinstance(below, psycopg.Connection)
        # an offset, for the first number of a lock says what it is for
        locks = {one: f"SELECT pg_advisory_xact_lock({WRITING + one}, {self._schema})" for one in (Lock.LOG, Lock.REST)}
        return PostgresRaw(below, locks)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._begun() as connection:
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    connection.exec_driver_sql("ROLLBACK")

    def connect_reader(self) -> Raw:
        return _Reader(self)

    def check(self, connection: Connection) -> str:
        query = "SELECT current_setting('fsync'), (SELECT count(*) FROM pg_index WHERE NOT indisvalid)"
        fsync, broken = connection.exec_driver_sql(query).one()
        if fsync != "on":
            return "fsync is off in postgresql.conf: what was acknowledged may be lost"
        return "ok" if not broken else f"{broken} indexes are not valid"

    def try_lead(self) -> Lead | None:
        return _Lead.of(self._connect(_EVERYBODY), self._schema)

    def hold_migrations(self, connection: Connection) -> None:
        """Wait until no other process changes tables; the lock ends with the transaction."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING}, {self._schema})")

    def close(self) -> None:
        self._readers.dispose()
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _begun(self) -> Connection:
        """Return a connection that has begun; where a kept one turns out to be lost, a new one."""
        connection = self._readers.connect()
        try:
            connection.exec_driver_sql("BEGIN")
        except StorageError:
            connection.close()
            connection = self._readers.connect()
            connection.exec_driver_sql("BEGIN")
        return connection

    def lend(self) -> PsycopgConnection:
        """Return a connection for reading, a kept one where there is any; it may have been lost meanwhile."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self.connect()

    def connect(self) -> PsycopgConnection:
        """Return a new connection for reading."""
        return self._connect(_READER)

    def take_back(self, connection: PsycopgConnection) -> None:
        with self._lock:
            if not connection.closed and len(self._idle) < LENT_KEPT_MAX:
                self._idle.append(connection)
                return
        connection.close()

    def _engine(self, session: str, pool: type[NullPool] | type[QueuePool]) -> Engine:
        kept = {"pool_size": READERS_KEPT_MAX, "max_overflow": READERS_MAX - READERS_KEPT_MAX}
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: self._connect(session),
            poolclass=pool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,  # an error's message gets into the journal
            use_native_hstore=False,
            **(kept if pool is QueuePool else {}),
        )
        event.listen(engine, "handle_error", _tell)
        return engine

    def _connect(self, session: str) -> PsycopgConnection:
        try:
            connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS_MAX,
                application_name="interplay",
                client_encoding="UTF8",
            )
        except psycopg.Error as refused:
            raise _refusal(self.place, refused) from None
        for kind, dumper in _DUMPERS:
            connection.adapters.register_dumper(kind, dumper)
        try:
            self._check_server(connection)
            connection.execute(session.encode())
        except AppError:
            connection.close()
            raise
        except psycopg.Error as refused:
            connection.close()
            raise _refusal(self.place, refused) from None
        return connection

    def _check_server(self, connection: PsycopgConnection) -> None:
        major = connection.info.server_version // 10_000
        if major < VERSION_MIN:
            raise AppError("database.old", place=self.place, given=major, allowed=VERSION_MIN)
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != ENCODING:
            raise AppError("database.encoding", place=self.place, given=encoding, allowed=ENCODING)


def has_password(url: str) -> bool:
    """Return whether a URL holds a password. Raises AppError `database.url`, `database.url_reason`."""
    return bool(_parts(url).get("password"))


def _parts(url: str) -> dict[str, Any]:
    if not url.startswith(SCHEMES):
        raise AppError("database.url", given=url.partition("@")[2] or url)
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as wrong:
        raise AppError("database.url_reason", reason=str(wrong).strip()) from None


class _Reader(PostgresRaw):
    """A lent connection; another one when it was lost, since a reader has nothing that could be lost with it.

    Whether a kept connection still answers shows by its first statement: asking before costs as much as the statement.
    """

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database.lend())
        self._database = database

    def _run(self, statement: bytes, parameters: Any) -> Rows:
        try:
            return super()._run(statement, parameters)
        except StorageError:
            if not self.is_lost:
                raise
        self.connection = self._database.connect()
        return super()._run(statement, parameters)

    def close(self) -> None:
        self._database.take_back(self.connection)


class _Lead:
    """A session that holds the lock for as long as it lives."""

    def __init__(self, connection: PsycopgConnection) -> None:
        self._connection = connection

    @classmethod
    def of(cls, connection: PsycopgConnection, schema: int) -> "_Lead | None":
        with suppress(psycopg.Error):
            row = connection.execute(f"SELECT pg_try_advisory_lock({LEADING}, {schema})".encode()).fetchone()
            if row is not None and row[0]:
                return cls(connection)
        connection.close()
        return None

    def is_held(self) -> bool:
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        self._connection.close()


def _tell(context: ExceptionContext) -> None:
    """Raise a failure of the database as one, also where SQLAlchemy ran the statement."""
    error = context.original_exception
    if isinstance(error, psycopg.Error) and (told := failure(error)) is not None:
        raise told from error


def _refusal(place: str, refused: psycopg.Error) -> AppError:
    reason = " ".join(str(refused).split())
    if "password" in reason:
        return AppError("database.password", status=503, place=place, reason=reason)
    return AppError("database.unreachable", status=503, place=place, reason=reason)
