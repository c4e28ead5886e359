"""An import with effects that is killed in the middle: run again, it gives what is missing, and nothing twice."""

import json
import random
import subprocess
from contextlib import closing

import pytest

from interplay.acts import api as acts
from interplay.bootstrap.home import open_home
from interplay.collect.imports.contracts import ROWS_PER_CHUNK
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.sqlite import SqliteDatabase
from tests.serving import kill_group, wait_for

pytestmark = pytest.mark.slow

ORDERS = 1_000
VIEWS_EACH = 10  # so that there are two chunks of the file, with orders in both
CUSTOMERS = 150
REFUND_EVERY = 100
MAPPING = """
kind: mapping
source: tills
timezone: UTC
id: [row]
at: time
identifiers: {card_no: card}
facts:
  - {fact: order.completed, when: {what: sold}, fields: {order_id: receipt, value: price}}
  - {fact: product.viewed, when: {what: seen}}
  - {fact: order.refunded, when: {what: returned}, fields: {order_id: receipt, value: price}}
"""
DOCUMENTS = """
kind: points
name: points
label: {zh: 积分, en: Points}
---
kind: earning
name: purchases
unit: points
fact: order.completed
points: 1
per: 100
"""


class Tills:
    """A file of orders and of refunds of some, its mapping, and how many points it makes."""

    def __init__(self, site, folder, seed):
        rng = random.Random(seed)
        self.points = 0
        self.mapping, self.file = folder / "tills.yaml", folder / "orders.csv"
        self.mapping.write_text(MAPPING, encoding="utf-8")
        lines = ["row,receipt,what,card,time,price\n"]
        for number in range(ORDERS):
            card, value = f"C{rng.randrange(CUSTOMERS):04}", rng.randint(100, 99_999)
            lines.append(f"{number},R{number},sold,{card},2026-01-02 12:00:00,{value / 100:.2f}\n")
            lines += (f"{number}v{i},,seen,{card},2026-01-01 12:00:00,\n" for i in range(VIEWS_EACH))
            self.points += value // 100
            if number % REFUND_EVERY == 0:
                back = rng.randint(1, value)
                lines.append(f"{number}r,R{number},returned,{card},2026-01-03 12:00:00,{back / 100:.2f}\n")
                self.points -= value // 100 * back // value
        self.file.write_text("".join(lines), encoding="utf-8")
        (folder / "documents").mkdir()
        (folder / "documents/points.yaml").write_text(DOCUMENTS, encoding="utf-8")
        site.cli("apply", str(folder / "documents"))

    def words(self):
        return ("import", str(self.file), "--mapping", str(self.mapping), "--with-effects", "--json")


def counts(site):
    with closing(LogReader(SqliteDatabase(site.data))) as reader:
        return reader.counts()


def given(site):
    return counts(site).get("points.earned", 0)


def balance(site):
    """Return all points that customers hold, when every invariant of the ledger holds."""
    home = open_home(site.data)
    assert acts.check(home.database) == []
    total = acts.totals(home.database, "points")["customers"]
    home.close()
    return total


def kill_when(site, tills, is_time):
    run = subprocess.Popen(
        site.command(*tills.words()), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_for(lambda: is_time() or run.poll() is not None, "the time to kill")
    kill_group(run)


def test_an_import_with_effects_killed_in_the_middle_gives_everything_once(site, tmp_path):
    """It is killed once while it stores its second chunk, and once while it gives."""
    tills, rng = Tills(site, tmp_path, 5), random.Random(5)
    kill_when(site, tills, lambda: sum(counts(site).values()) > ROWS_PER_CHUNK + 200)
    some = rng.randint(1, ORDERS // 2)
    kill_when(site, tills, lambda: given(site) >= some)
    assert some <= given(site) < ORDERS
    done = json.loads(site.cli(*tills.words()).stdout)["effects"]["given"]
    assert 0 < done["facts"] < ORDERS
    assert balance(site) == tills.points
    again = json.loads(site.cli(*tills.words()).stdout)
    assert (again["stored"], again["effects"]["given"]["facts"], again["effects"]["given"]["refunds"]) == (0, 0, 0)
    site.cli("rebuild")
    assert balance(site) == tills.points


def test_effects_through_a_server_killed_in_the_middle_are_given_once(started, tmp_path):
    site = started.site
    tills = Tills(site, tmp_path, 6)
    with subprocess.Popen(site.command(*tills.words()), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        wait_for(lambda: given(site) > ORDERS // 3 or run.poll() is not None, "the giving to be under way")
        started.kill("door")
        run.communicate(timeout=60)
    started.wait_until_ready()
    site.cli(*tills.words())
    started.stop()
    assert balance(site) == tills.points
