"""Order files that are killed in the middle: uploaded again, every coupon, point and question is there once."""

import random
import subprocess
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from interplay.engine.log.read import LogReader
from interplay.engine.oltp.sqlite import SqliteDatabase
from tests.link.orders.store import HEADER, MAPPING
from tests.serving import kill_group, wait_for
from tests.stored import check_folds, names

pytestmark = pytest.mark.slow

ORDERS = 400
KILLS = 4
CODES_MAX = 250
DOCUMENTS = f"""
kind: store
name: the-bund
label: {{zh: 外滩店, en: The Bund}}
---
kind: coupon
name: hello
label: {{zh: 立减, en: 5 off}}
terms: {{benefit: {{amount: {{off_amount: 500}}}}}}
funder: brand
codes: shared
code: HELLO
total_max: {CODES_MAX}
"""


def write_file(folder):
    at = (datetime.now(UTC) - timedelta(hours=9)).strftime("%Y-%m-%d %H:%M:%S")
    rows = [f"sale,{n},{at},,p1,1,20.00,HELLO,,15.00\n" for n in range(ORDERS)]
    rows += [f"return,{n},{at},,p1,1,,,,15.00\n" for n in range(0, ORDERS, 40)]
    (folder / "orders.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    (folder / "till.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "documents").mkdir()
    (folder / "documents" / "shop.yaml").write_text(DOCUMENTS, encoding="utf-8")


def settled_so_far(site):
    with closing(LogReader(SqliteDatabase(site.data))) as reader:
        counts = reader.counts()
    return counts.get("coupon.redeemed", 0) + counts.get("order.questioned", 0)


def test_an_upload_killed_again_and_again_ends_exact(site, tmp_path):
    write_file(tmp_path)
    site.cli("apply", str(tmp_path / "documents"))
    words = ("stores", "upload", str(tmp_path / "orders.csv"), "--store", "the-bund")
    words += ("--mapping", str(tmp_path / "till.yaml"), "--rejects", str(tmp_path / "rejects"))
    rng = random.Random(1)
    for _ in range(KILLS):
        wanted = settled_so_far(site) + rng.randint(1, ORDERS // (KILLS + 1))
        run = subprocess.Popen(
            site.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(lambda wanted=wanted, run=run: settled_so_far(site) >= wanted or run.poll() is not None, "some orders")
        kill_group(run)
    assert settled_so_far(site) < ORDERS
    site.cli_json(*words)
    again = site.cli_json(*words)
    assert (again["progress"]["stored"], again["settled"]["redeemed"], again["settled"]["questions"]) == (0, 0, [])
    told = check_folds(site.data)
    counted = names(told)
    assert counted["order.completed"] == ORDERS
    assert counted["coupon.redeemed"] == CODES_MAX
    assert counted["order.questioned"] == ORDERS - CODES_MAX
    lines = Counter(fact.fields["line_no"] for fact in told if fact.name == "order.questioned")
    assert max(lines.values()) == 1
    (sheet,) = site.cli_json("coupons", "sheet")["spent"]
    assert sheet["cost"] == (CODES_MAX - counted["coupon.reversed"]) * 500
    site.cli("ledger", "check")
