"""A thousand published records with typing errors, imported and matched, beside the model of Splink's quick start."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.matching import persons, quick_start
from interplay.faces.cli.main import app
from interplay.unify.matching.contracts import MIN_PROBABILITY

DATA = Path(os.environ.get("INTERPLAY_DATA", ""))
FILE = DATA / "fake_people" / "fake_1000.csv"
MAPPING = Path(__file__).parents[2] / "examples" / "fake_people" / "mapping.yaml"
TOLERANCE = 0.01
PAIRS = 2_031

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.name, reason="INTERPLAY_DATA does not name the folder with the data"),
]


def run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


@pytest.fixture(scope="module")
def people():
    return persons(FILE)


@pytest.fixture(scope="module")
def data(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("people")
    run("init", folder / "data", "--brand", "Real", "--timezone", "UTC", "--currency", "GBP", "--region", "GB")
    rejects = folder / "rejects.jsonl"
    run("--data", folder / "data", "import", FILE, "--mapping", MAPPING, "--rejects", rejects)
    rows = "".join(f"ext:list:{number},{person}\n" for number, person in people.items())
    (folder / "truth.csv").write_text(f"identifier,person\n{rows}")
    return folder


def test_we_find_more_of_the_pairs_than_the_quick_start_and_hardly_a_wrong_one(data, people):
    measured = json.loads(run("--data", data / "data", "customers", "match", "--truth", data / "truth.csv", "--json"))
    assert (measured["labelled_count"], measured["unknown_count"], measured["pairs_count"]) == (1_000, 0, PAIRS)
    ours = measured["qualities"]
    theirs = quick_start(FILE, people, [one["min_probability"] for one in ours])
    for our, their in zip(ours, theirs, strict=True):
        print(
            f"from {our['min_probability']:g}:"
            f" ours {our['precision']:.3f} {our['recall']:.3f} F1 {our['f1']:.3f};"
            f" Splink's quick start {their.precision:.3f} {their.recall:.3f} F1 {their.f1:.3f}"
        )
        assert our["f1"] >= their.f1 - TOLERANCE
    assert ours[0]["min_probability"] == MIN_PROBABILITY
    assert ours[0]["precision"] >= 0.99
    assert ours[0]["recall"] >= 0.70


def test_staff_are_shown_the_likely_pairs_and_nobody_is_merged(data):
    found = json.loads(run("--data", data / "data", "customers", "match", "--limit", "500", "--json"))
    assert (found["customers_count"], len(found["proposals"]), found["is_learned"]) == (1_000, 500, True)
    assert found["left_out_count"] > 500
    again = json.loads(run("--data", data / "data", "customers", "match", "--limit", "500", "--json"))
    assert again == found
    reviews = json.loads(run("--data", data / "data", "customers", "reviews", "--limit", "1000", "--json"))
    assert len(reviews) == 500
    everybody = json.loads(run("--data", data / "data", "segments", "count", "profile.city == 'x'", "--json"))
    assert everybody["population"] == 1_000
