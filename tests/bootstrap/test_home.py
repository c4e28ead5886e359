"""A data directory: made once, held by one, reached by the others, and what is wrong with it said in words."""

import os
import sqlite3

import duckdb
import pytest

from interplay.bootstrap import checks
from interplay.bootstrap.access import Access
from interplay.bootstrap.home import Hold, create, open_home
from interplay.bootstrap.keys import first_keys, make_key
from interplay.bootstrap.serving import serve
from interplay.engine.log.append import Append
from interplay.engine.oltp.contracts import Priority
from interplay.engine.secrets.api_keys import Scope, all_keys, digest_of
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand, Settings
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment
from tests.stores import BRAND, fact, new_folder, user

EVERYBODY = CountSegment("missing(profile.city)")


def refusal(call, *args):
    with pytest.raises(AppError) as refused:
        call(*args)
    return refused.value


@pytest.fixture
def folder(tmp_path):
    return new_folder(tmp_path / "data")


def test_a_new_directory_is_private_and_complete(tmp_path):
    create(tmp_path / "a/b", Settings(Brand("咖啡")))
    assert (tmp_path / "a/b").stat().st_mode & 0o777 == 0o700
    assert {path.name for path in (tmp_path / "a/b").iterdir()} == {
        "interplay.toml", "interplay.sqlite", "subjects.keys", "run",
    }  # fmt: skip
    home = open_home(tmp_path / "a/b")
    assert home.settings.brand.name == "咖啡"
    home.close()


def test_nothing_that_is_there_is_overwritten(folder, tmp_path):
    assert refusal(create, folder, Settings(BRAND)).code == "home.exists"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("x")
    assert refusal(create, tmp_path / "mine", Settings(BRAND)).code == "home.not_empty"
    assert refusal(create, tmp_path / "mine/thesis.txt", Settings(BRAND)).code == "home.not_empty"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    assert refusal(create, tmp_path / "mine/thesis.txt/data", Settings(BRAND)).code == "home.not_writable"


def test_one_holds_it_at_a_time(folder):
    first = Hold(folder)
    assert refusal(Hold, folder).code == "home.held"
    assert f"({os.getpid()})" in str(refusal(Hold, folder))
    first.close()
    Hold(folder).close()


def test_the_first_keys_are_shown_once_and_kept_as_digests(folder):
    keys = first_keys(folder)
    home = open_home(folder)
    kept = all_keys(home.database)
    assert kept[digest_of(keys["write_key"])].scopes == (Scope.WRITE,)
    assert kept[digest_of(keys["secret_key"])].scopes == (Scope.WRITE, Scope.READ, Scope.ADMIN)
    home.close()


def test_a_second_process_asks_and_writes_through_the_first(folder):
    with Access(folder) as holder, Access(folder) as other:
        assert (holder.is_holder, other.is_holder) == (True, False)
        stored = other.write(other.append, Append([fact("page.viewed", user(1))]))
        assert stored[0].is_new
        assert (
            other.submit(other.append, Append([fact("page.viewed", user(1))]), Priority.BULK).result(10)[0].is_new
            is False
        )
        assert other.ask(segments.count, EVERYBODY) == holder.ask(segments.count, EVERYBODY)
        assert other.ask(segments.count, EVERYBODY).population == 1
        wrong = refusal(make_key, other, "k", (Scope.READ,)) if make_key(other, "k", (Scope.READ,)) else None
        assert wrong.code == "keys.name_taken"
        assert "'k'" in wrong.text("zh")


def test_who_holds_it_but_does_not_answer_is_said(folder):
    hold = Hold(folder)
    with Access(folder) as access:
        assert refusal(access.ask, segments.count, EVERYBODY).code == "engine.away"
    hold.close()


def test_after_the_holder_has_gone_the_next_one_holds(folder):
    for n in range(2):
        with Access(folder) as access:
            assert access.is_holder
            access.write(access.append, Append([fact("page.viewed", user(n))]))
    with Access(folder) as access:
        assert access.ask(segments.count, EVERYBODY).population == 2


@pytest.mark.parametrize(
    ("name", "damage", "code"),
    [
        ("interplay.toml", None, "settings.no_directory"),
        ("interplay.toml", b"[brand", "settings.file"),
        ("subjects.keys", None, "engine.key_file"),
        ("subjects.keys", b"short", "engine.key_file"),
        ("interplay.sqlite", b"no database" * 1000, "home.database"),
    ],
)
def test_what_is_damaged_is_named(folder, name, damage, code):
    with Access(folder) as access:
        access.write(access.append, Append([fact("page.viewed", user(1))]))
        access.ask(segments.count, EVERYBODY)
    (folder / name).unlink()
    if damage is not None:
        (folder / name).write_bytes(damage)
    wrong = refusal(Access, folder)
    assert wrong.code == code
    assert str(folder) in wrong.text("zh")
    Hold(folder).close()  # nothing holds it after the refusal


def test_a_damaged_warehouse_is_said_by_the_first_question(folder):
    (folder / "warehouse.duckdb").write_bytes(b"no warehouse" * 1000)
    with Access(folder) as access:
        assert access.write(access.append, Append([fact("page.viewed", user(1))]))[0].is_new
        assert refusal(access.ask, segments.count, EVERYBODY).code == "warehouse.file"
        assert {one.what: one.is_well for one in checks.examine(access)}["warehouse"] is False
        (folder / "warehouse.duckdb").unlink()
        assert access.ask(segments.count, EVERYBODY).population == 1


def test_the_key_file_of_other_data_is_refused(folder):
    with Access(folder) as access:
        access.write(access.append, Append([fact("page.viewed", user(1))]))
    (folder / "subjects.keys").unlink()
    SubjectKeys.create(folder / "subjects.keys", os.urandom)
    assert refusal(Access, folder).code == "engine.key_file"


def test_data_of_a_newer_version_is_refused(folder):
    raw = sqlite3.connect(folder / "interplay.sqlite")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    assert refusal(Access, folder).code == "home.newer"
    Hold(folder).close()


def test_a_doctor_finds_a_healthy_directory_well(folder):
    with Access(folder) as access:
        access.write(access.append, Append([fact("page.viewed", user(n)) for n in range(3)]))
        found = {one.what: one for one in checks.examine(access)}
    assert set(found) == {"database", "upgrade", "keys", "warehouse", "amounts", "rejects", "photos", "disk"}
    assert {one.to_do for one in found.values()} == {""}
    assert [one for one in found.values() if not one.is_well] == []
    assert "3 facts of 3 customers" in found["warehouse"].found


def test_a_doctor_names_currencies_without_a_rate(folder):
    unpriced = {"currency": "EUR", "value_original": 128_500_000}
    with Access(folder) as access:
        access.write(access.append, Append([
            fact("order.completed", user(1), key=1, fields=unpriced),
            fact("order.completed", user(2), key=2, fields=unpriced),
            fact("order.completed", user(3), key=3, fields={**unpriced, "currency": "GBP"}),
            fact("order.completed", user(4), key=4, fields={**unpriced, "rate": 7_100_000, "value": 91_235}),
            fact("order.completed", user(5), key=5, fields={"currency": BRAND.currency, "value": 1}),
            fact("order.completed", user(6), key=6, fields={"value": 1}),
        ]))  # fmt: skip
        found = {one.what: one for one in checks.examine(access)}["amounts"]
    assert found.is_well  # nothing is broken, and nothing can be mended
    assert found.found == "2 facts in EUR, 1 facts in GBP came without a rate and have no amounts in CNY"
    assert "[brand.rates]" in found.to_do


def test_a_doctor_says_what_to_do_about_a_damaged_database(folder):
    with Access(folder) as access:
        access.write(access.append, Append([fact("page.viewed", user(n), key=n) for n in range(500)]))
    database = folder / "interplay.sqlite"
    pages = bytearray(database.read_bytes())
    pages[-4096 * 20 :] = b"\xff" * (4096 * 20)
    database.write_bytes(pages)
    (ill,) = [one for one in checks.examine_folder(folder) if one.what == "database"]
    assert not ill.is_well
    assert "restore FILE --replace" in ill.to_do


def test_a_doctor_notices_a_warehouse_that_lacks_facts(folder):
    with Access(folder) as access:
        access.write(access.append, Append([fact("page.viewed", user(n)) for n in range(3)]))
        access.ask(segments.count, EVERYBODY)
    damaged = duckdb.connect(str(folder / "warehouse.duckdb"))
    damaged.execute('DELETE FROM facts_tail WHERE "position" = 2')
    damaged.close()
    with Access(folder) as access:
        found = {one.what: one for one in checks.examine(access)}
    assert not found["warehouse"].is_well
    assert "the log has 3" in found["warehouse"].found


@pytest.mark.parametrize("role", ["door", "mind"])
def test_a_role_alone_needs_postgresql(tmp_path, role):
    folder = new_folder(tmp_path / "data")
    with pytest.raises(AppError) as refused:
        serve(folder, {role: "a.module"}, "127.0.0.1", 0)
    assert refused.value.code == "serve.role"
    assert "PostgreSQL" in refused.value.text("zh")
    Hold(folder).close()  # nothing holds it after the refusal
