"""The last minutes from the command line."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

ROWS = (
    "at,who,what,total\n"
    "2026-01-02 08:00:10,li,view,\n"
    "2026-01-02 08:00:50,li,buy,30.00\n"
    "2026-01-02 08:01:00,wang,view,\n"
)
MAPPING = """
kind: mapping
source: shop
at: at
identifiers: {user_id: who}
facts:
  - {fact: page.viewed, when: {what: view}, fields: {channel: {constant: web}}}
  - {fact: order.completed, when: {what: buy}, fields: {value: total}}
"""
AT = ("--at", "2026-01-02 08:01:30")


def run(*args, status=0):
    done = CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})
    assert done.exit_code == status, (done.output, done.exception)
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("realtime")
    (folder / "rows.csv").write_text(ROWS)
    (folder / "map.yaml").write_text(MAPPING)
    run("init", folder / "data", "--brand", "B")
    run("--data", folder / "data", "import", folder / "rows.csv", "--mapping", folder / "map.yaml")
    return folder / "data"


def test_for_programs_and_for_people(data):
    found = json.loads(run("--data", data, "realtime", "--minutes", "2", *AT, "--json").stdout)
    assert [(one["facts"], one["people"], one["value"]) for one in found["minutes"]] == [(2, 1, 30.0), (1, 1, 0.0)]
    told = " ".join(run("--data", data, "realtime", *AT).stdout.split())
    assert "3 facts of 2 people and 0 of nobody; 0 plays; 1 orders, 30.00 CNY" in told
    assert "channels: web 2, — 1" in told
    assert "迟到" in run("--data", data, "realtime", *AT, "--lang", "zh").stdout


@pytest.mark.parametrize(("args", "told"), [
    (("--minutes", "0"), "1 to 180"), (("--lang", "fr"), "fr"), (("--at", "soon"), "soon"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(data, args, told):
    assert told in " ".join(run("--data", data, "realtime", *args, status=2).stderr.split())
