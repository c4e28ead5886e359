"""A thousand published records with typing errors, imported and matched, beside the model of Splink's quick start."""

import csv
import json
import logging
import os
from pathlib import Path

import duckdb
import pytest
import splink.comparison_library as compare
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI
from typer.testing import CliRunner

from interplay.faces.cli.main import app
from interplay.unify.matching.contracts import MIN_PROBABILITY, Scored
from interplay.unify.matching.measuring import qualities

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
    with FILE.open(encoding="utf-8", newline="") as lines:
        return {int(row["unique_id"]): row["cluster"] for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def data(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("people")
    run("init", folder / "data", "--brand", "Real", "--timezone", "UTC", "--currency", "GBP", "--region", "GB")
    rejects = folder / "rejects.jsonl"
    run("--data", folder / "data", "import", FILE, "--mapping", MAPPING, "--rejects", rejects)
    rows = "".join(f"ext:list:{number},{person}\n" for number, person in people.items())
    (folder / "truth.csv").write_text(f"identifier,person\n{rows}")
    return folder


def default_quality(people, probabilities):
    """Return how good the pairs of Splink's quick start are: its README, word for word, but for the seed."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"CREATE TABLE fake_1000 AS SELECT * FROM read_csv('{FILE}')")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.JaroWinklerAtThresholds("first_name", [0.9, 0.7]),
            compare.JaroAtThresholds("surname", [0.9, 0.7]),
            compare.DateOfBirthComparison(
                "dob", input_is_string=False, datetime_metrics=["year", "month"], datetime_thresholds=[1, 1]
            ),
            compare.ExactMatch("city").configure(term_frequency_adjustments=True),
            compare.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on("first_name"), block_on("surname")],
    )
    linker = Linker(DuckDBAPI(connection).register("fake_1000"), settings, log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("first_name", "surname")], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "surname"))
    training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
    found = linker.inference.predict(threshold_match_probability=min(probabilities))
    rows = connection.table(found.physical_name).select("unique_id_l, unique_id_r, match_probability").fetchall()
    scored = [Scored(one, other, probability, ()) for one, other, probability in rows]
    return qualities({number: [person] for number, person in people.items()}, scored, probabilities)[1]


def test_we_find_more_of_the_pairs_than_the_quick_start_and_hardly_a_wrong_one(data, people):
    measured = json.loads(run("--data", data / "data", "customers", "match", "--truth", data / "truth.csv", "--json"))
    assert (measured["labelled_count"], measured["unknown_count"], measured["pairs_count"]) == (1_000, 0, PAIRS)
    ours = measured["qualities"]
    theirs = default_quality(people, [one["min_probability"] for one in ours])
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
