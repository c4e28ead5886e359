"""Likely pairs among a thousand published people with typing errors, beside the model of Splink's quick start."""

import csv
import logging
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import splink.comparison_library as compare
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from bench.figures import Figure, Limit, Settings, seconds_of
from interplay.bootstrap.access import Access
from interplay.bootstrap.home import create
from interplay.bootstrap.matching import measure as measure_matches
from interplay.faces.cli.imports import import_file
from interplay.kernel.settings import Brand
from interplay.kernel.settings import Settings as BrandSettings
from interplay.unify.matching.contracts import Compare, Measured, Quality, Scored
from interplay.unify.matching.measuring import qualities

FILE = Path("fake_people/fake_1000.csv")
MAPPING = Path(__file__).parents[1] / "examples/fake_people/mapping.yaml"
SYSTEM = "ext:list"


def measure(settings: Settings) -> list[Figure]:
    """Import the people and match them; nothing where the file is not there."""
    if settings.data is None or not (settings.data / FILE).exists():
        settings.say("matching: INTERPLAY_DATA names no folder with fake_people; left out")
        return []
    settings.say("matching: a thousand people …")
    file = settings.data / FILE
    people = persons(file)
    found: list[Measured] = []
    seconds = seconds_of(lambda: found.append(_ours(file, settings.folder / "run/people", people)))
    our = found[0].qualities[0]
    (their,) = quick_start(file, people, [our.min_probability])
    return [_figure(our, their, seconds)]


def persons(file: Path) -> dict[int, str]:
    """Return who each record is."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {int(row["unique_id"]): row["cluster"] for row in csv.DictReader(lines)}


def quick_start(file: Path, people: dict[int, str], probabilities: Sequence[float]) -> list[Quality]:
    """Return how good the pairs of Splink's quick start are: the model of its README, with a seed."""
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE fake_1000 AS SELECT * FROM read_csv(?)", [str(file)])
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
        columns = "unique_id_l, unique_id_r, match_probability"
        rows = connection.table(found.physical_name).select(columns).fetchall()
    scored = [Scored(one, other, probability, ()) for one, other, probability in rows]
    return qualities({number: [person] for number, person in people.items()}, scored, probabilities)[1]


def _ours(file: Path, folder: Path, people: dict[int, str]) -> Measured:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    create(folder / "data", BrandSettings(Brand("Bench", timezone="UTC", currency="GBP", region="GB")))
    labelled = [(f"{SYSTEM}:{number}", person) for number, person in people.items()]
    with Access(folder / "data") as access:
        import_file(access, file, MAPPING, folder / "rejects.jsonl")
        return measure_matches(access, Compare(), labelled, lambda _: None)


def _figure(our: Quality, their: Quality, seconds: float) -> Figure:
    return Figure(
        row="likely pairs",
        what=f"F1 on fake_people from {our.min_probability:g} on",
        value=our.f1 or 0.0,
        unit="F1",
        limit=Limit("Splink's quick start on the same records", their.f1 or 0.0),
        target="at least Splink's quick start",
        is_met=(our.f1 or 0.0) >= (their.f1 or 0.0),
        details={"precision": our.precision or 0.0, "recall": our.recall or 0.0, "import and match, s": seconds},
    )
