"""The warehouse: loaded exactly once, whatever interrupts; compacted without a change; one moment a session."""

import subprocess
import sys
import threading
from contextlib import closing

import duckdb
import pyarrow as pa
import pytest

from interplay.engine.olap.contracts import FACT_COLUMNS, Load, Marks
from interplay.engine.olap.warehouse import Warehouse
from interplay.kernel.errors import AppError

FIELDS = [("value", "BIGINT"), ("channel", "VARCHAR")]
EVERYTHING = {
    "facts": 'SELECT * FROM facts ORDER BY "position"',
    "traits": 'SELECT * FROM traits ORDER BY "position", trait',
    "members": "SELECT * FROM members ORDER BY subject",
    "customers": "SELECT * FROM customers ORDER BY customer",
    "marks": "SELECT * FROM marks",
}


def opened(folder):
    return Warehouse(folder, memory_mb_max=512, threads=2)


@pytest.fixture
def warehouse(tmp_path):
    made = opened(tmp_path)
    made.lay_out(FIELDS, "layout 1")
    yield made
    made.close()


def facts(first, count, **fields):
    numbers = range(first, first + count)
    columns = {
        "position": pa.array(numbers, pa.int64()),
        "subject": pa.array([n % 7 or None for n in numbers], pa.int64()),
        "name": pa.array(["a.b"] * count, pa.string()),
        "occurred_at": pa.array([10_000 - n * 37 % 1000 for n in numbers], pa.int64()),
        "received_at": pa.array(numbers, pa.int64()),
        "origin": pa.array([0] * count, pa.int8()),
        "source": pa.array(["test"] * count, pa.string()),
        "value": pa.array(numbers, pa.int64()),
    }
    return pa.table(columns | fields)


def traits(*positions):
    names = ["position", "subject", "occurred_at", "trait", "op", "number", "text"]
    rows = [dict(zip(names, (at, 1, at, "city", "set", None, "上海"), strict=True)) for at in positions]
    types = [pa.int64(), pa.int64(), pa.int64(), pa.string(), pa.string(), pa.int64(), pa.string()]
    return pa.Table.from_pylist(rows, pa.schema(list(zip(names, types, strict=True))))


def members(**belongs):
    pairs = {int(subject[1:]): customer for subject, customer in belongs.items()}
    return pa.table({"subject": pa.array(pairs, pa.int64()), "customer": pa.array(pairs.values(), pa.int64())})


def step(first, count, **belongs):
    return Load(facts(first, count), traits(first), members(**belongs), Marks(first + count - 1, count, first))


def content(warehouse):
    with warehouse.session() as backend:
        return {name: backend.con.execute(sql).fetchall() for name, sql in EVERYTHING.items()}


def test_a_load_is_there_with_its_marks(warehouse):
    warehouse.load(step(1, 10, s1=1, s2=1))
    found = content(warehouse)
    assert [row[0] for row in found["facts"]] == list(range(1, 11))
    assert found["facts"][0] == (1, 1, "a.b", 9963, 1, 0, "test", 1, None)
    assert found["members"] == [(1, 1), (2, 1)]
    assert found["customers"] == [(1,)]
    assert warehouse.marks() == Marks(10, 10, 1)
    assert warehouse.layout() == "layout 1"


def test_a_members_row_is_replaced(warehouse):
    warehouse.load(step(1, 2, s1=1, s2=2))
    warehouse.load(step(3, 1, s2=1, s3=3))
    assert content(warehouse)["members"] == [(1, 1), (2, 1), (3, 3)]


def test_an_empty_load_moves_only_the_marks(warehouse):
    warehouse.load(Load(facts(1, 0), traits(), members(), Marks(5, 0, 0)))
    assert content(warehouse)["facts"] == []
    assert warehouse.marks() == Marks(5)


@pytest.mark.parametrize("broken", ["facts", "traits", "members"])
def test_a_load_that_fails_leaves_everything_as_it_was(warehouse, broken):
    warehouse.load(step(1, 10, s1=1))
    before = content(warehouse)
    parts = {"facts": facts(11, 5), "traits": traits(11), "members": members(s2=1)}
    parts[broken] = pa.table({"no such column": [1]})
    with pytest.raises(duckdb.Error):
        warehouse.load(Load(**parts, marks=Marks(15, 5, 5)))
    assert content(warehouse) == before
    warehouse.load(step(11, 5, s2=1))
    assert len(content(warehouse)["facts"]) == 15


def test_what_was_loaded_is_there_after_reopening(tmp_path):
    first = opened(tmp_path)
    first.lay_out(FIELDS, "layout 1")
    first.load(step(1, 10, s1=1))
    before = content(first)
    first.close()
    again = opened(tmp_path)
    assert content(again) == before
    assert again.layout() == "layout 1"
    again.close()


def test_compaction_changes_no_row_and_sorts(warehouse):
    for first in (1, 101, 201):
        warehouse.load(step(first, 100, s1=1))
    before = content(warehouse)
    warehouse.compact()
    assert content(warehouse) == before
    with warehouse.session() as backend:
        base = backend.con.execute('SELECT subject, occurred_at, "position" FROM facts_base').fetchall()
        assert backend.con.execute("SELECT count(*) FROM facts_tail").fetchone() == (0,)
    assert base == sorted(base, key=lambda row: (row[0] is None, *(x or 0 for x in row)))
    warehouse.load(step(301, 10))
    assert len(content(warehouse)["facts"]) == 310
    warehouse.compact()
    warehouse.compact()
    assert len(content(warehouse)["facts"]) == 310


def test_questions_go_on_while_it_is_compacted_and_loaded(warehouse):
    warehouse.load(step(1, 2000, s1=1))
    stop, wrong = threading.Event(), []

    def ask():
        while not stop.is_set():
            with warehouse.session() as backend:
                rows, last = backend.con.execute('SELECT count(*), max("position") FROM facts').fetchone()
                (mark,) = backend.con.execute('SELECT "position" FROM marks').fetchone()
                if not rows == last == mark:
                    wrong.append((rows, last, mark))

    def compact():
        while not stop.is_set():
            try:
                warehouse.compact()
            except duckdb.Error as error:
                wrong.append(error)

    others = [threading.Thread(target=run) for run in (ask, ask, ask, compact)]
    for one in others:
        one.start()
    for n in range(12):
        warehouse.load(step(2001 + n * 50, 50))
    stop.set()
    for one in others:
        one.join()
    assert wrong == []
    assert [row[0] for row in content(warehouse)["facts"]] == list(range(1, 2601))


def test_a_session_sees_one_moment(warehouse):
    warehouse.load(step(1, 10))
    with warehouse.session() as first:
        facts_seen = first.table("facts").count()
        assert facts_seen.execute() == 10
        warehouse.load(step(11, 10))
        warehouse.compact()
        assert facts_seen.execute() == 10
        with warehouse.session() as second:
            assert second.table("facts").count().execute() == 20
    with warehouse.session() as third:
        assert third.table("facts").count().execute() == 20


def test_a_session_in_which_a_question_failed_is_fit_for_the_next(warehouse):
    with pytest.raises(duckdb.Error), warehouse.session() as backend:
        backend.con.execute("SELECT no_such_column FROM facts")
    assert content(warehouse)["facts"] == []


def test_a_new_layout_begins_at_the_first_fact(warehouse):
    warehouse.load(step(1, 10, s1=1))
    warehouse.lay_out([*FIELDS, ("colour", "VARCHAR")], "layout 2")
    found = content(warehouse)
    assert found["facts"] == found["traits"] == found["members"] == found["customers"] == []
    assert warehouse.marks() == Marks()
    warehouse.load(Load(facts(1, 1, colour=pa.array(["red"])), traits(), members(), Marks(1)))
    with warehouse.session() as backend:
        assert backend.table("facts").columns == (*(name for name, _ in FACT_COLUMNS), "value", "channel", "colour")
        assert backend.con.execute("SELECT colour FROM facts").fetchall() == [("red",)]


def test_a_new_layout_beside_a_compaction_begins_at_the_first_fact(warehouse):
    """The compaction must not bring back what the new layout has emptied."""
    stop, failed = threading.Event(), []

    def compact():
        while not stop.is_set():
            try:
                warehouse.compact()
            except duckdb.Error as error:
                failed.append(error)

    compactor = threading.Thread(target=compact)
    compactor.start()
    for n in range(8):
        warehouse.lay_out([*FIELDS, (f"field_{n}", "VARCHAR")], f"layout {n}")
        for first in (1, 101, 201):
            warehouse.load(step(first, 100, s1=1))
        assert [row[0] for row in content(warehouse)["facts"]] == list(range(1, 301))
    stop.set()
    compactor.join()
    assert failed == []


def test_the_tail_is_compacted_when_it_outgrows_its_share(warehouse, monkeypatch):
    monkeypatch.setattr("interplay.engine.olap.warehouse.TAIL_ROWS_MIN", 50)
    warehouse.load(step(1, 50))
    assert not warehouse.wants_compaction(0.02)
    warehouse.load(step(51, 1))
    assert warehouse.wants_compaction(0.02)
    warehouse.compact()
    assert not warehouse.wants_compaction(0.02)


def test_a_file_without_a_layout_wants_no_compaction(tmp_path):
    """A mind that began before its door looks after the file before it has laid anything out."""
    with closing(opened(tmp_path)) as warehouse:
        assert not warehouse.wants_compaction(0.02)


def test_a_file_that_is_no_warehouse_says_what_to_do(tmp_path):
    (tmp_path / "warehouse.duckdb").write_bytes(b"not a warehouse" * 1000)
    with pytest.raises(AppError) as refused:
        opened(tmp_path)
    assert refused.value.code == "warehouse.file"
    assert str(tmp_path / "warehouse.duckdb") in str(refused.value)
    assert "delete" in str(refused.value)


LOAD_FOREVER = """
import sys
from pathlib import Path
from tests.engine.test_warehouse import opened, step
warehouse = opened(Path(sys.argv[1]))
position = warehouse.marks().position
print("ready", flush=True)
while True:
    warehouse.load(step(position + 1, 500, **{f"s{position + 1}": 1}))
    position += 500
    print(position, flush=True)
    if position % 2000 == 0:
        warehouse.compact()
"""


@pytest.mark.slow
def test_a_kill_at_any_point_leaves_rows_and_marks_of_one_moment(tmp_path):
    first = opened(tmp_path)
    first.lay_out(FIELDS, "layout 1")
    first.close()
    for lines in (2, 5, 9):
        command = [sys.executable, "-c", LOAD_FOREVER, str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        process.wait()
        process.stdout.close()
        again = opened(tmp_path)
        found = content(again)
        reached = again.marks().position
        again.close()
        assert reached >= int(told[-1])
        assert [row[0] for row in found["facts"]] == list(range(1, reached + 1))
        assert len(found["traits"]) == len(found["members"]) == reached // 500


def test_a_compiled_question_is_kept_by_its_key_and_never_too_many(warehouse, monkeypatch):
    monkeypatch.setattr("interplay.engine.olap.warehouse.TEXTS_MAX", 3)
    warehouse.load(Load(facts(1, 9), traits(), members(), Marks(9)))
    built = []
    with warehouse.session() as session:
        table = session.table("facts")

        def build(after):
            built.append(after)
            return table.filter(table["position"] > after).select("position")

        for key in (1, 1, 2, 3, 4, 4):
            assert session.rows(key, build, 7)["position"].to_pylist() == [8, 9]
        assert session.rows(1, build, 8)["position"].to_pylist() == [9]
    assert len(built) == 5  # 1, 2, 3, 4, and 1 again
