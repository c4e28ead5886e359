"""The warehouse as Parquet: what is new, once; all anew when columns changed; begun again when interrupted."""

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.understand.warehouse import api as warehouse
from interplay.understand.warehouse.contracts import Export
from tests.stores import NOW, Store, fact, phone, user

COLUMNS = ["position", "subject", "name", "value"]


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        opened.store(*orders(range(20)))
        yield opened


def orders(numbers):
    write = TraitWrite("city", TraitOp.SET, "上海")
    return [
        fact(
            "order.completed", user(n % 3), *((phone(n),) if n % 7 == 0 else ()), at=NOW - n * 5 * DAY,
            fields={"value": n, "order_id": f"o{n}"}, traits=(write,) if n % 4 == 0 else (), key=n,
        )
        for n in numbers
    ]  # fmt: skip


def export(store, folder):
    done = store.ask(warehouse.export, Export(str(folder)))
    return done.facts, done.traits, done.members, done.after, done.until


def rows(folder):
    table = ds.dataset(folder / "facts", format="parquet", partitioning="hive").to_table().sort_by("position")
    assert set(table["month"].to_pylist()) == {str(at)[:7] for at in table["occurred_at"].to_pylist()}
    return [tuple(row.values()) for row in table.select(COLUMNS).to_pylist()]


def wanted(store):
    return store.query(f'SELECT {", ".join(COLUMNS)} FROM facts ORDER BY "position"')


def check(store, folder):
    assert rows(folder) == wanted(store)
    members = pq.read_table(folder / "members/members.parquet").to_pylist()
    assert sorted(tuple(row.values()) for row in members) == store.query("SELECT * FROM members ORDER BY 1")
    traits = ds.dataset(folder / "traits", format="parquet").to_table()
    assert sorted(traits["position"].to_pylist()) == [
        r[0] for r in store.query('SELECT "position" FROM traits ORDER BY 1')
    ]


def test_everything_first_and_then_what_is_new(store, tmp_path):
    folder = tmp_path / "open"
    assert export(store, folder) == (20, 5, 6, 0, 20)
    check(store, folder)
    assert export(store, folder) == (0, 0, 6, 20, 20)
    check(store, folder)
    store.store(*orders(range(20, 25)), fact("page.viewed", phone(1), phone(7)))
    assert export(store, folder)[:2] == (6, 2)
    check(store, folder)


def test_instants_are_timestamps_and_nothing_personal_is_there(store, tmp_path):
    export(store, tmp_path / "open")
    schema = ds.dataset(tmp_path / "open/facts", format="parquet", partitioning="hive").schema
    assert str(schema.field("occurred_at").type).startswith("timestamp[us")
    files = [path.read_bytes() for path in (tmp_path / "open").rglob("*") if path.is_file()]
    assert not any(b"13800130" in content for content in files)


def test_after_a_change_of_columns_everything_is_written_anew(store, tmp_path):
    folder = tmp_path / "open"
    export(store, folder)
    label = {"zh": "颜色", "en": "Colour"}
    view = {"order.completed": {"label": label, "fields": ["colour"]}}
    store.apply({"kind": "facts", "name": "c", "fields": {"colour": {"type": "text", "label": label}}, "facts": view})
    store.store(fact("order.completed", user(1), fields={"colour": "red"}))
    assert export(store, folder)[:1] == (21,)
    check(store, folder)
    table = ds.dataset(folder / "facts", format="parquet", partitioning="hive").to_table()
    assert set(table["colour"].to_pylist()) == {None, "red"}


def test_an_interrupted_export_is_begun_again(store, tmp_path):
    folder = tmp_path / "open"
    export(store, folder)
    mark = (folder / "export.json").read_bytes()
    store.store(*orders(range(20, 30)))
    export(store, folder)
    (folder / "export.json").write_bytes(mark)  # as if it had ended before its last step
    torn = next(folder.glob("facts/*/part-000000000020-*.parquet"))
    torn.write_bytes(torn.read_bytes()[:100])
    store.store(*orders(range(30, 35)))
    assert export(store, folder)[0] == 15
    check(store, folder)


def test_a_log_that_went_back_to_an_earlier_backup_is_exported_anew(store, tmp_path):
    folder = tmp_path / "open"
    export(store, folder)
    with Store(tmp_path / "restored") as other:
        other.store(*orders(range(7)))
        assert export(other, folder)[0] == 7
        check(other, folder)


def test_an_empty_warehouse_is_exported(tmp_path):
    with Store(tmp_path / "data") as store:
        assert export(store, tmp_path / "open") == (0, 0, 0, 0, 0)
        store.store(fact("page.viewed", user(1)))
        assert export(store, tmp_path / "open")[:3] == (1, 0, 1)


def test_a_folder_of_somebody_else_is_left_alone(store, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("x")
    with pytest.raises(AppError) as refused:
        export(store, folder)
    assert refused.value.code == "warehouse.export_folder"
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(store, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(AppError) as refused:
        export(store, tmp_path / "file")
    assert refused.value.code == "warehouse.export_folder"
