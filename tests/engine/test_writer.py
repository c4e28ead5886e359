"""The one writer: groups, savepoints, lost groups, order, and the end."""

import sqlite3
import threading
from concurrent.futures import Future

import pytest
from sqlalchemy import text

from interplay.engine.oltp.contracts import Command, GroupCommand, Priority, write
from interplay.engine.oltp.sqlite import SqliteDatabase
from interplay.engine.oltp.writer import GROUP_COMMANDS_MAX, WAITING_MAX, Writer
from interplay.kernel.errors import AppError
from tests.stores import world


class Notes:
    """A table of texts, and commands that write to it."""

    def __init__(self, folder):
        self.database = SqliteDatabase(folder)
        self.writer = Writer(self.database, world())
        self.told: list[str] = []
        self.write(self.command("make", lambda tx, _: tx.raw.execute("CREATE TABLE note (note TEXT UNIQUE)") and None))
        self.add = self.command("add", lambda tx, ask: tx.raw.execute("INSERT INTO note VALUES (?)", (ask,)).lastrowid)

    def command(self, name, run):
        return Command(name, str, object, run)

    def write(self, command, ask=""):
        return write(self.writer, command, ask)

    def hold(self):
        """Keep the writer busy; what is submitted meanwhile runs as one group once `release` is called."""
        entered, release = threading.Event(), threading.Event()

        def wait(tx, _):
            entered.set()
            assert release.wait(30)

        future = self.writer.submit(self.command("hold", wait), "")
        assert entered.wait(30)
        return lambda: (release.set(), future.result(30))

    def together(self, *asks):
        """Run (command, ask) pairs in one group; return the futures."""
        release = self.hold()
        futures = [self.writer.submit(command, ask) for command, ask in asks]
        before = self.writer.groups_count
        release()
        for future in futures:
            future.exception(30)
        while self.writer.groups_count < before + 2:
            pass
        assert self.writer.groups_count == before + 2
        return futures

    def all(self):
        with self.database.read() as connection:
            return list(connection.execute(text("SELECT note FROM note ORDER BY rowid")).scalars())


@pytest.fixture
def notes(tmp_path):
    made = Notes(tmp_path)
    yield made
    made.writer.close()


def test_an_answer_comes_when_it_is_on_disk(notes):
    assert notes.write(notes.add, "a") == 1
    assert notes.all() == ["a"]


def test_many_submitters_share_commits_and_nothing_is_lost(notes):
    def run(n):
        for i in range(50):
            notes.write(notes.add, f"{n}-{i}")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(notes.all()) == sorted(f"{n}-{i}" for n in range(16) for i in range(50))
    assert notes.writer.commands_count == 16 * 50 + 1
    assert notes.writer.groups_count < notes.writer.commands_count


def test_what_waits_is_one_transaction_of_limited_size(notes):
    release = notes.hold()
    futures = [notes.writer.submit(notes.add, str(n)) for n in range(GROUP_COMMANDS_MAX + 1)]
    before = notes.writer.groups_count
    release()
    assert [future.result(30) for future in futures] == list(range(1, GROUP_COMMANDS_MAX + 2))
    notes.write(notes.command("last", lambda tx, _: None))
    assert notes.writer.groups_count - before in (3, 4)  # the holder, 512, and 1 with or without the last


@pytest.mark.parametrize("error", [AppError("keys.unknown", name="x"), KeyError("a bug"), sqlite3.IntegrityError("x")])
def test_a_commands_mistake_or_bug_is_its_own(notes, error):
    def fail(tx, ask):
        notes.add.run(tx, ask)
        tx.committed.append(lambda: notes.told.append("committed"))
        tx.lost.append(lambda: notes.told.append("lost"))
        raise error

    first, broken, last = notes.together((notes.add, "a"), (notes.command("fail", fail), "b"), (notes.add, "c"))
    assert first.result()
    assert last.result()
    assert broken.exception() is error
    assert notes.all() == ["a", "c"]
    assert notes.told == ["lost"]


def test_a_real_conflict_is_its_own(notes):
    one, two, three = notes.together((notes.add, "a"), (notes.add, "a"), (notes.add, "b"))
    assert isinstance(two.exception(), sqlite3.IntegrityError)
    assert one.result()
    assert three.result()
    assert notes.all() == ["a", "b"]


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk I/O error"), OSError(28, "No space left on device")])
def test_a_lost_group_tells_nobody_yes_and_leaves_no_trace(notes, error):
    def fill(tx, ask):
        notes.add.run(tx, ask)
        tx.committed.append(lambda: notes.told.append("committed"))
        tx.lost.append(lambda: notes.told.append("lost"))

    def fail(tx, ask):
        raise error

    futures = notes.together(
        (notes.command("fill", fill), "a"), (notes.add, "b"), (notes.command("fail", fail), ""), (notes.add, "c")
    )
    assert [future.exception().code for future in futures] == ["engine.storage"] * 4
    assert [future.exception().status for future in futures] == [503] * 4
    assert str(error) in str(futures[0].exception())
    assert notes.all() == []
    assert notes.told == ["lost"]
    assert notes.write(notes.add, "d") == 1  # and the next one is well


def test_a_group_command_runs_once_for_all_of_its_kind(notes):
    calls = []

    def run(tx, asks):
        calls.append(list(asks))
        return [ask.upper() for ask in asks]

    shout = GroupCommand("shout", str, str, run)
    a, note, b = notes.together((shout, "a"), (notes.add, "n"), (shout, "b"))
    assert (a.result(), b.result()) == ("A", "B")
    assert note.result()
    assert calls == [["a", "b"]]


def test_a_group_commands_bug_is_of_who_brought_it(notes):
    def run(tx, asks):
        tx.lost.append(lambda: notes.told.append("lost"))
        tx.committed.append(lambda: notes.told.append("committed"))
        for ask in asks:
            notes.add.run(tx, ask)
            if ask == "poison":
                raise ValueError("a bug")
        return asks

    add = GroupCommand("add all", str, str, run)
    a, alone, poison, b = notes.together((add, "a"), (notes.add, "alone"), (add, "poison"), (add, "b"))
    assert (a.result(), b.result()) == ("a", "b")
    assert alone.result()
    assert isinstance(poison.exception(), ValueError)
    assert notes.all() == ["a", "b", "alone"]
    assert sorted(notes.told) == ["committed"] * 2 + ["lost"] * 2
    assert notes.write(notes.add, "c")


def test_a_failing_upkeep_or_listener_does_not_end_the_writer(notes):
    def fail(*_):
        raise sqlite3.OperationalError("database or disk is full")

    notes.writer.between(fail)
    notes.writer.post(notes.add, "a", fail)
    assert notes.write(notes.add, "b")
    assert notes.all() == ["a", "b"]


def test_live_work_goes_before_bulk_and_bulk_one_at_a_time(notes):
    release = notes.hold()
    futures = [notes.writer.submit(notes.add, f"bulk {n}", Priority.BULK) for n in range(3)]
    futures += [notes.writer.submit(notes.add, f"live {n}") for n in range(3)]
    before = notes.writer.groups_count
    release()
    for future in futures:
        future.result(30)
    assert notes.all() == ["live 0", "live 1", "live 2", "bulk 0", "bulk 1", "bulk 2"]
    notes.write(notes.command("last", lambda tx, _: None))
    assert notes.writer.groups_count - before == 1 + 1 + 3 + 1


def test_a_cancelled_future_is_told_nothing_and_harms_nobody(notes):
    release = notes.hold()
    cancelled = notes.writer.submit(notes.add, "a")
    assert cancelled.cancel()
    other = notes.writer.submit(notes.add, "b")
    release()
    assert other.result(30)


def test_too_many_waiting_are_refused_in_words(notes):
    release = notes.hold()
    told = []
    for _ in range(WAITING_MAX):
        notes.writer.post(notes.command("nothing", lambda tx, _: None), "", lambda *answer: told.append(answer))
    with pytest.raises(AppError) as refused:
        notes.writer.submit(notes.add, "one too many")
    release()
    assert (refused.value.code, refused.value.status) == ("engine.busy", 503)
    assert str(WAITING_MAX) in refused.value.text("zh")
    notes.write(notes.add, "a")
    assert len(told) == WAITING_MAX


def test_closing_runs_what_waits_and_then_refuses(tmp_path):
    notes = Notes(tmp_path)
    release = notes.hold()
    futures: list[Future] = [notes.writer.submit(notes.add, str(n)) for n in range(20)]
    futures += [notes.writer.submit(notes.add, f"bulk {n}", Priority.BULK) for n in range(20)]
    closing = threading.Thread(target=notes.writer.close)
    closing.start()
    release()
    closing.join(30)
    assert all(future.result(0) for future in futures)
    with pytest.raises(AppError, match="closing"):
        notes.writer.submit(notes.add, "late")
    assert len(notes.all()) == 40


def test_a_reader_sees_one_moment(notes):
    notes.write(notes.add, "a")
    with notes.database.read() as connection:
        before = connection.execute(text("SELECT count(*) FROM note")).scalar()
        notes.write(notes.add, "b")
        after = connection.execute(text("SELECT count(*) FROM note")).scalar()
    assert (before, after) == (1, 1)


def test_a_reader_cannot_write(notes):
    raw = notes.database.connect_reader()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        raw.execute("INSERT INTO note VALUES ('x')")
    raw.close()


def test_the_disk_is_asked_to_keep_what_was_committed(notes):
    def look(tx, _):
        return [tx.raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert notes.write(notes.command("look", look)) == ["wal", 2]
