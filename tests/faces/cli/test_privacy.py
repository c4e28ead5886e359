"""Export and erase from the command line: readable, the same every time, and gone from every byte."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

ROWS = (
    "at,what,who,phone,email,name,amount,order\n"
    "2026-01-02 08:00:00,in,li,19900000001,li@planted.example,欧阳娜娜,,\n"
    "2026-01-02 09:00:00,in,wang,19900000002,,,,\n"
    "2026-01-03 09:00:00,buy,,19900000001,,,12.50,planted-order\n"
    "2026-01-03 10:00:00,buy,wang,,,,30.00,order-2\n"
    "2026-01-03 11:00:00,buy,li,,,,a lot,order-3\n"
)
MAPPING = """
kind: mapping
source: till
timezone: UTC
at: at
identifiers: {user_id: who, phone: phone, email: email}
traits: {name: name}
facts:
  - {fact: customer.identified, when: {what: in}}
  - {fact: order.completed, when: {what: buy}, fields: {value: amount, order_id: order}}
"""
BOUGHT = 'count("order.completed") >= 1'


class Cli:
    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"

    def run(self, *words, status=0, typed=None):
        done = CliRunner().invoke(app, ["--data", str(self.data), *map(str, words)], input=typed)
        assert done.exit_code == status, done.output
        return done

    def json(self, *words):
        return json.loads(self.run(*words, "--json").stdout)

    def export(self, who, name):
        self.run("customers", "export", who, self.folder / name)
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


@pytest.fixture
def cli(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli = Cli(tmp_path)
    cli.run("init", cli.data, "--brand", "Corner Coffee")
    (tmp_path / "visits.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "visits.yaml").write_text(MAPPING, encoding="utf-8")
    rejects = tmp_path / "rejects.jsonl"
    words = ("import", tmp_path / "visits.csv", "--mapping", tmp_path / "visits.yaml", "--rejects", rejects)
    CliRunner().invoke(app, ["--data", str(cli.data), *map(str, words)])
    assert len(cli.json("rejects", "list")) == 1
    return cli


def test_an_export_has_everything_and_is_the_same_every_time(cli):
    first = cli.export("phone:19900000001", "first.json")
    assert first == cli.export("user_id:li", "second.json")
    assert [(one["kind"], one["value"]) for one in first["identifiers"]] == [
        ("user_id", "li"), ("phone", "+8619900000001"), ("email", "li@planted.example"),
    ]  # fmt: skip
    assert all(one["first_heard_at"].endswith("Z") for one in first["identifiers"])
    assert first["traits"]["name"] == "欧阳娜娜"
    assert [(one["at"], one["trait"], one["value"]) for one in first["trait_changes"]] == [
        ("2026-01-02T08:00:00Z", "name", "欧阳娜娜")
    ]
    assert [(one["at"], one["name"], one["fields"].get("value")) for one in first["facts"]] == [
        ("2026-01-02T08:00:00Z", "customer.identified", None),
        ("2026-01-03T09:00:00Z", "order.completed", 1250),
    ]
    assert [one["outcome"] for one in first["identity"]["links"]] == ["joined", "joined"]
    assert first["identity"]["decisions"] == []
    (reject,) = first["rejects"]
    assert "a lot" in reject["raw"]
    assert (cli.folder / "first.json").stat().st_mode & 0o777 == 0o600
    assert "wang" not in json.dumps(first)


def test_an_export_overwrites_nothing_and_says_where_it_cannot_be(cli):
    cli.export("user_id:li", "first.json")
    again = cli.run("customers", "export", "user_id:li", cli.folder / "first.json", status=2)
    assert "customers.export_exists" in again.output
    nowhere = cli.run("customers", "export", "user_id:li", cli.folder / "none" / "first.json", status=2)
    assert "customers.export_not_written" in nowhere.output
    assert "customers.unknown" in cli.run("customers", "export", "user_id:x", "x.json", status=2).output


def test_an_erasure_asks_first_and_leaves_no_byte(cli):
    cli.run("customers", "erase", "user_id:li", status=1, typed="n\n")
    assert cli.json("segments", "count", BOUGHT)["count"] == 2
    cli.run("customers", "erase", "email:LI@planted.example", typed="y\n")
    assert cli.json("segments", "count", BOUGHT) == {"count": 1, "unknown": 0, "population": 1}
    for who in ("user_id:li", "phone:19900000001", "email:li@planted.example"):
        assert "customers.unknown" in cli.run("customers", "erase", who, "--yes", status=2).output
    assert cli.json("rejects", "list") == []
    files = [path for path in cli.data.rglob("*") if path.is_file()]
    for text in ("planted", "19900000001", "欧阳娜娜"):
        assert [path.name for path in files if text.encode() in path.read_bytes()] == []
    assert cli.json("customers", "show", "user_id:wang")["facts_count"] == 2
    cli.run("rebuild")
    assert cli.json("segments", "count", BOUGHT) == {"count": 1, "unknown": 0, "population": 1}


def test_a_reason_is_kept_short(cli):
    words = ("customers", "erase", "user_id:li", "--yes", "--reason")
    assert "customers.erase_reason" in cli.run(*words, "x" * 101, status=2).output
    assert json.loads(cli.run(*words, "request 7", "--json").stdout) == {"erasure": 1, "identifiers_count": 3}
    assert "well" in cli.run("doctor").stdout
