"""Order files on the command line: what is said of them, and the status that a script reads."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app
from tests.link.orders.store import HEADER, MAPPING, STORES, sale
from tests.stores import new_folder


@pytest.fixture
def cli(tmp_path):
    data = new_folder(tmp_path / "data")
    (tmp_path / "documents").mkdir()
    for one in STORES:
        (tmp_path / "documents" / f"{one['name']}.yaml").write_text(json.dumps(one), encoding="utf8")
    (tmp_path / "till.yaml").write_text(MAPPING, encoding="utf8")

    def run(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(data), *words], env={"COLUMNS": "300"})
        assert done.exit_code == status, done.output
        return done.stdout + done.stderr

    run("apply", str(tmp_path / "documents"))
    return run


@pytest.fixture
def upload(cli, tmp_path):
    def run(*rows, store="the-bund", status=0, more=()):
        (tmp_path / "orders.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf8")
        words = ("--store", store, "--mapping", str(tmp_path / "till.yaml"), "--rejects", str(tmp_path / "r"))
        return cli("stores", "upload", str(tmp_path / "orders.csv"), *words, *more, status=status)

    return run


def test_an_upload_says_what_it_did_and_what_is_to_be_looked_at(cli, upload):
    at = (datetime.now(UTC) - timedelta(hours=9)).strftime("%Y-%m-%d %H:%M:%S")
    rows = sale(1, code="NOSUCHCODE", at=at), sale(2, at=at)
    said = upload(*rows)
    assert "2 rows read: 2 orders and returns stored" in said
    assert "to be looked at: line 2, order the-bund/1: there is no coupon with this code" in said
    again = json.loads(upload(*rows, more=("--json",)))
    assert (again["progress"]["duplicates"], again["settled"]["questions"]) == (2, [])
    (asked,) = json.loads(cli("stores", "questions", "--json"))
    assert (asked["store_id"], asked["line_no"], asked["reason"]) == ("the-bund", 2, "coupon.unknown")
    assert asked["said_zh"] == "没有这个券码"
    assert "the-bund" in cli("stores", "questions")
    assert [one["name"] for one in json.loads(cli("facts", "tail", "--name", "order.questioned", "--json"))] == [
        "order.questioned"
    ]


def test_a_file_of_nothing_but_rejects_exits_with_1(upload):
    assert "2 rows rejected" in upload(sale(1, paid="?"), sale(2, at="never"), status=1)


def test_a_store_that_is_not_exits_with_2(upload):
    assert "stores.unknown" in upload(sale(1), store="nowhere", status=2)
