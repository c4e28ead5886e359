"""Merge, unmerge, why and reviews from the command line, and blocked values at the doors."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

ROWS = (
    "at,what,who,phone,card\n"
    "2026-01-02 08:00:00,in,li,19900000001,\n"
    "2026-01-02 09:00:00,in,wang,19900000002,\n"
    "2026-01-03 09:00:00,buy,,13800000000,C1\n"
    "2026-01-03 10:00:00,buy,null,,C2\n"
    "2026-01-03 11:00:00,buy,,19900000001,C3\n"
)
MAPPING = """
kind: mapping
source: till
at: at
identifiers: {user_id: who, phone: phone, card_no: card}
facts:
  - {fact: customer.identified, when: {what: in}}
  - {fact: order.completed, when: {what: buy}}
"""
RULES = """
kind: identity
name: identity
kinds:
  phone: {join: review}
"""
BOUGHT = 'count("order.completed") >= 1'


class Cli:
    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"

    def run(self, *words, status=0):
        done = CliRunner().invoke(app, ["--data", str(self.data), *map(str, words)])
        assert done.exit_code == status, done.output
        return done

    def json(self, *words):
        return json.loads(self.run(*words, "--json").stdout)

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def cli(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli = Cli(tmp_path)
    cli.run("init", cli.data, "--brand", "Corner Coffee")
    cli.run("import", cli.file("rows.csv", ROWS), "--mapping", cli.file("rows.yaml", MAPPING))
    return cli


def test_merge_unmerge_and_why_in_both_languages(cli):
    before = cli.json("segments", "count", BOUGHT)
    merged = cli.json("customers", "merge", "user_id:wang", "card_no:C3", "--reason", "her card")
    assert merged["one"] == merged["other"]
    assert cli.json("segments", "count", BOUGHT)["population"] == before["population"] - 1
    told = cli.run("customers", "why", "phone:19900000001").stdout
    assert "phone:+8619900000001 joined card_no:C3, by order.completed at position 5" in told.replace("\n", " ")
    assert "merged user_id:wang and card_no:C3: her card" in told
    assert "合并了" in cli.run("customers", "why", "user_id:wang", "--lang", "zh").stdout
    apart = cli.json("customers", "unmerge", "user_id:wang", "card_no:C3")
    assert apart["one"] != apart["other"]
    assert cli.json("segments", "count", BOUGHT) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("merge", "user_id:li", "user_id:li"), "identity.same"),
        (("merge", "user_id:li", "phone:19900000001"), "identity.already_one"),
        (("unmerge", "user_id:li", "user_id:wang"), "identity.not_one"),
        (("merge", "user_id:li", "user_id:zhao"), "customers.unknown"),
        (("merge", "user_id:li", "user_id:wang", "--reason", "x" * 501), "identity.reason"),
        (("why", "user_id:li", "--lang", "fr"), "cli.lang"),
    ],
)
def test_mistakes_are_told(cli, words, code):
    assert code in cli.run("customers", *words, status=2).output


def test_blocked_values_are_nobody_at_the_doors(cli):
    assert cli.json("customers", "show", "card_no:C1")["identifiers"] == [["card_no", "C1"]]
    assert "customers.unknown" in cli.run("customers", "show", "user_id:null", status=2).output
    assert "customers.unknown" in cli.run("customers", "show", "phone:13800000000", status=2).output


def test_new_rules_hold_for_what_came_before_and_reviews_wait_for_staff(cli):
    assert cli.json("customers", "show", "card_no:C3")["identifiers"][0] == ["user_id", "li"]
    assert "ADD" in cli.run("apply", cli.file("docs/identity.yaml", RULES).parent).stdout.upper()
    assert cli.json("customers", "show", "card_no:C3")["identifiers"] == [["card_no", "C3"]]
    waiting = {(one["one"]["value"], one["other"]["value"]) for one in cli.json("customers", "reviews")}
    assert ("C3", "+8619900000001") in waiting
    cli.run("customers", "merge", "card_no:C3", "phone:19900000001")
    assert ("C3", "+8619900000001") not in {
        (one["one"]["value"], one["other"]["value"]) for one in cli.json("customers", "reviews")
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("kinds: {phone: {most: 0}}", "kinds.phone.most"),
        ("kinds: {fax: {most: 1}}", "fax"),
        ("kinds: {phone: {joins: never}}", "joins"),
        ("blocked: [{kind: phone, value: abc}]", "abc"),
        ("generic_after: 100000", "generic_after"),
    ],
)
def test_rules_that_cannot_be_are_refused(cli, content, said):
    folder = cli.file("docs/identity.yaml", f"kind: identity\nname: identity\n{content}\n").parent
    assert said in cli.run("plan", folder, status=2).output


def test_there_is_one_document_of_rules(cli):
    folder = cli.file("docs/other.yaml", "kind: identity\nname: other\n").parent
    assert "identity" in cli.run("plan", folder, status=2).output
