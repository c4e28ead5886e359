"""What only PostgreSQL has: several writers at a time, connections that are lost, a lead, and how it may refuse."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from interplay.bootstrap.schema import HEAD, check_empty, upgrade, version
from interplay.engine.log import store as log_store
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Priority, StorageError
from interplay.engine.oltp.database import Lock
from interplay.engine.oltp.opening import check_may_be_kept, open_database
from interplay.engine.oltp.postgres import PostgresDatabase
from interplay.engine.oltp.schema import metadata
from interplay.engine.outbox import api as outbox
from interplay.engine.secrets import api_keys
from interplay.kernel.errors import AppError
from tests.postgresql import drop, empty_url, new_url, shared_server
from tests.stores import DoorOnly, Store, fact, new_folder, user

pytestmark = pytest.mark.slow


@pytest.fixture
def url():
    made = new_url()
    yield made
    drop(made)


@pytest.fixture
def doors(tmp_path, url):
    """Two doors of one data directory."""
    new_folder(tmp_path / "data")
    with DoorOnly(tmp_path / "data", url=url) as one, DoorOnly(tmp_path / "data", url=url) as other:
        yield one, other


def holding(door, *facts):
    """Append in a transaction that stays open; return what commits it and what was stored."""
    entered, release = threading.Event(), threading.Event()

    def hold(tx, _):
        stored = door.append.run(tx, [Append(list(facts))])
        entered.set()
        assert release.wait(60)
        return stored[0]

    future = door.submit(Command("hold", str, object, hold), "")
    assert entered.wait(30)
    return lambda: (release.set(), future.result(30))[1]


class Follower(threading.Thread):
    """Reads the log from where it stopped, again and again, as a reaction does."""

    def __init__(self, database):
        super().__init__()
        self.seen, self._database, self._is_open = [], database, True
        self.start()

    def run(self):
        with closing(LogReader(self._database)) as reader:
            while self._is_open:
                self.read(reader)

    def read(self, reader):
        self.seen += [row.position for row in reader.read(self.seen[-1] if self.seen else 0, 100)]

    def stop(self):
        self._is_open = False
        self.join()
        with closing(LogReader(self._database)) as reader:
            self.read(reader)
        return self.seen


def test_no_reader_skips_an_append_that_is_held_open_while_others_commit(doors, url):
    one, other = doors
    one.store(fact("a.b", user(0)))
    follower = Follower(other.database)
    commit = holding(one, fact("a.b", user(1)), fact("a.b", user(2)))
    later = [other.submit(other.append, Append([fact("a.b", user(n))])) for n in (3, 4)]
    with psycopg.connect(url) as third:  # commits meanwhile
        third.execute("INSERT INTO cursors (name, position) VALUES ('aside', 1)")
    time.sleep(0.3)
    assert not any(future.done() for future in later)
    assert follower.seen == [1]
    assert [at.position for at in commit()] == [2, 3]
    assert [at.position for future in later for at in future.result(30)] == [4, 5]
    assert follower.stop() == [1, 2, 3, 4, 5]


def test_who_needs_less_does_not_wait_for_an_open_append(doors):
    one, other = doors
    commit = holding(one, fact("a.b", user(1)))  # every lock: the command that holds it open said nothing
    assert not _ends(other, Lock.ALL, Lock.REST, Lock.LOG)
    assert _ends(other, Lock.NONE)
    commit()
    entered, release = threading.Event(), threading.Event()

    def wait(tx, _):
        entered.set()
        assert release.wait(30)

    held = one.submit(Command("wait", str, None, wait, lock=Lock.REST), "")
    assert entered.wait(30)
    assert other.store(fact("a.b", user(2)))[0].is_new
    assert not _ends(other, Lock.ALL)
    release.set()
    held.result(30)


def _ends(door, *locks):
    """Return whether transactions with these locks can end now; each is tried on a connection of its own."""
    with door.database.engine_for_writer().connect() as connection:
        raw = door.database.raw_of(connection)
        raw.execute("SET lock_timeout = '200ms'")
        for lock in locks:
            try:
                raw.begin(lock)
                raw.commit()
            except StorageError:
                raw.rollback()
            else:
                return True
    return False


def test_a_character_that_postgresql_does_not_keep_fails_nobody(doors):
    for one in (*doors, doors[0]):
        assert one.store(fact("a.b", user("x\0y"), source="till\0 1", key=one.folder.name + str(id(one))))
        one.append.run.__self__._forget()
    rows = doors[0].rows()
    assert {row.source for row in rows} == {"till\N{REPLACEMENT CHARACTER} 1"}
    assert {row.subject for row in rows} == {1}


def test_several_doors_store_the_same_and_other_facts_once_each(doors):
    follower = Follower(doors[0].database)

    def send(n):
        door = doors[n % 2]
        common = [fact(f"common.{k % 7}", user(f"c{k % 40}"), key=("common", k)) for k in range(120)]
        own = [fact(f"own.{n}", user(f"{n}-{k}"), user(f"c{k}"), key=(n, k)) for k in range(40)]
        return [door.store(*some) for some in (common[n * 10 :], own, common[: n * 10])]

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(send, range(6)))
    rows = doors[0].rows()
    stored = [at for answers in told for answer in answers for at in answer]
    assert len(rows) == 120 + 6 * 40 == sum(at.is_new for at in stored)
    assert {at.position for at in stored} == {row.position for row in rows}
    assert follower.stop() == [row.position for row in rows]
    with closing(LogReader(doors[1].database)) as reader:
        subjects = reader.subjects(0, 10**9, 10**6)
        assert subjects == list(range(1, 40 + 6 * 40 + 1))  # one for each identifier, without a gap
        values = [doors[1].keys.open(one, reader.identifier(one)[1]) for one in subjects]
        assert len(set(values)) == len(values)
        assert reader.fact_names() == sorted([f"common.{n}" for n in range(7)] + [f"own.{n}" for n in range(6)])
    assert all(doors[0].keys.open(row.subject, row.body) for row in rows)


def test_a_door_sees_what_another_has_renewed_and_erased(doors):
    one, other = doors
    one.store(fact("a.b", user(1)))
    other.store(fact("a.c", user(1)))
    forget = Command(
        "forget", str, None,
        lambda tx, _: [tx.raw.execute(sql, args) for sql, args in (
            (log_store.ERASE_SUBJECT, (1,)), (log_store.DELETE_SUBJECT, (1,)),
            (log_store.COUNT_RENEWAL, (log_store.RENEWALS,)),
        )] and None,
    )  # fmt: skip
    one.write(forget, "")
    other.store(fact("a.d", user(1)))
    assert [row.subject for row in one.rows()] == [1, 1, 2]


def test_a_door_that_hangs_is_thrown_out_and_the_others_go_on(doors):
    one, other = doors

    def hang(tx, _):
        one.append.run(tx, [Append([fact("a.b", user(1))])])
        time.sleep(11)

    hung = one.submit(Command("hang", str, None, hang), "")
    time.sleep(0.2)
    began = time.monotonic()
    assert other.store(fact("a.b", user(2)))[0].position == 1
    assert time.monotonic() - began < 12
    with pytest.raises(AppError, match="nothing was stored") as told:
        hung.result(30)
    assert told.value.status == 503
    assert one.store(fact("a.b", user(1)))[0].position == 2  # it has another connection
    assert [one.keys.open(row.subject, row.body) is not None for row in one.rows()] == [True, True]


def test_a_lost_connection_is_said_where_something_was_lost_and_replaced(doors, url):
    one, _ = doors
    one.store(fact("a.b", user(1)))
    reader = LogReader(one.database)

    def lose(tx, _):
        one.append.run(tx, [Append([fact("a.b", user(2))])])
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(AppError, match="nothing was stored"):
        one.write(Command("lose", str, None, lose), "")
    assert reader.last_position() == 1, "a reader has lost nothing, and takes another"
    reader.close()
    assert len(one.rows()) == 1
    assert one.store(fact("a.b", user(2)))[0].is_new
    assert len(api_keys.all_keys(one.database)) == 0  # SQLAlchemy's readers, too


def test_a_group_that_met_another_writer_is_run_again_whole(doors):
    one, _ = doors
    runs = []

    def conflict(tx, _):
        runs.append(one.append.run(tx, [Append([fact("a.b", user(1))])])[0][0].position)
        if len(runs) < 3:
            raise StorageError("deadlock detected", is_passing=True)
        return runs[-1]

    assert one.write(Command("conflict", str, int, conflict), "") == 1
    assert runs == [1, 1, 1]
    assert len(one.rows()) == 1


def test_a_group_that_always_meets_another_is_told_no(doors):
    one, _ = doors

    def conflict(tx, _):
        raise StorageError("deadlock detected", is_passing=True)

    with pytest.raises(AppError, match="deadlock detected") as told:
        one.write(Command("conflict", str, int, conflict), "")
    assert told.value.code == "engine.storage"


def test_a_swallowed_failure_is_not_told_as_a_yes(doors):
    """PostgreSQL answers COMMIT with ROLLBACK then, and without an error."""
    one, _ = doors

    def swallow(tx, _):
        try:
            tx.raw.execute("INSERT INTO log (position) VALUES (1)")
        except psycopg.IntegrityError:
            return "fine"

    # without the savepoint that every command has
    one.writer._run_some = lambda tx, some: some[0].command.run(tx, some[0].ask)
    with pytest.raises(AppError, match="had failed"):
        one.write(Command("swallow", str, object, swallow), "")


def test_a_key_with_a_name_that_is_taken_is_a_mistake_of_its_own(doors):
    one, other = doors
    make = api_keys.MakeKey("till", (api_keys.Scope.WRITE,), b"1")
    one.write(api_keys.make, make)
    with pytest.raises(AppError) as refused:
        other.write(api_keys.make, api_keys.MakeKey("till", (api_keys.Scope.WRITE,), b"2"))
    assert refused.value.code == "keys.name_taken"
    assert len(api_keys.all_keys(other.database)) == 1


def test_who_claims_at_the_same_time_gets_other_deliveries(doors):
    one, other = doors
    post = Command("post", int, None, lambda tx, n: outbox.post(tx, outbox.Delivery("mail", str(n), b"")) and None)
    for n in range(6):
        one.write(post, n)
    entered, release = threading.Event(), threading.Event()

    def claim(tx, ask):
        found = outbox.claim.run(tx, ask)
        entered.set()
        assert release.wait(30)
        return found

    held = one.submit(Command("claim", outbox.Claim, object, claim, lock=Lock.NONE), outbox.Claim("mail", True, 4))
    assert entered.wait(30)
    rest = other.write(outbox.claim, outbox.Claim("mail", True, 4))
    assert len(rest) == 2
    release.set()
    assert sorted(one.key for one in (*held.result(30), *rest)) == [str(n) for n in range(6)]


def test_bulk_work_of_one_door_does_not_keep_the_other_waiting(doors):
    one, other = doors
    slices = [
        one.submit(one.append, Append([fact("a.b", user(n), key=(n, k)) for k in range(200)]), Priority.BULK)
        for n in range(20)
    ]
    seconds = []
    for n in range(20):
        began = time.monotonic()
        other.store(fact("a.c", user(n)))
        seconds.append(time.monotonic() - began)
    for one_slice in slices:
        one_slice.result(60)
    assert sorted(seconds)[10] < 1


def test_one_leads_at_a_time_and_whoever_lost_its_session_knows(url):
    one, other = PostgresDatabase(url), PostgresDatabase(url)
    lead = one.try_lead()
    assert lead.is_held()
    assert other.try_lead() is None
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    assert not lead.is_held()
    taken = other.try_lead()
    assert taken.is_held()
    taken.close()
    assert one.try_lead() is not None


def test_a_reader_is_told_when_something_became_visible_and_only_then(doors):
    one, other = doors
    with closing(LogReader(other.database)) as reader:
        before = reader.version()
        assert reader.version() == before
        commit = holding(one, fact("a.b", user(1)))
        during = reader.version()
        assert reader.last_position() == 0
        commit()
        assert reader.version() != during


def test_a_reader_sees_one_moment_and_cannot_write(doors):
    one, other = doors
    with one.database.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM log").scalar()
        other.store(fact("a.b", user(1)))
        assert connection.exec_driver_sql("SELECT count(*) FROM log").scalar() == before == 0
    raw = one.database.connect_reader()
    with pytest.raises(StorageError, match="read-only"):
        raw.execute("DELETE FROM log")
    raw.close()


def test_the_migrations_make_exactly_the_declared_tables_also_when_two_run_them():
    url = empty_url()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: upgrade(PostgresDatabase(url)), range(4)))
    database = PostgresDatabase(url)
    with database.engine_for_writer().connect() as connection:
        assert version(connection) == HEAD
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
    with database.read() as connection:
        assert database.check(connection) == "ok"
    with pytest.raises(AppError) as refused:
        check_empty(database)
    assert refused.value.code == "database.not_empty"


def test_brands_in_schemas_of_one_database_do_not_meet(tmp_path, url):
    places = []
    for brand in ("tea", "coffee"):
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"CREATE SCHEMA {brand}")
        places.append(f"{url}&options=-csearch_path%3D{brand}")
        check_empty(PostgresDatabase(places[-1]))
        upgrade(PostgresDatabase(places[-1]))
        new_folder(tmp_path / brand)
    with Store(tmp_path / "tea", url=places[0]) as tea, Store(tmp_path / "coffee", url=places[1]) as coffee:
        commit = holding(tea, fact("a.b", user(1)))
        assert coffee.store(fact("a.b", user(2)))[0].position == 1
        commit()
        leads = [store.database.try_lead() for store in (tea, coffee)]
        assert None not in leads
        assert tea.query("SELECT count(*) FROM facts") == coffee.query("SELECT count(*) FROM facts") == [(1,)]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://root@localhost/shop", "database.url"),
        ("postgresql://localhost/shop?nothing=1", "database.url_reason"),
        ("postgresql://nobody@127.0.0.1:1/shop", "database.unreachable"),
        ("postgresql://nobody@no-such-host.invalid/shop", "database.unreachable"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_in_a_sentence(url, code):
    with pytest.raises(AppError) as refused:
        open_database(None, url).connect_reader()
    assert refused.value.code == code
    for lang in ("en", "zh"):
        assert "{" not in refused.value.text(lang)


def test_another_encoding_is_refused():
    server = shared_server()
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(AppError) as refused:
        PostgresDatabase(server.url("latin")).connect_reader()
    assert refused.value.code == "database.encoding"
    assert "LATIN1" in str(refused.value)


def test_a_password_does_not_get_into_the_settings():
    with pytest.raises(AppError) as refused:
        check_may_be_kept("postgresql://shop:secret@localhost/shop")
    assert refused.value.code == "database.password_kept"
    assert "secret" not in str(refused.value)
    check_may_be_kept("postgresql://shop@localhost/shop")
    check_may_be_kept("")
