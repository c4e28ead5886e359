"""Tables and migrations, the write-ahead log's length, and a disk that is full."""

import resource
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from interplay.bootstrap import door, mind  # noqa: F401 - every table is declared by what these import
from interplay.bootstrap.schema import HEAD, upgrade, version
from interplay.engine.log.read import LogReader
from interplay.engine.oltp import checkpointer
from interplay.engine.oltp.checkpointer import Checkpointer
from interplay.engine.oltp.contracts import Command, write
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.sqlite import SqliteDatabase
from interplay.engine.oltp.writer import Writer
from interplay.kernel.errors import AppError
from tests.stores import DoorOnly, fact, user, world


@contextmanager
def file_size_at_most(bytes_max):
    """Let every write beyond this size fail in this process, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_migrations_make_exactly_the_declared_tables(tmp_path):
    database = SqliteDatabase(tmp_path)
    upgrade(database)
    with database.engine_for_writer().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        names = set(inspect(connection).get_table_names()) - {"alembic_version"}
        options = {name: inspect(connection).get_table_options(name) for name in names}
    assert names == set(metadata.tables)
    assert options["log_ids"] == {"sqlite_with_rowid": False}


def test_the_newest_script_is_the_head():
    from interplay.engine.oltp import migrations

    scripts = ScriptDirectory(next(iter(migrations.__path__)))
    assert scripts.get_heads() == [HEAD]


def test_a_second_upgrade_changes_nothing(tmp_path):
    database = SqliteDatabase(tmp_path)
    upgrade(database)
    before = _dump(database)
    upgrade(database)
    assert _dump(database) == before


def test_data_of_a_newer_version_is_refused(tmp_path):
    database = SqliteDatabase(tmp_path)
    upgrade(database)
    raw = sqlite3.connect(database.path)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    with pytest.raises(AppError) as refused:
        upgrade(database)
    assert refused.value.code == "home.newer"
    assert "9999" in str(refused.value)
    assert HEAD in str(refused.value)
    with database.read() as connection:
        assert version(connection) == "9999"
    raw.close()


def _dump(database):
    raw = sqlite3.connect(database.path)
    try:
        return list(raw.iterdump())
    finally:
        raw.close()


def test_the_write_ahead_log_stays_short_under_continuous_writing(tmp_path, monkeypatch):
    for name, value in {"SECONDS_BETWEEN": 0.02, "LOG_BYTES_MIN": 64_000, "LOG_BYTES_LONG": 1_000_000}.items():
        monkeypatch.setattr(checkpointer, name, value)
    database = SqliteDatabase(tmp_path)
    writer = Writer(database, world())
    write(writer, Command("make", str, None, lambda tx, _: tx.raw.execute("CREATE TABLE t (x BLOB)") and None), "")
    fill = Command("fill", str, None, lambda tx, _: tx.raw.execute("INSERT INTO t VALUES (zeroblob(20000))") and None)
    keeper = Checkpointer(database, writer)
    log = tmp_path / f"{database.path.name}-wal"
    stop, longest = threading.Event(), 0

    def read():
        while not stop.is_set():
            with database.read() as connection:
                connection.exec_driver_sql("SELECT max(rowid) FROM t").fetchall()
            time.sleep(0.005)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(1_500):  # 30 MB
        write(writer, fill, "")
        longest = max(longest, log.stat().st_size)
    stop.set()
    reader.join()
    keeper.close()
    writer.close()
    assert longest < 12_000_000
    raw = sqlite3.connect(database.path)
    assert raw.execute("SELECT count(*), sum(length(x)) FROM t").fetchone() == (1_500, 1_500 * 20_000)
    raw.close()


def test_what_was_deleted_leaves_the_file_and_the_write_ahead_log(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpointer, "SECONDS_BETWEEN", 0.02)
    monkeypatch.setattr(checkpointer, "LOG_SECONDS_MAX", 0.1)
    database = SqliteDatabase(tmp_path)
    writer = Writer(database, world())
    keeper = Checkpointer(database, writer)

    def run(sql):
        write(writer, Command("run", str, None, lambda tx, sql: tx.raw.execute(sql) and None), sql)

    run("CREATE TABLE t (x TEXT)")
    run("INSERT INTO t VALUES ('planted'), ('kept')")
    run("DELETE FROM t WHERE x = 'planted'")
    until = time.monotonic() + 10
    while (tmp_path / f"{database.path.name}-wal").stat().st_size and time.monotonic() < until:
        time.sleep(0.02)
    found = [path.name for path in tmp_path.iterdir() if b"planted" in path.read_bytes()]
    keeper.close()
    writer.close()
    assert found == []


def test_a_full_disk_is_said_and_forgotten_once_there_is_room(tmp_path):
    with DoorOnly(tmp_path / "data") as store:
        kept = [store.store(fact("a.b", user(n), key=n))[0].position for n in range(20)]
        with file_size_at_most(store.database.path.with_name("interplay.sqlite-wal").stat().st_size):
            with pytest.raises(AppError, match="nothing was stored, because the disk said") as refused:
                store.store(fact("new.name", user("new"), key="full"))
            assert refused.value.status == 503
        assert [row.position for row in store.rows()] == kept
        again, other = store.store(fact("new.name", user("new"), key="full"), fact("a.b", user(3), key="x"))
        assert (again.is_new, other.is_new) == (True, True)
        rows = store.rows()
        assert [row.name for row in rows[20:]] == ["new.name", "a.b"]
        assert rows[21].subject == rows[3].subject
        assert all(store.keys.open(row.subject, row.body) for row in rows)


def test_a_key_file_that_cannot_grow_loses_the_group_and_no_key(tmp_path):
    with DoorOnly(tmp_path / "data") as store:
        store.store(fact("a.b", user(1)))
        path = store.folder / "subjects.keys"
        with file_size_at_most(path.stat().st_size + 16), pytest.raises(AppError) as refused:  # half a key
            store.store(fact("a.b", user(2)))
        assert refused.value.code == "engine.storage"
        assert len(store.rows()) == 1
        store.store(fact("a.b", user(2)))
        assert [store.keys.open(row.subject, row.body) is not None for row in store.rows()] == [True, True]


WRITE_FOREVER = """
import sys
from pathlib import Path
from tests.stores import DoorOnly, fact, user
with DoorOnly(Path(sys.argv[1])) as store:
    n = int(sys.argv[2])
    while True:
        at = store.store(fact("a.b", user(n % 50), user(f"{n}-also"), key=n))[0]
        print(n, at.position, flush=True)
        n += 1
"""


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path):
    folder, told = tmp_path / "data", {}
    DoorOnly(folder).close()
    for start in (0, 1_000, 2_000):
        command = [sys.executable, "-c", WRITE_FOREVER, str(folder), str(start)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines = [process.stdout.readline() for _ in range(40)]
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
        told |= {int(a): int(b) for a, b in (line.split() for line in lines if line.endswith("\n"))}
    with DoorOnly(folder) as store:
        rows = {row.position: row for row in store.rows()}
        assert set(told.values()) <= set(rows)
        assert len(rows) <= len(told) + 3  # at most one per kill was stored and not acknowledged
        assert all(store.keys.open(row.subject, row.body) for row in rows.values())
        again = store.store(*(fact("a.b", user(n % 50), user(f"{n}-also"), key=n) for n in told))
        assert [(at.position, at.is_new) for at in again] == [(position, False) for position in told.values()]
        reader = LogReader(store.database)
        assert reader.subjects(0, 10**9, 10**6) == sorted(
            {one for row in rows.values() for one in (row.subject, *row.also)}
        )
        reader.close()
