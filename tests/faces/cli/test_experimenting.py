"""Effects from the command line: what is shown, in JSON and for people, and what is refused."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

MAPPING = """
kind: mapping
source: shop
at: at
identifiers: {user_id: who}
facts:
  - {fact: exposure.shown, when: {what: offered}, fields: {campaign_id: {constant: spring}, arm: what}}
  - {fact: exposure.withheld, when: {what: held_out}, fields: {campaign_id: {constant: spring}, arm: what}}
  - {fact: order.completed, when: {what: buy}, fields: {value: total}}
"""
METRICS = ("--metric", "share(order.completed)", "--metric", "sum(order.completed, value)", "--within", "7d")


def run(*args, status=0):
    done = CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})
    assert done.exit_code == status, (done.output, done.exception)
    return done


def rows():
    """Of 150 each: 60 bought who were offered it, for 20.00 and more, and 20 who were held out."""
    yield "at,who,what,total"
    for side, buyers in (("offered", 60), ("held_out", 20)):
        for number in range(150):
            yield f"2026-01-02 08:00:00,{side}-{number},{side},"
            if number < buyers:
                yield f"2026-01-03 08:00:00,{side}-{number},buy,{20 + number % 3}.00"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("experimenting")
    (folder / "rows.csv").write_text("\n".join(rows()))
    (folder / "map.yaml").write_text(MAPPING)
    run("init", folder / "data", "--brand", "B")
    run("--data", folder / "data", "import", folder / "rows.csv", "--mapping", folder / "map.yaml")
    return folder / "data"


def effects(data, *args, status=0):
    return run("--data", data, "effects", *args, status=status)


def test_effects_for_programs(data):
    found = json.loads(effects(data, "spring", *METRICS, "--planned", "held_out=1,offered=1", "--json").stdout)
    assert [(one["arm"], one["customers"], one["is_control"]) for one in found["arms"]] == [
        ("held_out", 150, True), ("offered", 150, False),
    ]  # fmt: skip
    share, revenue = found["metrics"]
    assert share["compared"][0]["difference"]["value"] == pytest.approx(40 / 150)
    assert (share["unit"], revenue["unit"]) == ("share", "money")
    assert found["sample_ratio"]["p_value"] == 1
    assert found["money"][0]["profit"] == {
        "type": "inconclusive", "reason": "no_margin",
        "text": "without a margin, revenue and cost stand side by side and no profit is told.",
    }  # fmt: skip


def test_effects_for_people(data):
    shown = effects(data, "spring", *METRICS, "--margin", "0.5", "--looks", "once").stdout
    for text in (
        "held_out 13.33%",
        "offered 40.00% 26.67% (17.",
        "offered 8.40 5.61 (",
        "share(order.completed), percentage points of customers: the campaign brought +26.67",
        "At a margin of 50 % and after gifts of 0.00 CNY per customer, what is left is +2.8",
        "Whether the arms are as large as was planned was not looked at",
        "Intervals of 95 % are for one look",
    ):
        assert text in " ".join(shown.split()), shown
    assert "活动带来 +26.67" in effects(data, "spring", *METRICS, "--lang", "zh").stdout
    assert "nobody met the campaign" in effects(data, "spring", *METRICS, "--from", "2027-01-01").stdout


@pytest.mark.parametrize(("args", "told"), [
    (("autumn", *METRICS), "no campaign 'autumn'"),
    (("spring",), "say --metric and --within"),
    (("spring", "--metric", "orders of today"), "'orders of today' is no metric"),
    (("spring", *METRICS, "--planned", "a=1"), "there are held_out, offered"),
    (("spring", *METRICS, "--margin", "60"), "given 60"),
    (("spring", *METRICS, "--lang", "fr"), "cli.lang"),
])  # fmt: skip
def test_mistakes_are_said_in_the_callers_words(data, args, told):
    assert told in " ".join(effects(data, *args, status=2).stderr.split())
