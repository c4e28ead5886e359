"""Candidates from the command line: an imported list, a review, a list of who is one person, and mistakes."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

LIST = (
    "number,name,born,city\n"
    "1,欧阳娜娜,1990-05-17,上海\n"
    "2,欧阳娜娜,1990-05-11,上海市\n"
    "3,王伟,1985-01-02,北京\n"
    "4,Grace Kelly,1966-03-04,London\n"
)
MAPPING = """
kind: mapping
source: crm
id: [number]
at: {constant: "2026-01-01"}
identifiers: {"ext:crm": number}
facts:
  - fact: customer.identified
    traits: {name: name, birthday: born, city: city}
"""
TRUTH = "identifier,person\next:crm:1,a\next:crm:2,a\next:crm:3,b\next:crm:99,c\n"
WITHOUT_SPLINK = "import sys; sys.modules['splink'] = None; from interplay.faces.cli.main import app; app()"


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
        path.write_text(text)
        return path


@pytest.fixture
def cli(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli = Cli(tmp_path)
    cli.run("init", cli.data, "--brand", "Corner Coffee")
    cli.run("import", cli.file("list.csv", LIST), "--mapping", cli.file("list.yaml", MAPPING))
    return cli


def test_a_list_is_matched_reviewed_and_decided(cli):
    said = cli.run("customers", "match").stdout
    assert "4 customers compared; weights stated: too few customers to learn from" in said
    assert "1 pairs wait for a review" in said
    assert "Birthday one character off (+" in " ".join(cli.run("customers", "reviews").stdout.split())
    (review,) = cli.json("customers", "reviews")
    assert {review["one"]["value"], review["other"]["value"]} == {"1", "2"}
    assert {"column": "birthday", "agreement": "typo"}.items() <= next(
        one for one in review["reasons"] if one["column"] == "birthday"
    ).items()
    cli.run("customers", "merge", "ext:crm:1", "ext:crm:2")
    assert "merged ext:crm:1 and ext:crm:2: matched 0.9" in cli.run("customers", "why", "ext:crm:2").stdout
    assert cli.json("customers", "match")["proposals"] == []


def test_truth_shows_how_good_the_pairs_are_and_keeps_none(cli):
    truth = cli.file("truth.csv", TRUTH)
    measured = cli.json("customers", "match", "--truth", truth, "--min-probability", "0.7")
    assert (measured["labelled_count"], measured["unknown_count"], measured["pairs_count"]) == (3, 1, 1)
    first = measured["qualities"][0]
    assert first == {
        "min_probability": 0.7, "found_count": 1, "right_count": 1, "precision": 1.0, "recall": 1.0, "f1": 1.0,
    }  # fmt: skip
    assert "precision" in cli.run("customers", "match", "--truth", truth).stdout
    assert cli.json("customers", "reviews") == []


@pytest.mark.parametrize(
    ("truth", "code"),
    [
        ("id,person\n1,a\n", "matching.truth_columns"),
        ("identifier,person\next:crm:99,a\n", "matching.truth_unknown"),
        ("identifier,person\nabc,a\n", "facts.identifier"),
        ("identifier,person\nfax:1,a\n", "facts.identifier.kind"),
        ("identifier,person\nphone:12,a\n", "customers.identifier"),
    ],
)
def test_a_wrong_list_is_told(cli, truth, code):
    assert code in cli.run("customers", "match", "--truth", cli.file("truth.csv", truth), status=2).output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--min-probability", "1.5"), "matching.probability"),
        (("--limit", "0"), "matching.limit"),
        (("--truth", "nowhere.csv"), "matching.truth_file"),
    ],
)
def test_mistakes_are_told(cli, words, code):
    assert code in cli.run("customers", "match", *words, status=2).output


def test_without_splink_it_says_what_to_install(cli):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SPLINK, "--data", cli.data, "customers", "match"],
        capture_output=True, text=True, env=os.environ, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert 'pip install "interplay[matching]"' in done.stderr
