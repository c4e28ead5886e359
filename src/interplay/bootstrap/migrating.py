"""Moving a data directory's exact state from SQLite to PostgreSQL: all of it, checked, or nothing.

The copy is one transaction of PostgreSQL, and the settings name the new database only after it. Whatever interrupts it
before leaves the directory as it was; when the copy was whole already, doing it again finds that out and goes on.
"""

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec
from sqlalchemy import Connection, inspect

from interplay.bootstrap.home import Hold
from interplay.bootstrap.schema import HEAD, run_scripts, transaction, upgrade, version
from interplay.engine.oltp.copying import Tally, Told, copy_tables, tally
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.opening import check_may_be_kept, open_database
from interplay.engine.oltp.schema import metadata
from interplay.engine.oltp.sqlite import FILE_NAME, SqliteDatabase
from interplay.kernel import settings as settings_file
from interplay.kernel.errors import AppError

FORMER_SUFFIX = ".moved"
MOVES_OF_A_ROW = 3  # counted here, copied, counted there


def migrate(folder: Path, url: str, told: Told = lambda _: None) -> dict[str, Tally]:
    """Move everything to the database at `url`; return what is in each table. The former file is kept beside.

    `told` hears of every row `MOVES_OF_A_ROW` times. Raises AppError `database.*`, `migrate.*` or HeldError; then
    nothing has changed.
    """
    check_may_be_kept(url)
    settings = settings_file.load(folder, {})
    if settings.database.url:
        raise AppError("migrate.already", status=409, given=str(folder))
    target = open_database(folder, url)
    source = SqliteDatabase(folder)
    try:
        with closing(Hold(folder)):
            upgrade(source)
            found = fill(source, target, told)
            write_settings(folder, msgspec.structs.replace(settings, database=settings_file.Database(url)))
            source.close()
            source.empty_log()
            (folder / FILE_NAME).rename(folder / f"{FILE_NAME}{FORMER_SUFFIX}")
    finally:
        source.close()
        target.close()
    return found


def rows_count(folder: Path) -> int:
    """Return how many rows there are to move. Raises AppError `migrate.already`."""
    if settings_file.load(folder, {}).database.url:
        raise AppError("migrate.already", status=409, given=str(folder))
    database = SqliteDatabase(folder)
    with closing(database), database.read() as connection:
        queries = [f"SELECT count(*) FROM {name}" for name in inspect(connection).get_table_names()]
        return sum(int(connection.exec_driver_sql(query).scalar_one()) for query in queries)


def fill(source: Database, target: Database, told: Told = lambda _: None) -> dict[str, Tally]:
    """Copy all tables into an empty database, and check what arrived; return it.

    A database that holds exactly this already is fine. Raises AppError `database.*` or `migrate.differs`.
    """
    engine = target.engine_for_writer()
    try:
        with source.read() as rows, engine.connect() as connection:
            expected = tally(rows, told)
            with transaction(target, connection):
                if not _holds_already(target, connection, expected):
                    run_scripts(connection)
                    copy_tables(rows, target.raw_of(connection), told)
                    _check(expected, tally(connection, told))
    finally:
        engine.dispose()
    return expected


def write_settings(folder: Path, settings: settings_file.Settings) -> None:
    """Put the settings in the place of those that are there, whole or not at all."""
    path = folder / settings_file.FILE_NAME
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(settings_file.dump(settings))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _holds_already(target: Database, connection: Connection, expected: Mapping[str, Tally]) -> bool:
    names = inspect(connection).get_table_names()
    if not names:
        return False
    if set(names) >= metadata.tables.keys() and version(connection) == HEAD and tally(connection) == expected:
        return True
    raise AppError("database.not_empty", status=409, place=target.place, count=len(names), first=min(names))


def _check(expected: Mapping[str, Tally], arrived: Mapping[str, Tally]) -> None:
    for name, one in expected.items():
        if arrived[name] != one:
            raise AppError("migrate.differs", status=500, table=name, given=arrived[name].rows, wanted=one.rows)
