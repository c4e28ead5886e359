"""A store that an earlier commit wrote opens: backed up, migrated, and every fact and answer still there."""

import shutil
import sqlite3
import tarfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interplay.bootstrap import schema, upgrading
from interplay.bootstrap.access import Access
from interplay.bootstrap.backups import restore
from interplay.bootstrap.checks import examine
from interplay.bootstrap.home import open_home
from interplay.bootstrap.people import erase_customer
from interplay.bootstrap.registry import Rebuild, rebuild_all
from interplay.collect.facts.api import Declarations
from interplay.collect.ingest import api as ingest
from interplay.engine.log.read import LogReader
from interplay.faces.cli.main import app
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import LocateCustomer, ShowCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment
from tests.engine.test_database import file_size_at_most
from tests.serving import Site

KEPT = Path(__file__).parents[1] / "kept" / "0001-a7ea178.tar.xz"
JUNE = 1_748_736_000_000_000  # 2025-06-01T00:00:00Z
KNOWN = {  # as the commit that wrote it answered
    'segment("buyers")': (8, 0, 11),
    'sum("order.completed", "value") > 800': (4, 0, 11),
    'count("page.viewed") >= 1 and profile.city == "York"': (5, 2, 11),
    'count("bean.tasted", within="30d") == 2': (1, 0, 11),
    "profile.orders >= 2": (4, 0, 11),
}


@pytest.fixture
def folder(tmp_path):
    with tarfile.open(KEPT) as tar:
        tar.extractall(tmp_path / "shop", filter="data")
    return tmp_path / "shop"


def answers(access):
    def one(criteria):
        answer = access.ask(segments.count, CountSegment(criteria, JUNE))
        return answer.count, answer.unknown, answer.population

    return {criteria: one(criteria) for criteria in KNOWN}


def content(folder):
    """Return what the files hold; a reader leaves an empty write-ahead log and its index behind."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name[-4:] != "-shm" and path.is_file()}
    return {name: held for name, held in found.items() if held}


def tables(database_file):
    with closing(sqlite3.connect(database_file)) as raw:
        return raw.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def refusal(folder):
    with pytest.raises(AppError) as refused:
        Access(folder)
    return refused.value


def test_every_fact_can_be_read_and_questions_answer_what_they_did(folder):
    with Access(folder) as access:
        assert answers(access) == KNOWN
        projector = Declarations(access.home.database, access.home.settings.brand, access.home.keys).current().projector
        with closing(LogReader(access.home.database)) as reader:
            rows = reader.read(0, 100)
        opened = [projector.payload(row) for row in rows]
        names = Counter(row.name for row in rows if row.source != "segments")
        assert names == {"page.viewed": 18, "customer.identified": 9, "order.completed": 12, "bean.tasted": 2}
        assert all(payload.identifiers for row, payload in zip(rows, opened, strict=True) if row.source != "segments")
        tasted = [(row, one) for row, one in zip(rows, opened, strict=True) if row.name == "bean.tasted"]
        assert {projector.fields(row, one)["roast"] for row, one in tasted} == {"p-1", "p-2"}
        assert {one.code for one in ingest.rejects(access.home.database, access.home.keys, 10)} == {
            "import.row.filtered", "import.value.number",
        }  # fmt: skip
        access.ask(rebuild_all, Rebuild())
        assert answers(access) == KNOWN


def test_its_people_are_folded_by_the_rules_of_today(folder):
    with Access(folder) as access:
        assert answers(access) == KNOWN  # which folds them
        located = access.ask(profiles.locate, LocateCustomer("phone", "+12025550101"))
        shown = access.ask(profiles.show, ShowCustomer("phone", "+12025550101"))
    assert len(located.subjects) == 3
    assert dict(shown.identifiers) == {"anonymous_id": "d-1", "user_id": "u-1", "phone": "+12025550101"}
    assert shown.facts_count == 5


def test_the_data_are_backed_up_before_they_are_changed(folder, tmp_path):
    with Access(folder) as access:
        file = access.upgraded.backup
        assert (access.upgraded.former, access.upgraded.tables) == ("0001", schema.HEAD)
        assert upgrading.kept(access.home) == [file]
        found = {one.what: one.found for one in examine(access)}["upgrade"]
    assert file.name in found
    assert file.parent == folder / "backups"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with tarfile.open(file) as tar:
        assert sorted(tar.getnames()) == ["interplay.sqlite", "interplay.toml"]
        tar.extract("interplay.sqlite", tmp_path / "looked", filter="data")
    assert tables(tmp_path / "looked/interplay.sqlite") == "0001"
    assert tables(folder / "interplay.sqlite") == schema.HEAD
    with Access(folder) as access:
        assert access.upgraded is None
        assert upgrading.kept(access.home) == [file]


def test_the_backup_is_restored_and_upgraded_as_any_other(folder, tmp_path):
    with Access(folder) as access:
        file = access.upgraded.backup
    restore(tmp_path / "beside", file, folder / "subjects.keys")
    former = restore(folder, file, is_replacing=True)
    for place in (folder, tmp_path / "beside"):
        with Access(place) as access:
            assert answers(access) == KNOWN
    assert (former / "backups" / file.name).exists()


def test_data_of_a_newer_version_are_left_as_they_are(folder):
    with closing(sqlite3.connect(folder / "interplay.sqlite")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = content(folder)
    assert refusal(folder).code == "home.newer"
    assert content(folder) == before
    assert not (folder / "backups").exists()


def test_without_room_for_the_backup_nothing_changes(folder, monkeypatch):
    monkeypatch.setattr(upgrading, "ROOM_BYTES_MIN", 1 << 60)
    wrong = refusal(folder)
    assert wrong.code == "upgrade.no_room"
    assert "MiB" in wrong.text("zh")
    assert tables(folder / "interplay.sqlite") == "0001"
    assert list((folder / "backups").iterdir()) == []


def test_when_the_disk_fills_up_during_the_backup_nothing_changes(folder):
    with file_size_at_most(60_000):
        wrong = refusal(folder)
    assert wrong.code == "upgrade.no_backup"
    assert tables(folder / "interplay.sqlite") == "0001"
    assert list((folder / "backups").iterdir()) == []
    with Access(folder) as access:
        assert answers(access) == KNOWN


def test_a_migration_that_fails_leaves_the_data_as_they_were_and_names_the_backup(folder):
    with closing(sqlite3.connect(folder / "interplay.sqlite")) as raw:
        raw.execute("CREATE TABLE erasures (in_the_way)")  # the third script wants to make it, after the second
        raw.commit()
        before = list(raw.iterdump())
    wrong = refusal(folder)
    assert wrong.code == "upgrade.failed"
    assert str(next((folder / "backups").iterdir())) in str(wrong)
    with closing(sqlite3.connect(folder / "interplay.sqlite")) as raw:
        assert list(raw.iterdump()) == before


def test_the_command_line_says_where_the_backup_is_and_json_stays_json(folder):
    command = ["--data", str(folder), "segments", "count", 'segment("buyers")', "--at", "2025-06-01", "--json"]
    first, second = (CliRunner().invoke(app, command) for _ in range(2))
    assert first.stdout == second.stdout == '{"count":8,"unknown":0,"population":11}\n'
    assert "0001" in first.stderr
    assert str(next((folder / "backups").iterdir())) in first.stderr.replace("\n", "")
    assert second.stderr == ""


def test_an_erasure_reaches_the_backups_of_upgrades(folder):
    with Access(folder) as access:
        file = access.upgraded.backup
        erase_customer(access, "phone", "+12025550101", actor="test", reason="")
        assert not file.exists()


def test_a_backup_is_kept_for_some_time_only(folder):
    with Access(folder) as access:
        file = access.upgraded.backup
    aged = file.with_name(f"before-0001-to-{schema.HEAD}-20250101T000000Z.backup")
    shutil.copy(file, aged)
    (file.parent / ".backup-left").mkdir()  # a crash
    home = open_home(folder)
    assert upgrading.kept(home) == [aged, file]
    assert home.world.now() - upgrading.made_at(aged) > upgrading.KEPT_DAYS * DAY
    upgrading.drop_old(home)
    home.close()
    assert list(file.parent.iterdir()) == [file]


def test_a_server_upgrades_too_and_its_journal_says_where_the_backup_is(folder, tmp_path):
    site = Site(tmp_path / "served")
    shutil.rmtree(site.data)
    folder.rename(site.data)
    with site.server() as server:
        assert server.count('segment("buyers")').count == KNOWN['segment("buyers")'][0]
        (file,) = (site.data / "backups").iterdir()
        assert file.name in site.log.read_text()
