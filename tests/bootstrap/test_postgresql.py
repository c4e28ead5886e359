"""A data directory whose exact state is in PostgreSQL: made, moved there, backed up, restored, and erased from."""

import shutil
from contextlib import closing

import psycopg
import pytest

from interplay.bootstrap import migrating
from interplay.bootstrap.access import Access
from interplay.bootstrap.backups import backup, restore
from interplay.bootstrap.checks import examine_folder
from interplay.bootstrap.home import Hold, create, open_home
from interplay.bootstrap.keys import first_keys
from interplay.bootstrap.migrating import MOVES_OF_A_ROW, migrate, rows_count
from interplay.bootstrap.people import decide, erase_customer
from interplay.bootstrap.registry import Rewrite, rewrite
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import StorageError
from interplay.engine.oltp.copying import tally
from interplay.engine.oltp.schema import metadata
from interplay.kernel import settings as settings_file
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Database, Settings
from interplay.unify.identity.contracts import DecisionKind
from tests.bootstrap.test_backups import answers, content, send
from tests.postgresql import empty_url, new_url, shared_server
from tests.stored import check_folds, facts
from tests.stores import BRAND, fact, new_folder, phone, user

pytestmark = pytest.mark.slow


@pytest.fixture
def url():
    return empty_url()


@pytest.fixture
def lived_in(tmp_path):
    """A directory on SQLite with facts, people, a merge, keys and a document's worth of everything."""
    folder = new_folder(tmp_path / "data")
    send(folder, *range(40))
    first_keys(folder)
    with Access(folder) as access:
        decide(access, DecisionKind.TOGETHER, user(1), user(2), actor="staff", reason="one card")
    return folder


def kept(folder):
    with closing(open_home(folder)) as home, home.database.read() as connection:
        return tally(connection)


def lasting(folder):
    return {name: data for name, data in content(folder).items() if not name.endswith(("-shm", "-wal"))}


def code_of(call, *args, **more):
    with pytest.raises(AppError) as refused:
        call(*args, **more)
    assert "{" not in refused.value.text("zh")
    return refused.value.code


def test_a_directory_is_made_there_and_answers(tmp_path, url):
    create(tmp_path / "data", Settings(BRAND, database=Database(url)))
    assert set(first_keys(tmp_path / "data")) == {"write_key", "secret_key"}
    send(tmp_path / "data", *range(20))
    assert not (tmp_path / "data" / "interplay.sqlite").exists()
    assert answers(tmp_path / "data")[0].population == 5
    findings = examine_folder(tmp_path / "data")
    assert all(one.is_well for one in findings), findings
    assert "PostgreSQL" in findings[0].found
    check_folds(tmp_path / "data")


def test_what_refuses_leaves_nothing_behind(tmp_path):
    settings = Settings(BRAND, database=Database(new_url()))
    assert code_of(create, tmp_path / "data", settings) == "database.not_empty"
    with_password = Settings(BRAND, database=Database("postgresql://me:secret@localhost/shop"))
    assert code_of(create, tmp_path / "data", with_password) == "database.password_kept"
    away = Settings(BRAND, database=Database("postgresql://me@127.0.0.1:1/shop"))
    assert code_of(create, tmp_path / "data", away) == "database.unreachable"
    assert not (tmp_path / "data").exists()


def test_a_database_without_our_tables_is_said(tmp_path, url):
    create(tmp_path / "data", Settings(BRAND, database=Database(url)))
    migrating.write_settings(tmp_path / "data", Settings(BRAND, database=Database(empty_url())))
    assert code_of(open_home, tmp_path / "data") == "home.database"


def test_moving_keeps_every_row_and_every_answer(lived_in, url):
    before, said, stored, rows = kept(lived_in), answers(lived_in), facts(lived_in), []
    moved = migrate(lived_in, url, rows.append)
    assert moved == before == kept(lived_in)
    assert moved.keys() == metadata.tables.keys()
    assert sum(rows) == MOVES_OF_A_ROW * sum(one.rows for one in moved.values())
    assert settings_file.load(lived_in, {}).database.url == url
    assert not (lived_in / "interplay.sqlite").exists()
    assert (lived_in / "interplay.sqlite.moved").exists()
    assert facts(lived_in) == stored
    assert answers(lived_in) == said
    send(lived_in, *range(30, 60))  # ten of them a second time; numbers go on
    with Access(lived_in) as access:
        decide(access, DecisionKind.APART, user(1), user(2), actor="staff", reason="two cards")
        with closing(LogReader(access.home.database)) as reader:
            assert reader.counts() == {"order.completed": 60}
    assert code_of(migrate, lived_in, url) == "migrate.already"
    assert code_of(migrating.rows_count, lived_in) == "migrate.already"


def test_rows_are_counted_for_the_bar(lived_in):
    assert rows_count(lived_in) == sum(one.rows for one in kept(lived_in).values()) + 1  # and alembic's own


def test_a_move_that_is_refused_changes_nothing(lived_in, url):
    before = lasting(lived_in)
    other = new_url()
    assert code_of(migrate, lived_in, other) == "database.not_empty"
    assert code_of(migrate, lived_in, "postgresql://me@127.0.0.1:1/shop") == "database.unreachable"
    with closing(Hold(lived_in)):
        assert code_of(migrate, lived_in, url) == "home.held"
    assert lasting(lived_in) == before
    assert migrate(lived_in, url) == kept(lived_in)


def test_a_move_that_dies_in_the_middle_is_done_again_from_nothing(lived_in, url):
    before, rows = kept(lived_in), 0

    def die(count):
        nonlocal rows
        rows += count
        if rows > 1.5 * sum(one.rows for one in before.values()):
            raise StorageError("the cable")

    with pytest.raises(StorageError):
        migrate(lived_in, url, die)
    assert settings_file.load(lived_in, {}).database.url == ""
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    assert kept(lived_in) == before
    assert migrate(lived_in, url) == before


def test_a_move_that_died_before_the_settings_goes_on(lived_in, url, tmp_path):
    shutil.copytree(lived_in, tmp_path / "copy")
    before = migrate(lived_in, url)
    assert migrate(tmp_path / "copy", url) == before  # the same rows are there: only the settings are to be written
    assert kept(tmp_path / "copy") == before


def test_a_row_that_did_not_arrive_is_noticed(lived_in, url, monkeypatch):
    copy = migrating.copy_tables

    def lose_one(source, target, told):
        copy(source, target, told)
        target.execute("DELETE FROM log WHERE position = 7")

    monkeypatch.setattr(migrating, "copy_tables", lose_one)
    assert code_of(migrate, lived_in, url) == "migrate.differs"
    assert settings_file.load(lived_in, {}).database.url == ""
    monkeypatch.undo()
    assert migrate(lived_in, url)["log"].rows == 40


def test_a_backup_of_postgresql_is_restored_to_either(lived_in, url, tmp_path):
    migrate(lived_in, url)
    before, said = kept(lived_in), answers(lived_in)
    with closing(open_home(lived_in)) as home:
        backup(home, tmp_path / "backup.tar.gz", tmp_path / "keys")
    send(lived_in, 100)  # after it
    assert restore(tmp_path / "file", tmp_path / "backup.tar.gz", tmp_path / "keys") is None
    assert settings_file.load(tmp_path / "file", {}).database.url == ""
    assert kept(tmp_path / "file") == before
    assert answers(tmp_path / "file") == said
    other = empty_url()
    restore(tmp_path / "server", tmp_path / "backup.tar.gz", tmp_path / "keys", url=other)
    assert settings_file.load(tmp_path / "server", {}).database.url == other
    assert not (tmp_path / "server" / "interplay.sqlite").exists()
    assert kept(tmp_path / "server") == before
    assert answers(tmp_path / "server") == said
    send(tmp_path / "server", 100, 101)
    assert code_of(restore, tmp_path / "third", tmp_path / "backup.tar.gz", tmp_path / "keys", url=other) == (
        "database.not_empty"
    )
    assert not (tmp_path / "third").exists()


def test_what_was_erased_is_in_no_dump_of_the_database(tmp_path):
    server = shared_server()
    url = empty_url()
    create(tmp_path / "data", Settings(BRAND, database=Database(url)))
    planted = ("+8613912345678", "planted@secret.example", "王小明秘密")
    her = (("user_id", "u-planted"), ("phone", planted[0]), ("email", planted[1]))
    with Access(tmp_path / "data") as access:
        one = fact("page.viewed", *her, key=1, fields={"title": planted[2]}, extra={"note": planted[2]})
        access.write(access.append, Append([one, fact("page.viewed", user(2), phone(2), key=2)]))
        erase_customer(access, *her[0], actor="staff", reason="asked")
        access.ask(rewrite, Rewrite())  # as the command line does
        with closing(LogReader(access.home.database)) as reader:
            row = reader.read_one(1)
        assert access.home.keys.open(row.subject, row.body) is None
    dump = server.dump(url)
    for word in (*planted, "u-planted"):
        for spelling in (word.encode(), word.encode().hex().encode(), word.lstrip("+").encode()):
            assert spelling not in dump
            assert not [
                path for path in (tmp_path / "data").rglob("*") if path.is_file() and spelling in path.read_bytes()
            ]
    assert b"COPY public.log " in dump
