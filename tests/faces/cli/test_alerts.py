"""Alerts from the command line."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

ALERT = "kind: alert\nname: many\nmetric: orders\nabove: 1\nlabel: {zh: 订单, en: Orders}\n"
ROWS = "at,who,total\n2026-01-02 08:00:10,li,3.00\n2026-01-02 09:00:50,li,30.00\n2026-01-03 08:01:00,wang,2.00\n"
MAPPING = """
kind: mapping
source: shop
at: at
identifiers: {user_id: who}
facts:
  - {fact: order.completed, fields: {value: total}}
"""


def run(*args, status=0):
    done = CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})
    assert done.exit_code == status, (done.output, done.exception)
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alerts")
    (folder / "rows.csv").write_text(ROWS)
    (folder / "map.yaml").write_text(MAPPING)
    (folder / "rules").mkdir()
    (folder / "rules" / "many.yaml").write_text(ALERT)
    run("init", folder / "data", "--brand", "B")
    run("--data", folder / "data", "import", folder / "rows.csv", "--mapping", folder / "map.yaml")
    run("--data", folder / "data", "apply", folder / "rules")
    return folder / "data"


def test_all_are_listed_and_one_is_tested_as_of_a_time(data):
    (seen,) = json.loads(run("--data", data, "alerts", "list", "--at", "2026-01-04", "--json").stdout)
    assert (seen["name"], seen["state"], seen["value"]) == ("many", "quiet", 1.0)
    assert "quiet" in run("--data", data, "alerts", "list", "--at", "2026-01-04").stdout
    last = run("--data", data, "alerts", "test", "many", "--at", "2026-01-05").stdout
    assert "many: unknown" in last or "many: quiet" in last
    assert "订单" in run("--data", data, "alerts", "test", "many", "--at", "2026-01-04", "--lang", "zh").stdout


def test_without_alerts_it_says_how_there_can_be_some(tmp_path):
    run("init", tmp_path / "data", "--brand", "B")
    assert "a document of kind alert" in run("--data", tmp_path / "data", "alerts", "list").stdout


@pytest.mark.parametrize(("args", "told"), [
    (("test", "elsewhere"), "many"), (("list", "--at", "soon"), "soon"), (("list", "--lang", "fr"), "fr"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(data, args, told):
    assert told in " ".join(run("--data", data, "alerts", *args, status=2).stderr.split())
