"""Backups: a consistent copy without keys, and a way back that changes nothing when it is refused."""

import os
import shutil
import sqlite3
import tarfile
import threading

import pytest

from interplay.bootstrap.access import Access
from interplay.bootstrap.backups import backup, restore
from interplay.bootstrap.home import Hold, open_home
from interplay.engine.log.append import Append
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment, ListMembers
from tests.stores import fact, new_folder, phone, user


def send(folder, *numbers):
    with Access(folder) as access:
        facts = [fact("order.completed", user(n % 5), phone(n % 5), key=n, fields={"value": n}) for n in numbers]
        access.write(access.append, Append(facts))


def answers(folder):
    with Access(folder) as access:
        criteria = 'sum("order.completed", "value") > 35'
        return access.ask(segments.count, CountSegment(criteria)), access.ask(
            segments.list_members, ListMembers(criteria)
        )


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".duckdb"}


def refusal(*args, **more):
    with pytest.raises(AppError) as refused:
        restore(*args, **more)
    return refused.value


def everything(folder):
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.fixture
def folder(tmp_path):
    made = new_folder(tmp_path / "data")
    send(made, *range(20))
    return made


@pytest.fixture
def packed(folder, tmp_path):
    home = open_home(folder)
    assert backup(home, tmp_path / "backup.tar.gz", tmp_path / "keys") == (tmp_path / "backup.tar.gz").stat().st_size
    home.close()
    return tmp_path / "backup.tar.gz"


def test_restored_answers_are_the_same_and_later_facts_are_gone(folder, packed):
    before = answers(folder)
    send(folder, *range(20, 40))
    assert answers(folder) != before
    restore(folder, packed, None, is_replacing=True)
    assert answers(folder) == before
    send(folder, *range(40))
    with Access(folder) as access:
        assert access.ask(segments.count, CountSegment('count("order.completed") >= 1')).population > 0


def test_a_new_folder_is_restored_with_the_keys(folder, packed, tmp_path):
    restore(tmp_path / "elsewhere", packed, tmp_path / "keys")
    assert answers(tmp_path / "elsewhere") == answers(folder)
    assert (tmp_path / "elsewhere/subjects.keys").stat().st_mode & 0o777 == 0o600


def test_a_new_folder_without_keys_is_refused(packed, tmp_path):
    wrong = refusal(tmp_path / "elsewhere", packed, None)
    assert wrong.code == "backup.no_keys"
    assert "--keys" in wrong.text("zh")
    assert not (tmp_path / "elsewhere").exists()


def test_keys_of_other_data_are_refused_and_nothing_changes(folder, packed, tmp_path):
    SubjectKeys.create(tmp_path / "other", os.urandom)
    before = content(folder)
    for keys in ("other", "backup.tar.gz"):
        assert refusal(folder, packed, tmp_path / keys, is_replacing=True).code == "backup.other_keys"
    assert content(folder) == before
    other = new_folder(tmp_path / "another")
    before = content(other)
    assert refusal(other, packed, None, is_replacing=True).code == "backup.other_keys"
    assert content(other) == before


def test_no_keys_and_nothing_personal_are_in_a_backup(folder, packed, tmp_path):
    with tarfile.open(packed) as tar:
        assert sorted(tar.getnames()) == ["interplay.sqlite", "interplay.toml"]
        data = tar.extractfile("interplay.sqlite").read()
    assert b"138001300" not in data
    keys = (folder / "subjects.keys").read_bytes()
    assert not any(keys[at : at + 32] in data for at in range(64, len(keys), 32))
    assert (tmp_path / "keys").read_bytes() == keys
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600


def test_backups_and_keys_are_for_their_owner_alone(packed, tmp_path):
    assert packed.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("file", "keys", "code"),
    [
        ("taken", None, "backup.exists"),
        ("new", "taken", "backup.exists"),
        ("no such folder/new", None, "backup.not_written"),
        ("new", "no such folder/keys", "backup.not_written"),
        ("new", "new", "backup.exists"),
    ],
)
def test_of_a_refused_backup_nothing_is_left(folder, tmp_path, file, keys, code):
    (tmp_path / "taken").write_text("mine")
    home = open_home(folder)
    before = everything(tmp_path)
    with pytest.raises(AppError) as refused:
        backup(home, tmp_path / file, keys and tmp_path / keys)
    assert refused.value.code == code
    assert str(tmp_path / (keys or file)) in str(refused.value)
    assert everything(tmp_path) == before
    home.close()
    assert (tmp_path / "taken").read_text() == "mine"


def test_data_that_are_there_are_replaced_only_when_asked_and_kept(folder, packed):
    send(folder, *range(20, 40))
    then, before = answers(folder), content(folder)
    wrong = refusal(folder, packed)
    assert wrong.code == "backup.data_there"
    assert "--replace" in wrong.text("zh")
    assert content(folder) == before
    assert restore(folder, packed, is_replacing=True) == folder.with_name("data.before-restore")
    assert answers(folder.with_name("data.before-restore")) == then
    assert restore(folder, packed, is_replacing=True) == folder.with_name("data.before-restore-2")


def test_a_key_file_that_is_there_is_not_overwritten(packed, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    SubjectKeys.create(folder / "subjects.keys", os.urandom)
    assert refusal(folder, packed, tmp_path / "keys").code == "backup.data_there"
    shutil.copy(tmp_path / "keys", folder / "subjects.keys")
    assert restore(folder, packed) is None
    assert answers(folder)


@pytest.mark.parametrize("place", ["new", "deep/new", "empty"])
def test_of_a_refused_restore_nothing_is_left(packed, tmp_path, place):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").write_text("a backup")
    SubjectKeys.create(tmp_path / "other", os.urandom)
    before = everything(tmp_path)
    assert refusal(tmp_path / place, tmp_path / "broken", tmp_path / "keys").code == "backup.broken"
    assert refusal(tmp_path / place, packed, tmp_path / "other").code == "backup.other_keys"
    assert refusal(tmp_path / place, packed).code == "backup.no_keys"
    assert everything(tmp_path) == before


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "member", "database"])
def test_a_broken_backup_is_refused_and_nothing_changes(folder, packed, tmp_path, damage):
    broken = tmp_path / "broken.tar.gz"
    match damage:
        case "empty":
            broken.write_bytes(b"")
        case "text":
            broken.write_text("a backup")
        case "cut":
            broken.write_bytes(packed.read_bytes()[:-2000])
        case "member" | "database":
            with tarfile.open(broken, "w:gz") as tar:
                tar.add(folder / "interplay.toml", "interplay.toml")
                if damage == "database":
                    tar.add(folder / "interplay.toml", "interplay.sqlite")
    before = content(folder)
    wrong = refusal(folder, broken, None, is_replacing=True)
    assert wrong.code == "backup.broken"
    assert str(broken) in str(wrong)
    assert content(folder) == before


def test_a_backup_of_a_newer_version_is_refused_and_nothing_changes(folder, packed, tmp_path):
    with tarfile.open(packed) as tar:
        tar.extractall(tmp_path / "newer", filter="data")
    raw = sqlite3.connect(tmp_path / "newer/interplay.sqlite")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with tarfile.open(tmp_path / "newer.tar.gz", "w:gz") as tar:
        for name in ("interplay.toml", "interplay.sqlite"):
            tar.add(tmp_path / "newer" / name, name)
    before = content(folder)
    assert refusal(folder, tmp_path / "newer.tar.gz", None, is_replacing=True).code == "home.newer"
    assert content(folder) == before


def test_a_directory_in_use_is_not_restored(folder, packed):
    hold = Hold(folder)
    assert refusal(folder, packed, None, is_replacing=True).code == "home.held"
    hold.close()
    restore(folder, packed, None, is_replacing=True)


def test_left_over_logs_of_the_old_data_do_not_come_back(folder, packed):
    """After a kill, write-ahead logs lie beside the files; they belong to what is replaced."""
    before = answers(folder)
    for name in ("interplay.sqlite", "warehouse.duckdb"):
        assert (folder / name).exists()
    shutil.copy(folder / "interplay.sqlite", folder / "interplay.sqlite-wal")
    shutil.copy(folder / "warehouse.duckdb", folder / "warehouse.duckdb.wal")
    restore(folder, packed, None, is_replacing=True)
    assert not list(folder.glob("*wal"))
    assert answers(folder) == before


def test_a_backup_during_writing_is_of_one_moment(folder, tmp_path):
    with Access(folder) as access:
        stop = threading.Event()

        def write():
            n = 100
            while not stop.is_set():
                access.write(access.append, Append([fact("a.b", user(n), phone(n), key=n)]))
                n += 1

        writer = threading.Thread(target=write)
        writer.start()
        backup(access.home, tmp_path / "live.tar.gz", tmp_path / "live-keys")
        stop.set()
        writer.join()
    restore(tmp_path / "copy", tmp_path / "live.tar.gz", tmp_path / "live-keys")
    with Access(tmp_path / "copy") as access:
        assert access.ask(segments.count, CountSegment('count("order.completed") >= 1')).population >= 5
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
