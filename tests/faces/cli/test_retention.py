"""Retention from the command line: planned, tried, done, and said where it matters."""

import json

import pytest

from tests.faces.cli.test_privacy import Cli

ROWS = (
    "at,what,who,path,amount\n"
    "2020-01-02 08:00:00,view,li,old-page,\n"
    "2020-01-02 09:00:00,buy,li,,12.50\n"
    "2020-01-03 09:00:00,view,wang,old-page,\n"
)
MAPPING = """
kind: mapping
source: web
timezone: UTC
at: at
identifiers: {user_id: who}
facts:
  - {fact: page.viewed, when: {what: view}, fields: {path: path}}
  - {fact: order.completed, when: {what: buy}, fields: {value: amount}}
"""
DOCUMENTS = """
kind: retention
name: retention
facts: {page.viewed: 400d}
---
kind: segment
name: lookers
label: {zh: 浏览者, en: Lookers}
criteria: count("page.viewed") >= 1
live: false
"""


@pytest.fixture
def cli(tmp_path):
    made = Cli(tmp_path)
    made.run("init", made.data, "--brand", "Corner Coffee")
    (tmp_path / "web.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "web.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents/own.yaml").write_text(DOCUMENTS, encoding="utf-8")
    made.run("import", tmp_path / "web.csv", "--mapping", tmp_path / "web.yaml")
    return made


def test_a_plan_says_how_much_would_go(cli):
    effects = {one["kind"]: one["effects"] for one in cli.json("plan", cli.folder / "documents")}
    assert effects["retention"] == ["2 facts are older; the first purge comes a day after it is applied"]
    cli.run("apply", cli.folder / "documents")
    (cli.folder / "documents/own.yaml").write_text(DOCUMENTS.replace(">= 1", ">= 2"), encoding="utf-8")
    effects = {one["kind"]: one["effects"] for one in cli.json("plan", cli.folder / "documents")}
    assert effects["segment"][1:] == ["counts at most the last 400 days of page.viewed: older ones are purged"]


def test_a_purge_is_tried_and_done_and_every_answer_follows(cli):
    assert "retention.none" in cli.run("facts", "purge", status=2).stderr
    cli.run("apply", cli.folder / "documents")
    assert cli.json("facts", "purge", "--dry-run")["facts"] == {"page.viewed": 2}
    before = cli.run("segments", "count", "lookers", "--json")
    assert json.loads(before.stdout) == {"count": 2, "unknown": 0, "population": 2}
    assert "400 days of page.viewed" in before.stderr
    assert "2 facts purged" in cli.run("facts", "purge").stdout
    assert json.loads(cli.run("segments", "count", "lookers", "--json").stdout)["count"] == 0
    told = cli.export("user_id:li", "li.json")
    assert [one["name"] for one in told["facts"]] == ["order.completed"]
    assert list(told["facts_purged_until"]) == ["page.viewed"]
    assert b"old-page" not in b"".join(path.read_bytes() for path in cli.data.rglob("*") if path.is_file())
    assert "well" in cli.run("doctor").stdout
    again = cli.run("import", cli.folder / "web.csv", "--mapping", cli.folder / "web.yaml").stdout
    assert "0 facts stored, 3 were there already" in again
    assert cli.json("facts", "purge", "--dry-run")["facts"] == {}
