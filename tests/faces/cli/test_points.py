"""Points from the command line: an import's orders, a balance, an adjustment, a month."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

DOCUMENTS = """
kind: points
name: points
label: {zh: 积分, en: Points}
worth: {points: 100, money: 100}
adjust_alone_max: 50
"""


@pytest.fixture
def run(tmp_path):
    def call(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(tmp_path / "data"), *map(str, words)])
        assert done.exit_code == status, done.output
        return done.output

    call("init", tmp_path / "data", "--brand", "Corner Coffee")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents/points.yaml").write_text(DOCUMENTS, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "people.csv").write_text("id,city\nli,Hangzhou\n", encoding="utf-8")
    call("apply", tmp_path / "documents")
    call("import", tmp_path / "people.csv", "--mapping", tmp_path / "mapping.yaml")
    return call


MAPPING = """
kind: mapping
source: people
at: {constant: "2026-01-01"}
id: [id]
identifiers: {user_id: id}
facts:
  - fact: customer.identified
    traits: {city: city}
"""


def adjust(run, amount, *words, status=0):
    asked = ("--reason", "sorry", "--by", "li", *words)
    return run("points", "adjust", *asked, "user_id:li", "--", amount, status=status)


def test_points_by_hand_and_their_month(run):
    assert "+50 points" in adjust(run, 50, "--approver", "li", "--key", "a")
    assert "was done before" in adjust(run, 50, "--approver", "li", "--key", "a")
    assert "needs an approver" in adjust(run, 51, "--approver", "li", status=2)
    done = json.loads(adjust(run, -20, "--approver", "wang", "--json"))
    assert (done["amount"], done["is_new"]) == (20, True)
    assert "are there" in adjust(run, -31, "--approver", "wang", status=2)
    (held,) = json.loads(run("points", "balance", "user_id:li", "--json"))["balances"]
    assert (held["available"], held["money"]) == (30, 30)
    assert "0.30" in run("points", "balance", "user_id:li")
    assert all(one["budget"] is None for one in json.loads(run("points", "rules", "--json")))
    assert "budget" in run("points", "rules")
    assert json.loads(run("points", "expire", "--json"))["liability"][0]["available"] == 30
    assert "30" in run("points", "expire")
    assert json.loads(run("points", "close", "2020-01", "--json"))["closing"] == 0
    assert "not over" in run("points", "close", "9999-01", status=2)
    assert "opening" in run("points", "close", "9998-01", "--preview")
    assert "no unit" in run("points", "close", "2020-01", "--unit", "gold", status=2)
    assert "unknown" in run("points", "balance", "user_id:nobody", status=2)
