"""An import that is killed, or whose server is: run again, it ends with exactly what the file says."""

import random
import subprocess
from collections import Counter
from contextlib import closing

import pytest

from interplay.engine.log.read import LogReader
from interplay.engine.oltp.sqlite import SqliteDatabase
from tests.serving import kill_group, wait_for
from tests.stored import check_folds, names

pytestmark = pytest.mark.slow

ORDERS = 12_000
LINES_EACH = 3
CUSTOMERS = 900
KILLS = 3
MAPPING = """
kind: mapping
source: tills
timezone: Asia/Shanghai
group_by: [receipt]
at: time
identifiers: {card_no: card}
facts:
  - fact: order.completed
    fields: {order_id: receipt, value: {sum: quantity, times: price}, item_count: {count: rows}}
"""


class Tills:
    """An order file, its mapping, and what it must become."""

    def __init__(self, folder, seed):
        rng = random.Random(seed)
        self.mapping = folder / "tills.yaml"
        self.file = folder / "orders.csv"
        self.value = 0
        self.cards = set()
        self.mapping.write_text(MAPPING, encoding="utf-8")
        lines = [line for order in range(ORDERS) for line in self._order(rng, order)]
        window = 200  # the lines of an order lie near each other, not together
        for start in range(0, len(lines), window):
            part = lines[start : start + window]
            rng.shuffle(part)
            lines[start : start + window] = part
        self.file.write_text("receipt,card,time,quantity,price\n" + "".join(lines), encoding="utf-8")

    def _order(self, rng, order):
        card = f"C{rng.randrange(CUSTOMERS):05}" if rng.random() < 0.9 else ""
        self.cards.add(card)
        at = f"2026-0{rng.randint(1, 6)}-{rng.randint(1, 28):02} 12:00:00"
        for _ in range(LINES_EACH):
            quantity, price = rng.randint(1, 9), rng.randint(100, 9_999)
            self.value += quantity * price
            yield f"R{order:06},{card},{at},{quantity},{price / 100}\n"

    def words(self):
        return ("import", str(self.file), "--mapping", str(self.mapping), "--rejects", f"{self.file}.rejects")


def check_imported(site, tills):
    stored = check_folds(site.data)
    assert names(stored) == {"order.completed": ORDERS}
    assert sum(fact.fields["value"] for fact in stored) == tills.value
    assert Counter(fact.fields["item_count"] for fact in stored) == {LINES_EACH: ORDERS}
    known = {fact.identifiers for fact in stored if fact.identifiers}
    assert known == {(("card_no", card),) for card in tills.cards if card}


def stored_so_far(site):
    with closing(LogReader(SqliteDatabase(site.data))) as reader:
        return sum(reader.counts().values())


@pytest.mark.parametrize("seed", [1, 2])
def test_an_import_killed_again_and_again_ends_exact(site, tmp_path, seed):
    tills = Tills(tmp_path, seed)
    kill_imports(site, tills, random.Random(seed))
    done = site.cli_json(*tills.words())
    assert done["stored"] + done["duplicates"] == done["facts"]
    again = site.cli_json(*tills.words())
    assert (again["facts"], again["stored"], again["duplicates"]) == (ORDERS, 0, ORDERS)
    check_imported(site, tills)


def test_an_import_through_a_running_server_killed_again_and_again_ends_exact(started, tmp_path):
    tills = Tills(tmp_path, 3)
    kill_imports(started.site, tills, random.Random(3))
    assert started.health() == 200
    started.site.cli_json(*tills.words())
    started.stop()
    check_imported(started.site, tills)


def test_an_import_whose_server_is_killed_says_so_and_goes_on_later(started, tmp_path):
    site, tills = started.site, Tills(tmp_path, 4)
    with subprocess.Popen(site.command(*tills.words()), stderr=subprocess.PIPE, text=True) as run:
        wait_for(lambda: stored_so_far(site) > ORDERS // 8 or run.poll() is not None, "the import to be under way")
        started.kill("door")
        _, words = run.communicate(timeout=60)
    assert run.returncode == 2, words
    assert "engine.away" in words
    assert "Traceback" not in words
    started.wait_until_ready()
    done = site.cli_json(*tills.words())
    assert done["stored"] < ORDERS
    started.stop()
    check_imported(site, tills)


def kill_imports(site, tills, rng):
    """Start the import and kill it as soon as it has stored some more, a few times."""
    print(f"seed of the file and the kills: {rng.getstate()[1][0]}")
    for _ in range(KILLS):
        wanted = stored_so_far(site) + rng.randint(1, ORDERS // (KILLS + 1))
        run = subprocess.Popen(
            site.command(*tills.words()), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(lambda wanted=wanted, run=run: stored_so_far(site) >= wanted or run.poll() is not None, "some facts")
        kill_group(run)
    assert stored_so_far(site) > 0


# what the end of the file looks like → the rows rejected for it
TORN = {
    "after the last field": (-1, 0),
    "in the middle of the last line": (-12, 1),
}


@pytest.mark.parametrize(("cut", "rejected"), TORN.values(), ids=TORN.keys())
def test_a_torn_csv_loses_only_what_is_torn_and_the_whole_file_adds_only_that(site, tmp_path, cut, rejected):
    whole = "".join(f"{number},2026-01-01 10:00:00,{number}.50\n" for number in range(1, 101))
    mapping = one_row_mapping(tmp_path)
    file = tmp_path / "orders.csv"
    file.write_text("receipt,time,price\n" + whole[:cut], encoding="utf-8")
    torn = site.cli_json("import", str(file), "--mapping", str(mapping), "--rejects", str(tmp_path / "rejects"))
    assert torn["rejected"] == rejected
    assert torn["stored"] == 100 - rejected
    file.write_text("receipt,time,price\n" + whole, encoding="utf-8")
    mended = site.cli_json("import", str(file), "--mapping", str(mapping), "--rejects", str(tmp_path / "rejects"))
    assert (mended["stored"], mended["rejected"]) == (rejected, 0)
    assert names(check_folds(site.data)) == {"order.completed": 100}


def test_a_torn_line_of_json_is_a_reject(site, tmp_path):
    rows = "".join(f'{{"receipt": {number}, "time": "2026-01-01T10:00:00", "price": 1}}\n' for number in range(1, 101))
    file = tmp_path / "orders.jsonl"
    file.write_text(rows[:-20], encoding="utf-8")
    words = ("--mapping", str(one_row_mapping(tmp_path)), "--rejects", str(tmp_path / "rejects.jsonl"))
    torn = site.cli_json("import", str(file), *words)
    assert (torn["stored"], torn["rejected"]) == (99, 1)
    assert (tmp_path / "rejects.jsonl").read_text(encoding="utf-8").count("\n") == 1
    file.write_text(rows, encoding="utf-8")
    mended = site.cli_json("import", str(file), *words)
    assert (mended["stored"], mended["rejected"]) == (1, 0)


def test_a_torn_parquet_file_is_refused_in_words(site, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"receipt": ["1"], "time": ["2026-01-01T10:00:00"], "price": ["1"]}), file)
    file.write_bytes(file.read_bytes()[:-9])
    refused = site.cli("import", str(file), "--mapping", str(one_row_mapping(tmp_path)), status=2)
    assert "import.file" in refused.stderr
    assert stored_so_far(site) == 0


def one_row_mapping(folder):
    mapping = folder / "one.yaml"
    mapping.write_text(
        "kind: mapping\nsource: tills\ntimezone: UTC\nid: [receipt]\nat: time\n"
        "facts:\n  - fact: order.completed\n    fields: {order_id: receipt, value: price}\n",
        encoding="utf-8",
    )
    return mapping
