"""The mind: the warehouse equals the log, whatever is stored, declared, rebuilt or killed meanwhile."""

import subprocess
import sys
import threading
from contextlib import closing

import pytest

from interplay.bootstrap import loading
from interplay.bootstrap.registry import Look, Rebuild, look, rebuild_all
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment
from interplay.unify.identity import api as identity
from tests.stores import Store, fact, phone, user

EVERYTHING = (
    'SELECT * FROM facts ORDER BY "position"',
    'SELECT * FROM traits ORDER BY "position", trait',
    "SELECT * FROM members ORDER BY subject",
    "SELECT * FROM customers ORDER BY customer",
    'SELECT "position", subject FROM marks',
)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        yield opened


def content(store):
    return [store.query(sql) for sql in EVERYTHING]


def some_facts(count, first=0):
    return [
        fact(
            "order.completed" if n % 3 else "page.viewed",
            *((user(n % 11),) if n % 4 else ()),
            *((phone(n % 5),) if n % 6 == 0 else ()),
            key=n,
            at=1_767_225_600_000_000 - n * 7_919 % 1000 * 1_000_000,
            fields={"value": n} if n % 3 else {},
            extra={"roast": f"r{n % 2}"},
            traits=(TraitWrite("city", TraitOp.SET, f"c{n % 3}"),) if n % 4 else (),
        )
        for n in range(first, first + count)
    ]


def equals_the_log(store):
    """Assert that the warehouse holds every fact of the log once, and the map as it is in the database."""
    rows = store.query('SELECT "position", subject, name, occurred_at, origin, source FROM facts ORDER BY "position"')
    assert rows == [(r.position, r.subject, r.name, r.occurred_at, int(r.origin), r.source) for r in store.rows()]
    members = dict(store.query("SELECT subject, customer FROM members"))
    with closing(LogReader(store.database)) as reader:
        subjects = reader.subjects(0, 10**9, 10**6)
    assert members == {one: identity.customer_of(store.database, one)[0] for one in subjects}
    assert store.query("SELECT count(*) FROM members") == [(len(subjects),)]


def test_an_answer_knows_every_fact_stored_so_far(store):
    for n in range(1, 6):
        store.store(fact("page.viewed", user(n)))
        answer = store.ask(segments.count, CountSegment('count("page.viewed") >= 1'))
        assert (answer.count, answer.population) == (n, n)


def test_the_warehouse_is_the_log(store, monkeypatch):
    monkeypatch.setattr(loading, "FACTS_AT_ONCE_MAX", 50)
    for first in range(0, 600, 150):
        store.store(*some_facts(150, first))
    equals_the_log(store)
    store.store(*some_facts(600))
    equals_the_log(store)


def test_a_rebuild_makes_what_was(store):
    store.store(*some_facts(300))
    before = content(store)
    store.mind.warehouse.compact()
    marks = store.ask(rebuild_all, Rebuild())
    assert marks.position == 300
    assert content(store) == before
    equals_the_log(store)
    store.store(*some_facts(20, 300))
    equals_the_log(store)
    store.ask(rebuild_all, Rebuild())
    equals_the_log(store)


def test_an_empty_directory_can_be_rebuilt_and_asked(store):
    assert store.ask(rebuild_all, Rebuild()).position == 0
    assert store.ask(segments.count, CountSegment('count("page.viewed") == 0')).population == 0
    assert store.ask(look, Look()).position == 0


def test_the_warehouse_goes_on_after_a_restart_and_when_its_file_is_gone(tmp_path):
    with Store(tmp_path / "data") as store:
        store.store(*some_facts(100))
        before = content(store)
    with Store(tmp_path / "data") as store:
        assert content(store) == before
    (tmp_path / "data/warehouse.duckdb").unlink()
    with Store(tmp_path / "data") as store:
        assert content(store) == before
        equals_the_log(store)


ROAST = {
    "kind": "facts",
    "fields": {"roast": {"type": "text", "label": {"zh": "烘焙度", "en": "Roast"}}},
    "facts": {"order.completed": {"label": {"zh": "下单", "en": "Order completed"}, "fields": ["roast"]}},
}


def test_a_field_declared_late_is_found_in_old_facts(store):
    store.store(*some_facts(30))
    assert "roast" not in [row[0] for row in store.query("DESCRIBE facts")]
    store.apply(ROAST)
    odd = (
        """SELECT "position" % 2 AS odd, list(DISTINCT roast) FROM facts WHERE name = 'order.completed' GROUP BY odd"""
    )
    found = sorted(store.query(odd))
    assert found == [(0, ["r1"]), (1, ["r0"])]
    assert store.query("SELECT count(roast) FROM facts WHERE name = 'page.viewed'") == [(0,)]
    answer = store.ask(segments.count, CountSegment('count("order.completed", where=event.roast == "r1") >= 1'))
    assert answer.count > 0
    equals_the_log(store)


def test_a_trait_declared_late_is_found_in_old_facts(store):
    write = TraitWrite("favourite", TraitOp.SET, "mocha", is_raw=True)
    store.store(fact("customer.identified", user(1), traits=(write,)), fact("customer.identified", user(2)))
    assert store.query("SELECT * FROM traits WHERE trait = 'favourite'") == []
    store.apply(
        {"kind": "facts", "traits": {"favourite": {"type": "text", "label": {"zh": "最爱", "en": "Favourite"}}}}
    )
    assert store.ask(segments.count, CountSegment('profile.favourite == "mocha"')).count == 1
    equals_the_log(store)


@pytest.mark.parametrize("content", [{"fields": {"roast": {"type": "integer", "label": {"zh": "烘", "en": "R"}}}}])
def test_the_type_of_what_was_stored_cannot_change(store, content):
    store.apply(ROAST)
    with pytest.raises(AppError) as refused:
        store.apply(ROAST | content)
    assert refused.value.code == "documents.field"
    assert "'roast' is text in what was stored so far and cannot become integer" in str(refused.value)


@pytest.mark.slow
def test_answers_given_while_the_columns_change_know_every_fact(store, monkeypatch):
    monkeypatch.setattr(loading, "FACTS_AT_ONCE_MAX", 100)
    for first in range(0, 2000, 500):
        store.store(*[fact("page.viewed", user(n), key=n) for n in range(first, first + 500)])
    stop, wrong = threading.Event(), []

    def ask():
        while not stop.is_set():
            try:
                answer = store.ask(segments.count, CountSegment('count("page.viewed") >= 1'))
                if (answer.count, answer.population) != (2000, 2000):
                    wrong.append(answer)
            except Exception as error:
                wrong.append(error)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for one in askers:
        one.start()
    for n in range(4):
        field = {f"late_{n}": {"type": "text", "label": {"zh": "x", "en": "x"}}}
        view = {"page.viewed": {"label": {"zh": "浏览", "en": "Page viewed"}, "fields": [f"late_{n}"]}}
        store.apply({"kind": "facts", "name": f"late {n}", "fields": field, "facts": view})
        store.mind.wait()
    stop.set()
    for one in askers:
        one.join()
    assert wrong == []


def test_answers_given_during_a_rebuild_know_every_fact(store, monkeypatch):
    monkeypatch.setattr(loading, "FACTS_AT_ONCE_MAX", 100)
    store.store(*some_facts(1000))
    wanted = store.ask(segments.count, CountSegment('count("page.viewed") >= 1'))
    answers = []
    rebuilding = threading.Thread(target=lambda: store.ask(rebuild_all, Rebuild()))
    rebuilding.start()
    while rebuilding.is_alive():
        answers.append(store.ask(segments.count, CountSegment('count("page.viewed") >= 1')))
    rebuilding.join()
    assert set(answers) <= {wanted}


FOLLOW_FOREVER = """
import sys
from pathlib import Path
from tests.bootstrap.test_mind import some_facts
from tests.stores import Store
with Store(Path(sys.argv[1])) as store:
    n = int(sys.argv[2])
    while True:
        store.store(*some_facts(50, n))
        store.mind.wait()
        n += 50
        print(n, flush=True)
"""


@pytest.mark.slow
def test_after_a_kill_the_warehouse_is_the_log(tmp_path):
    folder = tmp_path / "data"
    Store(folder).close()
    for start, lines in ((0, 1), (1000, 4)):
        command = [sys.executable, "-c", FOLLOW_FOREVER, str(folder), str(start)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for _ in range(lines):
            assert process.stdout.readline()
        process.kill()
        process.wait()
        process.stdout.close()
    with Store(folder) as store:
        equals_the_log(store)
        before = content(store)
        store.ask(rebuild_all, Rebuild())
        assert content(store) == before


def test_who_asks_while_it_closes_is_told_that_nobody_is_there(tmp_path):
    with Store(tmp_path / "data") as store:
        store.store(*some_facts(3))
        store.ask(look, Look())
        store.mind.close()
        with pytest.raises(AppError, match="mind"):
            store.ask(look, Look())
